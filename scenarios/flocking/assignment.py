"""The cheapest assignment of agents to cells, for kernels.

Shortest augmenting paths (R. Jonker, A. Volgenant, Computing 38, 1987) from prices of the cells that are
kept: the sum of all prices, and of each agent's least cost minus price, is never more than the cheapest
assignment, whatever the prices are. With those of a like problem it nearly reaches it, so most problems are
given up without a path, and the others need few. (To start from prices of a like problem is our choice.)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import kernel

FAR = 1 << 30
# A key is (cost << BITS) + (TAKEN if the cell has an agent) + cell: the least is the cheapest cell, a free
# one if possible, and the search for it is one minimum over 32-bit numbers, without branches.
BITS, TAKEN = 10, 1 << 9
UNREACHED = 1 << 20  # above all costs
MOST_SPREAD = 1 << 17  # of prices, so that keys do not overflow; costs are at most 2^18
LANES = 8  # the number of columns is a multiple of this, so that loops over them fill machine registers


class Problem(NamedTuple):
    """Working data of an assignment: `size` agents (rows) to as many cells (columns).

    The columns from `size` on belong to no cell; they cost at least 2^18 more than any cell.
    """

    size: int
    cost: NDArray[np.int32]  # (size * columns,) row by row
    price: NDArray[np.int32]  # (columns,) of cells
    least: NDArray[np.int32]  # (size,) of each row, its cheapest cost minus price
    owner: NDArray[np.int32]  # (columns,) row that has the cell, -1 for none
    mark: NDArray[np.int32]  # (columns,) low bits of a key: the cell and whether it is taken
    open: NDArray[np.int32]  # (size,) rows without a cell
    # Of the search for a path: the way to each cell so far, and the cell before it (-1: the row itself).
    way: NDArray[np.int32]  # (columns,)
    before: NDArray[np.int32]  # (columns,)
    done: NDArray[np.int32]  # (size,) cells that were passed
    at: NDArray[np.int32]  # (size,) their ways


@kernel(inline=True)
def cheapest_key(problem: Problem, row: int) -> int:
    """The least key of a row, of costs minus prices."""
    cost, price, mark = problem.cost, problem.price, problem.mark
    columns, least = len(price), np.int32(2**31 - 1)
    for k in range(columns):
        now = np.int32(cost[row * columns + k] - price[k])
        least = min(least, np.int32(np.int32(now << np.int32(BITS)) + mark[k]))
    return int(least)


@kernel(inline=True)
def take_cheapest(problem: Problem) -> int:
    """Give rows their cheapest cells where these are free; returns how many rows have none (see `open`)."""
    owner, mark, missing = problem.owner, problem.mark, 0
    for k in range(len(owner)):
        owner[k], mark[k] = -1, k
    for row in range(problem.size):
        key = cheapest_key(problem, row)
        k = key & (TAKEN - 1)
        if owner[k] < 0:
            owner[k] = row
            mark[k] += TAKEN
        else:
            problem.open[missing] = row
            missing += 1
    return missing


@kernel(inline=True)
def augment(problem: Problem, row: int, most: int) -> int:
    """Give `row` a cell by the shortest path, and raise the sum of the dual variables by its length.

    Returns the length; from `most` on the search is given up, and the row has no cell.
    """
    cost, price, owner, mark, way = problem.cost, problem.price, problem.owner, problem.mark, problem.way
    before, columns = problem.before, len(price)
    way[:] = UNREACHED
    i, used, length, last, end = row, np.int32(problem.least[row]), 0, np.int32(-1), 0
    passed = 0
    while True:
        nearest = np.uint32(2**32 - 1)
        for k in range(columns):
            now = np.int32(np.int32(cost[i * columns + k] - price[k]) - used)
            before[k] = last if now < way[k] else before[k]
            way[k] = min(way[k], now)
            # The way to a cell that was passed is negative: as an unsigned number it is never the least.
            nearest = min(nearest, np.uint32(np.int32(np.int32(way[k] << np.int32(BITS)) + mark[k])))
        end, length = int(nearest) & (TAKEN - 1), int(nearest) >> BITS
        if owner[end] < 0 or length >= most:
            break
        problem.done[passed], problem.at[passed] = end, length
        passed += 1
        way[end] = -UNREACHED
        i, last = int(owner[end]), np.int32(end)
        used = np.int32(cost[i * columns + end] - price[end] - length)
    for p in range(passed):
        price[problem.done[p]] += problem.at[p] - length
    if length < most:
        mark[end] += TAKEN
        while before[end] >= 0:
            owner[end] = owner[before[end]]
            end = before[end]
        owner[end] = row
    return length


@kernel(inline=True)
def assign(problem: Problem, total: int, limit: int) -> int:
    """The cheapest assignment.

    Args:
        problem: With `cost`, `price` and `least` set; changes the prices.
        total: Sum of the prices of the cells, and of `least`.
        limit: The search stops when the sum of the dual variables reaches it.

    Returns:
        The sum of the costs if it is less than `limit`, else `limit`.
    """
    if total >= limit:
        return limit
    for p in range(take_cheapest(problem)):
        total += augment(problem, problem.open[p], limit - total)
        if total >= limit:
            return limit
    return total


@kernel(inline=True)
def level(price: NDArray[np.int32], size: int) -> int:
    """Shift the prices of `size` cells so that the greatest is 0; returns their sum.

    Paths only lower prices, which are kept. If they are too far apart, all become 0.
    """
    most, least, total = price[0], price[0], 0
    for k in range(size):
        most, least = max(most, price[k]), min(least, price[k])
    for k in range(size):
        price[k] = price[k] - most if most - least < MOST_SPREAD else 0
        total += price[k]
    return total
