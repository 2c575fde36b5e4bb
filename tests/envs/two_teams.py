"""A game of two teams for tests: whoever stands further right takes 1 from each of the other team.

Agent 0 takes itself off the map by SWITCH and comes back after two rounds, agent 1 for good.
"""

import numpy as np
from swarm_env.scenarios.common import enclose, place_inside

from swarm_env.engine import (
    AWAY,
    EMPTY,
    PRESENT,
    RANGE,
    TEAM,
    ScenarioState,
    WorldArrays,
    code_at,
    integers,
    kernel,
    place_agent,
    take_away,
)
from swarm_env.scenario import Kind, Scenario, Traits

SWITCH = 5


class State(ScenarioState):
    """When who is away returns."""

    back = integers("agents")


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw places."""
    for w in range(first, last):
        place_inside(world, w, enclose(world, w))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Nothing."""


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Pay, take away, put back."""
    for w in range(first, last):
        state, n = State(world, w), world.sizes.num_agents
        for a in range(n):
            for b in range(n):
                if world.agents[a, TEAM] != world.agents[b, TEAM]:
                    world.payoff[w, a] += np.sign(world.position[w, a, 1] - world.position[w, b, 1])
        for a in range(n):
            if world.active[w, a] == AWAY:
                state.back[a] -= 1
                if state.back[a] <= 0 and code_at(world, w, 1, 1) == EMPTY:
                    place_agent(world, w, a, 1, 1, 0)
            elif world.active[w, a] == PRESENT and world.action[w, a] == SWITCH and a < 2:
                take_away(world, w, a, a == 0)
                state.back[a] = 2


class TwoTeams(Scenario):
    """Two teams that see unlike far."""

    name = "two_teams"
    agents = (Kind("R", "red agent", (200, 0, 0)), Kind("B", "blue agent", (0, 0, 200)))
    teams = ("red", "blue")
    private = True
    returns = True
    extra_actions = ("SWITCH",)
    reset, begin, update, potential = reset, begin, update, begin
    State = State

    def traits(self, a: int) -> Traits:
        """The last agent sees only its neighbours."""
        return Traits(sight=1 if a == self.config.num_agents - 1 else None)


SCENARIO = TwoTeams
