"""Bring items to the nest: few scouts see far but carry slowly, many carriers carry fast and see little.

A quarter of the agents (at least one) are scouts: they see as far as the view reaches. Carriers see the cells
around them only. Who steps on an item while carrying none takes it; who steps on the nest with one delivers
it, which is a point for all. A scout with an item steps in one of four rounds. For each item that was
delivered a new one appears. There are always `items` of them, on the floor, where nothing else lies.

Reward `shaped` adds the change of a potential: half a point for an agent with an item, minus its distance to
the nest (with an item) or to the nearest item, over (height + width).

Our own. What decides is whether scouts lead carriers to where they have seen items, with or without messages.
"""

from swarm_env.scenarios.common import (
    distance_on_floor,
    enclose,
    option,
    place_inside,
    require_room,
    require_size,
    second_stream,
)

from swarm_env.engine import (
    EMPTY,
    EPISODE,
    PRESENT,
    RANGE,
    RIGHT,
    ROUND,
    UP,
    UPDATE,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integer,
    kernel,
    set_mark,
    stream,
)
from swarm_env.scenario import Event, Kind, Layer, NoOptions, Scenario, Traits

ITEM, NEST = 0, 1  # layers
CARRIER, SCOUT = 0, 2  # marks of those who carry nothing; with an item one more
SLOW = 4  # rounds that a step of a scout with an item takes
ITEMS = 0  # option


class State(ScenarioState):
    """How many items have appeared in this round, so that each draws other numbers."""

    drawn = integer()


@kernel()
def scouts(num_agents: int) -> int:
    """How many agents are scouts: the first ones."""
    return max(num_agents // 4, 1)


@kernel()
def appear(world: WorldArrays, w: int) -> None:
    """Put an item on a random free cell without another one, outside the nest; give up after 1000 draws."""
    state = State(world, w)
    key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
    for _ in range(1000):
        row = 1 + below(key, 2 * state.drawn, world.sizes.height - 2)
        col = 1 + below(key, 2 * state.drawn + 1, world.sizes.width - 2)
        q = index(world, row, col)
        state.drawn += 1
        if world.cells[w, q] == EMPTY and world.floor[w, ITEM, q] == 0 and world.floor[w, NEST, q] == 0:
            world.floor[w, ITEM, q] = 1.0
            return


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Put the nest into the middle; draw the agents, then items."""
    sizes = world.sizes
    for w in range(first, last):
        key = enclose(world, w)
        for row in ((sizes.height - 1) // 2, sizes.height // 2):
            for col in ((sizes.width - 1) // 2, sizes.width // 2):
                world.floor[w, NEST, index(world, row, col)] = 1.0
        place_inside(world, w, second_stream(key))
        for _ in range(int(world.options[ITEMS])):
            appear(world, w)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Tell scouts from carriers."""
    for w in range(first, last):
        for a in range(scouts(world.sizes.num_agents)):
            set_mark(world, w, a, SCOUT)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Take, deliver, replace, and say who may step next."""
    for w in range(first, last):
        State(world, w).drawn = 0
        delivered = 0
        for a in range(world.sizes.num_agents):
            if world.active[w, a] != PRESENT:
                continue
            q, mark = index(world, world.position[w, a, 0], world.position[w, a, 1]), world.mark[w, a]
            laden = mark & 1
            if laden and world.floor[w, NEST, q] > 0:
                set_mark(world, w, a, mark - 1)
                delivered += 1
            elif not laden and world.floor[w, ITEM, q] > 0:
                world.floor[w, ITEM, q] = 0.0
                set_mark(world, w, a, mark + 1)
            slow = world.mark[w, a] == SCOUT + 1 and (world.clock[w, ROUND] + 1) % SLOW != 0
            world.allowed[w, a, UP : RIGHT + 1] = not slow
        world.score[w] += delivered
        for _ in range(delivered):
            appear(world, w)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Half a point for carrying an item, minus the distance to the nest, or else to the nearest item."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            laden = world.mark[w, a] & 1
            world.potential[w, a] = 0.5 * laden - distance_on_floor(world, w, a, NEST if laden else ITEM)


class CarriersOptions(NoOptions):
    """How much there is to carry."""

    items: int = option(4, 1, 10_000, "items on the floor")


class Carriers(Scenario):
    """Scouts and carriers."""

    name = "carriers"
    masks = True
    floor = (Layer("o", "item", (204, 121, 167)), Layer("N", "nest", (240, 228, 66)))
    agents = (
        Kind("c", "carrier", (86, 180, 233)),
        Kind("C", "carrier with an item", (0, 114, 178)),
        Kind("s", "scout", (120, 200, 160)),
        Kind("S", "scout with an item", (0, 158, 115)),
    )
    events = (Event("delivery", "score"),)
    Options = CarriersOptions
    State = State
    reset, begin, update, potential = reset, begin, update, potential

    def traits(self, a: int) -> Traits:
        """Carriers see their neighbours only."""
        return Traits(sight=None if a < max(self.config.num_agents // 4, 1) else 1)

    def check(self) -> None:
        """Check that agents, items and the nest fit."""
        require_size(self.config, 5, 5, "for a nest")
        inner = (self.config.height - 2) * (self.config.width - 2)
        require_room(self.config, inner - self.config.options["items"] - 4, "beside items and nest")

    def facts(self) -> dict[str, int]:
        """A cell of the nest."""
        return {"nest row": self.config.height // 2, "nest column": self.config.width // 2}

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Bring items (o) to the nest (N) in the middle of the map. You take an item by stepping on it, "
            "and deliver it by stepping on the nest; each is a point for all. Scouts (s) see far, but with "
            "an item (S) they step in one of four rounds only. Carriers (c, with an item C) step in every "
            "round, but see only the cells around them. A new item appears for each that was delivered."
        )


SCENARIO = Carriers
