"""Water the seeds until they bloom; each needs several gardeners at once.

A whole scenario in one file:

    swarm run examples/garden.py

An outer ring of walls, seeds on random inner cells, agents on random free cells. One more action, WATER,
which is legal only beside a seed (above, below, left or right of it). After the moves of a round every seed
that at least `needed` neighbours watered becomes a flower, and the score rises by 1. The episode is over when
no seed is left.

Reward `shaped` adds the change of a potential: 0.2 for an agent beside a seed.
"""

from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from swarm_env import ConfigError, Scenario
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
    scratch,
    stream,
)
from swarm_env.scenario import Event, Kind, NoOptions

SEED, FLOWER = 3, 4  # codes: 0 free, 1 outside, 2 wall, then `statics` in their order
WATER = 5  # the first action after STAY, UP, DOWN, LEFT, RIGHT
SEEDS, NEEDED = 0, 1  # indices into world.options, in the order of Garden.Options


class State(ScenarioState):
    """What a garden remembers, and what it works in."""

    seeds_left = integer()  # that are still to bloom
    poured = scratch(np.int32, "cells")  # [q]: how often each cell was watered in this round


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw a new garden in each of the worlds."""
    sizes = world.sizes
    for w in range(first, last):
        place_ring(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, RESET)
        place, i = 0, 0
        while place < int(world.options[SEEDS]) + sizes.num_agents:
            row, col = 1 + below(key, i, sizes.height - 2), 1 + below(key, i + 1, sizes.width - 2)
            i += 2
            if code_at(world, w, row, col) != EMPTY:
                continue
            if place < int(world.options[SEEDS]):
                world.cells[w, index(world, row, col)] = SEED
            else:
                place_agent(world, w, place - int(world.options[SEEDS]), row, col, 0)
            place += 1


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Count the seeds on the map, whether it was drawn or comes from a picture."""
    for w in range(first, last):
        state = State(world, w)
        for q in range(world.cells.shape[1]):
            state.seeds_left += world.cells[w, q] == SEED
        allow(world, w)


@kernel()
def seeds_beside(world: WorldArrays, w: int, a: int) -> int:
    """How many of the four neighbours of an agent are seeds."""
    q, stride = index(world, world.position[w, a, 0], world.position[w, a, 1]), world.sizes.stride
    found = 0
    for step in (1, -1, stride, -stride):
        found += world.cells[w, q + step] == SEED
    return found


@kernel()
def allow(world: WorldArrays, w: int) -> None:
    """Let agents beside a seed water."""
    for a in range(world.sizes.num_agents):
        if world.active[w, a] == PRESENT:
            world.allowed[w, a, WATER] = seeds_beside(world, w, a) > 0


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Let the seeds bloom that were watered enough."""
    stride, n = world.sizes.stride, world.sizes.num_agents
    for w in range(first, last):
        state, cells = State(world, w), world.cells[w]
        for task in range(3):  # pour, bloom, dry up
            for a in range(n):
                if world.active[w, a] != PRESENT or world.action[w, a] != WATER:
                    continue
                q = index(world, world.position[w, a, 0], world.position[w, a, 1])
                for step in (1, -1, stride, -stride):
                    if task == 0:
                        state.poured[q + step] += 1
                    elif task == 2:
                        state.poured[q + step] = 0
                    elif cells[q + step] == SEED and state.poured[q + step] >= int(world.options[NEEDED]):
                        cells[q + step] = FLOWER
                        world.score[w] += 1
                        state.seeds_left -= 1
        world.over[w] = state.seeds_left == 0
        allow(world, w)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """0.2 for an agent beside a seed."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT:
                world.potential[w, a] = 0.2 if seeds_beside(world, w, a) > 0 else 0.0


class Garden(Scenario):
    """Seeds and flowers."""

    name = "garden"
    statics = (Kind("s", "seed", (150, 110, 60), "round"), Kind("Y", "flower", (220, 60, 130), "star"))
    extra_actions = ("WATER",)
    masks = True
    scripted: ClassVar[str] = str(
        Path(__file__).with_name("garden_agent.py")
    )  # the agent that plays it by default
    events = (Event("flower", "score"),)
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings of the garden: `--set seeds=10`, or `parallel_env(..., seeds=10)`."""

        seeds: int = Field(default=6, ge=1, description="seeds at the start")
        needed: int = Field(default=2, ge=1, le=4, description="gardeners that a seed needs at once")

    def check(self) -> None:
        """Check that agents and seeds fit on the map."""
        config = self.config
        free = max(config.height - 2, 0) * max(config.width - 2, 0)
        wanted = config.num_agents + int(config.options["seeds"])
        if free < wanted:
            raise ConfigError(
                f"garden: {wanted} agents and seeds do not fit on the {free} free cells of a map of "
                f"{config.height} x {config.width}; make height and width larger."
            )

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Water all seeds (s). A seed becomes a flower (Y) when at least "
            f"{int(self.config.options['needed'])} of you stand beside it (above, below, left or right) and "
            "choose WATER in the same round. You may water only beside a seed. Each flower scores a point "
            "for the team."
        )


SCENARIO = Garden
