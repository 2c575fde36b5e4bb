"""Head the same way: the model of Vicsek and others, as a law of motion or as a task.

Agents move at the same speed on a torus. What lies within one cell of an agent, itself included, are its
neighbours; the height and width of the map are the sides of the box in units of that radius. In a round

- every agent moves ahead by `speed` cells;
- it turns: with `law=1` to the mean direction of its neighbours before the round (its own direction if that
  is 0, our choice), with `law=0` by what it chose, LEFT and RIGHT by half of `turn`, HARD_LEFT and HARD_RIGHT
  by all of it;
- noise turns it further, by an angle drawn evenly from -noise / 2 to noise / 2 [radians].

With `law=0` an agent senses the mean heading of its neighbours, itself included, by its two components along
its own heading and to its left; 128 is 0, and 1 and 255 are -1 and 1 (our choice).

The order is the length of the mean of all headings: 1 if all head the same way, about 0 if they do not care.
The score is the mean order of the rounds so far.

Reward `shaped` adds the change of a potential: the order now.

The law: T. Vicsek, A. Czirók, E. Ben-Jacob, I. Cohen, O. Shochet, "Novel type of phase transition in a
system of self-driven particles", Physical Review Letters 75, 1226 (1995). The task (`law=0`) and its actions
are ours.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.common import option

from swarm_env.engine import (
    EPISODE,
    RANGE,
    RESET,
    ROUND,
    UPDATE,
    Neighbours,
    WorldArrays,
    gather_order,
    kernel,
    move_particle,
    number_by_cell,
    order_now,
    reals,
    scatter,
    settle,
    show_particles,
    sort_particles,
    stream,
    sum_near,
    turn_chosen,
    turn_particle,
    unit,
)
from swarm_env.scenario import Event, Kind, NoOptions, Scenario, Sense

LAW, NOISE, SPEED, TURN = 0, 1, 2, 3  # options
FULL = 6.283185307179586  # 2 pi
UNIT = 32768.0  # length of a heading
NONE_FELT, MOST_FELT = 128.0, 126.9  # the sense of 0, and how far 1 is from it; rounding keeps within 1 … 255


class State(Neighbours):
    """The sum of the orders of all rounds."""

    orders = reals(1)


@kernel()
def feel(world: WorldArrays, w: int) -> None:
    """Write what each agent senses of the headings around it."""
    state = State(world, w)
    particles = sort_particles(world, w, state)
    for i in range(particles):
        a = int(state.order[i])
        count, down, right = sum_near(world, w, state, particles, i)
        own_down, own_right = np.int64(world.heading[w, a, 0]), np.int64(world.heading[w, a, 1])
        along, left = down * own_down + right * own_right, right * own_down - down * own_right
        scale = MOST_FELT / (UNIT * UNIT * count)
        world.sense[w, a, 0] = np.uint8(NONE_FELT + np.floor(along * scale + 0.5))
        world.sense[w, a, 1] = np.uint8(NONE_FELT + np.floor(left * scale + 0.5))


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw places and headings."""
    for w in range(first, last):
        scatter(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        number_by_cell(world, w, State(world, w))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the headings of agents that a layout put on the map."""
    for w in range(first, last):
        settle(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        show_particles(world, w)
        if world.options[LAW] == 0:
            feel(world, w)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Turn, move, and score."""
    for w in range(first, last):
        state = State(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
        noise, law = world.options[NOISE] / FULL, world.options[LAW] > 0
        particles = sort_particles(world, w, state) if law else world.sizes.num_agents
        for i in range(particles):
            a, down, right, turns = i, 0, 0, 0.0
            if law:
                a = int(state.order[i])
                _, down, right = sum_near(world, w, state, particles, i)
            else:
                turns = turn_chosen(world, w, a, world.options[TURN] / FULL)
            move_particle(world, w, a, world.options[SPEED])
            turn_particle(world, w, a, float(down), float(right), turns + noise * (unit(key, a) - 0.5))
        show_particles(world, w)
        if not law:
            feel(world, w)
        state.orders[0] += order_now(world, w)
        world.score[w] = state.orders[0] / (world.clock[w, ROUND] + 1)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """The order now."""
    for w in range(first, last):
        order = order_now(world, w)
        for a in range(world.sizes.num_agents):
            world.potential[w, a] = order


class VicsekOptions(NoOptions):
    """The law and its numbers."""

    law: int = option(0, 0, 1, "1: the law turns all agents, actions are ignored")
    noise: float = option(1.0, 0.0, FULL, "width of the noise [radians]")
    speed: float = option(0.1, 0.0, 1.0, "cells an agent moves in a round")
    turn: float = option(1.0, 0.0, FULL / 2, "greatest turn of an agent in a round [radians]")


class Vicsek(Scenario):
    """Self-driven particles."""

    name = "vicsek"
    space, has_prompts = "torus", False
    defaults = {"num_agents": 100, "height": 7, "width": 7}
    agents = (Kind("A", "particle", (0, 114, 178)),)
    senses = (
        Sense("ahead", "mean heading of those near, along one's own", 255),
        Sense("left", "mean heading of those near, to the left", 255),
    )
    events = (Event("order", "score"),)
    Options = VicsekOptions
    State = State
    reset, begin, update, potential = reset, begin, update, potential

    def measures(self, world: WorldArrays) -> Mapping[str, NDArray[np.float64]]:
        """The order now."""
        return {"order": gather_order(world)}

    def facts(self) -> Mapping[str, float]:
        """How far an agent can turn."""
        return {"turn": float(self.config.options["turn"])}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """A mean of orders."""
        return 0.0, 1.0

    def words(self) -> str:
        """The task in plain words."""
        return (
            "All agents move ahead all the time, on a map without borders. Turn so that all agents head the "
            "same way: the score is the mean, over the rounds, of the length of the mean heading. You sense "
            "the mean heading of the agents within one cell of you, along your own and to your left."
        )


SCENARIO = Vicsek
