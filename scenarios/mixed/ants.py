"""Carry food to the nest; no ant sees farther than one cell, but who carries leaves a scent.

The nest is in the middle, where all start, and piles of food lie far from it. An agent sees and smells the
cells around it only. Who steps on food while carrying none takes one portion of it; who comes to the nest
with one delivers it: a point for all. An agent that carries food adds 1 to the scent of its cell each round.
Scent fades to the share `keep` a round, and a share of what is left spreads evenly to the four neighbours.
With `scent=0` none is left: the difference is what traces in the environment are worth (stigmergy).

Reward `shaped` adds the change of a potential: half a point for an agent that carries food, minus its
distance to the nest (with food) or to the nearest food, over (height + width).

Our own. Agents know where they are, so the way home is no riddle; the way to the food is.
"""

from swarm_env.scenarios.common import distance_on_floor, enclose, option, require_room, require_size

from swarm_env.engine import (
    EMPTY,
    PRESENT,
    RANGE,
    ScenarioState,
    WorldArrays,
    below,
    code_at,
    diffuse,
    index,
    kernel,
    lay,
    place_agent,
    set_mark,
)
from swarm_env.scenario import Event, Kind, Layer, NoOptions, Scenario, Traits

SCENT, FOOD, NEST = 0, 1, 2  # layers
MOST_SCENT, PORTIONS = 10.0, 200.0  # PORTIONS: of a pile
SPREAD, LEAST = 0.05, 0.02  # of scent
PILES, LEAVES, KEEP = 0, 1, 2  # options


class State(ScenarioState):
    """None: all is on the map."""


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Put the nest into the middle and the agents around it; draw piles in the outer ring of the map."""
    sizes = world.sizes
    for w in range(first, last):
        key = enclose(world, w)
        row, col = sizes.height // 2, sizes.width // 2
        for i in range(row - 1, row + 2):
            for j in range(col - 1, col + 2):
                world.floor[w, NEST, index(world, i, j)] = 1.0
        a, reach = 0, 0
        while a < sizes.num_agents:
            for i in range(max(row - reach, 1), min(row + reach, sizes.height - 2) + 1):
                for j in range(max(col - reach, 1), min(col + reach, sizes.width - 2) + 1):
                    if a < sizes.num_agents and code_at(world, w, i, j) == EMPTY:
                        place_agent(world, w, a, i, j, 0)
                        a += 1
            reach += 1
        placed = i = 0
        while placed < world.options[PILES]:
            y, x = 1 + below(key, i, sizes.height - 2), 1 + below(key, i + 1, sizes.width - 2)
            i += 2
            far = max(abs(y - row) / (sizes.height // 2), abs(x - col) / (sizes.width // 2))
            if far > 0.6 and world.floor[w, FOOD, index(world, y, x)] == 0:
                world.floor[w, FOOD, index(world, y, x)] = PORTIONS
                placed += 1


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Nothing."""


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Take, deliver, leave scent; let it fade and spread."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            if world.active[w, a] != PRESENT:
                continue
            row, col = world.position[w, a, 0], world.position[w, a, 1]
            q = index(world, row, col)
            if world.mark[w, a] and world.floor[w, NEST, q] > 0:
                set_mark(world, w, a, 0)
                world.score[w] += 1
            elif not world.mark[w, a] and world.floor[w, FOOD, q] > 0:
                world.floor[w, FOOD, q] -= 1
                set_mark(world, w, a, 1)
            if world.mark[w, a] and world.options[LEAVES] > 0:
                lay(world, w, SCENT, row, col, 1.0, MOST_SCENT)
        if world.options[LEAVES] > 0:
            diffuse(world, w, SCENT, world.options[KEEP], SPREAD, LEAST)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Half a point for carrying food, minus the distance to the nest, or else to the nearest food."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            mark = world.mark[w, a]
            world.potential[w, a] = 0.5 * mark - distance_on_floor(world, w, a, NEST if mark else FOOD)


class AntsOptions(NoOptions):
    """Food and scent."""

    piles: int = option(2, 1, 1000, "piles of food")
    scent: int = option(1, 0, 1, "whether agents that carry food leave a scent")
    keep: float = option(0.98, 0.0, 1.0, "share of the scent that is left after a round")


class Ants(Scenario):
    """An ant hill."""

    name = "ants"
    floor = (
        Layer("s", "scent", (120, 180, 220), MOST_SCENT),
        Layer("f", "food", (0, 158, 115), PORTIONS),
        Layer("N", "nest", (240, 228, 66)),
    )
    agents = (Kind("a", "ant", (110, 90, 80)), Kind("A", "ant with food", (150, 60, 0)))
    events = (Event("delivery", "score"),)
    Options = AntsOptions
    State = State
    reset, begin, update, potential = reset, begin, update, potential

    def traits(self, a: int) -> Traits:
        """All see and smell the cells around them only."""
        return Traits(sight=1)

    def check(self) -> None:
        """Check that agents and piles fit."""
        require_size(self.config, 7, 7, "for food far from the nest")
        inner = (self.config.height - 2) * (self.config.width - 2)
        require_room(self.config, inner - self.config.options["piles"], "beside the food")

    def facts(self) -> dict[str, int]:
        """Where the nest is."""
        return {"nest row": self.config.height // 2, "nest column": self.config.width // 2}

    def words(self) -> str:
        """The task in plain words."""
        return (
            "You are ants. Bring food (f) to the nest (N) in the middle of the map. You take a portion by "
            "stepping on food and deliver it by stepping on the nest; each portion is a point for all. You "
            "see only the cells around you. "
            + (
                "Whoever carries food leaves scent (s) on its way, which fades and spreads: it shows others "
                "the way to the food."
                if self.config.options["scent"]
                else "Remember where food is."
            )
        )


SCENARIO = Ants
