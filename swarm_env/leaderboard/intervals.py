"""95% intervals of a mean from few scores that are skewed, bounded, or mostly equal.

The scores must be independent of each other: one number per seed. Which method is used depends on the
scores.

Bounded scores (a scenario declares `score_bounds`): the bound of N. Gaffke ("Three test statistics for a
nonparametric one-sided hypothesis on the mean of a nonnegative variable", Mathematical Methods of
Statistics 14, 2005), as given by E. Learned-Miller and P. Thomas (arXiv 1905.06208), at 97.5% on each side.
The upper end is the 97.5% quantile of the scores' mean under uniform Dirichlet weights, with the upper
bound as one more score; the lower end likewise. For scores at the two bounds only it is the interval of
Clopper and Pearson. That it holds for every distribution within the bounds is a conjecture without a known
counterexample; it is never wider than Anderson's and Hoeffding's, which are proven.

Unbounded scores, at least half of them equal to the smallest (or all to the largest) one, such as many
zeros: the distance from that value is taken as a mixture of 0 and a positive part. The share of the
positive part has Jeffreys' Beta distribution, its mean the fiducial distribution of an exponential mean;
the interval holds the middle 95% of their product. It is honest for positive parts that spread up to an
exponential distribution, and wide otherwise. But few scores do not show whether that value is really an end,
or whether scores on its other side are only rare. So the interval reaches from the lower one of its ends and
of Student's to the higher one. (Our choice.)

All other scores: Student's interval, with the end on the side of the longer tail moved out by the skewness
term of the Edgeworth expansion, (1 + 2 t^2) / 6 |skewness| s / n (N. Johnson, "Modified t tests and
confidence intervals for asymmetrical populations", JASA 73, 1978; P. Hall, JRSS B 54, 1992). The other end
stays, for the skewness of few scores is poorly known. (Our choice.)

Equal unbounded scores, or a single one, have no interval.

`python -m benchmarks.coverage` measures how often each method holds the true mean.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2  # on each side
DRAWS = 10_000
_SEED = 2504_04364
_MOST = 4_000_000  # numbers drawn at once

Bounds = tuple[float, float]
Method = Literal["student", "two-part", "bounded"]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval of a mean.

    Attributes:
        low: Lower end.
        high: Upper end.
        method: How it was computed, see the top of this file.
    """

    low: float
    high: float
    method: Method


def mean_interval(values: Sequence[float] | Numbers, bounds: Bounds | None = None) -> Interval | None:
    """The 95% interval of the mean of independent scores.

    Args:
        values: Finite numbers, one per seed.
        bounds: The least and the greatest score that can occur; None if there are no such bounds.

    Returns:
        The interval. None for unbounded scores that are all equal, and for fewer than two of them.

    Raises:
        ValueError: There is no number, one is not finite, or one is outside the bounds.
    """
    numbers = np.sort(np.asarray(values, np.float64))
    if numbers.ndim != 1 or not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError(f"an interval needs at least one finite number, not {list(values)!r:.80}")
    if bounds is not None:
        if not bounds[0] <= numbers[0] <= numbers[-1] <= bounds[1]:
            raise ValueError(f"scores from {numbers[0]:g} to {numbers[-1]:g} are outside the bounds {bounds}")
        return _bounded(numbers, bounds)
    if numbers[0] == numbers[-1]:
        return None
    lowest, highest = int(np.sum(numbers == numbers[0])), int(np.sum(numbers == numbers[-1]))
    if max(lowest, highest) >= max(2, len(numbers) / 2):
        return _two_part(numbers, numbers[0] if lowest >= highest else numbers[-1])
    return _student(numbers)


def _student(numbers: Numbers) -> Interval:
    n, mean, sd = len(numbers), float(numbers.mean()), float(numbers.std(ddof=1))
    t = student_quantile(1 - TAIL, n - 1)
    skewness = 0.0
    if n > 2:
        standard = (numbers - mean) / numbers.std()
        skewness = float((standard**3).mean()) * math.sqrt(n * (n - 1)) / (n - 2)
    reach, more = t * sd / math.sqrt(n), (1 + 2 * t * t) / 6 * abs(skewness) * sd / n
    return Interval(mean - reach - more * (skewness < 0), mean + reach + more * (skewness > 0), "student")


def _two_part(numbers: Numbers, usual: np.float64) -> Interval:
    apart, student = numbers[numbers != usual] - usual, _student(numbers)
    ends = [float(usual + apart.mean() * factor) for factor in _two_part_factors(len(numbers), len(apart))]
    return Interval(min(*ends, student.low), max(*ends, student.high), "two-part")


@functools.lru_cache(1024)
def _two_part_factors(n: int, apart: int) -> tuple[float, float]:
    """The interval for a mean of 1 of the `apart` scores that differ from the usual one."""
    rng = np.random.default_rng(_SEED)
    share = rng.beta(apart + 0.5, n - apart + 0.5, 10 * DRAWS)
    low, high = np.quantile(share * apart / rng.gamma(apart, size=10 * DRAWS), [TAIL, 1 - TAIL])
    return float(low), float(high)


def _bounded(numbers: Numbers, bounds: Bounds) -> Interval:
    low, high = bounds
    weights = _dirichlet_weights(len(numbers) + 1)
    lower = np.quantile(weights @ np.concatenate([[low], numbers]), TAIL)
    upper = np.quantile(weights @ np.concatenate([numbers, [high]]), 1 - TAIL)
    return Interval(max(low, float(lower)), min(high, float(upper)), "bounded")


@functools.lru_cache(8)
def _dirichlet_weights(size: int) -> Numbers:
    """Rows of uniform weights that sum to 1, the same for the same size."""
    draws = np.random.default_rng(_SEED).exponential(size=(max(1000, min(DRAWS, _MOST // size)), size))
    weights: Numbers = draws / draws.sum(axis=1, keepdims=True)
    return weights


@functools.lru_cache(4096)
def student_quantile(probability: float, freedom: int) -> float:
    """Quantile of Student's t distribution.

    Args:
        probability: Above 0.5 and below 1.
        freedom: Degrees of freedom, 1 or more.

    Returns:
        The value that is not exceeded with that probability, to 12 digits.
    """
    low, high = 0.0, math.pi / 2  # t = sqrt(freedom) tan(angle) turns the real line into this
    while high - low > 1e-15 * high:
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if _student_share(middle, freedom) < 2 * probability - 1:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan(low)


def _student_share(angle: float, freedom: int) -> float:
    """Probability that |t| is below sqrt(freedom) tan(angle) (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    steps = np.arange(1 + odd, freedom - 1, 2, dtype=np.float64)  # factors k / (k + 1) of the series' terms
    terms = np.cumprod(np.concatenate([[1.0], steps / (steps + 1) * cosine**2]))
    if not odd:
        return float(sine * terms.sum())
    series = sine * cosine * terms.sum() if freedom > 1 else 0.0
    return float(2 / math.pi * (angle + series))
