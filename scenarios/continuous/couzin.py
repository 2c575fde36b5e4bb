"""Swarm, circle or travel: zones of repulsion, orientation and attraction, as a law or as a task.

The model of Couzin and others in two dimensions. A particle sees the others within one cell of it: the radius
of attraction is one cell, those of orientation and repulsion are `orientation` and `repulsion` cells. What
lies in the `blind` angle behind it is seen in the zone of repulsion alone. In a round

- with `law=1` a particle turns by at most `turn` to the direction that it wants: away from those in the zone
  of repulsion (minus the sum of the unit vectors to them) if there is one. Else to the sum of the headings of
  those in the zone of orientation, to the sum of the unit vectors to those in the zone of attraction, or to
  the mean of both if there are both. Its own direction if that is 0. With `law=0` it turns by what it chose:
  LEFT and RIGHT by half of `turn`, HARD_LEFT and HARD_RIGHT by all of it, or a number from -1 to 1 times
  `turn`;
- noise turns it further, by an angle drawn evenly from -noise / 2 to noise / 2 [radians];
- it moves ahead by `speed` cells.

All start in a square of `start` cells. With `law=0` an agent perceives its own heading, and the headings and
places of its neighbours, in `field`.

The order is the length of the mean heading; the rotation the length of the mean of the cross products of the
direction from the group's centre and the heading: 1 if all circle around it the same way. The score is the
mean over the rounds so far of the rotation, or of the order with `aim=0`.

Reward `shaped` adds the change of a potential: the scored measure now.

The model: I. Couzin, J. Krause, R. James, G. Ruxton, N. Franks, "Collective memory and spatial sorting in
animal groups", Journal of Theoretical Biology 218, 1 (2002). There space has three dimensions and no borders,
and noise is Gaussian; here it has two, on a torus, and noise is even. The task and its start are ours.
"""

from typing import ClassVar

import numpy as np
from swarm_env.scenarios.common import option
from swarm_env.scenarios.continuous.particles import FULL, LAW, Particles, ParticleState, add_score, show

from swarm_env.engine import (
    EPISODE,
    RANGE,
    RESET,
    ROUND,
    UPDATE,
    WorldArrays,
    group_now,
    integers,
    kernel,
    list_near,
    move_particle,
    order_now,
    put_particle,
    scatter,
    settle,
    sincos,
    sort_particles,
    stream,
    turn_chosen,
    turn_particle,
    turn_towards,
    unit,
)
from swarm_env.scenario import NoOptions

# Options.
AIM, REPULSION, ORIENTATION, BLIND, NOISE, SPEED, TURN, START = 1, 2, 3, 4, 5, 6, 7, 8
UNIT, CELL = 32768.0, 16384.0  # length of a heading, units of distance in a cell


class State(ParticleState):
    """The directions that particles want, all decided before one moves."""

    wanted = integers("agents", 2)  # down, right; any length


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw places within the square in the middle, and headings."""
    for w in range(first, last):
        scatter(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        sizes, side = world.sizes, world.options[START]
        tall, wide = min(side / sizes.height, 1.0), min(side / sizes.width, 1.0)
        for a in range(sizes.num_agents):
            down = world.place[w, a, 0] * tall + (1.0 - tall) / 2.0 * 4294967296.0
            right = world.place[w, a, 1] * wide + (1.0 - wide) / 2.0 * 4294967296.0
            put_particle(world, w, a, int(down), int(right))


@kernel()
def look(world: WorldArrays, w: int, state: State) -> None:
    """Write what agents perceive, and the measures."""
    show(world, w)
    dispersion, rotation = group_now(world, w)
    order, scored = order_now(world, w), world.options[AIM] > 0
    state.now[0], state.now[1] = (rotation, order) if scored else (order, rotation)
    state.now[2] = dispersion


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the headings of agents that a layout put on the map."""
    for w in range(first, last):
        settle(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        look(world, w, State(world, w))


@kernel()
def want(world: WorldArrays, w: int, state: State, particles: int, i: int) -> None:
    """Write the direction that the i-th sorted particle wants; sums are of whole numbers."""
    options, a = world.options, int(state.order[i])
    near = options[REPULSION] * CELL
    middle = max(options[ORIENTATION], options[REPULSION]) * CELL
    _, blind = sincos(0.5 - options[BLIND] / (2.0 * FULL))  # cosine of the greatest angle that is seen
    own_down, own_right = float(world.heading[w, a, 0]), float(world.heading[w, a, 1])
    away_down, away_right, heads_down, heads_right, to_down, to_right = 0, 0, 0, 0, 0, 0
    for k in range(list_near(world, w, state, particles, i)):
        down, right = float(state.other_down[k]), float(state.other_right[k])
        distance = np.sqrt(down * down + right * right)
        scale = UNIT / max(distance, 1.0)
        y, x = int(np.floor(down * scale + 0.5)), int(np.floor(right * scale + 0.5))
        if distance <= near:
            away_down += y
            away_right += x
        elif down * own_down + right * own_right >= blind * distance * UNIT:
            if distance <= middle:
                heads_down += int(state.head_down[state.other[k]])
                heads_right += int(state.head_right[state.other[k]])
            else:
                to_down += y
                to_right += x
    if away_down != 0 or away_right != 0:
        state.wanted[a, 0], state.wanted[a, 1] = -away_down, -away_right
    else:  # the mean of both has the direction of their sum
        state.wanted[a, 0], state.wanted[a, 1] = heads_down + to_down, heads_right + to_right


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Turn, move, and score."""
    for w in range(first, last):
        state, options = State(world, w), world.options
        key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
        law, most = options[LAW] > 0, options[TURN] / FULL
        if law:
            particles = sort_particles(world, w, state)
            for i in range(particles):
                want(world, w, state, particles, i)
        for a in range(world.sizes.num_agents):
            turns = 0.0
            if law:
                turn_towards(world, w, a, float(state.wanted[a, 0]), float(state.wanted[a, 1]), most)
            else:
                turns = turn_chosen(world, w, a, most)
            turn_particle(world, w, a, 0.0, 0.0, turns + options[NOISE] / FULL * (unit(key, a) - 0.5))
            move_particle(world, w, a, options[SPEED])
        look(world, w, state)
        add_score(world, w)


class CouzinOptions(NoOptions):
    """The law and its numbers."""

    law: int = option(0, 0, 1, "1: the law turns all agents, actions are ignored")
    aim: int = option(1, 0, 1, "what is scored: 0 the order, 1 the rotation")
    repulsion: float = option(0.06, 0.0, 1.0, "radius of the zone of repulsion [cells]")
    orientation: float = option(0.25, 0.0, 1.0, "radius of the zone of orientation [cells]")
    blind: float = option(1.57, 0.0, FULL, "angle behind an agent in which it does not see [radians]")
    noise: float = option(0.1, 0.0, FULL, "width of the noise [radians]")
    speed: float = option(0.02, 0.0, 1.0, "cells an agent moves in a round")
    turn: float = option(0.1, 0.0, FULL / 2, "greatest turn of an agent in a round [radians]")
    start: float = option(1.0, 0.01, 65536.0, "side of the square in which all start [cells]")


class Couzin(Particles):
    """Animals that swarm, circle or travel."""

    name = "couzin"
    defaults: ClassVar = {"num_agents": 50, "height": 9, "width": 9}
    State = State
    Options = CouzinOptions
    reset, begin, update = reset, begin, update

    def check(self) -> None:
        """Name the scored measure first."""
        first = ("rotation", "order") if self.config.options["aim"] else ("order", "rotation")
        self.measured = (*first, "dispersion")

    def facts(self) -> dict[str, float]:
        """How far an agent can turn in a round [radians], and what is scored."""
        return {**super().facts(), "aim": float(self.config.options["aim"])}

    def words(self) -> str:
        """The task in plain words."""
        aim = (
            "circle around the centre of your group, all the same way"
            if self.config.options["aim"]
            else ("head the same way")
        )
        return (
            f"All agents move ahead all the time, on a map without borders. Turn so that you all {aim}: the "
            "score is the mean, over the rounds, of how far you do, from 0 to 1. You perceive the headings "
            "and places of the agents within one cell of you, in your own frame."
        )


SCENARIO = Couzin
