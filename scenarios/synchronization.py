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
from swarm_env.scenarios.common import place_agents, require_room, require_size

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import RESET, below, stream
from swarm_env.engine.state import EPISODE, PRESENT, RANGE, WorldArrays, place_ring, set_mark
from swarm_env.scenario import Event, Kind, Scenario

SWITCH = 5
NOTHING_YET = 2  # memory[0]: the state that scored last: 0 off, 1 on, or this


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw places and lights."""
    sizes = world.sizes
    for w in range(first, last):
        place_ring(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, RESET)
        place_agents(world, w, key, 1, sizes.height - 1, 1, sizes.width - 1)
        lights = stream(key, 0, 0, RESET)
        for a in range(sizes.num_agents):
            set_mark(world, w, a, below(lights, a, 2))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Nothing has scored yet."""
    for w in range(first, last):
        world.memory[w, 0] = NOTHING_YET


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Flip lights, then score."""
    n = world.sizes.num_agents
    for w in range(first, last):
        lit, present = 0, 0
        for a in range(n):
            if world.active[w, a] == PRESENT:
                # Who switches cannot be foreseen: every light is set, if only to what it was.
                mark = np.int64(world.mark[w, a]) ^ (world.action[w, a] == SWITCH)
                set_mark(world, w, a, mark)
                lit += mark
                present += 1
        if present > 0 and (lit == 0 or lit == present):
            state = 1 if lit > 0 else 0
            if state != world.memory[w, 0]:
                world.score[w] += 1
                world.memory[w, 0] = state


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Share of lights that are as the next scoring state wants them."""
    n = world.sizes.num_agents
    for w in range(first, last):
        lit, present = 0, 0
        for a in range(n):
            if world.active[w, a] == PRESENT:
                lit += world.mark[w, a]
                present += 1
        good = lit
        if world.memory[w, 0] == 1:
            good = present - lit
        elif world.memory[w, 0] == NOTHING_YET:
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

    def check(self) -> None:
        """Refuse crowds and maps without an inside."""
        require_size(self.config, 3, 3, "to have an inside")
        require_room(self.config, (self.config.height - 2) * (self.config.width - 2), "inside the walls")

    def memory_size(self) -> int:
        """The state that scored last."""
        return 1

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """A round adds 1 at most, and nothing is ever taken away."""
        return 0.0, float(rounds)

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Every agent carries a light that is on or off. SWITCH flips your own light instead of moving. "
            "The team scores a point in "
            "each round after whose moves all lights are equal, all on or all off, provided that this "
            "differs from the state that scored "
            "last. So bring all lights to the same state, then all to the other, again and again, as often "
            "as you can."
        )


SCENARIO = Synchronization
