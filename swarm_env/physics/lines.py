"""Pushing where single cells touch: straight chains, each settled by one linear scan.

A chain that ends at something that cannot move stays. Of any other the movable part is the longest front part
all of whose back parts have a non-negative total balance (force minus mass). The scan starts at the front,
adds balances backwards and keeps the last body at which the sum is at least its greatest value so far: a set
can start there exactly if nothing ahead needs more.

The scan may change the map at once: what remains of a chain after its front part left can never move in the
same direction (else the larger part would have been found), and a body that moved carries the balance MOVED
and is not looked at again.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.grid import ALIVE, EMPTY, FIRST_CELL, LEAVING, NUM_CELLS, OUTSIDE, STATIC, STEPS, WorldArrays
from swarm_env.kernels import kernel

MOVED = -(1 << 30)  # balance of a body that has moved in the current direction
FEW = (
    32  # up to so many agents, looking for one by its place is cheaper than keeping an index of the whole map
)


@kernel(inline=True)
def is_heavy(world: WorldArrays, w: int, o: int) -> bool:
    """Whether object `o` is more than the scan can handle: several cells, or it never moves."""
    return world.objects[w, o, NUM_CELLS] != 1 or world.objects[w, o, STATIC] != 0


@kernel(inline=True)
def body_at(
    world: WorldArrays,
    w: int,
    q: int,
    place: NDArray[np.int32],
    agents: int,
    indexed: int,
    stride: int,
    margin: int,
) -> int:
    """The body on a cell that holds one: agent a, or the number of agents + object."""
    if indexed:
        return world.who[w, q]
    found = -1
    for a in range(agents):  # without a way out in the middle, which the processor could not predict
        found = max(found, a if place[a] == q else -1)
    if found >= 0:
        return found
    if world.objects.shape[1] == 1:
        return agents
    row, col = q // stride - margin, q % stride - margin
    for o in range(world.objects.shape[1]):
        if world.objects[w, o, ALIVE]:
            first = world.objects[w, o, FIRST_CELL]
            for c in range(first, first + world.objects[w, o, NUM_CELLS]):
                if world.object_cells[w, c, 0] == row and world.object_cells[w, c, 1] == col:
                    return agents + o
    return -1


@kernel(inline=True)
def advance(
    world: WorldArrays,
    w: int,
    b: int,
    q: int,
    direction: int,
    step: int,
    place: NDArray[np.int32],
    agents: int,
    indexed: int,
) -> None:
    """Move the single-cell body `b` at flat index `q` one step; outside the map it is out of play."""
    t = q + step
    left = world.cells[w, t] == OUTSIDE
    if not left:
        world.cells[w, t] = world.cells[w, q]
        if indexed:
            world.who[w, t] = b
    world.cells[w, q] = EMPTY
    if b < agents:
        world.position[w, b, 0] += STEPS[direction, 0]
        world.position[w, b, 1] += STEPS[direction, 1]
        place[b] = t
        if left:
            world.active[w, b] = LEAVING
    else:
        c = world.objects[w, b - agents, FIRST_CELL]
        world.object_cells[w, c, 0] += STEPS[direction, 0]
        world.object_cells[w, c, 1] += STEPS[direction, 1]
        if left:
            world.objects[w, b - agents, ALIVE] = 0


@kernel(inline=True)
def push_chain(
    world: WorldArrays, w: int, q: int, direction: int, step: int, balance: NDArray[np.int32],
    place: NDArray[np.int32], agents: int, indexed: int, stride: int, margin: int, movable: int,
) -> None:  # fmt: skip
    """Settle the chain in which the body at `q`, which can move itself (balance >= 0), pushes first.

    Args:
        world: The batch.
        w: Which world.
        q: Flat index of the body's cell.
        direction: UP, DOWN, LEFT or RIGHT.
        step: Flat offset of the direction.
        balance: (bodies,) force minus mass along the direction; MOVED once a body has moved. Changed in
            place.
        place: (agents,) flat index of each agent's cell. Changed in place.
        agents: Number of agents.
        indexed: Whether `who` holds the body of every cell.
        stride: Width of the padded map.
        margin: Cells around the map.
        movable: Code of the first kind that may move.
    """
    # Forwards, over bodies that cannot move by themselves, to the front of the chain.
    f = q + step
    while world.cells[w, f] >= movable:
        b = body_at(world, w, f, place, agents, indexed, stride, margin)
        if balance[b] >= 0 or (b >= agents and is_heavy(world, w, b - agents)):
            return  # either that body will find the front itself, or nothing here can move
        f += step
    if world.cells[w, f] > OUTSIDE or (world.cells[w, f] == OUTSIDE and world.who[w, f] >= 0):
        return
    # Backwards: the longest front part that can move.
    total, most, start = 0, 0, f
    g = f - step
    while world.cells[w, g] >= movable:
        b = body_at(world, w, g, place, agents, indexed, stride, margin)
        if balance[b] == MOVED or (b >= agents and is_heavy(world, w, b - agents)):
            break
        total += balance[b]
        if total >= most:
            most, start = total, g
        g -= step
    while f != start:
        f -= step
        b = body_at(world, w, f, place, agents, indexed, stride, margin)
        advance(world, w, b, f, direction, step, place, agents, indexed)
        balance[b] = MOVED
