"""Duration of a seek to any round of a long recording, and size of its page for browsers.

Times are processor times, so that other work on the machine does not count.
"""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Row, flags, say, show
from swarm_env.agent import Brief, Decision, Perception
from swarm_env.playback.playback import Playback
from swarm_env.playing.runner import play
from swarm_env.playing.team import Team, TeamEntry
from swarm_env.registry import load

BAR = 0.3  # of a seek to any round of 10 000 [s]
JUMPS = 300
# Scenario, settings, channel of runs that last for all of their rounds.
CASES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("pursuit", {}, "none"),
    ("synchronization", {}, "none"),
    ("foraging", {}, "text"),
    ("nest_site", {}, "tokens"),
    ("pursuit", {"num_agents": 100, "height": 32, "width": 32}, "none"),
)


class Chatterer:
    """An agent that moves at random and speaks in two of three rounds."""

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode."""
        self._brief, self._draw = brief, np.random.default_rng(seed)

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Random allowed moves and messages."""
        return [Decision(int(self._draw.choice(np.flatnonzero(p.allowed))), self._say()) for p in perceptions]

    def _say(self) -> str | tuple[int, ...] | None:
        if self._draw.random() < 1 / 3:
            return None
        if self._brief.message == "text":
            return (
                f"I go to row {self._draw.integers(12)}, column {self._draw.integers(12)}; follow me there."
            )
        if self._brief.message == "tokens":
            vocabulary, length = self._brief.message_shape
            return tuple(self._draw.integers(vocabulary, size=length).tolist())
        return None


def jumps(quick: bool) -> Iterator[Row]:
    """Seeks in runs of 10 000 rounds: the first, and any after gathering the recording."""
    rounds = 50 if quick else 10_000
    team = Team((TeamEntry("chatterer", None, Chatterer),))
    for scenario, settings, message in CASES[:1] if quick else CASES:
        say(f"{scenario}, {message}")
        with tempfile.TemporaryDirectory() as folder:
            play(scenario, team, seed=1, out=folder, max_rounds=rounds, message=message, **settings)
            yield {
                "scenario": scenario,
                "agents": settings.get("num_agents", 10),
                "message": message,
            } | _jump(folder, 10 if quick else JUMPS)


def _jump(folder: str, count: int) -> Row:
    draw = random.Random(1)
    begin = time.process_time()
    with Playback(folder) as playback:
        opened = time.process_time() - begin
        first = _time(playback, playback.last)
        begin = time.process_time()
        playback.gather()
        gathered = time.process_time() - begin
        times = [_time(playback, draw.randint(0, playback.last)) for _ in range(count)]
        return {
            "rounds": playback.last, "open, s": opened, "first jump to the end, s": first,
            "gather, s": gathered, "mean jump, s": float(np.mean(times)),
            "longest jump, s": max(times), "bar, s": BAR,
        }  # fmt: skip


def _time(playback: Playback, number: int) -> float:
    begin = time.process_time()
    playback.frame(number)
    return time.process_time() - begin


def pages(quick: bool) -> Iterator[Row]:
    """Pages of runs of 10 agents and 100 rounds, with prompts and answers of models."""
    rounds = 5 if quick else 100
    for scenario, agents in (
        ("foraging", "llm"),
        ("pursuit", "llm?thinking=reflect"),
        ("transport", "scripted"),
    ):
        say(f"{scenario}, page")
        with tempfile.TemporaryDirectory() as folder:
            run, path = Path(folder) / "run", Path(folder) / "run.html"
            play(scenario, agents, seed=1, out=run, max_rounds=rounds)
            begin = time.process_time()
            with Playback(run) as playback:
                page: Any = load("renderer", "page")(path)
                page.open()
                for number in range(playback.last + 1):
                    page.show(playback.frame(number))
                page.close()
                yield {
                    "scenario": scenario, "team": agents, "rounds": playback.last,
                    "write, s": time.process_time() - begin,
                    "kB": path.stat().st_size / 1000, "bar, kB": 2000,
                }  # fmt: skip


def measure(quick: bool = False) -> dict[str, list[Row]]:
    """The tables."""
    return {"Jumps in a recording": list(jumps(quick)), "Pages for browsers": list(pages(quick))}


def main() -> None:
    """Print the tables."""
    given = flags(__doc__).parse_args()
    show(measure(given.quick), given.json)


if __name__ == "__main__":
    main()
