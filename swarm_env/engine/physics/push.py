"""All pushes of a round, in many worlds or in some lines of one huge world."""

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.engine.compiler import CODE, call, kernel
from swarm_env.engine.physics.flow import heavy_can_move, heavy_is_pushed, list_bodies, push_heavy
from swarm_env.engine.physics.lines import MOVED, Board, own_balance, push_chain
from swarm_env.engine.physics.order import MOST, sort_by_move
from swarm_env.engine.physics.prefetch import prefetch
from swarm_env.engine.randomness import PUSHES, below, stream
from swarm_env.engine.state import (
    DOWN,
    EMPTY,
    EPISODE,
    LEFT,
    OUTSIDE,
    PRESENT,
    RANGE,
    RIGHT,
    ROUND,
    STAY,
    STEPS,
    UP,
    WorldArrays,
    index,
    world_at,
)  # fmt: skip

HEAVY = 7  # index of `push_larger` in the table of kernels
AHEAD = 24  # agents between a prefetch and its use
THREAD = 8  # `push_larger` gets direction + THREAD * thread
ENDS = 5  # numbers at the start of `scratch` for the ends that `sort_by_move` finds


@kernel(inline=True)
def board_of(world: WorldArrays, thread: int) -> Board:
    """The working data of a thread, for one world after another."""
    sizes, scratch = world.sizes, world.scratch[thread]
    n, objects = sizes.num_agents, world.objects.shape[1]
    return Board(
        n, sizes.indexed, sizes.stride, sizes.margin, sizes.first_movable, sizes.first_agent,
        scratch[ENDS + n : ENDS + 2 * n], scratch[ENDS + 2 * n : ENDS + 3 * n + objects],
        scratch[ENDS + 4 * n + 2 * objects :],
    )  # fmt: skip


@kernel(inline=True)
def swaps_of(world: WorldArrays, w: int) -> int:
    """In which order directions are resolved in this round: bit 0: DOWN before UP, bit 1: RIGHT before LEFT.

    0 is the fixed order UP, DOWN, LEFT, RIGHT. In it, of two agents that step to one cell from both sides the
    one that moves LEFT has it; where teams face each other the order must be drawn to be fair.
    """
    if world.sizes.draws_order == 0:
        return 0
    clock = world.clock[w]
    return below(stream(world.seed[w], clock[EPISODE], clock[ROUND], PUSHES), 0, 4)


@kernel(inline=True)
def swapped(direction: int, swaps: int) -> int:
    """The direction that is resolved in the turn of another one."""
    if direction <= DOWN:
        return UP + DOWN - direction if swaps & 1 else direction
    return LEFT + RIGHT - direction if swaps & 2 else direction


@kernel(inline=True)
def set_place(world: WorldArrays, w: int, a: int, board: Board) -> None:
    """Note the cell of an agent."""
    row, col = world.position[w, a, 0], world.position[w, a, 1]
    q = (row + board.margin) * board.stride + col + board.margin
    board.place[a] = q
    if not board.indexed:
        board.stand[np.uint64(q)] = a


@kernel(inline=True)
def set_up(world: WorldArrays, w: int, board: Board) -> None:
    """Note the cells of all agents of a world; no body has moved yet."""
    for a in range(board.agents):
        set_place(world, w, a, board)
    for b in range(len(board.moved)):
        board.moved[b] = STAY


@kernel(inline=True)
def push_agent(world: WorldArrays, w: int, a: int | np.uint64, q: int, direction: int, board: Board) -> None:
    """Let agent `a` at `q`, on the map at the start of the round, push.

    Whether the cell ahead is free is hard to predict, so the move is not a branch but a step of one cell or
    none. A chain is scanned only if bodies touch or the agent leaves the map.
    """
    cells, at = world.cells[w], np.uint64(q)  # numba does not check unsigned indices for being negative
    here = cells[at]
    able = (here != OUTSIDE) & (board.moved[a] != direction)  # another agent may have moved it in this round
    step = STEPS[direction, 0] * board.stride + STEPS[direction, 1] if able else 0
    ahead, behind = cells[np.uint64(q + step)], cells[np.uint64(q - step)]
    free = ahead == EMPTY
    if able & ((ahead == OUTSIDE) | (ahead >= board.movable) | (free & (behind >= board.movable))):
        push_chain(world, w, q, direction, step, board)
        return
    t = q + step * free
    cells[at] = EMPTY
    cells[np.uint64(t)] = here
    world.position[w, a, 0] += STEPS[direction, 0] * free
    world.position[w, a, 1] += STEPS[direction, 1] * free
    board.place[a] = t
    board.moved[a] = direction if free else board.moved[a]
    if not board.indexed:
        board.stand[np.uint64(t)] = a
    elif free:
        world.who[w, t] = a


@kernel(RANGE)
def push_larger(world: WorldArrays, w: int, job: int) -> None:
    """Resolve the components that contain larger bodies; job = direction + THREAD * thread."""
    direction, thread = job % THREAD, job // THREAD
    board = board_of(world, thread)
    n, bodies = board.agents, len(board.moved)
    balance = world.scratch[thread, ENDS + 2 * n + bodies : ENDS + 2 * n + 2 * bodies]
    if not heavy_is_pushed(world, w, direction):
        return
    if not board.indexed:
        list_bodies(world, w)
    for b in range(bodies):
        balance[b] = own_balance(world, w, b, direction, n)
    push_heavy(world, w, direction, balance, world.network[thread])
    for b in range(bodies):
        if balance[b] == MOVED:
            board.moved[b] = direction
    for a in range(n):
        set_place(world, w, a, board)


@kernel()
def fetch_cells(world: WorldArrays, w: int, a: int, board: Board) -> None:
    """Fetch the cells that `push_agent` reads and writes ahead of their use."""
    direction, q = world.action[w, a], int(board.place[a])
    if direction <= RIGHT:
        step = STEPS[direction, 0] * board.stride + STEPS[direction, 1]
        prefetch(world.cells[w], q)
        prefetch(world.cells[w], q + step)
        prefetch(world.cells[w], q - step)
        prefetch(world.who[w], q + step)


@kernel()
def push_worlds(world: WorldArrays, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Resolve the pushes of one round, a direction after the other; see `swaps_of`.

    code[HEAVY] is the address of `push_larger` if any body has several cells. No push in continuous space.
    """
    if world.sizes.space:
        return
    board = board_of(world, thread)
    larger = world.sizes.num_object_cells > world.sizes.num_objects  # any body may have several cells
    ends, order = world.scratch[thread, :ENDS], world.scratch[thread, ENDS : ENDS + board.agents]
    # Agents of a large world stand on cells that are in no cache.
    last_far = board.agents - AHEAD if board.agents > MOST else 0
    for w in range(first, last):
        set_up(world, w, board)
        sort_by_move(world, w, ends, order)
        crowd = 0
        for direction in range(UP, RIGHT + 1):
            crowd = max(crowd, ends[direction] - ends[direction - 1])
        # All directions in one loop, unless a larger body could move in between.
        alone = world.sizes.draws_order != 0 or (larger and heavy_can_move(world, w, crowd))
        swaps, turn = swaps_of(world, w), UP if alone else RIGHT
        while turn <= RIGHT:
            direction = swapped(turn, swaps)
            start, stop = ends[direction - 1] if alone else 0, ends[direction]
            if alone and larger and heavy_can_move(world, w, stop - start):
                call(code[HEAVY], world, w, direction + THREAD * thread)
            for i in range(start, stop):
                if i < last_far:
                    fetch_cells(world, w, order[i + AHEAD], board)
                a = np.uint64(order[i])
                push_agent(world, w, a, board.place[a], world.action[w, a], board)
            turn += 1


@kernel(types.void(types.int64, types.int64, types.int64, types.int64, CODE), wrapped=True)
def push_part(handle: int, first: int, last: int, direction: int, code: NDArray[np.int64]) -> None:
    """Resolve one direction in lines first … last - 1 of the only world (columns for UP and DOWN).

    A call with first = -1 must precede, in the first direction with -2: it resolves the components that
    contain larger bodies. Threads may then share the lines, since single cells on different lines never touch
    along the direction.
    """
    world = world_at(handle)
    board = board_of(world, 0)
    if first < 0:
        if first == -2:
            set_up(world, 0, board)
        if world.sizes.num_objects > 0 and heavy_can_move(world, 0, board.agents):
            call(code[HEAVY], world, 0, direction)
        return
    axis = 1 if direction <= DOWN else 0
    for a in range(board.agents):
        if world.action[0, a] != direction or world.active[0, a] != PRESENT:
            continue
        row, col = world.position[0, a, 0], world.position[0, a, 1]
        if first <= (col if axis == 1 else row) < last:
            push_agent(world, 0, a, index(world, row, col), direction, board)
