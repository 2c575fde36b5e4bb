"""A scenario whose kernels use an index outside an array, in the way and the round that options say."""

import numpy as np
from numba import njit

from swarm_env.engine import (
    RANGE,
    ROUND,
    ScenarioState,
    WorldArrays,
    integers,
    kernel,
    place_agent,
    scratch,
    set_mark,
)
from swarm_env.scenario import NoOptions, Scenario

NONE, HELPER, OURS, RESET, STATE, SCRATCH, NEGATIVE, FROM_THE_END, POTENTIAL, CELLS, NJIT = range(11)
FAULT, WHEN = 0, 1  # options


class State(ScenarioState):
    """Two arrays."""

    paid = integers("agents")
    used = scratch(np.uint8, 3)


@kernel()
def pay(world: WorldArrays, w: int, i: int) -> None:
    """Write a number of the state that may not exist."""
    world.memory[w, i] += 1


@njit(cache=True)
def first_of(numbers, i):
    """Read a number that may not exist, in a function that is no kernel of ours."""
    return numbers[i]


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Put the agents in a row; one too many with the fault RESET."""
    more = world.options[FAULT] == RESET
    for w in range(first, last):
        for a in range(world.sizes.num_agents + more):
            place_agent(world, w, a, 1, a, 0)


@kernel(RANGE)
def nothing(world: WorldArrays, first: int, last: int) -> None:
    """Do nothing."""


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score the round, and commit the fault in worlds of odd seeds."""
    for w in range(first, last):
        world.score[w] += 1
        fault, state, n = int(world.options[FAULT]), State(world, w), world.sizes.num_agents
        if world.clock[w, ROUND] < int(world.options[WHEN]) or world.seed[w] % 2 == 0:
            continue
        if fault == HELPER:
            pay(world, w, 700)
        elif fault == OURS:
            set_mark(world, w, n, 1)
        elif fault == STATE:
            state.paid[n] = 1
        elif fault == SCRATCH:
            state.used[3] = 1
        elif fault == NEGATIVE:
            world.mark[w, -1 - n] = 1
        elif fault == FROM_THE_END:
            state.paid[-1] += 1
        elif fault == NJIT:
            world.score[w] = first_of(world.score, world.score.size)
        elif fault == CELLS:
            world.cells[w, world.cells.shape[1]] = 3


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Read a position that is not there."""
    for w in range(first, last):
        if int(world.options[FAULT]) == POTENTIAL and world.clock[w, ROUND] > 0:
            world.potential[w, 0] = world.position[w, 0, 2]


class Faulty(Scenario):
    """Its kernels use a wrong index."""

    name = "faulty"
    reset, begin, update, potential = reset, nothing, update, potential
    State = State

    class Options(NoOptions):
        """What happens, and in which round."""

        fault: int = 0
        when: int = 2


SCENARIO = Faulty
