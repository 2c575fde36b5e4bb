"""Sort the agents of a world by their moves, without branches."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.state import PRESENT, RIGHT, UP, WorldArrays

BITS = 12  # of a count; five of them share a machine word
MOST = (1 << BITS) - 1  # largest count
SUMS = (1 << BITS) | (1 << 2 * BITS) | (1 << 3 * BITS) | (1 << 4 * BITS)  # counts * SUMS: cumulative counts


@kernel(inline=True)
def group_of(world: WorldArrays, w: int, a: int) -> int:
    """0 to 3 if the agent moves UP, DOWN, LEFT, RIGHT; else 4."""
    move = int(world.action[w, a])
    moves = (move >= UP) & (move <= RIGHT) & (world.active[w, a] == PRESENT)
    return move - UP if moves else RIGHT


@kernel(inline=True)
def sort_by_move(world: WorldArrays, w: int, ends: NDArray[np.int32], order: NDArray[np.int32]) -> None:
    """List in `order` the agents that move UP, then DOWN, LEFT, RIGHT, then the rest; each group by index.

    Those of a direction lie between ends[direction - 1] and ends[direction]; ends[0] is 0.
    """
    n = len(order)
    if n > MOST:
        sort_many(world, w, ends, order)
        return
    counts = 0
    for a in range(n):
        counts += 1 << (BITS * group_of(world, w, a))
    at = counts * SUMS
    for a in range(n):
        shift = BITS * group_of(world, w, a)
        order[(at >> shift) & MOST] = a
        at += 1 << shift
    ends[0] = 0
    for group in range(RIGHT):
        ends[group + 1] = (at >> (BITS * group)) & MOST


@kernel()
def sort_many(world: WorldArrays, w: int, ends: NDArray[np.int32], order: NDArray[np.int32]) -> None:
    """`sort_by_move` for any number of agents."""
    ends[:] = 0
    for a in range(len(order)):
        ends[group_of(world, w, a)] += 1
    at = 0
    for group in range(RIGHT + 1):
        at, ends[group] = at + ends[group], at
    for a in range(len(order)):
        group = group_of(world, w, a)
        order[ends[group]] = a
        ends[group] += 1
    for group in range(RIGHT, 0, -1):  # each end is where the next group began
        ends[group] = ends[group - 1]
    ends[0] = 0
