"""What agents of audit sense and may do, and whose result waits for whose vote."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.audit.state import (
    ACCEPT,
    CASE,
    INSTRUCTION,
    LAST,
    LEFT_OVER,
    MOST_VOTES,
    NOTHING,
    OWNS,
    PATIENCE,
    PROGRESS,
    REACH,
    STAKE,
    STANDS,
    STATION,
    VERIFY,
    WORK,
    State,
)  # fmt: skip
from swarm_env.scenarios.common import codes_around

from swarm_env.engine import PRESENT, WorldArrays, index, kernel
from swarm_env.engine.compiler import copy_bytes

MOVES = 10


def _allowed() -> NDArray[np.uint8]:
    """What is allowed in each case; its bits: the agent walks, works, verifies, votes."""
    rows = np.zeros((16, MOVES), np.uint8)
    cases = np.arange(16)
    rows[:, 0] = 1
    for bit, moves in enumerate(
        (slice(1, WORK), slice(WORK, VERIFY), slice(VERIFY, ACCEPT), slice(ACCEPT, MOVES))
    ):
        rows[:, moves] = ((cases >> bit) & 1)[:, None]
    return rows.ravel()


ALLOWED = _allowed()  # rows of MOVES bytes, which are copied as two words instead of byte by byte


@kernel()
def perceive(world: WorldArrays, w: int, time: int) -> None:
    """Write what every agent senses and may do after `time` rounds, and whose result waits for its vote."""
    state, options = State(world, w), world.options
    waiting = state.waiting > 0
    if waiting:
        mark_holders(world, w, True)
    for a in range(world.sizes.num_agents):
        if world.active[w, a] != PRESENT:
            continue
        sense = world.sense[w, a]
        q = index(world, world.position[w, a, 0], world.position[w, a, 1])
        free, backed = state.holds[a] == NOTHING, state.purse[a] >= options[STAKE]
        target = target_of(world, w, a, q) if waiting and backed else 0
        state.target[a] = target
        found = NOTHING
        if target and state.checking[a] == state.job[target - 1] + 1:
            found = state.found[a]
        works = free & backed & ((codes_around(world, w, q) >> STATION) & 1 == 1)
        votes = target > 0
        case = int(free) | int(works) << 1 | int(votes and found == NOTHING) << 2 | int(votes) << 3
        copy_bytes(world.allowed[w, a], 0, ALLOWED, case * MOVES, MOVES)
        sense[INSTRUCTION], sense[PROGRESS] = state.role[a], state.worked[a]
        sense[LEFT_OVER] = 0 if free else state.since[a] + int(options[PATIENCE]) - time
        sense[CASE] = 1 + found if target else 0
        sense[LAST] = state.outcome[a]
        sense[OWNS] = int(min(max(state.purse[a], 0.0), 255.0))
        sense[STANDS] = int(100.0 * state.standing[a] + 0.5)
    if waiting:
        mark_holders(world, w, False)


@kernel()
def mark_holders(world: WorldArrays, w: int, there: bool) -> None:
    """Write the holders of results (agent + 1) into `holder_at`, or clear them again."""
    state = State(world, w)
    for a in range(world.sizes.num_agents):
        if state.holds[a] != NOTHING and world.active[w, a] == PRESENT:
            q = index(world, world.position[w, a, 0], world.position[w, a, 1])
            state.holder_at[q] = a + 1 if there else 0


@kernel()
def target_of(world: WorldArrays, w: int, a: int, q: int) -> int:
    """The worker + 1 of the oldest result within reach of agent `a` at `q` that it can vote on; 0: none."""
    state, stride, cells = State(world, w), world.sizes.stride, world.cells[w]
    holder_at, marked = state.holder_at, world.sizes.first_agent + 1
    oldest, target = state.jobs, 0
    for middle in range(q - REACH * stride, q + REACH * stride + 1, stride):
        for t in range(middle - REACH, middle + REACH + 1):
            if cells[np.uint64(t)] != marked or t == q:
                continue
            holder = holder_at[t]
            job = state.job[holder - 1] if holder else oldest
            if job < oldest and may_vote(world, w, a, holder - 1):
                oldest, target = job, holder
    return target


@kernel()
def may_vote(world: WorldArrays, w: int, a: int, worker: int) -> bool:
    """Whether agent `a` can still vote on the result of a worker."""
    state = State(world, w)
    for v in range(state.votes[worker]):
        if state.voter[worker, v] == a:
            return False
    return state.votes[worker] < MOST_VOTES
