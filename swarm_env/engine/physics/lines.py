"""Pushing where single cells touch: straight chains, each settled by one linear scan.

A chain that ends at something that cannot move stays. Of any other the movable part is the longest front part
all of whose back parts have a non-negative total balance (force minus mass). The scan starts at the front,
adds balances backwards and keeps the last body at which the sum is at least its greatest value so far: a set
can start there exactly if nothing ahead needs more.

The scan may change the map at once: what remains of a chain after its front part left can never move in the
same direction (else the larger part would have been found), and a body that has moved is not looked at again.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.state import (
    ALIVE,
    EMPTY,
    FIRST_CELL,
    LEAVING,
    MASS,
    NUM_CELLS,
    OPPOSITE,
    OUTSIDE,
    STATIC,
    STEPS,
    WorldArrays,
)  # fmt: skip

# Balance of an agent of mass 1 that pushes with force 2, that pushes the opposite way (no force, 2 more mass)
# and that does neither.
PUSHING, BRACING, IDLE = 1, -3, -1
MOVED = -(1 << 30)  # balance of a body that has moved in the current direction
# Up to so many agents, an index of the map is built in every round instead of being kept in every world.
FEW = 32


class Board(NamedTuple):
    """Working data of the pushes of a round in one world."""

    agents: int  # number of agents
    indexed: int  # whether `who` holds the body of every cell
    stride: int  # width of the padded map [cells]
    margin: int  # [cells]
    movable: int  # code of the first kind that may move
    first_agent: int  # code of an agent with mark 0
    place: NDArray[np.int32]  # (agents,) flat index of each agent's cell
    moved: NDArray[np.int32]  # (bodies,) the last direction in which each has moved in this round
    # (cells of the padded map, unless indexed) the agent on each cell that holds one; a thread uses one array
    # for all worlds, so it stays in the L1 cache
    stand: NDArray[np.int32]


@kernel(inline=True)
def is_heavy(world: WorldArrays, w: int, o: int) -> bool:
    """Whether the scan cannot handle object `o`: it has several cells, or it never moves."""
    return world.objects[w, o, NUM_CELLS] != 1 or world.objects[w, o, STATIC] != 0


@kernel(inline=True)
def body_at(world: WorldArrays, w: int, q: int, board: Board) -> int:
    """The body on a cell that holds one: agent a, or the number of agents + object."""
    if board.indexed:
        return world.who[w, q]
    if world.cells[w, q] >= board.first_agent:
        return board.stand[q]
    if world.objects.shape[1] == 1:
        return board.agents
    row, col = q // board.stride - board.margin, q % board.stride - board.margin
    for o in range(world.objects.shape[1]):
        if world.objects[w, o, ALIVE]:
            first = world.objects[w, o, FIRST_CELL]
            for c in range(first, first + world.objects[w, o, NUM_CELLS]):
                if world.object_cells[w, c, 0] == row and world.object_cells[w, c, 1] == col:
                    return board.agents + o
    return -1


@kernel(inline=True)
def own_balance(world: WorldArrays, w: int, b: int, direction: int, agents: int) -> int:
    """Force minus mass of a body along a direction."""
    if b >= agents:
        return -world.objects[w, b - agents, MASS]
    move = world.action[w, b]
    return PUSHING if move == direction else (BRACING if move == OPPOSITE[direction] else IDLE)


@kernel(inline=True)
def balance_of(world: WorldArrays, w: int, b: int, direction: int, board: Board) -> int:
    """Force minus mass of a body along a direction, or MOVED."""
    balance = own_balance(world, w, b, direction, board.agents)
    return MOVED if board.moved[b] == direction else balance


@kernel(inline=True)
def advance(world: WorldArrays, w: int, b: int, q: int, direction: int, step: int, board: Board) -> None:
    """Move the single-cell body `b` at flat index `q` one step; outside the map it leaves the game."""
    t = q + step
    left = world.cells[w, t] == OUTSIDE
    if not left:
        world.cells[w, t] = world.cells[w, q]
        if board.indexed:
            world.who[w, t] = b
    world.cells[w, q] = EMPTY
    if b < board.agents:
        world.position[w, b, 0] += STEPS[direction, 0]
        world.position[w, b, 1] += STEPS[direction, 1]
        board.place[b] = t
        if not board.indexed:
            board.stand[t] = b
        if left:
            world.active[w, b] = LEAVING
    else:
        c = world.objects[w, b - board.agents, FIRST_CELL]
        world.object_cells[w, c, 0] += STEPS[direction, 0]
        world.object_cells[w, c, 1] += STEPS[direction, 1]
        if left:
            world.objects[w, b - board.agents, ALIVE] = 0
    board.moved[b] = direction


@kernel(inline=True)
def push_chain(world: WorldArrays, w: int, q: int, direction: int, step: int, board: Board) -> None:
    """Resolve the chain that starts with the body at flat index `q`, which pushes and has not moved yet.

    `step` is the flat offset of the direction.
    """
    # Forwards, over bodies that cannot move by themselves, to the front of the chain.
    movable, agents = board.movable, board.agents
    f = q + step
    while world.cells[w, f] >= movable:
        b = body_at(world, w, f, board)
        if balance_of(world, w, b, direction, board) >= 0 or (b >= agents and is_heavy(world, w, b - agents)):
            return  # either that body will find the front itself, or nothing here can move
        f += step
    if world.cells[w, f] > OUTSIDE or (world.cells[w, f] == OUTSIDE and world.who[w, f] >= 0):
        return
    # Backwards: the longest front part that can move.
    total, most, start = 0, 0, f
    g = f - step
    while world.cells[w, g] >= movable:
        b = body_at(world, w, g, board)
        balance = balance_of(world, w, b, direction, board)
        if balance == MOVED or (b >= agents and is_heavy(world, w, b - agents)):
            break
        total += balance
        if total >= most:
            most, start = total, g
        g -= step
    while f != start:
        f -= step
        advance(world, w, body_at(world, w, f, board), f, direction, step, board)
