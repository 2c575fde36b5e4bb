"""Switch the lights so that all are on, then all off, then all on again.

An outer ring of walls; agents at random inner cells, each with a light (the mark) that is on or off at
random. One more action, SWITCH, flips one's own light instead of moving. After the moves of a round: if all
lights are equal and differ from the state that scored last, the score rises by 1 (equal lights at the very
start score in the first round). The episode ends at `max_rounds`.

Quirk of the rules, kept: with a single agent every SWITCH scores.

Reward `shaped` adds the change of a potential: the share of lights that differ from the state that scored
last (of equal lights before anything has scored). (Our choice; the published task has no reward but its
score.)

Rules: arXiv 2505.04364 and its released system.
"""

import numpy as np
from swarm_env.scenarios.common import enclose, place_inside, require_room, require_size, second_stream

from swarm_env.engine import PRESENT, RANGE, ScenarioState, WorldArrays, below, integer, kernel, set_mark
from swarm_env.scenario import Event, Kind, Scenario

SWITCH = 5
ALL_OFF, ALL_ON, NEITHER = 0, 1, 2


class State(ScenarioState):
    """The state of the lights that scored last."""

    scored = integer()  # ALL_OFF or ALL_ON; NEITHER at first


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw places and lights."""
    for w in range(first, last):
        key = enclose(world, w)
        place_inside(world, w, key)
        lights = second_stream(key)
        for a in range(world.sizes.num_agents):
            set_mark(world, w, a, below(lights, a, 2))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """No state has scored yet."""
    for w in range(first, last):
        State(world, w).scored = NEITHER


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Flip lights, then score."""
    n = world.sizes.num_agents
    for w in range(first, last):
        state, lit, present = State(world, w), 0, 0
        for a in range(n):
            if world.active[w, a] == PRESENT:
                # Switching is hard to predict, so every light is set, even if to its old value.
                mark = np.int64(world.mark[w, a]) ^ (world.action[w, a] == SWITCH)
                set_mark(world, w, a, mark)
                lit += mark
                present += 1
        if present > 0 and (lit == 0 or lit == present):
            lights = ALL_ON if lit > 0 else ALL_OFF
            if lights != state.scored:
                world.score[w] += 1
                state.scored = lights


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Fraction of the lights that are as in the next scoring state."""
    n = world.sizes.num_agents
    for w in range(first, last):
        scored, lit, present = State(world, w).scored, 0, 0
        for a in range(n):
            if world.active[w, a] == PRESENT:
                lit += world.mark[w, a]
                present += 1
        good = lit
        if scored == ALL_ON:
            good = present - lit
        elif scored == NEITHER:
            good = max(lit, present - lit)
        for a in range(n):
            world.potential[w, a] = good / max(present, 1)


class Synchronization(Scenario):
    """Lights in step."""

    name = "synchronization"
    agents = (
        Kind("a", "agent with its light off", (110, 110, 130)),
        Kind("A", "agent with its light on", (240, 200, 40)),
    )
    extra_actions = ("SWITCH",)
    events = (Event("all alike", "score"),)
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    def check(self) -> None:
        """Check that the map has an inside, and that the agents fit."""
        require_size(self.config, 3, 3, "to have an inside")
        require_room(self.config)

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """A round adds 1 at most, and nothing is ever taken away."""
        return 0.0, float(rounds)

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Every agent carries a light that is on or off. SWITCH flips your own light instead of moving. "
            "The team scores a point in each round after whose moves all lights are equal, all on or all "
            "off, provided that this differs from the state that scored last. So bring all lights to the "
            "same state, then all to the other, again and again, as often as you can."
        )


SCENARIO = Synchronization
