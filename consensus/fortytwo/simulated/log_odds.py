"""Log-odds that the simulation draws with, from averages that users set (accuracy, judge accuracy)."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.intervals import solve

FARTHEST = 60.0  # log-odds that stand for certainty
_NODES = 41  # of the Gauss-Hermite rule, per dimension


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), np.float64)


@lru_cache(maxsize=256)
def answer_intercept(accuracy: float, spread: float) -> float:
    """The log-odds m with which the mean of sigmoid(m + normal noise of this spread) is the accuracy."""
    points, chances = _normal()
    return solve(lambda m: float(sigmoid(m + spread * points) @ chances), accuracy, -FARTHEST, FARTHEST)


@lru_cache(maxsize=256)
def judge_sharpness(accuracy: float, log_spread: float, noise: float) -> float:
    """The sharpness d with which the mean of sigmoid(d exp(log-normal) + noise) is the judge's accuracy.

    Accuracy 0.5 gives 0; the others are standard deviations, of the logarithm of the factor on d and of the
    noise.
    """
    points, chances = _normal()
    factor, shift = np.exp(log_spread * points)[:, None], (noise * points)[None, :]

    def right(sharpness: float) -> float:
        return float(chances @ sigmoid(sharpness * factor + shift) @ chances)

    return solve(right, accuracy, -FARTHEST, FARTHEST)


def _normal() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, chances = np.polynomial.hermite_e.hermegauss(_NODES)
    return points, chances / chances.sum()
