"""Statistics of the scores of a team: mean, spread, and the 95% interval of the mean.

Runs from the same seed met the same start and are not independent. They count as one number, their mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from swarm_env.leaderboard.intervals import Bounds, Method, mean_interval


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics of independent numbers, one per seed.

    Attributes:
        n: How many, at least 1.
        mean: Their mean.
        sd: Standard deviation with n - 1 in the denominator; None for one number.
        median: Their median.
        low: Lower end of the 95% interval of the mean; None if it cannot be given.
        high: Upper end.
        method: How the interval was computed (`swarm_env.leaderboard.intervals`); None if there is none.
    """

    n: int
    mean: float
    sd: float | None
    median: float
    low: float | None
    high: float | None
    method: Method | None


def summarise(values: Sequence[float], bounds: Bounds | None = None) -> Summary:
    """Mean, spread and interval of independent numbers.

    Args:
        values: At least one finite number.
        bounds: The least and the greatest possible number. Ignored if a number is outside them.

    Raises:
        ValueError: There is no number, or one is not finite.
    """
    numbers = np.sort(np.asarray(values, np.float64))
    if numbers.ndim != 1 or not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError(f"a summary needs at least one finite number, not {list(values)!r:.80}")
    lowest, highest = float(numbers[0]), float(numbers[-1])
    equal = lowest == highest  # then rounding would leave a tiny spread
    sd = None if len(numbers) == 1 else 0.0 if equal else float(numbers.std(ddof=1))
    mean = min(max(float(numbers.mean()), lowest), highest)
    if bounds is not None and not bounds[0] <= lowest <= highest <= bounds[1]:
        bounds = None
    found = mean_interval(numbers, bounds)
    low, high, method = (found.low, found.high, found.method) if found else (None, None, None)
    return Summary(len(numbers), mean, sd, float(np.median(numbers)), low, high, method)
