"""What a fit of Bradley-Terry strengths found: errors, intervals, order, other scales."""

import functools
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import TIED
from swarm_env.consensus.bradley_terry.newton import Problem, covariance

from swarm_env.errors import ConfigError

ELO_SCALE = 400.0  # ten to one is this many points


class Interval(NamedTuple):
    """Lower and upper ends, (num_items,) each, in log-strength."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fit:
    """What `fit` found.

    Attributes:
        log_strength: (num_items,) float64, log of the strength of each item at the maximum of the posterior.
        num_islands: How many groups of items are compared with each other, directly or by way of others.
            Between islands the votes say nothing: only the prior relates them.
        island: (num_items,) int32, the island of each item, numbered by their first items.
        position_bias: (biases,) float64, how much standing first adds to a log-strength; empty if not
            estimated, one entry, or one for each rater.
        sweeps: How many sweeps of Newman's iteration were made.
        converged: Whether the last digits were reached.
        problem: The votes as they were summed up.
    """

    log_strength: NDArray[np.float64]
    num_islands: int
    island: NDArray[np.int32]
    position_bias: NDArray[np.float64]
    sweeps: int
    converged: bool
    problem: Problem

    @functools.cached_property
    def order(self) -> NDArray[np.intp]:
        """(num_items,) the items, strongest first; equals (but for rounding) by number."""
        return ranking(self.log_strength)

    @functools.cached_property
    def covariance(self) -> NDArray[np.float64]:
        """(num_items + biases, num_items + biases): inverse of the negative Hessian of the log-posterior.

        Of log-strengths relative to the centre of all items: how far all are shifted together, which only the
        prior tells, is no part of it. Without a prior, relative to the mean of each island.
        """
        return covariance(self.problem, np.concatenate([self.log_strength, self.position_bias]))

    @functools.cached_property
    def standard_error(self) -> NDArray[np.float64]:
        """(num_items,) standard error of each log-strength, from the Hessian."""
        return _roots(self.covariance)[: len(self.log_strength)]

    @functools.cached_property
    def bias_error(self) -> NDArray[np.float64]:
        """(biases,) standard error of each position bias, from the Hessian."""
        return _roots(self.covariance)[len(self.log_strength) :]

    def interval(self, level: float = 0.95) -> Interval:
        """Where each log-strength lies with this probability, by the Hessian (see also `bootstrap`).

        Args:
            level: Between 0 and 1.

        Raises:
            ConfigError: The level is not between 0 and 1.
        """
        wide = NormalDist().inv_cdf((1.0 + checked_level(level)) / 2.0) * self.standard_error
        return Interval(self.log_strength - wide, self.log_strength + wide)

    def difference(self, a: int, b: int) -> tuple[float, float]:
        """By how much item `a` is stronger than `b` (in log-strength), and the standard error of that."""
        c = self.covariance
        variance = c[a, a] + c[b, b] - 2.0 * c[a, b]
        return float(self.log_strength[a] - self.log_strength[b]), math.sqrt(max(variance, 0.0))

    def probability(self, a: int, b: int) -> float:
        """How probably item `a` wins over `b` where it does not matter who stands first."""
        return float(1.0 / (1.0 + np.exp(np.clip(self.log_strength[b] - self.log_strength[a], -700, 700))))

    def elo(self, base: float = 1500.0) -> NDArray[np.float64]:
        """(num_items,) the strengths on Elo's scale: 400 points are odds of ten to one.

        Args:
            base: Points of an item of strength 1.
        """
        return base + ELO_SCALE / math.log(10.0) * self.log_strength


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """What `bootstrap` found.

    Attributes:
        log_strength: (draws, num_items) the log-strengths by each draw's votes.
        position_bias: (draws,) the position biases; 0 if none was estimated.
        unfinished: In how many draws the last digits were not reached.
    """

    log_strength: NDArray[np.float64]
    position_bias: NDArray[np.float64]
    unfinished: int

    @property
    def standard_error(self) -> NDArray[np.float64]:
        """(num_items,) standard deviation over the draws."""
        return np.asarray(self.log_strength.std(axis=0, ddof=1), np.float64)

    def interval(self, level: float = 0.95) -> Interval:
        """The middle of the draws (percentile interval) of each log-strength.

        Args:
            level: Share of the draws within, between 0 and 1.

        Raises:
            ConfigError: The level is not between 0 and 1.
        """
        tail = (1.0 - checked_level(level)) / 2.0
        low, high = np.quantile(self.log_strength, [tail, 1.0 - tail], axis=0)
        return Interval(low, high)


def ranking(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices by falling score; scores that are equal but for rounding count as equal, and go by index."""
    order = np.argsort(-scores, kind="stable")
    if len(order) < 2:
        return order
    near = TIED * max(1.0, float(np.abs(scores).max()))
    place = np.concatenate([[0], np.cumsum(-np.diff(scores[order]) > near)])
    return order[np.lexsort((order, place))]


def checked_level(level: float) -> float:
    """A level of confidence, if it is one."""
    if not 0.0 < level < 1.0:
        raise ConfigError(f"level must lie between 0 and 1, not {level!r}.")
    return level


def _roots(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(np.diag(matrix), 0.0))
