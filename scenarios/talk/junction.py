"""Cars on two crossing one-way roads brake or drive on; who says where it is need not crash.

The middle column is a road from top to bottom, the middle row one from left to right. In every round, after
the moves, a car may arrive at the start of each road with probability `arrival`, if one of the agents is not
on the road. A car brakes (STAY) or drives on by one cell (GAS); at the end of its road it leaves, and its
agent can come back as another car. Cars do not block each other: two or more in one cell crash, and drive on.
Cars see their own cell only (view 1), and sense their road.

A game lasts `length` rounds; then the roads are cleared, and the score rises by 1 if there was no crash in
it. Each car is paid -0.01 x the rounds since it arrived in every round, and -10 in a crash (private payoffs).

These are the rules of the easy level of Traffic Junction as released with IC3Net (A. Singh, T. Jain,
S. Sukhbaatar, "Learning when to communicate at scale in multiagent cooperative and competitive tasks", ICLR
2019; 5 cars, 7 x 7 cells, 20 rounds; its curriculum raises the arrival probability from 0.1 to 0.3, here it
is fixed). Our choice: which agent a new car is (the one of the lowest number).

Silent value: 0.29 for cars that never brake (0.2885 with the released code). Ideal value: 1, reached by a
rule that sees all cars: of two cars before the crossing the one brakes behind which there is a gap.

Reward `shaped` equals the change of the payoff: the potential is 0.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from swarm_env.scenarios.common import option

from swarm_env.engine import (
    EMPTY,
    EPISODE,
    PRESENT,
    RANGE,
    ROUND,
    USER,
    WALL,
    ScenarioState,
    WorldArrays,
    index,
    integer,
    integers,
    kernel,
    place_agent,
    stream,
    take_away,
    unit,
)
from swarm_env.errors import ConfigError
from swarm_env.scenario import Event, Kind, NoOptions, Scenario, Sense

GAS = 5
DOWN_ROAD, RIGHT_ROAD = 1, 2
ARRIVAL, LENGTH = 0, 1  # indices into world.options
ROAD, WAITED = 0, 1  # indices into sense
CRASH, WAIT = -10.0, -0.01  # payoffs


class State(ScenarioState):
    """The cars of a game."""

    crashed = integer()  # 1 if there was a crash in this game
    road = integers("agents")  # DOWN_ROAD or RIGHT_ROAD of the car, 0 for an agent that is not on the road
    waited = integers("agents")  # rounds since it arrived


@kernel()
def drive(world: WorldArrays, w: int) -> None:
    """Let the cars of one world drive on; those at the end of their road leave."""
    state, sizes = State(world, w), world.sizes
    for a in range(sizes.num_agents):
        if world.active[w, a] != PRESENT:
            continue
        row, col = world.position[w, a, 0], world.position[w, a, 1]
        state.waited[a] += 1
        world.cells[w, index(world, row, col)] = EMPTY
        if world.action[w, a] == GAS:
            down = state.road[a] == DOWN_ROAD
            row, col = row + down, col + (not down)
            if row >= sizes.height or col >= sizes.width:
                clear(world, w, a)
            else:
                world.position[w, a, 0], world.position[w, a, 1] = row, col


@kernel()
def clear(world: WorldArrays, w: int, a: int) -> None:
    """Take a car off the road."""
    take_away(world, w, a, 1)
    State(world, w).road[a] = 0
    world.sense[w, a, :] = 0


@kernel()
def arrive(world: WorldArrays, w: int, time: int) -> None:
    """Let new cars arrive after `time` rounds."""
    state, sizes = State(world, w), world.sizes
    key = stream(world.seed[w], world.clock[w, EPISODE], time, USER)
    for road in (DOWN_ROAD, RIGHT_ROAD):
        if unit(key, road) >= world.options[ARRIVAL]:
            continue
        for a in range(sizes.num_agents):
            if state.road[a] == 0:
                state.road[a], state.waited[a] = road, 0
                down = road == DOWN_ROAD
                place_agent(world, w, a, 0 if down else sizes.height // 2, sizes.width // 2 if down else 0, 0)
                break


@kernel()
def settle(world: WorldArrays, w: int) -> None:
    """Show the cars on the map, find the crashes, and pay."""
    state, n = State(world, w), world.sizes.num_agents
    for a in range(n):
        if world.active[w, a] != PRESENT:
            continue
        row, col, here = world.position[w, a, 0], world.position[w, a, 1], 0
        place_agent(world, w, a, row, col, 0)
        for b in range(n):
            here += (
                (world.active[w, b] == PRESENT)
                & (world.position[w, b, 0] == row)
                & (world.position[w, b, 1] == col)
            )
        world.payoff[w, a] += WAIT * state.waited[a]
        if here > 1:
            world.payoff[w, a] += CRASH
            state.crashed = 1
        world.sense[w, a, ROAD], world.sense[w, a, WAITED] = state.road[a], min(state.waited[a], 255)
        world.allowed[w, a, 1:GAS] = 0


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Put the agents somewhere; `begin` takes them off the road."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            place_agent(world, w, a, a // world.sizes.width, a % world.sizes.width, 0)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Build the two roads, without cars."""
    sizes = world.sizes
    for w in range(first, last):
        for a in range(sizes.num_agents):
            clear(world, w, a)
        for row in range(sizes.height):
            for col in range(sizes.width):
                road = row == sizes.height // 2 or col == sizes.width // 2
                world.cells[w, index(world, row, col)] = EMPTY if road else WALL


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Drive, arrive, crash; count the game at its end."""
    for w in range(first, last):
        time = world.clock[w, ROUND] + 1
        drive(world, w)
        arrive(world, w, time)
        settle(world, w)
        if time % int(world.options[LENGTH]) == 0:
            world.score[w] += 1 - State(world, w).crashed
            State(world, w).crashed = 0
            for a in range(world.sizes.num_agents):
                if world.active[w, a] == PRESENT:
                    clear(world, w, a)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """The payoffs say it all."""
    world.potential[first:last, :] = 0.0


class Junction(Scenario):
    """Two roads, one crossing."""

    name = "junction"
    agents = (Kind("A", "car", (0, 114, 178)),)
    private = True
    returns = True
    masks = True
    extra_actions = ("GAS",)
    senses = (
        Sense("road", "your road: 1 top to bottom, 2 left to right, 0 you are on none", 2),
        Sense("waited", "rounds since you arrived", 255),
    )
    events = (Event("game without crash", "score"),)
    defaults: ClassVar[Mapping[str, Any]] = {
        "num_agents": 5, "height": 7, "width": 7, "view_size": 1, "max_rounds": 20, "message_range": 7,
    }  # fmt: skip
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings of the traffic."""

        arrival: float = option(0.3, 0.0, 1.0, "probability of a new car at the start of each road, a round")
        length: int = option(20, 1, 10**6, "rounds of a game")

    def check(self) -> None:
        """Check that all agents have a cell before the game."""
        config = self.config
        if config.num_agents > config.height * config.width:
            raise ConfigError(
                f"junction: {config.num_agents} agents are more than the {config.height * config.width} "
                "cells of the map. Set num_agents lower."
            )

    def facts(self) -> Mapping[str, Any]:
        """Where the roads cross."""
        return {"crossing_row": self.config.height // 2, "crossing_col": self.config.width // 2}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """Each game adds 1 at most."""
        return 0.0, float(rounds // int(self.config.options["length"]))

    def words(self) -> str:
        """The task in plain words."""
        config, length = self.config, int(self.config.options["length"])
        return (
            f"Two one-way roads cross: column {config.width // 2} from top to bottom, row "
            f"{config.height // 2} from left to right. Cars arrive at the starts at random. You are a car "
            "while you are on a road: GAS drives on by one cell, STAY brakes. Cars in the same cell crash. "
            f"You see only your own cell, so tell the others where you are. Every {length} rounds the team "
            "scores a point if there was no crash. Waiting costs you a little, a crash a lot."
        )


SCENARIO = Junction
