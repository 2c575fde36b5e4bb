"""Log-odds that the simulation draws with, from averages that users set (accuracy, judge accuracy)."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FARTHEST = 60.0  # log-odds that stand for certainty
_NODES = 41  # of the Gauss-Hermite rule, per dimension


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), np.float64)


@lru_cache(maxsize=256)
def answer_intercept(accuracy: float, spread: float) -> float:
    """The log-odds m with which the mean of sigmoid(m + normal noise of this spread) is the accuracy."""
    points, chances = _normal()
    return _solve(lambda m: float(sigmoid(m + spread * points) @ chances), accuracy)


@lru_cache(maxsize=256)
def judge_sharpness(accuracy: float, log_spread: float, noise: float) -> float:
    """The sharpness d with which the mean of sigmoid(d exp(log-normal) + noise) is the judge's accuracy.

    Args:
        accuracy: 0 to 1; 0.5 gives 0.
        log_spread: Standard deviation of the logarithm of the factor on d.
        noise: Standard deviation of the normal noise.
    """
    points, chances = _normal()
    factor, shift = np.exp(log_spread * points)[:, None], (noise * points)[None, :]
    return _solve(lambda d: float(chances @ sigmoid(d * factor + shift) @ chances), accuracy)


def _normal() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, chances = np.polynomial.hermite_e.hermegauss(_NODES)
    return points, chances / chances.sum()


def _solve(rising: Callable[[float], float], wanted: float) -> float:
    low, high = -FARTHEST, FARTHEST
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return 0.5 * (low + high)
