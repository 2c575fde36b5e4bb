"""The result of a Bradley-Terry fit: errors, intervals, order, other scales."""

import functools
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import TIED
from swarm_env.consensus.bradley_terry.merged_votes import MOST_ITEMS, Votes, merged
from swarm_env.consensus.bradley_terry.newton import Problem, covariance
from swarm_env.consensus.bradley_terry.robust_errors import Errors, robust_covariance
from swarm_env.consensus.bradley_terry.sparse import Hessian, standard_errors
from swarm_env.consensus.intervals import checked_level

from swarm_env.errors import ConfigError

ELO_SCALE = 400.0  # ten to one is this many points


class Interval(NamedTuple):
    """Lower and upper ends, (num_items,) each, in log-strength."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fit:
    """The result of `fit`.

    Attributes:
        log_strength: (num_items,) float64, log of the strength of each item at the maximum of the posterior.
            0 is the centre: over each island the sum of tanh(log_strength / 2) is 0, which is where the prior
            puts it (without a prior, the mean is 0). Votes say nothing about it; only differences have a
            meaning.
        num_islands: Number of groups of items that are compared with each other, directly or through others.
            Between islands the votes say nothing: only the prior relates them.
        island: (num_items,) int32, the island of each item, numbered by their first items.
        position_bias: (biases,) float64, how much standing first adds to a log-strength; empty if not
            estimated, one entry, or one for each rater.
        sweeps: Number of sweeps of Newman's iteration.
        converged: Whether the last digits were reached.
        problem: The votes as they were summed up.
        votes: The votes.
        log_nu: Of Davidson's model, the log of nu: equal items tie with probability nu / (2 + nu). None
            without ties, or where they are half wins.
        errors: How errors are formed: "hessian", "weighted", "sandwich" or "rater" (see `fit`).
    """

    log_strength: NDArray[np.float64]
    num_islands: int
    island: NDArray[np.int32]
    position_bias: NDArray[np.float64]
    sweeps: int
    converged: bool
    problem: Problem
    votes: Votes
    log_nu: float | None
    errors: Errors

    @property
    def parameters(self) -> NDArray[np.float64]:
        """(m,) log-strengths, position biases and, in Davidson's model, log nu."""
        last = [] if self.log_nu is None else [self.log_nu]
        return np.concatenate([self.log_strength, self.position_bias, last])

    @functools.cached_property
    def order(self) -> NDArray[np.intp]:
        """(num_items,) the items, strongest first; equals (but for rounding) by number."""
        return ranking(self.log_strength)

    @functools.cached_property
    def covariance(self) -> NDArray[np.float64]:
        """(m, m) of `parameters`, by `errors`: the inverse of the negative Hessian, or a sandwich.

        Of log-strengths relative to the centre of all items: the common shift, which only the prior
        determines, is left out. Without a prior, relative to the mean of each island.
        """
        if self._is_large:
            raise ConfigError(
                f"The covariance of {len(self.log_strength)} items is no matrix that could be kept: ask for "
                "standard_error, or difference."
            )
        if self.errors == "hessian":
            return covariance(self.problem, self.parameters)
        return robust_covariance(self.problem, self.votes, self.parameters, self.errors)

    @functools.cached_property
    def standard_error(self) -> NDArray[np.float64]:
        """(num_items,) standard error of each log-strength, by `errors`."""
        return self._all_errors[: len(self.log_strength)]

    @property
    def _is_large(self) -> bool:
        return len(self.log_strength) > MOST_ITEMS

    @functools.cached_property
    def _all_errors(self) -> NDArray[np.float64]:
        if not self._is_large:
            return _roots(self.covariance)
        rows = None
        if self.errors != "hessian":
            biases = self.problem.num_biases
            rows = merged(self.votes, biases > 0, biases > 1)
        return standard_errors(self.problem, self.parameters, rows)

    @functools.cached_property
    def bias_error(self) -> NDArray[np.float64]:
        """(biases,) standard error of each position bias, by `errors`."""
        n = len(self.log_strength)
        return self._all_errors[n : n + len(self.position_bias)]

    def interval(self, level: float = 0.95) -> Interval:
        """Interval of each log-strength by its standard error (see also `bootstrap`).

        `level` is a probability; raises `ConfigError` unless it lies between 0 and 1.
        """
        wide = NormalDist().inv_cdf((1.0 + checked_level(level)) / 2.0) * self.standard_error
        return Interval(self.log_strength - wide, self.log_strength + wide)

    def difference(self, a: int, b: int) -> tuple[float, float]:
        """How much stronger item `a` is than `b` (in log-strength), and the standard error of that.

        With more than 4000 items the error is that of the Hessian.
        """
        gap = float(self.log_strength[a] - self.log_strength[b])
        if self._is_large:
            toward = np.zeros(len(self.parameters))
            toward[[a, b]] = 1.0, -1.0
            spread = float(toward @ Hessian(self.problem, self.parameters).solve(toward))
            return gap, math.sqrt(max(spread, 0.0))
        c = self.covariance
        variance = c[a, a] + c[b, b] - 2.0 * c[a, b]
        return gap, math.sqrt(max(variance, 0.0))

    def probability(self, a: int, b: int) -> float:
        """Probability that item `a` wins over `b`, of votes without a tie, where no position is preferred."""
        return float(1.0 / (1.0 + np.exp(np.clip(self.log_strength[b] - self.log_strength[a], -700, 700))))

    def elo(self, base: float = 1500.0) -> NDArray[np.float64]:
        """(num_items,) strengths on Elo's scale: 400 points are odds of ten to one, strength 1 is `base`."""
        return base + ELO_SCALE / math.log(10.0) * self.log_strength


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """The result of `bootstrap`.

    Attributes:
        log_strength: (draws, num_items) the log-strengths by each draw's votes.
        position_bias: (draws,) the position biases; 0 if none was estimated.
        unfinished: Number of draws in which the last digits were not reached.
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

        `level` is the share of the draws within; raises `ConfigError` unless it lies between 0 and 1.
        """
        tail = (1.0 - checked_level(level)) / 2.0
        low, high = np.quantile(self.log_strength, [tail, 1.0 - tail], axis=0)
        return Interval(low, high)


def ranking(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices by falling score; scores that are equal except for rounding are sorted by index."""
    order = np.argsort(-scores, kind="stable")
    if len(order) < 2:
        return order
    near = TIED * max(1.0, float(np.abs(scores).max()))
    place = np.concatenate([[0], np.cumsum(-np.diff(scores[order]) > near)])
    return order[np.lexsort((order, place))]


def _roots(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(np.diag(matrix), 0.0))
