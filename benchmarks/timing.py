"""Fair timing on a noisy machine: rivals take turns in short slices, and only ratios within a turn count.

A machine that is shared, or that changes its clock, is twice as fast in one second as in the next. Two
figures measured one after the other then say little about each other. Here every rival plays a slice of some
tens of milliseconds in each turn, in an order that changes from turn to turn, and the ratio of two rivals is
the median of the ratios of their slices of one turn.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TURNS, SLICE = 31, 0.04  # a measurement of two rivals takes some 2.5 s


class Rival(NamedTuple):
    """Something that plays rounds.

    Attributes:
        play: Plays round number t = 0, 1, …
        steps: Agent-steps in a round: agents, over all worlds.
    """

    play: Callable[[int], object]
    steps: int


@dataclass(frozen=True, slots=True)
class Times:
    """What a measurement found.

    Attributes:
        costs: Seconds per agent-step of each rival, (turns,) each.
        steps: Agent-steps in a round of each rival.
    """

    costs: Mapping[str, NDArray[np.float64]]
    steps: Mapping[str, int]

    def rate(self, name: str) -> float:
        """Agent-steps per second of a rival, median over the turns [1/s]."""
        return 1.0 / float(np.median(self.costs[name]))

    def round_time(self, name: str) -> float:
        """Time of a round of a rival, median over the turns [s]."""
        return float(np.median(self.costs[name])) * self.steps[name]

    def ratio(self, name: str, other: str) -> float:
        """How many times as long as `other` rival `name` takes: median of the turns' ratios."""
        return float(np.median(self.costs[name] / self.costs[other]))

    def least_ratio(self, name: str, other: str) -> float:
        """The same from the fastest slice of each, which noise can only have lengthened."""
        return float(self.costs[name].min() / self.costs[other].min())

    def spread(self, name: str, other: str) -> tuple[float, float]:
        """Lower and upper quartile of the turns' ratios."""
        low, high = np.quantile(self.costs[name] / self.costs[other], (0.25, 0.75))
        return float(low), float(high)


def take_turns(rivals: Mapping[str, Rival], turns: int = TURNS, seconds: float = SLICE) -> Times:
    """Let rivals play slices in turn.

    Args:
        rivals: Who plays, by name. Some rounds before the first turn do not count: they compile, and show how
            many rounds a slice has.
        turns: Slices of each rival.
        seconds: About how long a slice takes [s]; it has at least one round.

    Returns:
        The costs of all slices.
    """
    names = list(rivals)
    costs = {name: np.zeros(turns) for name in names}
    lengths = {name: _length(rivals[name].play, seconds) for name in names}
    for turn in range(turns):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            play, length = rivals[name].play, lengths[name]
            start = time.perf_counter()
            for number in range(turn * length, (turn + 1) * length):
                play(number)
            costs[name][turn] = (time.perf_counter() - start) / (length * rivals[name].steps)
    return Times(costs, {name: rival.steps for name, rival in rivals.items()})


def _length(play: Callable[[int], object], seconds: float) -> int:
    """How many rounds take about so long, at least 1."""
    play(0)
    length = 1
    while True:
        start = time.perf_counter()
        for number in range(length):
            play(number)
        passed = time.perf_counter() - start
        if passed >= seconds / 4:
            return max(1, round(length * seconds / passed))
        length *= 2


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Wall time of a block [s], appended to the list when it ends."""
    found: list[float] = []
    start = time.perf_counter()
    yield found
    found.append(time.perf_counter() - start)
