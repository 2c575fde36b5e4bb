"""A game with a floor for tests: who steps on an apple eats it; all lay scent, which spreads and fades."""

from swarm_env.scenarios.common import enclose, place_inside, second_stream

from swarm_env.engine import (
    PRESENT,
    RANGE,
    WorldArrays,
    below,
    diffuse,
    index,
    kernel,
    lay,
)
from swarm_env.scenario import Kind, Layer, Scenario, Traits

APPLE, SCENT = 0, 1
KEEP, SPREAD, LEAST, MOST = 0.9, 0.2, 0.05, 5.0


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw apples and places."""
    for w in range(first, last):
        key = enclose(world, w)
        for i in range(20):
            row = 1 + below(key, 2 * i, world.sizes.height - 2)
            col = 1 + below(key, 2 * i + 1, world.sizes.width - 2)
            world.floor[w, APPLE, index(world, row, col)] = 1.0
        place_inside(world, w, second_stream(key))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Nothing."""


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Eat, lay scent, let it spread."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT:
                row, col = world.position[w, a, 0], world.position[w, a, 1]
                q = index(world, row, col)
                world.score[w] += world.floor[w, APPLE, q]
                world.floor[w, APPLE, q] = 0.0
                lay(world, w, SCENT, row, col, 1.0, MOST)
        diffuse(world, w, SCENT, KEEP, SPREAD, LEAST)


class Scented(Scenario):
    """Apples and scent on the floor."""

    name = "scented"
    floor = (Layer("o", "apple", (200, 0, 0)), Layer("s", "scent", (0, 200, 200), MOST))
    statics = (Kind("H", "hedge", (0, 90, 0)),)
    reset, begin, update, potential = reset, begin, update, begin

    def traits(self, a: int) -> Traits:
        """The first agent sees only its neighbours."""
        return Traits(sight=1 if a == 0 else None)


SCENARIO = Scented
