"""Shares and means with intervals, and the arithmetic of independent votes."""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import checked_number, real

from swarm_env.errors import ConfigError
from swarm_env.leaderboard.intervals import student_quantile

LEVEL = 0.95
MOST = 2**53  # cases


class Interval(NamedTuple):
    """A value with the ends of its interval.

    Attributes:
        value: The share or mean; NaN if `n` is 0.
        low: Lower end.
        high: Upper end.
        n: Number of cases.
    """

    value: float
    low: float
    high: float
    n: int


def share(count: int, n: int, level: float = LEVEL) -> Interval:
    """A share of n cases with Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927).

    The interval is never empty, also for none or all of the cases. `level` lies between 0 and 1.
    """
    _check_counts(count, n, level)
    if n == 0:
        return Interval(math.nan, 0.0, 1.0, 0)
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    p = count / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) + z2 / (4 * n)) / n) / (1 + z2 / n)
    return Interval(p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)), n)


def exact_share(count: int, n: int, level: float = LEVEL) -> Interval:
    """A share of n cases with Clopper and Pearson's interval (Biometrika 26, 1934), for rare events.

    It holds the true share in at least `level` of all samples, also where Wilson's falls short. Both ends
    leave out (1 - level) / 2; the upper end at level 2 P - 1 is a one-sided bound with confidence P.
    """
    _check_counts(count, n, level)
    if n == 0:
        return Interval(math.nan, 0.0, 1.0, 0)
    rest = (1 - level) / 2
    low = solve(lambda p: _tail(n - count, n, 1 - p), rest, 0.0, 1.0) if count else 0.0
    high = solve(lambda p: 1 - _tail(count, n, p), 1 - rest, 0.0, 1.0) if count < n else 1.0
    return Interval(count / n, low, high, n)


def checked_level(level: float) -> float:
    """Return a level of confidence; raises `ConfigError` unless it lies between 0 and 1."""
    checked_number("level", level, 0.0, 1.0)
    if not 0.0 < level < 1.0:
        raise ConfigError(f"level must lie between 0 and 1, not {level!r}.")
    return level


def _check_counts(count: int, n: int, level: float) -> None:
    checked_number("the number of cases", n, 0, MOST)
    checked_number("count", count, 0, n)
    checked_level(level)


def _tail(most: int, n: int, p: float) -> float:
    """Probability of at most so many of n cases, each with probability p."""
    if p <= 0.0 or p >= 1.0:
        return float(p <= 0.0 or most >= n)
    k = np.arange(most + 1)
    steps = np.concatenate([[0.0], np.log(n - k[:-1]) - np.log(k[1:])])
    return min(1.0, float(np.exp(np.cumsum(steps) + k * math.log(p) + (n - k) * math.log1p(-p)).sum()))


def middle(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Interval:
    """Mean of two shares of the same (n,) cases, with an interval made from those of the two.

    The method is MOVER for paired shares (G. Y. Zou, A. Donner, Statistics in Medicine 27, 2008), with
    Wilson's intervals and the observed correlation.
    """
    n = len(first)
    one, two = share(int(first.sum()), n), share(int(second.sum()), n)
    if n == 0:
        return Interval(math.nan, 0.0, 1.0, 0)
    spread = one.value * (1 - one.value) * two.value * (1 - two.value)
    both = float((first & second).mean())
    phi = (both - one.value * two.value) / math.sqrt(spread) if spread > 0 else 0.0
    value = (one.value + two.value) / 2
    below = _combined(one.value - one.low, two.value - two.low, phi)
    above = _combined(one.high - one.value, two.high - two.value, phi)
    return Interval(value, max(0.0, value - below), min(1.0, value + above), n)


def _combined(one: float, two: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one + two * two + 2 * phi * one * two)) / 2


def mean(values: ArrayLike, level: float = LEVEL) -> Interval:
    """The mean of finite numbers (n,) with Student's interval of a level between 0 and 1."""
    numbers = real("values", values, None)
    n = len(numbers)
    checked_level(level)
    if n == 0:
        return Interval(math.nan, -math.inf, math.inf, 0)
    value = float(numbers.mean())
    if n == 1:
        return Interval(value, -math.inf, math.inf, 1)
    half = student_quantile((1 + level) / 2, n - 1) * float(numbers.std(ddof=1)) / math.sqrt(n)
    return Interval(value, value - half, value + half, n)


def bootstrap_mean(values: Sequence[float], seed: int = 0, draws: int = 2000) -> Interval:
    """A mean of at least one number with its 95% bootstrap interval (percentile)."""
    numbers = np.asarray(values, np.float64)
    rng = np.random.default_rng([seed, 422])
    means = [rng.choice(numbers, len(numbers)).mean() for _ in range(draws)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(numbers.mean()), float(low), float(high), len(numbers))


def solve(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where between `low` and `high` a rising function has the wanted value, by 60 halvings."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return 0.5 * (low + high)


def block_chance(chances: Sequence[float], threshold: int = 1) -> float:
    """Probability that at least `threshold` of independent voters block, each with its own chance, 0 to 1.

    With n equal voters and the veto it is 1 - (1 - b)^n: more voters block more of what should be blocked,
    and just as surely more of what should not. Raises `ConfigError` unless `threshold` is from 1 to their
    number.
    """
    each = real("chances", chances, None, 0.0)
    checked_number("threshold (of at most the number of voters)", threshold, 1, len(each))
    if (each > 1.0).any():
        raise ConfigError(f"Chances are numbers from 0 to 1, not {list(chances)}.")
    counts = np.zeros(len(each) + 1)  # how probably so many block
    counts[0] = 1.0
    for chance in each:
        counts[1:] = counts[1:] * (1 - chance) + counts[:-1] * chance
        counts[0] *= 1 - chance
    return min(1.0, float(counts[threshold:].sum()))
