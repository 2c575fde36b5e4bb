"""Votes counted into cells, equal to the last bit in any order of the votes."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel

_BITS = 62  # of a sum of whole numbers in int64


@kernel(wrapped=True)
def count_votes(
    winner: NDArray[np.int32], loser: NDArray[np.int32], tie: NDArray[np.bool_], wins: NDArray[np.float64]
) -> None:
    """Count votes (V,) of weight 1 into `wins` (n, n): rows over columns. Exact in any order of the votes.

    A tie is half a win for each; `tie` is (0,) if there are none.
    """
    wins[:] = 0.0
    for v in range(len(winner)):
        if len(tie) and tie[v]:
            wins[winner[v], loser[v]] += 0.5
            wins[loser[v], winner[v]] += 0.5
        else:
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

    Floating-point sums depend on the order. Here each cell's weights, at least 0 and finite, are scaled by a
    power of two, chosen by their maximum and number, so that they can be added as integers. A sum of m
    weights is off by at most m * m * 2**-62 of the largest of them (a sum of few weights by no more than its
    own rounding).
    """
    most, number = np.zeros(num_cells), np.zeros(num_cells, np.int64)
    _largest(cell, weight, most, number)
    _, exponent = np.frexp(most)
    _, bits = np.frexp(number.astype(np.float64))
    shift = np.clip(_BITS - bits - exponent, -1000, 1000)
    total = np.zeros(num_cells, np.int64)
    _add_scaled(cell, weight, np.ldexp(1.0, shift), total)
    return np.asarray(np.ldexp(total.astype(np.float64), -shift), np.float64)
