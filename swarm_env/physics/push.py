"""All pushes of a round: for each direction the largest set that can move, in one world or in lines of one huge world."""

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.grid import (
    DOWN, EMPTY, MASS, OPPOSITE, PRESENT, RIGHT, STEPS, UP, WORLD, WorldArrays, index,
)  # fmt: skip
from swarm_env.kernels import kernel
from swarm_env.physics.flow import heavy_can_move, push_heavy
from swarm_env.physics.lines import advance, push_chain, MOVED

# An agent has mass 1 and pushes with force 2; whoever pushes the opposite way braces: no force and 2 more mass.
PUSHING, BRACING, IDLE = 1, -3, -1


@kernel(inline=True)
def push_agent(world: WorldArrays, w: int, a: int, direction: int, step: int, balance: NDArray[np.int32]) -> None:
    """Let agent `a`, in play and not yet moved, push along `direction`."""
    q = index(world, world.position[w, a, 0], world.position[w, a, 1])
    ahead = world.cells[w, q + step]
    if ahead == EMPTY and world.cells[w, q - step] < world.sizes[0].first_movable:
        advance(world, w, a, q, direction)
        balance[a] = MOVED
    elif ahead < EMPTY + 2 or ahead >= world.sizes[0].first_movable:
        push_chain(world, w, q, direction, balance)


@kernel(inline=True)
def weigh(world: WorldArrays, w: int, direction: int, balance: NDArray[np.int32]) -> None:
    """Fill `balance` with force minus mass of every body along `direction`."""
    sizes = world.sizes[0]
    n, back = sizes.num_agents, OPPOSITE[direction]
    for a in range(n):
        k = world.action[w, a]
        balance[a] = PUSHING if k == direction else (BRACING if k == back else IDLE)
    for o in range(sizes.num_objects):
        balance[n + o] = -world.objects[w, o, MASS]


@kernel()
def push_worlds(world: WorldArrays, first: int, last: int, thread: int) -> None:
    """Resolve the pushes of one round: UP, DOWN, LEFT, RIGHT, later directions seeing the earlier moves.

    Args:
        world: The batch; `action` holds this round's moves.
        first: First world.
        last: One past the last world.
        thread: Which row of `scratch` and `network` to use.
    """
    sizes = world.sizes[0]
    n, bodies = sizes.num_agents, sizes.num_agents + sizes.num_objects
    scratch, room = world.scratch[thread], world.network[thread]
    counts, order, balance = scratch[:6], scratch[6 : 6 + n], scratch[6 + n : 6 + n + bodies]
    for w in range(first, last):
        counts[:] = 0
        for a in range(n):
            k = world.action[w, a]
            if k > RIGHT or world.active[w, a] != PRESENT:
                k = 0
            counts[k + 1] += 1
        for k in range(1, 6):
            counts[k] += counts[k - 1]
        for a in range(n):
            k = world.action[w, a]
            if k > RIGHT or world.active[w, a] != PRESENT:
                k = 0
            order[counts[k]] = a
            counts[k] += 1
        for direction in range(UP, RIGHT + 1):
            if counts[direction - 1] == counts[direction]:
                continue
            step = STEPS[direction, 0] * sizes.stride + STEPS[direction, 1]
            weigh(world, w, direction, balance)
            if sizes.num_objects > 0 and heavy_can_move(world, w, balance):
                push_heavy(world, w, direction, balance, room)
            for i in range(counts[direction - 1], counts[direction]):
                a = order[i]
                if balance[a] >= 0 and world.active[w, a] == PRESENT:
                    push_agent(world, w, a, direction, step, balance)


@kernel(types.void(WORLD, types.int64, types.int64, types.int64), wrapped=True)
def push_part(world: WorldArrays, direction: int, first: int, last: int) -> None:
    """Resolve the pushes along one direction in lines first … last - 1 of the only world (columns for UP and DOWN, rows else).

    Called with first = -1 beforehand, it weighs all bodies and moves those connected to larger ones, whatever their lines. Threads
    may then share the lines: single cells on different lines never touch along the direction.
    """
    sizes = world.sizes[0]
    n, bodies = sizes.num_agents, sizes.num_agents + sizes.num_objects
    balance, room = world.scratch[0, 6 + n : 6 + n + bodies], world.network[0]
    if first < 0:
        weigh(world, 0, direction, balance)
        if sizes.num_objects > 0 and heavy_can_move(world, 0, balance):
            push_heavy(world, 0, direction, balance, room)
        return
    step = STEPS[direction, 0] * sizes.stride + STEPS[direction, 1]
    axis = 1 if direction <= DOWN else 0
    for a in range(n):
        if world.action[0, a] != direction or balance[a] < 0 or world.active[0, a] != PRESENT:
            continue
        if first <= world.position[0, a, axis] < last:
            push_agent(world, 0, a, direction, step, balance)
