"""Shares with intervals, and differences between paired shares."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL, DRAWS = 0.95, 2000


class Share(NamedTuple):
    """A share with its interval."""

    value: float
    low: float
    high: float


def share(right: ArrayLike, level: float = LEVEL) -> Share:
    """How often something held, with Wilson's score interval.

    Args:
        right: (n,) booleans, n at least 1.
        level: Probability with which the interval holds the true share.

    Returns:
        The share, and the interval's ends, within 0 and 1.
    """
    values = np.asarray(right, np.float64)
    n, p = len(values), float(values.mean())
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return Share(p, max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


def mean_difference(pairs: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]], seed: int = 0) -> Share:
    """By how much the first was right more often than the second on the same questions.

    The interval is a bootstrap (percentile): questions are drawn again, within each pair of runs. It says how
    much is owed to which questions were drawn, not how much other swarms would differ.

    Args:
        pairs: For each run, (Q,) whether the first and the second were right.
        seed: Of the draws.

    Returns:
        The mean over runs, from -1 to 1, and its 95% interval.
    """
    rng = np.random.default_rng([seed, 421])
    means = np.zeros(DRAWS)
    values = []
    for one, other in pairs:
        gap = one.astype(np.int8) - other.astype(np.int8)
        n = len(gap)
        chances = np.array([(gap == k).sum() for k in (-1, 0, 1)]) / n
        drawn = rng.multinomial(n, chances, size=DRAWS)
        means += (drawn[:, 2] - drawn[:, 0]) / n / len(pairs)
        values.append(float(gap.mean()))
    low, high = np.quantile(means, [0.025, 0.975])
    return Share(float(np.mean(values)), float(low), float(high))


def mean_interval(values: Sequence[float], seed: int = 0) -> Share:
    """The mean of some numbers with its 95% bootstrap interval (percentile).

    Args:
        values: At least one.
        seed: Of the draws.
    """
    numbers = np.asarray(values, np.float64)
    rng = np.random.default_rng([seed, 422])
    means = [rng.choice(numbers, len(numbers)).mean() for _ in range(DRAWS)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Share(float(numbers.mean()), float(low), float(high))
