"""Prisoners enter a room one by one and say when all have been there; only the next one hears the last.

A game of n agents lasts 4 n - 6 rounds, the days; then the next one begins. Every day one of the agents,
drawn with equal probability, is in the room: the others are in their cells and can do nothing. Who is in the
room may say a message, and may TELL once a game that all have been in the room: the score rises by 1 if that
is true, and falls by 1 if not; the rest of the game is without effect.

Nobody walks; agents are moved. Who leaves the room stands beside it for one round, so that with
`message_range` 1 only the next one in the room hears what it said. What is said in the cells is not heard.
Agents sense the day, and whether they are in the room.

Values, mean score of a game (J. Foerster et al., "Learning to communicate with deep multi-agent reinforcement
learning", NeurIPS 2016, section 6.1, for the riddle; values by enumeration): silent at least 0.527 for n = 3
and 0.572 for n = 4 by rules on the own visits, ideal 0.741 and 0.781: the probability that all have been in
the room at the end.

Reward `shaped` adds the change of a potential: half the share of the agents that have been in the room.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from swarm_env.scenarios.common import enclose, place_agents

from swarm_env.engine import (
    EMPTY,
    EPISODE,
    RANGE,
    ROUND,
    USER,
    ScenarioState,
    WorldArrays,
    below,
    code_at,
    index,
    integer,
    integers,
    kernel,
    place_agent,
    stream,
)
from swarm_env.errors import ConfigError
from swarm_env.scenario import Badge, Event, Kind, Scenario, Sense

TELL = 5
NONE = -1
FIRST_ROW = 4  # of the cells; the room is in row 1
MOST = 65  # agents: a sense is 255 at most
INSIDE, DAY = 0, 1  # indices into sense


class State(ScenarioState):
    """Who is where."""

    inside = integer()  # the agent in the room
    beside = integer()  # the agent that was in the room before it; NONE at first
    row = integer()  # of the room, whose right neighbour is the place beside it
    col = integer()
    home = integers("agents", 2)  # row and column of each agent's cell
    been = integers("agents")  # 1 if it has been in the room in this game
    claimed = integer()  # 1 if this game is decided


@kernel(inline=True)
def days(agents: int) -> int:
    """Rounds of a game."""
    return max(4 * agents - 6, 1)


@kernel()
def move(world: WorldArrays, w: int, a: int, row: int, col: int) -> None:
    """Take an agent from its cell to another, which is free."""
    world.cells[w, index(world, world.position[w, a, 0], world.position[w, a, 1])] = EMPTY
    place_agent(world, w, a, row, col, 0)


@kernel()
def enter(world: WorldArrays, w: int, time: int) -> None:
    """Let the agent of round `time` into the room, and the one that was there out of it."""
    state, n = State(world, w), world.sizes.num_agents
    a = below(stream(world.seed[w], world.clock[w, EPISODE], time, USER), 0, n)
    if state.beside != NONE:
        move(world, w, state.beside, state.home[state.beside, 0], state.home[state.beside, 1])
        state.beside = NONE
    if a != state.inside:
        state.beside = state.inside
        if state.beside != NONE:
            move(world, w, state.beside, state.row, state.col + 1)
        move(world, w, a, state.row, state.col)
        state.inside = a
    day = time % days(n)
    if day == 0:
        state.been[:] = 0
        state.claimed = 0
    state.been[a] = 1
    for b in range(n):
        world.sense[w, b, INSIDE], world.sense[w, b, DAY] = b == a, day + 1
        world.allowed[w, b, 1:] = 0
        world.may_speak[w, b] = b == a
    world.allowed[w, a, TELL] = state.claimed == 0


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the cells of the agents, apart from the room."""
    sizes = world.sizes
    for w in range(first, last):
        place_agents(world, w, enclose(world, w), FIRST_ROW, sizes.height - 1, 1, sizes.width - 1)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """The first free cells side by side are the room and the place beside it; without any nothing happens."""
    sizes = world.sizes
    for w in range(first, last):
        state = State(world, w)
        state.inside = state.beside = NONE
        for a in range(sizes.num_agents):
            state.home[a, 0], state.home[a, 1] = world.position[w, a, 0], world.position[w, a, 1]
        for q in range(sizes.height * (sizes.width - 1)):
            row, col = q // (sizes.width - 1), q % (sizes.width - 1)
            if code_at(world, w, row, col) == EMPTY and code_at(world, w, row, col + 1) == EMPTY:
                state.row, state.col = row, col
                enter(world, w, 0)
                break


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Take what is claimed, and let the next one in."""
    n = world.sizes.num_agents
    for w in range(first, last):
        state, been = State(world, w), 0
        if state.inside == NONE:
            continue
        for a in range(n):
            been += state.been[a]
        if world.action[w, state.inside] == TELL:
            world.score[w] += 1.0 if been == n else -1.0
            state.claimed = 1
        enter(world, w, world.clock[w, ROUND] + 1)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Half the share of the agents that have been in the room."""
    n = world.sizes.num_agents
    for w in range(first, last):
        been = 0
        for a in range(n):
            been += State(world, w).been[a]
        world.potential[w, :] = 0.5 * been / n


class Switch(Scenario):
    """One in the room at a time."""

    name = "switch"
    agents = (Kind("A", "prisoner", (0, 114, 178)),)
    extra_actions = ("TELL",)
    senses = (
        Sense("inside", "1 if you are in the room in this round", 1),
        Sense("day", "day of the game, from 1", 4 * MOST - 6),
    )
    masks = True
    limits_speech = True
    events = (Event("claimed", "score"),)
    badges = (
        Badge("been", "has been there", ((1, "+", "has been in the room"),), secret=True),
        Badge("move", "tells", ((TELL, "!", "says that all have been there"),)),
    )
    defaults: ClassVar[Mapping[str, Any]] = {
        "num_agents": 3, "height": 6, "width": 6, "view_size": 3, "max_rounds": 60,
        "message_range": 1,
    }  # fmt: skip
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    def check(self) -> None:
        """Check that the room lies apart from the cells."""
        config = self.config
        if config.num_agents > MOST:
            raise ConfigError(f"switch: num_agents={config.num_agents}: must be at most {MOST}.")
        rows = -(-config.num_agents // max(config.width - 2, 1))
        needed = rows + FIRST_ROW + 1
        if config.width < 4 or config.height < needed:
            raise ConfigError(
                f"switch: a map of {config.height} x {config.width} is too small for the cells of "
                f"{config.num_agents} agents apart from the room. Set height={needed}, "
                f"width={max(config.width, 4)}."
            )

    def facts(self) -> Mapping[str, Any]:
        """The number of agents."""
        return {"agents": self.config.num_agents}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """Each game is won, lost or neither."""
        games = float(-(-rounds // max(4 * self.config.num_agents - 6, 1)))
        return -games, games

    def words(self) -> str:
        """The task in plain words."""
        n = self.config.num_agents
        return (
            f"A game of {max(4 * n - 6, 1)} days, one a round, again and again. Each day one of the {n} "
            "prisoners, drawn at random, is in a room; you sense whether it is you. Only who is in the room "
            "can act: TELL claims that every prisoner has been in the room since day 1. If that is true the "
            "team wins a point, else it loses one, and the rest of the game is without effect. What you say "
            "in the room is heard only by who is in it on the next day; what is said elsewhere is not heard."
        )


SCENARIO = Switch
