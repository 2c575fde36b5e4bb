"""Two armies: each agent strikes at a neighbouring cell, or moves; a team without agents has lost.

Every agent has 10 points of health and gets 0.1 back each round. It strikes at one of the eight cells around
it, which costs an opponent there 2 points; own agents are not hit. After the moves of a round, strikes fall
in a random order; who has died by then no longer strikes. Agents whose health is below half look wounded.
The episode is over when a team has no agents left; at `max_rounds` it is cut off.

Payoff, per agent: -0.005 a round in play, -0.1 a strike, +0.2 if it hits, +5 if it kills, -0.1 for dying.
With `zero_sum=1`: +1 for a kill, -1 for dying, nothing else, so that all payoffs of an episode add up to 0.
The score is public: kills of red minus kills of blue.

Reward `shaped` adds the change of a potential: a tenth of a point for each point of health.

Red starts in the left half, blue in the right one; blue's places are red's, mirrored. Which direction is
pushed first is drawn in each round (`push_order`), since a fixed order favours one side.

After battle_v4 of MAgent2 (commit 38b1792), with its health, damage, recovery, rewards and reach of a strike.
Unlike there, a step is one cell up, down, left or right (there one of 12 moves within two cells), moves come
before strikes, agents push each other, views are square and show who is wounded, but not the exact health of
others.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field
from swarm_env.scenarios.common import enclose, require_room, require_size

from swarm_env.engine import (
    EMPTY,
    EPISODE,
    PRESENT,
    RANGE,
    ROUND,
    TEAM,
    UPDATE,
    ScenarioState,
    WorldArrays,
    below,
    code_at,
    index,
    kernel,
    place_agent,
    reals,
    scratch,
    set_mark,
    stream,
    take_away,
)  # fmt: skip
from swarm_env.scenario import Event, Kind, NoOptions, Scenario, Sense

HEALTH, DAMAGE, RECOVERY = 10.0, 2.0, 0.1
LIVING, STRIKE, HIT, KILL, DEATH = -0.005, -0.1, 0.2, 5.0, -0.1  # payoffs
FIRST = 5  # the first strike
AROUND = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])
STRIKES = ("UP_LEFT", "UP", "UP_RIGHT", "LEFT", "RIGHT", "DOWN_LEFT", "DOWN", "DOWN_RIGHT")
ZERO_SUM = 0  # index of the option
RED, BLUE = 0, 1


class State(ScenarioState):
    """The health of all."""

    health = reals("agents")
    order = scratch(np.int32, "agents")  # of those who strike


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw red's places in the left half; blue's mirror them, and those beyond red's number are drawn."""
    sizes = world.sizes
    half = sizes.width // 2
    for w in range(first, last):
        key, i = enclose(world, w), 0
        red = 0
        for a in range(sizes.num_agents):
            blue = world.agents[a, TEAM] == BLUE
            red += not blue
            if blue and a - red < red:
                row, col = world.position[w, a - red, 0], sizes.width - 1 - world.position[w, a - red, 1]
                place_agent(world, w, a, row, col, 0)
                continue
            while True:
                row, col = 1 + below(key, i, sizes.height - 2), 1 + below(key, i + 1, half - 1)
                col = sizes.width - 1 - col if blue else col
                i += 2
                if code_at(world, w, row, col) == EMPTY:
                    place_agent(world, w, a, row, col, 0)
                    break


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """All are healthy."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            set_health(world, w, a, HEALTH)


@kernel()
def set_health(world: WorldArrays, w: int, a: int, health: float) -> None:
    """Set the health of an agent, which it senses; others see whether it is below half."""
    State(world, w).health[a] = health
    world.sense[w, a, 0] = np.uint8(10.0 * health + 0.5)
    wounded = 1 if health < HEALTH / 2 else 0
    if world.mark[w, a] != wounded:
        set_mark(world, w, a, wounded)


@kernel()
def strikers(world: WorldArrays, w: int) -> int:
    """Put who strikes into `order`, shuffled; returns how many they are."""
    state, count = State(world, w), 0
    key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
    for a in range(world.sizes.num_agents):
        if world.active[w, a] == PRESENT and world.action[w, a] >= FIRST:
            j = below(key, count, count + 1)  # Fisher and Yates, inside out
            state.order[count] = state.order[j]
            state.order[j] = a
            count += 1
    return count


@kernel()
def strike(world: WorldArrays, w: int, a: int) -> None:
    """Let an agent strike."""
    state, zero_sum = State(world, w), world.options[ZERO_SUM] > 0
    step = world.action[w, a] - FIRST
    world.payoff[w, a] += 0.0 if zero_sum else STRIKE
    q = index(world, world.position[w, a, 0] + AROUND[step, 0], world.position[w, a, 1] + AROUND[step, 1])
    if world.cells[w, q] < world.sizes.first_agent:
        return
    b = world.who[w, q]
    if world.agents[a, TEAM] == world.agents[b, TEAM]:
        return
    world.payoff[w, a] += 0.0 if zero_sum else HIT
    health = state.health[b] - DAMAGE
    if health > 0.0:
        set_health(world, w, b, health)
        return
    state.health[b] = 0.0
    take_away(world, w, b, 0)
    world.payoff[w, a] += 1.0 if zero_sum else KILL
    world.payoff[w, b] += -1.0 if zero_sum else DEATH
    world.score[w] += 1.0 if world.agents[a, TEAM] == RED else -1.0


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Strikes fall, health comes back; without opponents the battle is over."""
    n = world.sizes.num_agents
    for w in range(first, last):
        state, zero_sum = State(world, w), world.options[ZERO_SUM] > 0
        for i in range(strikers(world, w)):
            a = state.order[i]
            if world.active[w, a] == PRESENT:
                strike(world, w, a)
        red = blue = 0
        for a in range(n):
            if world.active[w, a] == PRESENT:
                red += world.agents[a, TEAM] == RED
                blue += world.agents[a, TEAM] == BLUE
                world.payoff[w, a] += 0.0 if zero_sum else LIVING
                if state.health[a] < HEALTH:
                    set_health(world, w, a, min(state.health[a] + RECOVERY, HEALTH))
        world.over[w] = red == 0 or blue == 0


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """A tenth of the health that an agent has."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            world.potential[w, a] = State(world, w).health[a] / HEALTH


class BattleOptions(NoOptions):
    """What is paid."""

    zero_sum: int = Field(default=0, ge=0, le=1, description="1: only kills and deaths are paid, +1 and -1")


class Battle(Scenario):
    """Red against blue."""

    name = "battle"
    teams = ("red", "blue")
    agents = (
        Kind("R", "red agent", (213, 94, 0)),
        Kind("r", "wounded red agent", (230, 159, 100)),
        Kind("B", "blue agent", (0, 114, 178)),
        Kind("b", "wounded blue agent", (86, 180, 233)),
    )
    private, indexed = True, True
    defaults: ClassVar[Mapping[str, Any]] = {"push_order": "drawn"}
    extra_actions = tuple(f"STRIKE_{name}" for name in STRIKES)
    senses = (Sense("health", "your health in tenths of a point", int(10 * HEALTH)),)
    events = (Event("death", "left"),)
    Options = BattleOptions
    State = State
    reset, begin, update, potential = reset, begin, update, potential

    def check(self) -> None:
        """Check that each army fits into its half."""
        require_size(self.config, 3, 5, "for two halves")
        half = (self.config.height - 2) * (self.config.width // 2 - 1)
        surplus = self.config.num_agents - 2 * min(self.team_sizes)
        require_room(self.config, 2 * half - surplus, "of the two halves")

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Two armies, red and blue, fight. Each of you has 10 points of health and gets 0.1 back each "
            "round. A STRIKE hits one of the eight cells around you and takes 2 points from an opponent "
            "there; your own agents are not hit. Who has no health left is out. In a round all move first, "
            "then strikes fall in a random order. A lower-case symbol is an agent with less than half its "
            "health. "
            + (
                "A kill gets you 1, dying costs 1."
                if self.config.options["zero_sum"]
                else "A kill gets you 5, a hit 0.2; a strike costs 0.1, dying 0.1, each round 0.005."
            )
            + " Your team wins if the other one has no agents left."
        )


SCENARIO = Battle
