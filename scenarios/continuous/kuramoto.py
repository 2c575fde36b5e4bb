"""Beat together: coupled oscillators of Kuramoto, as a law or as a task, on particles that stand or move.

The heading of an agent is its phase. Each has a natural frequency of its own, from a Lorentzian (Cauchy)
distribution around 0 with the half width `spread`: with `even=1` the N of its quantiles (i + 1/2) / N, in
drawn order, with `even=0` drawn one by one. What lies within one cell of an agent, itself
included, are its n neighbours. In a round, which lasts `step`,

- its phase advances by `step` times its frequency;
- with `law=1` also by `step` times coupling / n times the sum of sin(neighbour's phase - its own); with
  `law=0` by what it chose: LEFT and RIGHT half of `turn`, HARD_LEFT and HARD_RIGHT all of it; with
  `action="box"` a number from -1 to 1 times `turn`;
- noise advances it further, by an angle drawn evenly from -noise / 2 to noise / 2 [radians];
- it moves by `speed` cells in the direction of its phase (0: it stands).

With `law=0` an agent perceives its own phase and those of its neighbours in `field`, and not its frequency.

The order is the length of the mean of all phases as unit vectors: 1 if all beat together. The score is the
mean order of the rounds so far.

Reward `shaped` adds the change of a potential: the order now.

The law: Y. Kuramoto, "Self-entrainment of a population of coupled non-linear oscillators", Lecture Notes in
Physics 39, 420 (1975). Where all are neighbours of all, as in a map of one cell, the order of very many
oscillators is 0 below coupling = 2 spread, and sqrt(1 - 2 spread / coupling) above. Rounds are steps of
Euler. The task, its actions and the noise are ours.
"""

import numpy as np
from swarm_env.scenarios.common import option
from swarm_env.scenarios.continuous.particles import FULL, LAW, Particles, ParticleState, add_score, show

from swarm_env.engine import (
    EPISODE,
    RANGE,
    RESET,
    ROUND,
    UPDATE,
    USER,
    WorldArrays,
    below,
    kernel,
    move_particle,
    order_now,
    reals,
    settle,
    sincos,
    sort_particles,
    stream,
    sum_near,
    turn_chosen,
    turn_particle,
    unit,
)
from swarm_env.scenario import NoOptions

COUPLING, SPREAD, EVEN, STEP, NOISE, SPEED, TURN = 1, 2, 3, 4, 5, 6, 7  # options
UNIT = 32768.0  # length of a heading


class State(ParticleState):
    """The natural frequencies."""

    frequency = reals("agents")  # [radians per time]


@kernel()
def draw_frequencies(world: WorldArrays, w: int, state: State, key: np.uint64) -> None:
    """Draw the natural frequencies: tan(pi (u - 1/2)) of even u, or of evenly spaced ones in drawn order."""
    n, even = world.sizes.num_agents, world.options[EVEN] > 0
    for a in range(n):
        u = (a + 0.5) / n if even else unit(key, a)
        s, c = sincos((u - 0.5) / 2.0)
        state.frequency[a] = world.options[SPREAD] * s / max(c, 1e-12)
    for i in range(n - 1 if even else 0):
        j = i + below(key, i, n - i)
        state.frequency[i], state.frequency[j] = state.frequency[j], state.frequency[i]


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the frequencies, and the phases of agents that a layout put on the map."""
    for w in range(first, last):
        settle(world, w, stream(world.seed[w], world.clock[w, EPISODE], 0, RESET))
        show(world, w)
        state, key = State(world, w), stream(world.seed[w], world.clock[w, EPISODE], 0, USER)
        draw_frequencies(world, w, state, key)
        state.now[0] = order_now(world, w)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Advance all phases, move, and score."""
    for w in range(first, last):
        state, options = State(world, w), world.options
        key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
        law, step = options[LAW] > 0, options[STEP] / FULL
        particles = sort_particles(world, w, state) if law else world.sizes.num_agents
        for i in range(particles):
            a, turns = i, 0.0
            if law:
                a = int(state.order[i])
                n, down, right = sum_near(world, w, state, particles, i)
                y, x = float(world.heading[w, a, 0]), float(world.heading[w, a, 1])
                turns = step * options[COUPLING] * ((y * right - x * down) / (UNIT * UNIT * n))
            else:
                turns = turn_chosen(world, w, a, options[TURN] / FULL)
            move_particle(world, w, a, options[SPEED])
            turns += step * state.frequency[a] + options[NOISE] / FULL * (unit(key, a) - 0.5)
            turn_particle(world, w, a, 0.0, 0.0, turns)
        show(world, w)
        state.now[0] = order_now(world, w)
        add_score(world, w)


class KuramotoOptions(NoOptions):
    """The law and its numbers."""

    law: int = option(0, 0, 1, "1: the law couples all agents, actions are ignored")
    coupling: float = option(3.0, 0.0, 1000.0, "coupling K of the law [radians per time]")
    spread: float = option(0.5, 0.0, 100.0, "half width of the natural frequencies [radians per time]")
    even: int = option(1, 0, 1, "1: frequencies are spaced as their distribution, 0: drawn one by one")
    step: float = option(0.1, 0.0001, 1.0, "time of a round")
    noise: float = option(0.0, 0.0, FULL, "width of the noise [radians]")
    speed: float = option(0.0, 0.0, 1.0, "cells an agent moves in a round")
    turn: float = option(0.5, 0.0, FULL / 2, "greatest advance that an agent can choose in a round [radians]")


class Kuramoto(Particles):
    """Coupled oscillators."""

    name = "kuramoto"
    State = State
    Options = KuramotoOptions
    begin, update = begin, update

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Each agent is a clock hand that turns at a speed of its own, which it does not know. Turn so "
            "that all point the same way: the score is the mean, over the rounds, of the length of the mean "
            "direction. You perceive the directions and places of the agents within one cell of you, in your "
            "own frame."
        )


SCENARIO = Kuramoto
