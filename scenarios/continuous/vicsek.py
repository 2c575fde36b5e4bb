"""Head the same way: the model of Vicsek and others, as a law of motion or as a task.

Agents move at the same speed on a torus. What lies within one cell of an agent, itself included, are its
neighbours; the height and width of the map are the sides of the box in units of that radius. In a round

- every agent moves ahead by `speed` cells;
- it turns: with `law=1` to the mean direction of its neighbours before the round (its own direction if that
  is 0, our choice), with `law=0` by what it chose, LEFT and RIGHT by half of `turn`, HARD_LEFT and HARD_RIGHT
  by all of it; with `action="box"` by a number from -1 to 1 times `turn`, to the left;
- noise turns it further, by an angle drawn evenly from -noise / 2 to noise / 2 [radians].

With `law=0` an agent perceives in `field` its own heading, and the headings and places of its neighbours in
its own frame.

The order is the length of the mean of all headings: 1 if all head the same way, about 0 if they do not care.
The score is the mean order of the rounds so far.

Reward `shaped` adds the change of a potential: the order now.

The law: T. Vicsek, A. Czirók, E. Ben-Jacob, I. Cohen, O. Shochet, "Novel type of phase transition in a
system of self-driven particles", Physical Review Letters 75, 1226 (1995). The task (`law=0`) and its actions
are ours.
"""

from swarm_env.scenarios.common import option
from swarm_env.scenarios.continuous.particles import FULL, LAW, Particles, ParticleState, add_score, show

from swarm_env.engine import (
    EPISODE,
    RANGE,
    RESET,
    ROUND,
    UPDATE,
    WorldArrays,
    kernel,
    move_particle,
    order_now,
    settle,
    sort_particles,
    stream,
    sum_near,
    turn_chosen,
    turn_particle,
    unit,
)
from swarm_env.scenario import NoOptions

NOISE, SPEED, TURN = 1, 2, 3  # options


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the headings of agents that a layout put on the map."""
    for w in range(first, last):
        settle(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        show(world, w)
        ParticleState(world, w).now[0] = order_now(world, w)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Turn, move, and score."""
    for w in range(first, last):
        state = ParticleState(world, w)
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
        show(world, w)
        state.now[0] = order_now(world, w)
        add_score(world, w)


class VicsekOptions(NoOptions):
    """The law and its numbers."""

    law: int = option(0, 0, 1, "1: the law turns all agents, actions are ignored")
    noise: float = option(1.0, 0.0, FULL, "width of the noise [radians]")
    speed: float = option(0.1, 0.0, 1.0, "cells an agent moves in a round")
    turn: float = option(1.0, 0.0, FULL / 2, "greatest turn of an agent in a round [radians]")


class Vicsek(Particles):
    """Self-driven particles."""

    name = "vicsek"
    Options = VicsekOptions
    begin, update = begin, update

    def words(self) -> str:
        """The task in plain words."""
        return (
            "All agents move ahead all the time, on a map without borders. Turn so that all agents head the "
            "same way: the score is the mean, over the rounds, of the length of the mean heading. You "
            "perceive the headings and places of the agents within one cell of you, in your own frame."
        )


SCENARIO = Vicsek
