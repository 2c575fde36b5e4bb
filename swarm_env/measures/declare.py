"""How a group measure is declared: a function of a game, with its name, unit, bounds and summary.

    from swarm_env.measures.declare import GameStatistics, Series, group_measure


    @group_measure("fraction of agents on the map", high=1.0)
    def presence(stats: GameStatistics) -> Series:
        return stats.game.inside[1:].mean(axis=1)

Put it into a file of `swarm_env.measures.definitions`. The table of measures, the plots and the documentation
find it there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from swarm_env.measures.game import GONE, Game
from swarm_env.measures.words import Embed, tfidf

Series = NDArray[np.float64]
T = TypeVar("T")


class GameStatistics:
    """One game of R rounds and N agents, and intermediate results that several measures share.

    `embed` turns texts into vectors; see `swarm_env.measures.words.vectoriser`.
    """

    def __init__(self, game: Game, embed: Embed = tfidf) -> None:
        self.game, self.embed = game, embed
        self._shared: dict[Callable[..., Any], Any] = {}

    def shared(self, compute: "Callable[[GameStatistics], T]") -> T:
        """The result of a function of these statistics, computed once."""
        if compute not in self._shared:
            self._shared[compute] = compute(self)
        result: T = self._shared[compute]
        return result

    @cached_property
    def playing(self) -> NDArray[np.bool_]:
        """(R, N) whether an agent was in play when the round began."""
        return np.asarray(self.game.actions != GONE)

    @cached_property
    def agents(self) -> Series:
        """(R,) number of agents in play; NaN if there are none."""
        number = self.playing.sum(axis=1).astype(np.float64)
        return np.where(number > 0, number, np.nan)


@dataclass(frozen=True, slots=True)
class Measure:
    """One group measure.

    Attributes:
        name: Its name.
        summary: What it measures, in one line.
        unit: Its unit; "" for fractions and other pure numbers.
        low: Its minimum.
        high: Its maximum; infinity if only the size of the world bounds it.
        undefined: When a round has no value (NaN); "" if every round has one.
        published: Its position among the measures that SwarmBench reports, from 1; 0 if it is not among them.
        live: Whether a few rounds suffice to compute it, so that it can be plotted during a game.
        compute: Returns (R,) float64.
    """

    name: str
    summary: str
    unit: str
    low: float
    high: float
    undefined: str
    published: int
    live: bool
    compute: Callable[[GameStatistics], Series]


def group_measure(
    summary: str,
    *,
    high: float,
    low: float = 0.0,
    unit: str = "",
    undefined: str = "",
    published: int = 0,
    live: bool = False,
) -> Callable[[Callable[[GameStatistics], Series]], Measure]:
    """Declare the decorated function as a measure of its name; see `Measure` for the arguments."""

    def declared(compute: Callable[[GameStatistics], Series]) -> Measure:
        return Measure(compute.__name__, summary, unit, low, high, undefined, published, live, compute)

    return declared
