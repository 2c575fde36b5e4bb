"""Head the same way: the model of Vicsek and others, as a law of motion or as a task.

Agents move at the same speed on a torus. What lies within one cell of an agent, itself included, are its
neighbours; the height and width of the map are the sides of the box in units of that radius. In a round

- every agent moves ahead by `speed` cells;
- it turns: with `law=1` to the mean direction of its neighbours before the round (its own direction if that
  is 0, our choice), with `law=0` by what it chose, LEFT and RIGHT by half of `turn`, HARD_LEFT and HARD_RIGHT
  by all of it;
- noise turns it further, by an angle drawn evenly from -noise / 2 to noise / 2 [radians].

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
    move_body,
    number_by_cell,
    order_now,
    reals,
    scatter,
    settle,
    show_bodies,
    sort_bodies,
    stream,
    sum_near,
    turn_body,
    turn_chosen,
    unit,
)
from swarm_env.scenario import Event, Kind, NoOptions, Scenario

LAW, NOISE, SPEED, TURN = 0, 1, 2, 3  # options
FULL = 6.283185307179586  # 2 pi


class State(Neighbours):
    """The sum of the orders of all rounds."""

    orders = reals(1)


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
        show_bodies(world, w)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Turn, move, and score."""
    for w in range(first, last):
        state = State(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
        noise, law = world.options[NOISE] / FULL, world.options[LAW] > 0
        if law:
            bodies = sort_bodies(world, w, state)
        else:
            bodies = world.sizes.num_agents
        for i in range(bodies):
            a, down, right, turns = i, 0, 0, 0.0
            if law:
                a = int(state.order[i])
                _, down, right = sum_near(world, w, state, bodies, i)
            else:
                turns = turn_chosen(world, w, a, world.options[TURN] / FULL)
            move_body(world, w, a, world.options[SPEED])
            turn_body(world, w, a, float(down), float(right), turns + noise * (unit(key, a) - 0.5))
        show_bodies(world, w)
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
    agents = (Kind("A", "particle", (0, 114, 178)),)
    events = (Event("order", "score"),)
    Options = VicsekOptions
    State = State
    reset, begin, update, potential = reset, begin, update, potential

    def measures(self, world: WorldArrays) -> Mapping[str, NDArray[np.float64]]:
        """The order now."""
        return {"order": gather_order(world)}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """A mean of orders."""
        return 0.0, 1.0

    def words(self) -> str:
        """The task in plain words."""
        return (
            "All agents move ahead all the time, on a map without borders. Turn so that all agents head the "
            "same way: the score is the mean, over the rounds, of the length of the mean heading. You see "
            "the agents within one cell of you."
        )


SCENARIO = Vicsek
