"""Votes of one question summed up and fitted, fast: the simulation does it thousands of times."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry.newman import fit_counts

Floats = NDArray[np.float64]
TOLERANCE, SWEEPS = 1e-5, 300


def win_matrix(
    first: NDArray[np.int32], second: NDArray[np.int32], vote: Floats, weight: Floats, items: int
) -> Floats:
    """Weight of the votes by which the row's item won over the column's; ties count half for each.

    Args:
        first: (raters, P) or (1, P).
        second: As `first`.
        vote: (raters, P) 1 for the first, 0 for the second, 0.5 for neither.
        weight: (raters, P) or (raters, 1), at least 0.
        items: How many items there are.

    Returns:
        (items, items).
    """
    there = np.broadcast_to(items * first + second, vote.shape).ravel()
    up = np.bincount(there, (vote * weight).ravel(), items * items).reshape(items, items)
    down = np.bincount(there, ((1.0 - vote) * weight).ravel(), items * items).reshape(items, items)
    return np.asarray(up + down.T, np.float64)


def log_strengths(wins: Floats, prior: float = 1.0, start: Floats | None = None) -> Floats:
    """(items,) log-strengths as `swarm_env.consensus.bradley_terry.fit` finds them, to about four digits.

    Args:
        wins: (items, items) as from `win_matrix`.
        prior: As for `fit`, more than 0.
        start: (items,) log-strengths to begin with; None: the odds of a win. Only the time depends on it.
    """
    n = len(wins)
    if n == 0:
        return np.zeros(0)
    won, lost = wins.sum(axis=1) + prior, wins.sum(axis=0) + prior
    strength = won / lost if start is None else np.exp(start)
    fit_counts(
        wins[None],
        prior,
        1.0,
        TOLERANCE,
        SWEEPS,
        strength,
        np.ones(1),
        np.zeros(n, np.int32),
        np.empty((2, n)),
    )
    return np.log(strength)
