"""Votes counted into cells, equal to the last bit in any order of the votes."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel

_BITS = 62  # of a sum of whole numbers in int64


@kernel(wrapped=True)
def count_votes(
    winner: NDArray[np.int32],
    loser: NDArray[np.int32],
    tie: NDArray[np.bool_],
    num_votes: int,
    wins: NDArray[np.float64],
) -> None:
    """Count votes of weight 1 into a matrix. Integers and halves: exact in any order.

    Args:
        winner: (V,) winner of each vote.
        loser: (V,) loser of each vote.
        tie: (V,), or (0,) for none: half a win for each.
        num_votes: Number of votes to use, from the first.
        wins: (n, n) written: how often the row's item won over the column's.
    """
    n = wins.shape[0]
    for i in range(n):
        for j in range(n):
            wins[i, j] = 0.0
    if len(tie):
        for v in range(num_votes):
            if tie[v]:
                wins[winner[v], loser[v]] += 0.5
                wins[loser[v], winner[v]] += 0.5
            else:
                wins[winner[v], loser[v]] += 1.0
    else:
        for v in range(num_votes):
            wins[winner[v], loser[v]] += 1.0


@kernel(wrapped=True)
def _largest(
    cell: NDArray[np.int64], weight: NDArray[np.float64], most: NDArray[np.float64], number: NDArray[np.int64]
) -> None:
    for v in range(len(cell)):
        c = cell[v]
        number[c] += 1
        most[c] = max(most[c], weight[v])


@kernel(wrapped=True)
def _add_scaled(
    cell: NDArray[np.int64], weight: NDArray[np.float64], scale: NDArray[np.float64], total: NDArray[np.int64]
) -> None:
    for v in range(len(cell)):
        c = cell[v]
        total[c] += np.int64(np.rint(weight[v] * scale[c]))


def sum_by_cell(cell: NDArray[np.int64], weight: NDArray[np.float64], num_cells: int) -> NDArray[np.float64]:
    """(num_cells,) sum of the weights of each cell, bit for bit the same in any order of the votes.

    Floating-point sums depend on the order. Here each cell's weights are scaled by a power of two, chosen by
    their maximum and number, so that they can be added as integers. A sum of m weights is off by at most
    m * m * 2**-62 of the largest of them (a sum of few weights by no more than its own rounding).

    Args:
        cell: (V,) int64, cell of each weight.
        weight: (V,) float64, at least 0 and finite.
        num_cells: Number of cells.
    """
    most, number = np.zeros(num_cells), np.zeros(num_cells, np.int64)
    _largest(cell, weight, most, number)
    _, exponent = np.frexp(most)
    _, bits = np.frexp(number.astype(np.float64))
    shift = np.clip(_BITS - bits - exponent, -1000, 1000)
    total = np.zeros(num_cells, np.int64)
    _add_scaled(cell, weight, np.ldexp(1.0, shift), total)
    return np.asarray(np.ldexp(total.astype(np.float64), -shift), np.float64)
