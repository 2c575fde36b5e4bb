"""Meet at the flag: the team scores a point for each agent beside it, in every round.

swarm run my_entry.py
swarm check my_entry.py
"""

from pydantic import Field

from swarm_env import Scenario
from swarm_env.engine import (
    EMPTY,
    EPISODE,
    PRESENT,
    RANGE,
    RESET,
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
from swarm_env.errors import ConfigError
from swarm_env.scenario import Event, Kind, NoOptions

FLAG = 3  # code: 0 free, 1 outside, 2 wall, then `statics` in their order
NEAR = 0  # index into world.options, in the order of Options


class State(ScenarioState):
    """What a world remembers besides the map: numbers and arrays by name."""

    row = integer()  # of the flag
    col = integer()


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw walls around the map, the flag and the agents on random free cells."""
    sizes = world.sizes
    for w in range(first, last):
        place_ring(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, RESET)
        placed, i = -1, 0  # the flag, then the agents
        while placed < sizes.num_agents:
            row, col = 1 + below(key, i, sizes.height - 2), 1 + below(key, i + 1, sizes.width - 2)
            i += 2
            if code_at(world, w, row, col) != EMPTY:
                continue
            if placed < 0:
                world.cells[w, index(world, row, col)] = FLAG
            else:
                place_agent(world, w, placed, row, col, 0)
            placed += 1


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Find the flag on the map, which was drawn by `reset` or comes from a picture."""
    for w in range(first, last):
        state = State(world, w)
        for row in range(world.sizes.height):
            for col in range(world.sizes.width):
                if code_at(world, w, row, col) == FLAG:
                    state.row, state.col = row, col


@kernel()
def distance(world: WorldArrays, w: int, a: int) -> int:
    """Rows and columns from an agent to the flag."""
    state = State(world, w)
    row, col = world.position[w, a, 0], world.position[w, a, 1]
    return int(abs(row - state.row) + abs(col - state.col))


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """After the moves of a round: count the agents beside the flag."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT and distance(world, w, a) <= int(world.options[NEAR]):
                world.score[w] += 1


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """With reward="shaped" a step towards the flag pays."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            world.potential[w, a] = -0.1 * distance(world, w, a)


class MyEntry(Scenario):
    """Agents that meet."""

    name = "my_entry"
    statics = (Kind("F", "flag", (213, 94, 0), "star"),)
    events = (Event("meeting", "score"),)
    scripted = "random"  # who plays it by default: a name as for --agents, or path/file.py:Name
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings: `--set near=2`, or `parallel_env(..., near=2)`."""

        near: int = Field(default=1, ge=1, description="rows and columns that count as beside")

    def check(self) -> None:
        """Refuse maps that are too small: `reset` would look for free cells for ever."""
        height, width = self.config.height, self.config.width
        room = max(height - 2, 0) * max(width - 2, 0) - 1  # inside the walls, beside the flag
        if self.config.num_agents > room:
            raise ConfigError(f"A map of {height} x {width} has room for num_agents={max(room, 0)} at most.")

    def words(self) -> str:
        """The task in plain words, for language models and people."""
        return "Meet at the flag (F): in each round every agent beside it scores a point for the team."


SCENARIO = MyEntry
