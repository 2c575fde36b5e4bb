"""What agents of audit sense and may do, and whose result waits for whose vote."""

import numpy as np
from swarm_env.scenarios.audit.state import (
    ACCEPT,
    ACCOUNTS,
    BY_AGENT,
    CASE,
    CHEAT,
    CHECKING,
    FOUND,
    HOLDS,
    JOB,
    JOBS,
    LAST,
    LEFT_OVER,
    MOST_VOTES,
    NOTHING,
    OUTCOME,
    OWNS,
    PATIENCE,
    PROGRESS,
    REACH,
    REJECT,
    ROLE,
    SINCE,
    STAKE,
    STANDS,
    STATION,
    TARGET,
    TOLD,
    VERIFY,
    VOTES,
    WAITING,
    WORK,
    WORKED,
    ballots_at,
    places_at,
)  # fmt: skip

from swarm_env.engine.compiler import kernel
from swarm_env.engine.state import PRESENT, WorldArrays, index


@kernel()
def perceive(world: WorldArrays, w: int, time: int) -> None:
    """Write what every agent senses and may do, and whose result waits for its vote.

    Args:
        world: The batch.
        w: Which world.
        time: Rounds played.
    """
    n, memory, options = world.sizes.num_agents, world.memory[w], world.options
    accounts, waiting = memory[BY_AGENT + ACCOUNTS * n :].view(np.float64), memory[WAITING] > 0
    if waiting:
        put_holders(world, w, 1)
    for a in range(n):
        if world.active[w, a] != PRESENT:
            continue
        mine, sense, allowed = memory[BY_AGENT + a :: n], world.sense[w, a], world.allowed[w, a]
        q = index(world, world.position[w, a, 0], world.position[w, a, 1])
        free, backed = mine[HOLDS] == NOTHING, accounts[a] >= options[STAKE]
        target = target_of(world, w, a, q) if waiting and backed else 0
        mine[TARGET] = target
        found = NOTHING
        if target and mine[CHECKING] == memory[BY_AGENT + JOB * n + target - 1] + 1:
            found = mine[FOUND]
        works = free and backed and beside_station(world, w, q)
        for move in range(1, 5):
            allowed[move] = free
        allowed[WORK] = allowed[CHEAT] = works
        allowed[VERIFY] = target > 0 and found == NOTHING
        allowed[ACCEPT] = allowed[REJECT] = target > 0
        sense[TOLD], sense[PROGRESS] = mine[ROLE], mine[WORKED]
        sense[LEFT_OVER] = 0 if free else mine[SINCE] + int(options[PATIENCE]) - time
        sense[CASE] = 1 + found if target else 0
        sense[LAST] = mine[OUTCOME]
        sense[OWNS] = int(min(max(accounts[a], 0.0), 255.0))
        sense[STANDS] = int(100.0 * accounts[n + a] + 0.5)
    if waiting:
        put_holders(world, w, 0)


@kernel()
def put_holders(world: WorldArrays, w: int, there: int) -> None:
    """Note on the map of `table` where those stand who hold a result (agent + 1), or take the notes away."""
    n, memory = world.sizes.num_agents, world.memory[w]
    places = world.table[w, places_at(n) :]
    for a in range(n):
        if memory[BY_AGENT + HOLDS * n + a] != NOTHING and world.active[w, a] == PRESENT:
            q = index(world, world.position[w, a, 0], world.position[w, a, 1])
            places[q] = (a + 1) * there


@kernel()
def target_of(world: WorldArrays, w: int, a: int, q: int) -> int:
    """Agent + 1 of the oldest result within reach of agent `a` at `q` on which it has not voted; 0: none."""
    n, stride, memory = world.sizes.num_agents, world.sizes.stride, world.memory[w]
    cells, marked = world.cells[w], world.sizes.first_agent + 1
    places = world.table[w, places_at(n) :]
    oldest, target = memory[JOBS], 0
    for middle in range(q - REACH * stride, q + REACH * stride + 1, stride):
        for t in range(middle - REACH, middle + REACH + 1):
            if cells[np.uint64(t)] != marked or t == q:
                continue
            holder = places[t]
            job = memory[BY_AGENT + JOB * n + holder - 1] if holder else oldest
            if job < oldest and may_vote(world, w, a, holder - 1):
                oldest, target = job, holder
    return target


@kernel()
def may_vote(world: WorldArrays, w: int, a: int, worker: int) -> bool:
    """Whether agent `a` can still vote on the result of a worker."""
    n = world.sizes.num_agents
    votes = world.memory[w, BY_AGENT + VOTES * n + worker]
    ballots = world.table[w, ballots_at(n) + worker * MOST_VOTES * 2 :]
    for v in range(votes):
        if ballots[2 * v] == a:
            return False
    return votes < MOST_VOTES


@kernel()
def beside_station(world: WorldArrays, w: int, q: int) -> bool:
    """Whether one of the eight cells around a place is a station."""
    cells, stride = world.cells[w], world.sizes.stride
    beside = np.int64(0)  # bit c: code c is there
    for middle in (q - stride, q, q + stride):
        for t in (middle - 1, middle, middle + 1):
            beside |= np.int64(1) << np.int64(cells[np.uint64(t)])
    return (beside >> STATION) & 1 == 1
