"""Speed of the window's drawing, its overhead on a game while nothing is visible, and its memory use.

Frames are whole windows of 1920 x 1080 with timeline, plots and side panel, drawn off screen (the time of the
display is not included). An unwatched game is played in a thread beside the window's loop with SDL's dummy
driver; the compared figure is the processor time of the whole process.
"""

import gc
import os
import resource
import statistics
import sys
import time
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from benchmarks.tables import Row, flags, say, show

SIZE = (1920, 1080)
WORLDS = (  # side, agents, rounds, bar [frames per second]
    (12, 10, 60, 60.0),
    (256, 10_000, 12, 30.0),
    (4096, 1_000_000, 3, 5.0),
)
SPEED = 8.0  # rounds per second
WATCHED = 50  # rounds before the window is held or hidden
SLOWED_BAR = 1.10  # most times as long that an unwatched game may take
GROWN_BAR = 4.0  # memory that an hour may add [MB]
HOUR, STEP = 36_000, 0.1  # images in an hour, and the time between two [s]


def playback_of(scenario: str, side: int, agents: int, rounds: int) -> Any:
    """A playback of a game with random moves."""
    from swarm_env.envs.frames import frame_of_world, setting_of
    from swarm_env.envs.vector import vector_env
    from swarm_env.playback.playback import LivePlayback

    env: Any = vector_env(
        scenario, obs="codes", num_agents=agents, height=side, width=side, max_rounds=10_000
    )
    env.reset(seed=0)
    world, rng = env._world, np.random.default_rng(1)
    setting = setting_of(world)
    playback = LivePlayback(frame_of_world(world, setting), memory=2**32)
    for _ in range(rounds):
        env.step(rng.integers(0, 5, agents, dtype=np.int8))
        playback.add(frame_of_world(world, setting))
    return playback


def state_of(playback: Any) -> Any:
    """A window state that shows a playback."""
    from swarm_env.viz.window.panels.map_view import MapView
    from swarm_env.viz.window.playhead import Playhead
    from swarm_env.viz.window.window_state import WindowState

    return WindowState(Playhead([playback], SPEED), [MapView(playback)])


class Viewer:
    """Draws images by a simulated clock."""

    def __init__(self, playback: Any, step: float = 1 / 60) -> None:
        import pygame
        from swarm_env.viz.window.panels.painter import Painter

        self.state, self.painter = state_of(playback), Painter()
        self.surface = pygame.Surface(SIZE)
        self._clock = (number * step for number in count())

    def draw(self) -> None:
        """Draw an image; the playback starts again at its end."""
        now = next(self._clock)
        playhead = self.state.playhead
        self.state.tick(now)
        if playhead.paused:
            playhead.toggle_pause()
        self.painter.paint(self.surface, self.state, now)


def drawing(images: int, worlds: tuple[tuple[int, int, int, float], ...] = WORLDS) -> list[Row]:
    """Frames per second of worlds of several sizes."""
    rows: list[Row] = []
    for side, agents, rounds, bar in worlds:
        say(f"{side} x {side}, {agents} agents")
        viewer = Viewer(playback_of("synchronization", side, agents, rounds))
        for _ in range(max(3, images // 20)):  # fills the caches of letters and sprites
            viewer.draw()
        times = []
        end = time.perf_counter() + 20.0
        while len(times) < images and time.perf_counter() < end:
            started = time.perf_counter()
            viewer.draw()
            times.append(time.perf_counter() - started)
        rate = len(times) / sum(times)
        rows.append(
            {
                "map": f"{side} x {side}",
                "agents": agents,
                "frames/s": rate,
                "median ms": statistics.median(times) * 1000,
                "slowest of 20, ms": sorted(times)[-max(1, len(times) // 20)] * 1000,
                "bar": bar,
                "held": "yes" if rate >= bar else "no",
            }
        )
        viewer.state.close()
    return rows


def unseen(rounds: int, turns: int) -> list[Row]:
    """How much longer a game takes beside a held or hidden window than without one."""
    from swarm_env.viz.window import Window
    from swarm_env.viz.window.loop import open_display

    os.environ["SDL_VIDEODRIVER"] = "dummy"
    times: dict[str, list[float]] = {"none": [], "held": [], "hidden": []}
    for turn in range(turns):
        for view in sorted(times, key=lambda name: (name, turn % 2), reverse=turn % 2 == 1):
            if view == "none":
                times[view].append(_seconds(rounds))
                continue
            open_display("benchmark")
            window = Window(200.0)
            seconds = window.live(partial(_beside, window, view, rounds))
            times[view].append(seconds)
    rows = []
    for view in ("held", "hidden"):
        ratio = statistics.median(a / b for a, b in zip(times[view], times["none"], strict=True))
        rows.append(
            {
                "window": view,
                "rounds/s": rounds / statistics.median(times[view]),
                "without": rounds / statistics.median(times["none"]),
                "times as long": ratio,
                "bar": SLOWED_BAR,
                "held": "yes" if ratio <= SLOWED_BAR else "no",
            }
        )
    return rows


def _beside(window: Any, view: str, rounds: int, observer: Any, **offers: Any) -> float:
    """Play beside a held or hidden window, then close it."""
    import pygame

    unwatched_since: list[float] = []

    def shown(frame: Any) -> Any:
        if frame.round == WATCHED:  # by then the caches are filled
            playhead = window.loop.state.playhead
            playhead.hold(True) if view == "held" else playhead.set_hidden(True)
            if view == "hidden":
                window.loop._is_hidden = lambda: True
            unwatched_since.append(time.process_time())
        return observer(frame)

    _seconds(rounds + WATCHED, observer=shown, **offers)
    seconds = time.process_time() - unwatched_since[0]
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    return seconds


def _seconds(rounds: int, **offers: Any) -> float:
    """Processor time of a game, in all threads of the process [s].

    Python's threads take turns, so this is an upper bound of the game's duration on an idle machine.
    """
    from swarm_env.playing.runner import play

    started = time.process_time()
    play("pursuit", "scripted", seed=1, max_rounds=rounds, **offers)
    return time.process_time() - started


def memory(images: int) -> list[Row]:
    """Memory growth of a process that shows a playback repeatedly, with trails and heat map."""
    viewer = Viewer(playback_of("synchronization", 12, 10, 200), STEP)
    viewer.state.toggle("trails")
    viewer.state.toggle("heat")
    rows: list[Row] = []
    before = 0.0
    for part in range(5):
        for number in range(images // 5):
            if number % 97 == 0:
                viewer.state.select_adjacent(1)
            viewer.draw()
        gc.collect()
        now = _resident()
        grown = now - before if part else None
        rows.append({"images": (part + 1) * (images // 5), "resident MB": now, "grown MB": grown})
        before = before if part else now  # the first fifth fills the caches
    total = rows[-1]["grown MB"]
    rows.append(
        {"images": images, "resident MB": GROWN_BAR, "grown MB": "held" if total <= GROWN_BAR else "no"}
    )
    viewer.state.close()
    return rows


def _resident() -> float:
    """Memory of this process [MB]."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def measure(quick: bool = False, parts: str = "drawing,unseen,memory") -> dict[str, list[Row]]:
    """All tables.

    Args:
        quick: Small sizes; the figures mean nothing.
        parts: Which tables, separated by commas.

    Returns:
        Rows by title.
    """
    wanted, tables = parts.split(","), {}
    if "drawing" in wanted:
        worlds = WORLDS[:1] if quick else WORLDS
        tables["Whole windows of 1920 x 1080"] = drawing(20 if quick else 600, worlds)
    if "unseen" in wanted:
        tables["An unwatched game"] = unseen(20 if quick else 6000, 1 if quick else 5)
    if "memory" in wanted:
        tables["Memory"] = memory(100 if quick else HOUR)
    return tables


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--parts", default="drawing,unseen,memory", help="which tables, separated by commas")
    asked = parser.parse_args()
    show(measure(asked.quick, asked.parts), asked.json)


if __name__ == "__main__":
    main()
