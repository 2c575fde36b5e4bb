"""Votes of one question summed up and fitted, fast: a simulation does it thousands of times."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry.newman import fit_matrix
from swarm_env.consensus.bradley_terry.newton import Problem
from swarm_env.consensus.bradley_terry.sparse import maximum

Floats = NDArray[np.float64]
TOLERANCE, SWEEPS = 1e-5, 300
DENSE = 1_000  # nodes up to which wins are kept as a matrix


def win_matrix(
    first: NDArray[np.int32], second: NDArray[np.int32], vote: Floats, weight: Floats, items: int
) -> Floats:
    """(items, items) weight of votes by which the row's item won over the column's; a tie is half a win each.

    `first` and `second` are the items of each pair, (raters, P) or (1, P); `vote` (raters, P) is 1 for the
    first, 0 for the second, 0.5 for neither; `weight` (raters, P) or (raters, 1) is at least 0.
    """
    there = np.broadcast_to(items * first + second, vote.shape).ravel()
    up = np.bincount(there, (vote * weight).ravel(), items * items).reshape(items, items)
    down = np.bincount(there, ((1.0 - vote) * weight).ravel(), items * items).reshape(items, items)
    return np.asarray(up + down.T, np.float64)


def log_strengths(wins: Floats, prior: float = 1.0, start: Floats | None = None) -> Floats:
    """(items,) log-strengths as `swarm_env.consensus.bradley_terry.fit` finds them, to about four digits.

    `wins` is from `win_matrix`, the prior above 0. `start` (items,), log-strengths to begin with (None: the
    odds of a win), only affects the time.
    """
    if len(wins) == 0:
        return np.zeros(0)
    won, lost = wins.sum(axis=1) + prior, wins.sum(axis=0) + prior
    begin = won / lost if start is None else np.exp(start)
    return fit_matrix(wins[None], prior, 1.0, TOLERANCE, SWEEPS, begin)[0]


def strengths_by_author(
    first: NDArray[np.int32], second: NDArray[np.int32], vote: Floats, weight: Floats,
    items: NDArray[np.intp], prior: float, start: Floats | None = None,
) -> Floats:  # fmt: skip
    """(n,) log-strengths of the answers, by author; 0 for authors without answer.

    `first`, `second`, `vote` and `weight` are those of `win_matrix`, with authors for items; `items` are the
    authors of the answers that are compared; `start` (n,) is as for `log_strengths`.
    """
    strength = np.zeros(len(vote))
    if len(vote) > DENSE:
        strength[items] = _without_matrix(first, second, vote, weight, prior, start)[items]
        return strength
    wins = win_matrix(first, second, vote, weight, len(vote))
    begin = None if start is None else start[items]
    strength[items] = log_strengths(wins[np.ix_(items, items)], prior, begin)
    return strength


def _without_matrix(
    first: NDArray[np.int32], second: NDArray[np.int32], vote: Floats, weight: Floats, prior: float,
    start: Floats | None,
) -> Floats:  # fmt: skip
    """(n,) log-strengths of all nodes, those without votes among them."""
    n = len(vote)
    one, two = (np.broadcast_to(a, vote.shape).astype(np.int64).ravel() for a in (first, second))
    keys, where = np.unique(np.concatenate([one * n + two, two * n + one]), return_inverse=True)
    shares = np.concatenate([(vote * weight).ravel(), ((1.0 - vote) * weight).ravel()])
    sums = np.asarray(np.bincount(where, shares), np.float64)
    keys, total = keys[sums > 0.0], sums[sums > 0.0]
    winner, loser = (keys // n).astype(np.int32), (keys % n).astype(np.int32)
    nothing = np.full(len(keys), -1, np.int32)
    problem = Problem(
        n, 0, winner, loser, total, nothing, np.ones(len(keys)), prior, 1.0, np.zeros(n, np.int32), 1,
        np.zeros(0, np.bool_),
    )  # fmt: skip
    return maximum(problem, np.zeros(n) if start is None else start)[0]
