"""Whether one strength per item describes the votes: goodness of fit, cycles; how many votes are needed."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import checked_number, real
from swarm_env.consensus.bradley_terry.estimates import Fit
from swarm_env.consensus.bradley_terry.linear_solver import inverse
from swarm_env.consensus.bradley_terry.merged_votes import MOST_ITEMS, Votes, merged
from swarm_env.consensus.bradley_terry.robust_errors import probabilities
from swarm_env.consensus.intervals import checked_level

from swarm_env.errors import ConfigError

Floats = NDArray[np.float64]
_MOST_FOR_CYCLES = 2_500  # items: matrices of that size are multiplied


class Goodness(NamedTuple):
    """Pearson's statistic of the votes on each pair against the fit.

    Attributes:
        statistic: Sum over pairs and outcomes of n (observed - expected share)^2 / expected share.
        freedom: Its expected value if the model holds: outcomes per pair minus one, summed, less parameters.
        dispersion: statistic / freedom: about 1 if the model holds; NaN without freedom.
        p: Probability of so large a statistic if the model holds; NaN without freedom.
    """

    statistic: float
    freedom: int
    dispersion: float
    p: float


class Cycles(NamedTuple):
    """Inconsistencies among triples of items of which all three pairs were judged; majorities decide a pair.

    The two kinds are those of TrustJudge (arXiv 2509.21117): circular preferences, and equivalences that
    contradict a preference (A = B = C, but A over C).

    Attributes:
        triples: Number of triples.
        circular: Number of those in which preferences, one of them maybe a tie, go round.
        contradicted: Number of those with two ties and one preference.
    """

    triples: int
    circular: int
    contradicted: int

    @property
    def rate(self) -> float:
        """Share of inconsistent triples; NaN if there is none."""
        return (self.circular + self.contradicted) / self.triples if self.triples else math.nan


def goodness(fit: Fit) -> Goodness:
    """Whether the votes on the pairs scatter about the fit as the model says.

    A pair judged n times adds Pearson's statistic with n (observed share - expected share)^2 / expected share
    for each outcome. Votes of unequal weights count as (sum of w)^2 / (sum of w^2) votes (Kish). p compares
    with a gamma distribution of the mean and the variance that multinomial votes give the statistic, also
    where pairs have few votes (J. Haldane, Biometrika 31, 1940); parameters are taken off the mean, as for
    chi-square.
    """
    votes, problem = fit.votes, fit.problem
    n = problem.num_items
    rows = merged(votes, problem.num_biases > 0, problem.num_biases > 1)
    if not len(rows.weight):
        return Goodness(0.0, 0, math.nan, math.nan)
    votes, weight, tie = rows.votes, rows.weight, rows.votes.tie
    low = np.minimum(votes.winner, votes.loser).astype(np.int64)
    turned = votes.winner != low
    side = votes.slot if problem.num_biases else np.full(len(tie), -1)
    stood = np.where(side < 0, -1, np.where(turned, 1 - side, side)) + 1
    who = votes.rater.astype(np.int64) if problem.num_biases > 1 else 0
    pair = ((who * 3 + stood) * n + low) * n + np.maximum(votes.winner, votes.loser)
    _, first, where = np.unique(pair, return_index=True, return_inverse=True)
    won, lost, tied, _ = probabilities(problem, votes, fit.parameters)
    expected = np.stack([np.where(turned, lost, won), np.where(turned, won, lost), tied], 1)[first]
    halves = np.where(tie, 0.5, 1.0)
    ahead = [np.where(tie | ~turned, halves, 0.0), np.where(tie | turned, halves, 0.0), np.zeros(len(tie))]
    if problem.has_ties:
        ahead = [~tie & ~turned, ~tie & turned, tie]
    total = np.bincount(where, weight)
    number = total**2 / np.bincount(where, rows.squares)
    seen = np.stack([np.bincount(where, weight * one) / total for one in ahead], 1)
    expected = np.maximum(expected, 1e-12)
    used = slice(0, 3 if problem.has_ties else 2)
    statistic = float((number[:, None] * (seen - expected)[:, used] ** 2 / expected[:, used]).sum())
    outcomes = 3 if problem.has_ties else 2
    parameters = len(fit.parameters) - problem.num_islands
    freedom = len(number) * (outcomes - 1) - parameters
    if freedom <= 0:
        return Goodness(statistic, 0, math.nan, math.nan)
    inverse_sum = (1.0 / expected[:, used]).sum(axis=1)
    spread = 2.0 * (outcomes - 1) + (inverse_sum - outcomes**2 - 2 * outcomes + 2.0) / number
    variance = max(float(spread.sum()) * freedom / (len(number) * (outcomes - 1)), 1e-9)
    scale = variance / (2.0 * freedom)  # statistic / scale is like chi-square with freedom / scale
    return Goodness(statistic, freedom, statistic / freedom, _above(statistic / scale, freedom / scale))


def _above(value: float, freedom: float) -> float:
    """Probability that chi-square is above a value (E. Wilson, M. Hilferty, PNAS 17, 1931)."""
    part = 2.0 / (9.0 * freedom)
    z = ((max(value, 0.0) / freedom) ** (1.0 / 3.0) - (1.0 - part)) / math.sqrt(part)
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def cycles(votes: Votes) -> Cycles:
    """Count inconsistent triples; raises `ConfigError` for more than 2500 items."""
    n = votes.num_items
    if n > _MOST_FOR_CYCLES:
        raise ConfigError(f"Cycles are counted among at most {_MOST_FOR_CYCLES} items, not {n}.")
    weight = np.ones(len(votes.winner)) if votes.weight is None else votes.weight
    toward = weight if not len(votes.tie) else np.where(votes.tie, 0.0, weight)
    size = (n, n)
    cell = votes.winner.astype(np.int64) * n + votes.loser
    wins = np.bincount(cell, toward, n * n).reshape(size)
    judged = np.bincount(cell, weight, n * n).reshape(size) > 0.0
    judged = judged | judged.T
    lead = wins - wins.T
    near = np.abs(lead) <= 1e-9 * (wins + wins.T)  # sums of weights, but for rounding
    over = ((lead > 0.0) & ~near).astype(np.float64)
    equal = (judged & near).astype(np.float64)
    both = judged.astype(np.float64)
    two_steps = over @ over
    circular = float((two_steps * over.T).sum()) / 3.0 + float((two_steps * equal).sum())
    contradicted = float(((equal @ equal) * over).sum())
    return Cycles(round(float(((both @ both) * both).sum()) / 6.0), round(circular), round(contradicted))


def votes_needed(
    log_strength: ArrayLike, half_width: float, *, level: float = 0.95, log_nu: float | None = None
) -> int:
    """How many votes make the intervals of all log-strengths so narrow.

    The answer holds for pairs drawn evenly, in which each vote counts 1, without prior: the widest of the
    intervals of strengths relative to their mean, by the Hessian, is at most as wide. What a vote tells
    depends on how far apart the items are, so give the log-strengths that are expected, for example those of
    a first fit; zeros are the most favourable case.

    Args:
        log_strength: (n,) from 2 to 4000 items.
        half_width: Half of the width of the interval, in log-strength, above 0.
        level: Of the intervals, between 0 and 1.
        log_nu: Of Davidson's model, as `Fit.log_nu` gives it; None: no ties.

    Raises:
        ConfigError: An argument is not allowed.
    """
    strength = real("log_strength", log_strength, None)
    n = len(strength)
    checked_number("the number of items", n, 2, MOST_ITEMS)
    checked_number("half_width", half_width, 1e-6, 1e6)
    if log_nu is not None:
        checked_number("log_nu", log_nu, -700.0, 700.0)
    half = 0.5 * (strength[:, None] - strength[None, :])
    tied = 0.0 if log_nu is None else math.exp(log_nu)
    with np.errstate(over="ignore"):
        z = 2.0 * np.cosh(half) + tied
        lead = 2.0 * np.sinh(half) / z
    curve = 0.25 * (2.0 * np.cosh(half) / z - np.where(np.isfinite(lead), lead, np.sign(half)) ** 2)
    curve = np.maximum(np.nan_to_num(curve), 1e-12) * (2.0 / (n * (n - 1)))
    np.fill_diagonal(curve, 0.0)
    information = np.diag(curve.sum(axis=1)) - curve
    scale = float(np.trace(information)) / n
    spread = np.diag(inverse(information + scale / n)) - 1.0 / (scale * n)
    z_score = NormalDist().inv_cdf((1.0 + checked_level(level)) / 2.0)
    return math.ceil(float(spread.max()) * (z_score / half_width) ** 2)
