"""Differences between two teams that met the same seeds, tested without assumptions about their size.

Under the hypothesis that two teams play equally well, a difference between their scores of one seed is as
likely to have the one sign as the other. The sign-flip test (R. Fisher, "The Design of Experiments", 1935)
counts in which share of all sign patterns the mean difference is at least as large as the one found. All
patterns are counted up to `MOST_EXACT` pairs, above that `DRAWS` random ones together with the one found,
which keeps the test valid.

The interval holds all shifts that this test does not reject, computed from the means of subsets (J.
Hartigan, "Using subsample values as typical values", JASA 64, 1969), and is widened to the interval of a
mean where that reaches further: differences need not be symmetric. Below `FEWEST` pairs even the smallest
possible p is above 0.05, and there is no interval.

Several comparisons in one table are corrected by S. Holm ("A simple sequentially rejective multiple test
procedure", Scandinavian Journal of Statistics 6, 1979): with teams that are all equal, some adjusted p is
below 0.05 in at most 5% of tables, provided that the reference was not chosen by its score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from swarm_env.leaderboard.intervals import LEVEL, TAIL, mean_interval

MOST_EXACT = 13  # pairs; 2^13 sign patterns
DRAWS = 9_999
FEWEST = 6  # pairs from which p can be below 0.05: 2 / 2^6
_SEED = 1969
_ROUNDING = 1e-9  # subset means within this of 0, relative to the largest difference, are 0

_Seed = TypeVar("_Seed")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the differences between paired scores say.

    Attributes:
        n: Pairs (seeds that both teams have played), at least 1.
        mean: Mean difference.
        sd: Standard deviation of the differences with n - 1 in the denominator; None for one pair.
        low: Lower end of the 95% interval of this difference alone; None if it cannot be given.
        high: Upper end.
        p: Of the two-sided sign-flip test.
        p_adjusted: The same, corrected for the number of comparisons in the table.
    """

    n: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None
    p: float
    p_adjusted: float

    @property
    def is_significant(self) -> bool:
        """Whether the corrected p is at most 0.05."""
        return self.p_adjusted <= 1 - LEVEL + 1e-12


def compare(differences: Sequence[float] | NDArray[np.float64]) -> Comparison:
    """Test paired differences. `p_adjusted` is `p` until `adjust` is called.

    Args:
        differences: At least one finite number, one per seed.

    Raises:
        ValueError: There is no number, or one is not finite.
    """
    numbers = np.sort(np.asarray(differences, np.float64))
    n = len(numbers)
    if numbers.ndim != 1 or not n or not np.isfinite(numbers).all():
        raise ValueError(f"a comparison needs at least one finite number, not {list(differences)!r:.80}")
    means = _subset_means(numbers)
    means[np.abs(means) <= _ROUNDING * np.abs(numbers).max()] = 0.0
    patterns = len(means) + 1
    p = min(1.0, 2 * (1 + int(min((means <= 0).sum(), (means >= 0).sum()))) / patterns)
    low, high = _interval(numbers, means) or (None, None)
    sd = float(numbers.std(ddof=1)) if n > 1 else None
    return Comparison(n, float(numbers.mean()), sd, low, high, p, p)


def adjust(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Correct the p of several comparisons by Holm's method.

    Args:
        comparisons: All that are made in one table.

    Returns:
        The same in the same order, with `p_adjusted` set.
    """
    adjusted, so_far = list(comparisons), 0.0
    for rank, i in enumerate(sorted(range(len(adjusted)), key=lambda i: comparisons[i].p)):
        so_far = max(so_far, min(1.0, (len(adjusted) - rank) * comparisons[i].p))
        adjusted[i] = replace(comparisons[i], p_adjusted=so_far)
    return adjusted


def fewest_pairs(comparisons: int) -> int:
    """Pairs from which the corrected p of one of so many comparisons can be at most 0.05."""
    pairs = FEWEST
    while 2 * comparisons / 2**pairs > 1 - LEVEL + 1e-12:
        pairs += 1
    return pairs


def paired_differences(
    scores: Mapping[_Seed, Sequence[float]], reference: Mapping[_Seed, Sequence[float]]
) -> list[float]:
    """Differences between the scores of two teams under the same conditions.

    Args:
        scores: Scores by seed.
        reference: Scores of the team to compare with.

    Returns:
        One difference for each seed that both have played, in the order of `scores`. Several scores of one
        seed count as their mean.
    """
    return [
        float(np.mean(own)) - float(np.mean(reference[seed]))
        for seed, own in scores.items()
        if len(own) and len(reference.get(seed, ()))
    ]


def _interval(numbers: NDArray[np.float64], means: NDArray[np.float64]) -> tuple[float, float] | None:
    """Ends of the 95% interval; None for few or equal differences."""
    rank = int(TAIL * (len(means) + 1) + 1e-9)  # so many subset means may lie outside on each side
    general = mean_interval(numbers)
    if rank < 1 or general is None or len(numbers) < FEWEST:
        return None
    means = np.sort(means)
    return min(general.low, float(means[rank - 1])), max(general.high, float(means[-rank]))


def _subset_means(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of all non-empty subsets, or of `DRAWS` random ones; the same for the same numbers."""
    n = len(numbers)
    if n <= MOST_EXACT:
        members = (np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1
    else:
        members = np.random.default_rng(_SEED).integers(2, size=(DRAWS, n), dtype=np.int8)
        members = members[members.any(axis=1)]
    means: NDArray[np.float64] = (members @ numbers) / members.sum(axis=1)
    return means
