"""The compiled solver of Bradley-Terry: Newman's iteration with a prior, on matrices of wins.

The kernels allocate nothing: callers, such as a scenario's kernels, provide the scratch memory.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel

FIRST, SECOND, NEITHER = 0, 1, 2  # planes of wins: where the winner stood
_MOST = 1e130  # strengths are kept in [1/_MOST, _MOST], so that no sum overflows
_CENTRING = 8  # steps of Newton's method at most for the place of an island


@kernel(inline=True)
def root(parent: NDArray[np.int32], i: int) -> int:
    """Root of a tree of a forest; halves the path to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel(inline=True)
def join(island: NDArray[np.int32], i: int, j: int) -> None:
    """Join the trees of two items; the smaller root stays, so that parents come before their children."""
    a, b = root(island, i), root(island, j)
    if a != b:
        island[max(a, b)] = min(a, b)


@kernel()
def number_islands(island: NDArray[np.int32]) -> int:
    """Replace a forest by the numbers of its trees, in the order of their roots; returns the count."""
    for i in range(len(island)):
        island[i] = root(island, i)
    found = 0
    for i in range(len(island)):  # a root is the first of its island: all numbers before i are final
        if island[i] == i:
            island[i] = found
            found += 1
        else:
            island[i] = island[island[i]]
    return found


@kernel(wrapped=True)
def find_islands(wins: NDArray[np.float64], island: NDArray[np.int32]) -> int:
    """Find the islands, items that are compared directly or through others; returns how many there are.

    Args:
        wins: (P, n, n) weight of the votes by which the row's item won over the column's.
        island: (n,) written: the island of each item; islands are numbered by their first items.
    """
    n = wins.shape[1]
    for i in range(n):
        island[i] = i
    for p in range(wins.shape[0]):
        for i in range(n):
            for j in range(n):
                if wins[p, i, j] > 0.0:
                    join(island, i, j)
    return number_islands(island)


@kernel()
def centre(
    strength: NDArray[np.float64],
    island: NDArray[np.int32],
    num_islands: int,
    prior: float,
    work: NDArray[np.float64],
) -> None:
    """Shift each island to where the prior wants it, since the votes within say nothing about that.

    At the maximum the votes' pulls cancel over an island, and so must the prior's: the sum of
    tanh(log_strength / 2) is 0. Without a prior the mean of the log-strengths becomes 0. `strength` (n,) is
    changed in place; `work` (2, n) is scratch memory.
    """
    for _ in range(_CENTRING):
        work[:, :num_islands] = 0.0
        for i in range(len(strength)):
            k = island[i]
            if prior > 0.0:
                inverse = 1.0 / (1.0 + strength[i])
                work[0, k] += (strength[i] - 1.0) * inverse
                work[1, k] += 2.0 * strength[i] * inverse * inverse
            else:
                work[0, k] += np.log(strength[i])
                work[1, k] += 1.0
        largest = 0.0
        for k in range(num_islands):
            shift = -work[0, k] / max(work[1, k], 1e-3)
            largest = max(largest, abs(shift))
            work[0, k] = np.exp(min(max(shift, -4.0), 4.0))
        for i in range(len(strength)):
            strength[i] = min(max(strength[i] * work[0, island[i]], 1.0 / _MOST), _MOST)
        if largest < 1e-9 or prior <= 0.0:
            return


@kernel(inline=True)
def new_strength(wins: NDArray[np.float64], strength: NDArray[np.float64], i: int, prior: float) -> float:
    """Newman's update of one item without position bias: plane 0 holds all votes."""
    own = strength[i]
    up = prior / (1.0 + own)
    down = up
    for j in range(len(strength)):
        inverse = 1.0 / (own + strength[j])
        up += wins[0, i, j] * strength[j] * inverse
        down += wins[0, j, i] * inverse
    return float(up / down if down > 0.0 and up > 0.0 else own)


@kernel(inline=True)
def new_biased_strength(
    wins: NDArray[np.float64], strength: NDArray[np.float64], i: int, prior: float, bias: float
) -> float:
    """Newman's update of one item where standing first multiplies a strength by `bias`."""
    own = strength[i]
    up = prior / (1.0 + own)
    down = up
    for j in range(len(strength)):
        other = strength[j]
        i_first, j_first = 1.0 / (bias * own + other), 1.0 / (own + bias * other)
        neither = 1.0 / (own + other)
        up += other * (
            wins[FIRST, i, j] * i_first + wins[SECOND, i, j] * bias * j_first + wins[NEITHER, i, j] * neither
        )
        down += (
            wins[FIRST, j, i] * j_first + wins[SECOND, j, i] * bias * i_first + wins[NEITHER, j, i] * neither
        )
    return float(up / down if down > 0.0 and up > 0.0 else own)


@kernel()
def new_bias(wins: NDArray[np.float64], strength: NDArray[np.float64], prior: float, bias: float) -> float:
    """Newman's update of the factor by which standing first multiplies a strength."""
    up = prior / (1.0 + bias)
    down = up
    for i in range(len(strength)):
        for j in range(len(strength)):
            up += wins[FIRST, i, j] * strength[j] / (bias * strength[i] + strength[j])
            down += wins[SECOND, i, j] * strength[j] / (strength[i] + bias * strength[j])
    return min(max(up / down, 1.0 / _MOST), _MOST) if down > 0.0 and up > 0.0 else bias


@kernel(wrapped=True)
def fit_counts(
    wins: NDArray[np.float64], prior: float, bias_prior: float, tolerance: float, max_sweeps: int,
    strength: NDArray[np.float64], bias: NDArray[np.float64], island: NDArray[np.int32],
    work: NDArray[np.float64],
) -> int:  # fmt: skip
    """Strengths by Newman's iteration, from a matrix of wins. Allocates nothing.

    Update of item i, with wins w and strengths s (see docs/consensus/bradley_terry.md):

        s_i <- up / down,    up = prior / (s_i + 1) + sum_j w_ij s_j / (s_i + s_j),
                           down = prior / (s_i + 1) + sum_j w_ji / (s_i + s_j)

    one item after the other, each with the others' newest strengths; after each sweep the islands are
    centred.

    Args:
        wins: (1, n, n) weight of the votes by which the row's item won over the column's; or
            (3, n, n), apart by where the winner stood: first, second, not known.
        prior: Wins, and as many losses, of each item against one of strength 1; at least 0.
        bias_prior: The same for the position bias; used with three planes.
        tolerance: The sweeps end when no log-strength moves by more than this.
        max_sweeps: Most sweeps.
        strength: (n,) float64, positive, where to begin (1 is good); written: the strengths.
        bias: (1,) float64, where to begin (1 is good); written with three planes: the factor for standing
            first.
        island: (n,) int32, written: the island of each item.
        work: (2, n) float64, scratch memory.

    Returns:
        Number of sweeps; negative if the last one still moved something by more than `tolerance`.
    """
    n = wins.shape[1]
    biased = wins.shape[0] == 3
    num_islands = find_islands(wins, island)
    centre(strength, island, num_islands, prior, work)
    for sweep in range(1, max_sweeps + 1):
        moved = 0.0
        for i in range(n):
            new = (
                new_biased_strength(wins, strength, i, prior, bias[0])
                if biased
                else new_strength(wins, strength, i, prior)
            )
            new = min(max(new, 1.0 / _MOST), _MOST)
            moved = max(moved, max(new / strength[i], strength[i] / new))
            strength[i] = new
        if biased:
            new = new_bias(wins, strength, bias_prior, bias[0])
            moved = max(moved, max(new / bias[0], bias[0] / new))
            bias[0] = new
        centre(strength, island, num_islands, prior, work)
        if moved - 1.0 < tolerance:
            return sweep
    return -max_sweeps


@kernel(wrapped=True)
def fit_votes(
    winner: NDArray[np.int32], loser: NDArray[np.int32], weight: NDArray[np.float64], num_votes: int,
    prior: float, tolerance: float, max_sweeps: int, log_strength: NDArray[np.float64],
    wins: NDArray[np.float64], island: NDArray[np.int32], work: NDArray[np.float64],
) -> int:  # fmt: skip
    """Log-strengths from a list of votes, for use inside a world. Allocates nothing.

    Args:
        winner: (V,) winner of each vote.
        loser: (V,) loser of each vote. A vote between an item and itself does not count.
        weight: (V,) at least 0, or (0,): all count 1.
        num_votes: Number of votes to use, from the first.
        prior: See `fit_counts`.
        tolerance: See `fit_counts`; 1e-6 is good.
        max_sweeps: See `fit_counts`; 100 is good.
        log_strength: (n,) float64, written: the log-strengths.
        wins: (1, n, n) float64, scratch memory; written: the weights of wins.
        island: (n,) int32, written: the island of each item.
        work: (3, n) float64, scratch memory.

    Returns:
        As `fit_counts`; 0 for no items.
    """
    n = len(log_strength)
    if n == 0:
        return 0
    log_strength[:], wins[:] = 1.0, 0.0
    for v in range(num_votes):
        if winner[v] != loser[v]:
            wins[0, winner[v], loser[v]] += weight[v] if len(weight) else 1.0
    sweeps = fit_counts(wins, prior, 0.0, tolerance, max_sweeps, log_strength, work[2], island, work[:2])
    for i in range(n):
        log_strength[i] = np.log(log_strength[i])
    return sweeps


def fit_matrix(
    wins: NDArray[np.float64], prior: float, bias_prior: float, tolerance: float, max_sweeps: int,
    start: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float, int]:  # fmt: skip
    """`fit_counts` for Python: it allocates the scratch memory.

    The arguments are those of `fit_counts`; `start` (n,) are the strengths to begin with, which stay
    unchanged.

    Returns:
        (n,) log-strengths, the position bias (a logarithm, too), and what `fit_counts` returns.
    """
    strength, bias, n = start.copy(), np.ones(1), len(start)
    work = np.empty((2, n))
    sweeps = fit_counts(
        wins, prior, bias_prior, tolerance, max_sweeps, strength, bias, np.empty(n, np.int32), work
    )
    return np.log(strength), float(np.log(bias[0])), int(sweeps)
