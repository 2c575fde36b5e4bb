"""Probability that enough of m verifiers agree, if they are independent or share hardware.

All functions raise `ConfigError` for an argument that is not allowed.
"""

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.intervals import solve

from swarm_env.errors import ConfigError

VERIFIERS, NEED = 3, 2


def check_majority(verifiers: int, need: int) -> None:
    """Raise `ConfigError` unless `need` is more than half and at most all of `verifiers` (1 to 1000)."""
    checked_number("verifiers", verifiers, 1, 1000)
    if not isinstance(need, int) or not verifiers < 2 * need <= 2 * verifiers:
        raise ConfigError(
            f"need={need!r} of {verifiers} verifiers: more than half and not more than all, so "
            f"{verifiers // 2 + 1} to {verifiers}."
        )


def majority_rate(rate: float, verifiers: int = VERIFIERS, need: int = NEED) -> float:
    """Probability that at least `need` of m independent verifiers accept: for 2 of 3 it is 3 p^2 - 2 p^3.

    `rate` is p, the probability that one accepts, 0 to 1.
    """
    return dependent_rate(rate, range(verifiers), 0.0, need)


def dependent_rate(rate: float, hardware: Sequence[object], shared: float, need: int = NEED) -> float:
    """The same for verifiers some of which have the same hardware.

    With probability `shared` all verifiers of one kind of hardware give one common verdict (a common shock),
    else each gives its own; the kinds are independent of each other. Two verifiers of one kind then correlate
    by `shared`, and each single one accepts with probability `rate` as before. Our model.

    Args:
        rate: Probability that one accepts, 0 to 1.
        hardware: Hardware of each of the m verifiers; equal values share.
        shared: 0 (independent) to 1 (verifiers of one kind are one verifier).
        need: Number of acceptances that is needed.
    """
    check_majority(len(hardware), need)
    checked_number("rate", rate, 0.0, 1.0)
    checked_number("shared", shared, 0.0, 1.0)
    sizes = [len(list(group)) for _, group in groupby(sorted(map(repr, hardware)))]
    counts = np.ones(1)
    for size in sizes:
        counts = np.convolve(counts, _accepting(rate, size, shared))
    return min(1.0, float(counts[need:].sum()))


def single_rate(majority: float, verifiers: int = VERIFIERS, need: int = NEED) -> float:
    """The acceptance rate of one verifier from that of a majority of independent ones (0 to 1)."""
    checked_number("majority", majority, 0.0, 1.0)
    return solve(lambda rate: majority_rate(rate, verifiers, need), majority, 0.0, 1.0)


def effective_verifiers(hardware: Sequence[object], shared: float) -> float:
    """Number of independent verifiers that a mean over these is worth: m^2 over the sum of all correlations.

    Arguments as for `dependent_rate`.
    """
    checked_number("the number of verifiers", len(hardware), 1, 1000)
    checked_number("shared", shared, 0.0, 1.0)
    sizes = [len(list(group)) for _, group in groupby(sorted(map(repr, hardware)))]
    total = sum(size + shared * size * (size - 1) for size in sizes)
    return float(len(hardware) ** 2 / total)


def correlation(verdicts: NDArray[np.bool_]) -> float:
    """Mean correlation of the verdicts of two verifiers on the same work: the estimate of `shared`.

    From verdicts (n, m) of m verifiers, 2 or more, on n pieces of work. The intraclass correlation, -1 / (m -
    1) to 1; NaN if all verdicts are equal.
    """
    n, m = verdicts.shape
    accepted = verdicts.sum(axis=1).astype(np.float64)
    p = float(accepted.sum()) / (n * m)
    if p in (0.0, 1.0):
        return math.nan
    together = float((accepted * (accepted - 1)).mean()) / (m * (m - 1))
    return float((together - p * p) / (p * (1 - p)))


def _accepting(rate: float, size: int, shared: float) -> NDArray[np.float64]:
    """(size + 1,) probability that so many verifiers of one kind accept."""
    alone = np.array(
        [math.comb(size, i) * rate**i * (1.0 - rate) ** (size - i) for i in range(size + 1)], np.float64
    )
    together = np.zeros(size + 1)
    together[0], together[-1] = 1.0 - rate, rate
    return (1.0 - shared) * alone + shared * together
