"""Frames per second of drawing 1920 x 1080 pixels off screen: `python -m benchmarks.drawing`.

Frames are made by hand (no world of a million agents is needed to draw one): walls, and agents with two marks
at random positions; in the next frame each agent has moved by a cell. Each image is what the window draws
between two rounds: the whole map and the status strip.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from swarm_env.viz.draw.frame_image import draw_frame, draw_image, new_surface
from swarm_env.viz.draw.items.trails import Traces
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.style.theme import DARK

from benchmarks.tables import Row, flags, show
from swarm_env.frame import Frame, Kind, Setting

SIZE = (1920, 1080)  # pixels
SHOTS = 40  # frames per figure
ACTIONS = ("STAY", "UP", "DOWN", "LEFT", "RIGHT")
STEPS = np.array([(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)], np.int32)
KINDS = (
    Kind(".", "free cell", (245, 243, 238)), Kind("*", "outside the map", (40, 40, 46)),
    Kind("W", "wall", (88, 88, 96)), Kind("F", "food", (0, 158, 115), "round"),
    Kind("a", "agent", (86, 180, 233)), Kind("A", "agent that carries", (230, 159, 0)),
)  # fmt: skip


class Case(NamedTuple):
    """A world to draw.

    Attributes:
        side: Of the map [cells].
        agents: Number of agents.
        bar: Required frames per second.
    """

    side: int
    agents: int
    bar: float


CASES = (Case(12, 10, 60.0), Case(256, 10_000, 30.0), Case(4096, 1_000_000, 5.0))


def frames(case: Case, talking: bool = False) -> tuple[Frame, Frame]:
    """Two frames of consecutive rounds.

    Args:
        case: The world.
        talking: Whether every agent speaks and hears the others.
    """
    rng = np.random.default_rng(case.side)
    setting = Setting("benchmark", KINDS, 4, 4, ACTIONS, 100, 5, "text" if talking else "none", 5)
    ground = np.zeros((case.side, case.side), np.uint8)
    ground[[0, -1]] = ground[:, [0, -1]] = 2
    ground[case.side // 3, case.side // 4 : case.side // 2] = 2
    ground[1, 1:3] = 3
    free = np.flatnonzero(ground == 0)
    places = np.stack(np.divmod(rng.choice(free, case.agents, replace=False), case.side), 1).astype(np.int32)
    marks = (rng.random(case.agents) < 0.3).astype(np.uint8)
    moves = rng.integers(0, len(STEPS), case.agents).astype(np.int8)
    wanted = places + STEPS[moves]
    taken = set(map(tuple, places.tolist())) if case.agents <= 10_000 else set()
    for a, place in enumerate(map(tuple, wanted.tolist())) if taken else ():
        if ground[place] == 0 and place not in taken:
            taken.add(place)
        else:
            wanted[a] = places[a]
    said = tuple((f"agent_{a}", f"I am number {a} and go on") for a in range(case.agents)) if talking else ()
    heard = {f"agent_{a}": tuple(text for _, text in said) for a in range(case.agents)} if talking else {}
    found = []
    for number, at in enumerate((places, wanted if taken else places)):
        cells = ground.copy()
        cells[at[:, 0], at[:, 1]] = 4 + marks
        present, senses = np.ones(case.agents, bool), np.zeros((case.agents, 0), np.uint8)
        away = np.abs(at[:, None] - at).max(axis=2) if talking else np.zeros((0, 0))
        near = np.argwhere((away <= setting.hearing) & (away > 0)).tolist()
        state = (cells, at, present, marks, moves, senses, said, heard, tuple(map(tuple, near)))
        found.append(Frame(setting, number, 0.0, *state))
    return found[0], found[1]


def rate(draw: Callable[[float], object], shots: int) -> tuple[float, float]:
    """Median frames per second and median processor time per frame [ms].

    Args:
        draw: Draws a frame, given the progress between two rounds.
        shots: Number of frames; two more fill the caches first.
    """
    walls, computing = [], []
    for shot in range(-2, shots):
        wall, own = time.perf_counter(), time.process_time()
        draw(shot % 8 / 8)
        if shot >= 0:
            walls.append(time.perf_counter() - wall)
            computing.append(time.process_time() - own)
    return 1 / float(np.median(walls)), 1000 * float(np.median(computing))


def measure(quick: bool = False) -> list[Row]:
    """Rates of all cases.

    Args:
        quick: Small maps and few frames.

    Returns:
        Rows of the table.
    """
    shots, rows = 2 if quick else SHOTS, []
    for case in (Case(12, 10, 60.0), Case(24, 50, 30.0)) if quick else CASES:
        before, now = frames(case)
        rows.append(_row(case, "map and strip", lambda p, b=before, n=now: _window(n, b, p), shots, case.bar))
        rows.append(_row(case, "as an array", lambda p, b=before, n=now: _array(n, b, p), shots, None))
        if case.agents <= 10:
            before, now = frames(case, talking=True)
            everything, traces = Layers(trails=True, heat=True, selected=0), Traces()
            for frame in (before, now):
                traces.add(frame)
            rows.append(
                _row(
                    case,
                    "all layers, all talking",
                    lambda p, b=before, n=now, y=everything, t=traces: _window(n, b, p, y, t),
                    shots,
                    case.bar,
                )
            )
    return rows


def _row(case: Case, drawn: str, draw: Callable[[float], object], shots: int, bar: float | None) -> Row:
    per_second, computing = rate(draw, shots)
    held = "" if bar is None else "yes" if per_second >= bar else "no"
    return {
        "map": f"{case.side} x {case.side}", "agents": case.agents, "drawn": drawn, "frames/s": per_second,
        "bar": bar, "held": held, "ms of computing": computing,
    }  # fmt: skip


def _window(
    frame: Frame, before: Frame, progress: float, layers: Layers | None = None, traces: Traces | None = None
) -> None:
    surface = new_surface(SIZE)
    draw_frame(surface, frame, theme=DARK, layers=layers, before=before, progress=progress, traces=traces)


def _array(frame: Frame, before: Frame, progress: float) -> object:
    return draw_image(frame, SIZE, before=before, progress=progress)


def main() -> None:
    """Print the table."""
    chosen = flags(__doc__).parse_args()
    show({"Drawing 1920 x 1080 pixels": measure(chosen.quick)}, chosen.json)


if __name__ == "__main__":
    main()
