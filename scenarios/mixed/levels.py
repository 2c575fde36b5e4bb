"""Load food together: agents and food have levels, and food needs as much as it has.

Each agent has a level from 1 to 3, each piece of food one from 1 to 9, at most the sum of the three greatest
levels of agents. Who LOADs puts its level into one of the pieces of food above, below, left or right of it
(the first in this order). If the levels of all who load a piece at once reach its level, it is loaded, and
each of them gets its level times that of the food, divided by the sum of their levels and by that of all food
of the episode; otherwise each loses `penalty`. The score is public: the share of all food that was loaded,
which is what all got but for penalties. When no food is left the episode is over.

Reward `shaped` adds the change of a potential: minus the distance to the nearest food, over (height + width).

After level-based foraging (commit 01ddb39), with its rewards. Unlike there, agents push each other in the
fixed order of directions (there two that step to one cell both stay), food may lie anywhere inside the walls
but in each other's neighbourhood, and a new game has new levels of agents from 1 to 3.
"""

import numpy as np
from swarm_env.scenarios.common import (
    distance_to_codes,
    enclose,
    option,
    place_apart,
    place_inside,
    require_room,
    require_slots,
    second_stream,
)  # fmt: skip

from swarm_env.engine import (
    EMPTY,
    EPISODE,
    PRESENT,
    RANGE,
    USER,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integer,
    integers,
    kernel,
    scratch,
    set_mark,
    stream,
)  # fmt: skip
from swarm_env.scenario import Event, Kind, NoOptions, Scenario, Sense

FOOD = 3  # code of food of level 1
STRONGEST, MOST = 3, 9  # levels of agents and of food
LOAD = 5
PIECES, PENALTY = 0, 1  # options


class State(ScenarioState):
    """The levels."""

    level = integers("agents")
    spawned = integer()  # sum of the levels of all food of the episode
    force = scratch(np.int32, "cells")  # of those who load the food on each cell, in this round


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the food, each apart from the others, then the agents. `begin` draws levels."""
    for w in range(first, last):
        key = enclose(world, w)
        place_apart(world, w, key, int(world.options[PIECES]), FOOD, 0)
        place_inside(world, w, second_stream(key))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the levels of agents, then those of the food that `reset` or a picture put there as level 1."""
    sizes = world.sizes
    for w in range(first, last):
        state, i = State(world, w), sizes.num_agents
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, USER)
        twos = threes = 0  # agents of the two greatest levels
        for a in range(sizes.num_agents):
            level = 1 + below(key, a, STRONGEST)
            state.level[a] = world.sense[w, a, 0] = level
            set_mark(world, w, a, level - 1)
            twos, threes = twos + (level == 2), threes + (level == 3)
        three = min(threes, 3)
        two = min(twos, 3 - three)
        strong = (
            3 * three + 2 * two + min(sizes.num_agents - threes - twos, 3 - three - two)
        )  # the three greatest
        state.spawned = 0
        for row in range(sizes.height):
            for col in range(sizes.width):
                q = index(world, row, col)
                if world.cells[w, q] == FOOD:
                    world.cells[w, q] = FOOD + below(key, i, min(strong, MOST))
                    i += 1
                if FOOD <= world.cells[w, q] < FOOD + MOST:
                    state.spawned += world.cells[w, q] - FOOD + 1


@kernel(inline=True)
def beside(world: WorldArrays, w: int, a: int) -> int:
    """Flat index of the food that an agent loads; -1: it loads none."""
    if world.active[w, a] != PRESENT or world.action[w, a] != LOAD:
        return -1
    q = index(world, world.position[w, a, 0], world.position[w, a, 1])
    for t in (q - world.sizes.stride, q + world.sizes.stride, q - 1, q + 1):
        if FOOD <= world.cells[w, t] < FOOD + MOST:
            return t
    return -1


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Load."""
    n = world.sizes.num_agents
    for w in range(first, last):
        state = State(world, w)
        for a in range(n):
            q = beside(world, w, a)
            if q >= 0:
                state.force[q] = 0
        for a in range(n):
            q = beside(world, w, a)
            if q >= 0:
                state.force[q] += state.level[a]
        for a in range(n):
            q = beside(world, w, a)
            if q >= 0:
                food = world.cells[w, q] - FOOD + 1
                if state.force[q] >= food:
                    share = state.level[a] * food / (state.force[q] * state.spawned)
                    world.payoff[w, a] += share
                    world.score[w] += share
                else:
                    world.payoff[w, a] -= world.options[PENALTY]
        left = clear_loaded(world, w)
        world.over[w] = left == 0


@kernel()
def clear_loaded(world: WorldArrays, w: int) -> int:
    """Take away the food that was loaded; returns how many pieces are left."""
    state, left = State(world, w), 0
    for a in range(world.sizes.num_agents):
        q = beside(world, w, a)
        if q >= 0 and state.force[q] >= world.cells[w, q] - FOOD + 1:
            world.cells[w, q] = EMPTY
    for q in range(world.cells.shape[1]):
        left += FOOD <= world.cells[w, q] < FOOD + MOST
    return left


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Minus the distance to the nearest food, over (height + width)."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            world.potential[w, a] = -distance_to_codes(world, w, a, FOOD, FOOD + MOST)


class LevelsOptions(NoOptions):
    """How much food there is."""

    pieces: int = option(4, 1, 10_000, "pieces of food")
    penalty: float = option(0.0, 0.0, 100.0, "what a failed LOAD costs")


class Levels(Scenario):
    """Food that needs several."""

    name = "levels"
    private = True
    statics = tuple(
        Kind(
            "bcdefghij"[level], f"food of level {level + 1}", (80 + 18 * level, 60, 200 - 20 * level), "round"
        )
        for level in range(MOST)
    )
    agents = (
        Kind("w", "agent of level 1", (86, 180, 233)),
        Kind("m", "agent of level 2", (0, 114, 178)),
        Kind("s", "agent of level 3", (0, 50, 100)),
    )
    extra_actions = ("LOAD",)
    senses = (Sense("level", "your level", STRONGEST),)
    events = (Event("loaded", "score"),)
    Options = LevelsOptions
    State = State
    reset, begin, update, potential = reset, begin, update, potential

    def check(self) -> None:
        """Check that food and agents fit."""
        require_slots(self.config, "pieces", "a piece of food")
        require_room(self.config)

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """The score is the share of the food that was loaded."""
        return 0.0, 1.0

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Food lies around: b has level 1, c level 2, and so on to j with level 9. Each of you has a "
            "level from 1 to 3. LOAD loads the food above, below, left or right of you, if the levels of all "
            "who load it in the same round add up to its level. Then each of them gets a part of it by its "
            "own level. If it fails, each of them loses the penalty. When all food is loaded the game is "
            "over."
        )

    def facts(self) -> dict[str, float]:
        """The penalty."""
        return {"penalty": float(self.config.options["penalty"])}


SCENARIO = Levels
