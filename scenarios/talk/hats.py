"""Every agent sees the lights of all others but not its own, and guesses its own when it is its turn.

At the start of a game every agent gets a light, on or off with equal probability. Agents sense the lights of
all others (0 for their own, 1 off, 2 on). In round r of a game agent r guesses its own light, by GUESS_OFF or
GUESS_ON; any other action is a wrong guess. A right guess adds 1 / n to the score, so a game of n rounds
scores the share of right guesses; then the next game begins. Nobody walks, all may talk in every round,
and all can hear each other if `message_range` is large enough.

Silent value: 1/2 a guess, for every team, since the own light is independent of all that an agent sees.
Ideal value: 1 - 1 / (2 n) a game: the first to guess has heard nothing about the new lights, and is right in
half of the games; all others can know their light from what was said in the round before.

Reward `shaped` equals the score: the potential is 0.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from swarm_env.scenarios.common import require_room, require_size, reset_inside

from swarm_env.engine import (
    EPISODE,
    PRESENT,
    RANGE,
    ROUND,
    USER,
    ScenarioState,
    WorldArrays,
    below,
    integer,
    integers,
    kernel,
    stream,
)
from swarm_env.errors import ConfigError
from swarm_env.scenario import Badge, Event, Scenario, Sense

MOST = 16  # agents
GUESS_OFF, GUESS_ON, TURN = 5, 6, MOST


class State(ScenarioState):
    """The lights, and whose turn it is."""

    turn = integer()
    light = integers("agents")  # 0 off, 1 on


@kernel()
def show(world: WorldArrays, w: int) -> None:
    """Let all sense the lights of the others, and whose turn it is; only that agent may guess."""
    state, n = State(world, w), world.sizes.num_agents
    for a in range(n):
        present = world.active[w, a] == PRESENT
        for b in range(n):
            world.sense[w, a, b] = 1 + state.light[b] if present and b != a else 0
        world.sense[w, a, TURN] = 1 + state.turn if present else 0
        world.allowed[w, a, 1:] = 0
    world.allowed[w, state.turn, GUESS_OFF:] = 1


@kernel()
def deal(world: WorldArrays, w: int, time: int) -> None:
    """Draw the lights of the game that begins after `time` rounds."""
    state = State(world, w)
    key = stream(world.seed[w], world.clock[w, EPISODE], time, USER)
    state.turn = 0
    for a in range(world.sizes.num_agents):
        state.light[a] = below(key, a, 2)
    show(world, w)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Begin the first game."""
    for w in range(first, last):
        deal(world, w, 0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Take the guess of the agent whose turn it is."""
    n = world.sizes.num_agents
    for w in range(first, last):
        state = State(world, w)
        if world.action[w, state.turn] == GUESS_OFF + state.light[state.turn]:
            world.score[w] += 1.0 / n
        state.turn += 1
        if state.turn < n:
            show(world, w)
        else:
            deal(world, w, world.clock[w, ROUND] + 1)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """The score says it all."""
    world.potential[first:last, :] = 0.0


class Hats(Scenario):
    """Everybody's light but the own."""

    name = "hats"
    extra_actions = ("GUESS_OFF", "GUESS_ON")
    senses = (
        *(Sense(f"light_{a}", f"light of agent_{a}: 1 off, 2 on, 0 your own", 2) for a in range(MOST)),
        Sense("turn", "whose turn it is to guess (agent_0 is 1)", MOST),
    )
    masks = True
    events = (Event("guessed", "score"),)
    badges = (
        Badge("light", "light", ((0, "0", "its light is off"), (1, "1", "its light is on")), secret=True),
        Badge("move", "guesses", ((GUESS_OFF, "0?", "guesses off"), (GUESS_ON, "1?", "guesses on"))),
    )
    defaults: ClassVar[Mapping[str, Any]] = {
        "num_agents": 3, "height": 5, "width": 5, "view_size": 3, "max_rounds": 30,
        "message_range": 5,
    }  # fmt: skip
    reset, begin, update, potential = reset_inside, begin, update, potential
    State = State

    def check(self) -> None:
        """Check that the agents fit."""
        config = self.config
        if config.num_agents > MOST:
            raise ConfigError(f"hats: num_agents={config.num_agents}: must be at most {MOST}.")
        require_size(config, 3, 3, "to have an inside")
        require_room(config)

    def facts(self) -> Mapping[str, Any]:
        """The number of agents."""
        return {"agents": self.config.num_agents}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """Each round adds 1 / n at most."""
        return 0.0, rounds / self.config.num_agents

    def words(self) -> str:
        """The task in plain words."""
        n = self.config.num_agents
        return (
            f"Each of the {n} agents has a light, on or off by the toss of a coin. You sense the lights of "
            "all others, not your own. The agents take turns, in the order of their numbers: whose turn it "
            "is guesses its own light with GUESS_OFF or GUESS_ON, and a right guess scores 1 / "
            f"{n} point. After agent_{n - 1} all get new lights. So tell each other what you see."
        )


SCENARIO = Hats
