"""Open the door together, then leave through it: small and quickly learned, with masks and departures.

    swarm run examples/door.py --agents random

A room with one gap in its right wall, closed by a door that opens for good when two agents near it choose
OPEN in the same round; OPEN is legal only there (at most one row from the door and two columns from the
wall). An agent that leaves the map through the gap scores (max_rounds - r) / max_rounds in round r (counted
from 0), as in Transport. The episode is over when all have left.

So moves are masked, agents depart one by one, and worlds end at different times. The recipes for learners
(docs/learning.md) are tested on it.

Reward `shaped` adds the change of a potential: 1 for an agent that has left, else 0.25 if the door is open,
minus half the agent's distance to the gap [cells, Manhattan] over (height + width).
"""

from swarm_env import ConfigError, Scenario
from swarm_env.engine import (
    EMPTY,
    EPISODE,
    LEAVING,
    PRESENT,
    RANGE,
    RESET,
    ROUND,
    ScenarioState,
    WorldArrays,
    below,
    code_at,
    index,
    integer,
    kernel,
    place_agent,
    place_ring,
    stream,
)
from swarm_env.scenario import Kind

DOOR = 3  # code: 0 free, 1 outside, 2 wall, then `statics`
OPEN = 5  # the first action after STAY, UP, DOWN, LEFT, RIGHT
NEEDED = 2  # agents that open it


class State(ScenarioState):
    """Where the gap is."""

    row = integer()  # of the gap; -1: none


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the row of the door, then the places of the agents."""
    sizes = world.sizes
    for w in range(first, last):
        place_ring(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, RESET)
        world.cells[w, index(world, 1 + below(key, 0, sizes.height - 2), sizes.width - 1)] = DOOR
        a, i = 0, 1
        while a < sizes.num_agents:
            row, col = 1 + below(key, i, sizes.height - 2), 1 + below(key, i + 1, sizes.width - 2)
            i += 2
            if code_at(world, w, row, col) == EMPTY:
                place_agent(world, w, a, row, col, 0)
                a += 1


@kernel()
def near_door(world: WorldArrays, w: int, a: int) -> bool:
    """Whether an agent is at most one row and column from the cell before the closed door."""
    row, edge = State(world, w).row, world.sizes.width - 1
    if row < 0 or world.active[w, a] != PRESENT or code_at(world, w, row, edge) != DOOR:
        return False
    return abs(world.position[w, a, 0] - row) <= 1 and world.position[w, a, 1] >= edge - 2


@kernel()
def allow(world: WorldArrays, w: int) -> None:
    """Let agents near the closed door open it."""
    for a in range(world.sizes.num_agents):
        if world.active[w, a] == PRESENT:
            world.allowed[w, a, OPEN] = near_door(world, w, a)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Find the door or the gap, on a drawn map and on a picture."""
    sizes = world.sizes
    for w in range(first, last):
        state = State(world, w)
        state.row = -1
        for row in range(1, sizes.height - 1):
            if code_at(world, w, row, sizes.width - 1) in (EMPTY, DOOR):
                state.row = row
        allow(world, w)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score the agents that left; open the door."""
    sizes = world.sizes
    for w in range(first, last):
        opening = 0
        for a in range(sizes.num_agents):
            if world.active[w, a] == LEAVING:
                world.score[w] += (sizes.max_rounds - world.clock[w, ROUND]) / sizes.max_rounds
            opening += world.action[w, a] == OPEN and near_door(world, w, a)
        if opening >= NEEDED:
            world.cells[w, index(world, State(world, w).row, sizes.width - 1)] = EMPTY
        allow(world, w)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """1 for departed agents; else a quarter for an open door, minus half the fraction of the way to it."""
    sizes = world.sizes
    for w in range(first, last):
        row, edge = State(world, w).row, sizes.width - 1
        way_out = 0.25 if row >= 0 and code_at(world, w, row, edge) != DOOR else 0.0
        for a in range(sizes.num_agents):
            if world.active[w, a] != PRESENT:
                world.potential[w, a] = 1.0
            elif row >= 0:
                away = abs(world.position[w, a, 0] - row) + edge - world.position[w, a, 1]
                world.potential[w, a] = way_out - 0.5 * away / (sizes.height + sizes.width)


class Door(Scenario):
    """A room with a door."""

    name = "door"
    statics = (Kind("D", "closed door", (150, 90, 40)),)
    extra_actions = ("OPEN",)
    masks = True
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    def check(self) -> None:
        """Check that the agents fit in the room, and are enough to open the door."""
        config = self.config
        if config.num_agents < NEEDED or (config.height - 2) * (config.width - 2) < config.num_agents:
            raise ConfigError(
                f"door: {config.num_agents} agents on a map of {config.height} x {config.width}; it takes "
                f"{NEEDED} agents to open the door, and each needs a free cell inside the walls."
            )

    def words(self) -> str:
        """The task in plain words."""
        return (
            f"You are in a room whose only door (D) is shut. It opens for good when {NEEDED} of you that are"
            " near it choose OPEN in the same round; OPEN is possible only there. Then walk out of the map "
            "(*) through the gap. The sooner each of you is outside, the higher the score."
        )


SCENARIO = Door
