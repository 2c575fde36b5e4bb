"""The scenario class and its kernels; the rules are at the top of `scenarios/flocking/__init__.py`."""

from collections.abc import Mapping
from typing import Any

from swarm_env.scenarios.common import require_room, require_size, reset_inside
from swarm_env.scenarios.flocking.assignment import FAR
from swarm_env.scenarios.flocking.outline import State, lay_outline, least_distance

from swarm_env.engine import RANGE, WorldArrays, kernel
from swarm_env.errors import ConfigError
from swarm_env.scenario import Event, Scenario

MOST_AGENTS = 256


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Measure the first distance."""
    for w in range(first, last):
        lay_outline(world, w)
        state, distance = State(world, w), least_distance(world, w, w, FAR)
        state.first, state.best, state.now = distance, distance, distance


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score if the agents were never nearer; the episode is over at distance 0."""
    shaped = world.sizes.shaped
    for w in range(first, last):
        state = State(world, w)
        distance = least_distance(world, w, first, FAR if shaped else max(state.best, 1))
        if distance < FAR:  # somebody is left
            state.now = distance
        if distance < state.best:
            state.best = distance
            world.score[w] = state.first - distance
        if distance == 0:
            world.over[w] = 1


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Minus the distance now, per agent."""
    n = world.sizes.num_agents
    for w in range(first, last):
        for a in range(n):
            world.potential[w, a] = -State(world, w).now / n


class Flocking(Scenario):
    """The outline of a square."""

    name = "flocking"
    events = (Event("closer than ever", "score"),)
    reset, begin, update, potential = reset_inside, begin, update, potential
    State = State

    @property
    def side(self) -> int:
        """Side of the target outline [cells]."""
        return self.config.num_agents // 4 + 1

    def check(self) -> None:
        """Check that the outline and the agents fit on the map."""
        if self.config.num_agents > MOST_AGENTS:
            raise ConfigError(
                f"flocking is for up to {MOST_AGENTS} agents, not {self.config.num_agents}: with so many the "
                f"exact distance to the outline takes 8 ms a round already. Set num_agents to at most "
                f"{MOST_AGENTS}."
            )
        require_size(self.config, self.side + 2, self.side + 2, f"for an outline of side {self.side}")
        require_room(self.config)

    def facts(self) -> Mapping[str, Any]:
        """Side of the outline [cells]."""
        return {"side": self.side}

    def words(self) -> str:
        """The task in plain words."""
        side = self.side
        rows = ["#" * side] + ["#" + "." * (side - 2) + "#"] * (side - 2) + ["#" * side] * (side > 1)
        picture = "\n".join(rows)
        return (
            f"Together, take the shape of the outline of a square with sides of {side} cells, one agent (#) "
            f"per cell, anywhere on the map:\n{picture}\nThe score is how much nearer to such a shape the "
            "team has come than it was at the start, in steps. You are done when every cell of the outline "
            "is taken."
        )
