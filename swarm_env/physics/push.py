"""All pushes of a round, in many worlds or in lines of one huge world."""

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.grid import (
    DOWN,
    EMPTY,
    MASS,
    OPPOSITE,
    OUTSIDE,
    PRESENT,
    RANGE,
    RIGHT,
    STEPS,
    UP,
    WorldArrays,
    index,
    world_at,
)  # fmt: skip
from swarm_env.kernels import CODE, call, kernel
from swarm_env.physics.flow import heavy_can_move, heavy_is_pushed, list_bodies, push_heavy
from swarm_env.physics.lines import MOVED, advance, push_chain

# An agent has mass 1 and pushes with force 2; whoever pushes the opposite way braces: no force and 2 more
# mass.
PUSHING, BRACING, IDLE = 1, -3, -1
HEAVY = 7  # place of `push_larger` in the table of kernels
THREAD = 8  # `push_larger` is told the direction plus so many times the thread


@kernel(inline=True)
def push_agent(
    world: WorldArrays, w: int, a: int, q: int, direction: int, step: int, balance: NDArray[np.int32],
    place: NDArray[np.int32], agents: int, indexed: int, stride: int, margin: int, movable: int,
) -> None:  # fmt: skip
    """Let agent `a` at `q`, in play and not yet moved, push (arguments as for `push_chain`)."""
    ahead = world.cells[w, q + step]
    if ahead == EMPTY and world.cells[w, q - step] < movable:
        advance(world, w, a, q, direction, step, place, agents, indexed)
        balance[a] = MOVED
    elif ahead <= OUTSIDE or ahead >= movable:
        push_chain(world, w, q, direction, step, balance, place, agents, indexed, stride, margin, movable)


@kernel(inline=True)
def weigh(world: WorldArrays, w: int, direction: int, balance: NDArray[np.int32], agents: int) -> None:
    """Fill `balance` with force minus mass of every body along `direction`."""
    back = OPPOSITE[direction]
    for a in range(agents):
        k = world.action[w, a]
        balance[a] = PUSHING if k == direction else (BRACING if k == back else IDLE)
    for o in range(world.objects.shape[1]):
        balance[agents + o] = -world.objects[w, o, MASS]


@kernel(RANGE)
def push_larger(world: WorldArrays, w: int, job: int) -> None:
    """Move what is connected to larger bodies and can move; job = direction + THREAD * thread."""
    sizes = world.sizes
    direction, thread = job % THREAD, job // THREAD
    n, scratch = sizes.num_agents, world.scratch[thread]
    place, balance = scratch[6 + n : 6 + 2 * n], scratch[6 + 2 * n :]
    if heavy_is_pushed(world, w, direction):
        if not sizes.indexed:
            list_bodies(world, w)
        push_heavy(world, w, direction, balance, world.network[thread])
        for a in range(n):
            place[a] = index(world, world.position[w, a, 0], world.position[w, a, 1])


@kernel()
def push_worlds(world: WorldArrays, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Resolve the pushes of one round: UP, DOWN, LEFT, RIGHT, later directions seeing the earlier moves.

    Args:
        world: The batch; `action` holds this round's moves.
        first: First world.
        last: One past the last world.
        thread: Which row of `scratch` and `network` to use.
        code: Addresses; code[HEAVY] is that of `push_larger` if any world has bodies of several cells.
    """
    sizes = world.sizes
    n, indexed, stride, margin, movable = (
        sizes.num_agents,
        sizes.indexed,
        sizes.stride,
        sizes.margin,
        sizes.first_movable,
    )
    objects = world.objects.shape[1]
    larger = sizes.num_object_cells > sizes.num_objects  # whether any body may have several cells
    scratch = world.scratch[thread]
    counts, order, place = scratch[:6], scratch[6 : 6 + n], scratch[6 + n : 6 + 2 * n]
    balance = scratch[6 + 2 * n : 6 + 3 * n + objects]
    for w in range(first, last):
        for k in range(6):
            counts[k] = 0
        for a in range(n):
            k = world.action[w, a]
            if k > RIGHT or world.active[w, a] != PRESENT:
                k = 0
            counts[k + 1] += 1
            place[a] = (world.position[w, a, 0] + margin) * stride + world.position[w, a, 1] + margin
        for k in range(1, 6):
            counts[k] += counts[k - 1]
        for a in range(n):
            k = world.action[w, a]
            if k > RIGHT or world.active[w, a] != PRESENT:
                k = 0
            order[counts[k]] = a
            counts[k] += 1
        for direction in range(UP, RIGHT + 1):
            start, stop = counts[direction - 1], counts[direction]
            if start == stop:
                continue
            step = STEPS[direction, 0] * stride + STEPS[direction, 1]
            weigh(world, w, direction, balance, n)
            if larger and heavy_can_move(world, w, stop - start):
                call(code[HEAVY], world, w, direction + THREAD * thread)
            for i in range(start, stop):
                a = order[i]
                if balance[a] >= 0 and world.active[w, a] == PRESENT:
                    push_agent(
                        world,
                        w,
                        a,
                        place[a],
                        direction,
                        step,
                        balance,
                        place,
                        n,
                        indexed,
                        stride,
                        margin,
                        movable,
                    )


@kernel(types.void(types.int64, types.int64, types.int64, types.int64, CODE), wrapped=True)
def push_part(handle: int, direction: int, first: int, last: int, code: NDArray[np.int64]) -> None:
    """Resolve one direction in lines first … last - 1 of the only world (columns for UP and DOWN).

    Called with first = -1 beforehand, it weighs all bodies and moves those connected to larger ones, whatever
    their lines. Threads may then share the lines: single cells on different lines never touch along the
    direction.
    """
    world = world_at(handle)
    sizes = world.sizes
    n, stride, margin, movable = sizes.num_agents, sizes.stride, sizes.margin, sizes.first_movable
    place, balance = world.scratch[0, 6 + n : 6 + 2 * n], world.scratch[0, 6 + 2 * n :]
    if first < 0:
        weigh(world, 0, direction, balance, n)
        if sizes.num_objects > 0 and heavy_can_move(world, 0, n):
            call(code[HEAVY], world, 0, direction)
        return
    step = STEPS[direction, 0] * stride + STEPS[direction, 1]
    axis = 1 if direction <= DOWN else 0
    for a in range(n):
        if world.action[0, a] != direction or balance[a] < 0 or world.active[0, a] != PRESENT:
            continue
        row, col = world.position[0, a, 0], world.position[0, a, 1]
        if first <= (col if axis == 1 else row) < last:
            q = (row + margin) * stride + col + margin
            push_agent(world, 0, a, q, direction, step, balance, place, n, 1, stride, margin, movable)
