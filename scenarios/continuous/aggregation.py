"""Come together: agents in a square with walls, which see those within one cell, gather in one place.

An agent that hits the border of the map is thrown back. In a round

- every agent turns: with `law=1` to the mean place of its neighbours (it keeps its direction if it has none),
  with `law=0` by what it chose: LEFT and RIGHT by half of `turn`, HARD_LEFT and HARD_RIGHT by all of it, STOP
  not at all;
- noise turns it further, by an angle drawn evenly from -noise / 2 to noise / 2 [radians];
- it moves ahead by `speed` cells, but not after STOP. With `action="box"` an agent chooses two numbers from
  -1 to 1: its turn is the first times `turn`, to the left, its step (1 + the second) / 2 times `speed`.

With `law=0` an agent perceives its own heading, and the headings and places of its neighbours, in `field`.

The dispersion is the root mean square distance of all agents from their centre [cells], the closeness
1 / (1 + dispersion): 1 if all are in one place. The score is the mean closeness of the rounds so far.

Reward `shaped` adds the change of a potential: the closeness now.

Aggregation of agents that see a part of the others is one of the tasks of K. Cui, S. Hauck, C. Fabian, H.
Koeppl, "Learning Decentralized Partially Observable Mean Field Control for Artificial Collective Behavior"
(arXiv 2307.06175). The rules here, the score and all numbers are ours, not those of the paper.
"""

from typing import ClassVar

from swarm_env.scenarios.common import option
from swarm_env.scenarios.continuous.particles import FULL, LAW, Particles, ParticleState, add_score, show

from swarm_env.engine import (
    EPISODE,
    RANGE,
    RESET,
    ROUND,
    UPDATE,
    WorldArrays,
    drive_chosen,
    group_now,
    kernel,
    list_near,
    move_particle,
    order_now,
    settle,
    sort_particles,
    stream,
    turn_chosen,
    turn_particle,
    unit,
)
from swarm_env.scenario import NoOptions

NOISE, SPEED, TURN = 1, 2, 3  # options
STOP = 5  # action


@kernel()
def look(world: WorldArrays, w: int, state: ParticleState) -> None:
    """Write what agents perceive, and the measures."""
    show(world, w)
    dispersion, _ = group_now(world, w)
    state.now[0], state.now[1], state.now[2] = 1.0 / (1.0 + dispersion), dispersion, order_now(world, w)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the headings of agents that a layout put on the map."""
    for w in range(first, last):
        settle(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        look(world, w, ParticleState(world, w))


@kernel()
def turn_to_others(world: WorldArrays, w: int, state: ParticleState, particles: int, i: int) -> None:
    """Turn the i-th sorted particle to the mean place of its neighbours."""
    down, right = 0, 0
    for k in range(list_near(world, w, state, particles, i)):
        down += int(state.other_down[k])
        right += int(state.other_right[k])
    turn_particle(world, w, int(state.order[i]), float(down), float(right), 0.0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Turn, move, and score."""
    for w in range(first, last):
        state, options = ParticleState(world, w), world.options
        key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
        law = options[LAW] > 0
        if law:
            particles = sort_particles(world, w, state)
            for i in range(particles):
                turn_to_others(world, w, state, particles, i)
        for a in range(world.sizes.num_agents):
            turns, speed = 0.0, options[SPEED]
            if not law:
                turns = turn_chosen(world, w, a, options[TURN] / FULL)
                speed *= (
                    1.0 + drive_chosen(world, w, a, 1, -1.0 if world.action[w, a] == STOP else 1.0)
                ) / 2.0
            turn_particle(world, w, a, 0.0, 0.0, turns + options[NOISE] / FULL * (unit(key, a) - 0.5))
            move_particle(world, w, a, speed)
        look(world, w, state)
        add_score(world, w)


class AggregationOptions(NoOptions):
    """The law and its numbers."""

    law: int = option(0, 0, 1, "1: the law turns all agents, actions are ignored")
    noise: float = option(0.3, 0.0, FULL, "width of the noise [radians]")
    speed: float = option(0.1, 0.0, 1.0, "cells an agent moves in a round at most")
    turn: float = option(1.0, 0.0, FULL / 2, "greatest turn of an agent in a round [radians]")


class Aggregation(Particles):
    """Agents that gather."""

    name = "aggregation"
    space = "open"
    measured = ("closeness", "dispersion", "order")
    extra_actions = ("STOP",)
    drives = ("turn", "speed")
    defaults: ClassVar = {"num_agents": 100, "height": 3, "width": 3}
    Options = AggregationOptions
    begin, update = begin, update

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Gather in one place, on a map whose border throws you back. The score is the mean, over the "
            "rounds, of 1 / (1 + d), where d is the root mean square distance of all agents from their "
            "centre in cells. You perceive the headings and places of the agents within one cell of you, in "
            "your own frame. You move ahead all the time, unless you stop."
        )


SCENARIO = Aggregation
