"""What scenarios of particles share: how they start, what they measure, and how that is scored."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import (
    EPISODE,
    RANGE,
    RESET,
    ROUND,
    Sensing,
    WorldArrays,
    kernel,
    number_by_cell,
    reals,
    scatter,
    show_particles,
    stream,
    write_fields,
)
from swarm_env.scenario import Event, Kind, Scenario

FULL = 6.283185307179586  # 2 pi
LAW = 0  # the first option of all: 1: the law moves all agents, which perceive nothing
PARTICLE = Kind("A", "particle", (0, 114, 178))


class ParticleState(Sensing):
    """Measures of the last round, the first of which is scored, and the sum of that one over all rounds."""

    sums = reals(1)
    now = reals(3)


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw places and headings, evenly."""
    for w in range(first, last):
        scatter(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        number_by_cell(world, w, ParticleState(world, w))


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """The scored measure now."""
    for w in range(first, last):
        now = ParticleState(world, w).now[0]
        for a in range(world.sizes.num_agents):
            world.potential[w, a] = now


@kernel()
def show(world: WorldArrays, w: int) -> None:
    """Show all agents in their cells and, without the law, write what they perceive."""
    show_particles(world, w)
    if world.options[LAW] == 0:
        write_fields(world, w, ParticleState(world, w))


@kernel()
def add_score(world: WorldArrays, w: int) -> None:
    """Set the score to the mean over the rounds so far of the scored measure."""
    state = ParticleState(world, w)
    state.sums[0] += state.now[0]
    world.score[w] = state.sums[0] / (world.clock[w, ROUND] + 1)


class Particles(Scenario):
    """Base of scenarios of particles, whose `State` derives from `ParticleState`.

    Attributes:
        measured: Names of the numbers in `ParticleState.now`.
    """

    measured: tuple[str, ...] = ("order",)
    space, has_prompts = "torus", False
    defaults: ClassVar[Mapping[str, object]] = {"num_agents": 100, "height": 7, "width": 7}
    agents = (PARTICLE,)
    events = (Event("order", "score"),)
    State = ParticleState
    reset, potential = reset, potential

    def measures(self, world: WorldArrays) -> Mapping[str, NDArray[np.float64]]:
        """The measures of the last round."""
        now = np.array([self.State(world, w).now for w in range(len(world.score))])
        return dict(zip(self.measured, now.T, strict=False))

    def facts(self) -> Mapping[str, float]:
        """How far an agent can turn in a round [radians]."""
        return {"turn": float(self.config.options["turn"])}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """A mean of numbers from 0 to 1."""
        return 0.0, 1.0
