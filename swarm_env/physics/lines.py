"""Pushing where single cells touch: along one direction the contacts are straight chains, and one linear scan settles each.

A chain that ends at something that cannot move stays. Of any other the movable part is the longest front part all of whose back
parts have a non-negative total balance (force minus mass). The scan starts at the front, adds balances backwards and keeps the
last body at which the sum is at least its greatest value so far: a set can start there exactly if nothing ahead needs more.

The scan may change the map at once: what remains of a chain after its front part left can never move in the same direction
(else the larger part would have been found), and a body that moved carries the balance MOVED and is not looked at again.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.grid import ALIVE, EMPTY, FIRST_CELL, LEAVING, NUM_CELLS, OUTSIDE, STATIC, STEPS, WorldArrays
from swarm_env.kernels import kernel

MOVED = -(1 << 30)  # balance of a body that has moved in the current direction


@kernel(inline=True)
def is_heavy(world: WorldArrays, w: int, o: int) -> bool:
    """Whether object `o` is more than the scan can handle: several cells, or it never moves."""
    return world.objects[w, o, NUM_CELLS] != 1 or world.objects[w, o, STATIC] != 0


@kernel(inline=True)
def advance(world: WorldArrays, w: int, b: int, q: int, direction: int) -> None:
    """Move the single-cell body `b` from the flat index `q` one step; it leaves play if that is outside the map."""
    sizes = world.sizes[0]
    di, dj = STEPS[direction, 0], STEPS[direction, 1]
    t = q + di * sizes.stride + dj
    left = world.cells[w, t] == OUTSIDE
    if not left:
        world.cells[w, t] = world.cells[w, q]
        world.who[w, t] = b
    world.cells[w, q] = EMPTY
    if b < sizes.num_agents:
        world.position[w, b, 0] += di
        world.position[w, b, 1] += dj
        if left:
            world.active[w, b] = LEAVING
    else:
        o = b - sizes.num_agents
        c = world.objects[w, o, FIRST_CELL]
        world.object_cells[w, c, 0] += di
        world.object_cells[w, c, 1] += dj
        if left:
            world.objects[w, o, ALIVE] = 0


@kernel(inline=True)
def push_chain(world: WorldArrays, w: int, q: int, direction: int, balance: NDArray[np.int32]) -> None:
    """Settle the chain in which the body at `q`, which can move itself (balance >= 0), pushes first.

    Args:
        world: The batch.
        w: Which world.
        q: Flat index of the body's cell.
        direction: UP, DOWN, LEFT or RIGHT.
        balance: (bodies,) force minus mass along the direction; MOVED once a body has moved. Changed in place.
    """
    sizes = world.sizes[0]
    step = STEPS[direction, 0] * sizes.stride + STEPS[direction, 1]
    n, movable = sizes.num_agents, sizes.first_movable
    # Forwards, over bodies that cannot move by themselves, to the front of the chain.
    f = q + step
    while world.cells[w, f] >= movable:
        b = world.who[w, f]
        if balance[b] >= 0 or (b >= n and is_heavy(world, w, b - n)):
            return  # either that body will find the front itself, or nothing here can move
        f += step
    if world.cells[w, f] > OUTSIDE or (world.cells[w, f] == OUTSIDE and world.who[w, f] >= 0):
        return
    # Backwards: the longest front part that can move.
    total, most, start = 0, 0, f
    g = f - step
    while world.cells[w, g] >= movable:
        b = world.who[w, g]
        if balance[b] == MOVED or (b >= n and is_heavy(world, w, b - n)):
            break
        total += balance[b]
        if total >= most:
            most, start = total, g
        g -= step
    while f != start:
        f -= step
        b = world.who[w, f]
        advance(world, w, b, f, direction)
        balance[b] = MOVED
