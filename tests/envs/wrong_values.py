"""A scenario whose update writes one wrong value: into which array, where and what, options say."""

from swarm_env.engine import PRESENT, RANGE, ROUND, WorldArrays, kernel, place_agent, place_object
from swarm_env.scenario import Kind, Layer, NoOptions, Scenario, Sense

FIELDS = (
    "position", "mark", "active", "cells", "who", "sense", "allowed", "objects", "object_cells", "clock",
    "places", "over", "map_next", "said", "potential", "score", "action", "place_agent", "payoff", "floor",
    "sent", "sent_from", "heard", "hears", "edges", "may_speak",
)  # fmt: skip
(POSITION, MARK, ACTIVE, CELLS, WHO, SENSE, ALLOWED, OBJECTS, OBJECT_CELLS, CLOCK, PLACES, OVER, MAP_NEXT,
 SAID, POTENTIAL, SCORE, ACTION, PLACE_AGENT, PAYOFF, FLOOR, SENT, SENT_FROM, HEARD, HEARS, EDGES,
 MAY_SPEAK) = range(len(FIELDS))  # fmt: skip
FIELD, AT, ALONG, VALUE, WHEN = range(5)  # options


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Put the agents into row 1, and a bar of three cells into row 3."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            place_agent(world, w, a, 1, a, 0)
        world.objects[w, 0, 3], world.objects[w, 0, 4] = 0, 3
        for c in range(3):
            world.object_cells[w, c, 0], world.object_cells[w, c, 1] = 3, 1 + c
        place_object(world, w, 0, 3, 2, 0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score the round; then write the value."""
    for w in range(first, last):
        world.score[w] += 1
        if world.clock[w, ROUND] == int(world.options[WHEN]):
            write(world, w, int(world.options[FIELD]), int(world.options[AT]), int(world.options[ALONG]),
                  world.options[VALUE])  # fmt: skip


@kernel()
def write(world: WorldArrays, w: int, field: int, i: int, j: int, value: float) -> None:
    """Write `value` at [i, j] of the world's part of an array."""
    whole = int(value) if abs(value) < 1e18 else 0
    if field == POSITION:
        world.position[w, i, j] = whole
    elif field == MARK:
        world.mark[w, i] = whole
    elif field == ACTIVE:
        world.active[w, i] = whole
    elif field == CELLS:
        world.cells[w, i] = whole
    elif field == WHO:
        world.who[w, i] = whole
    elif field == SENSE:
        world.sense[w, i, j] = whole
    elif field == ALLOWED:
        world.allowed[w, i, j] = whole
    elif field == OBJECTS:
        world.objects[w, i, j] = whole
    elif field == OBJECT_CELLS:
        world.object_cells[w, i, j] = whole
    elif field == CLOCK:
        world.clock[w, i] = whole
    elif field == PLACES and world.places.shape[1] > 0:
        world.places[w, i, j] = whole
    elif field == OVER:
        world.over[w] = whole
    elif field == MAP_NEXT:
        world.map_next[w] = whole
    elif field == SAID:
        world.said[w, i, j] = value
    elif field == POTENTIAL:
        world.potential[w, i] = value
    elif field == SCORE:
        world.score[w] = value
    elif field == ACTION:
        world.action[w, i] = whole
    elif field == PLACE_AGENT and world.active[w, 0] == PRESENT:
        place_agent(world, w, 0, i, j, whole)
    elif field == PAYOFF:
        world.payoff[w, i] = value
    elif field == FLOOR:
        world.floor[w, 0, i] = value
    elif field >= SENT:
        write_message(world, w, field, i, j, value, whole)


@kernel()
def write_message(world: WorldArrays, w: int, field: int, i: int, j: int, value: float, whole: int) -> None:
    """Write into what is under way or heard, in the newest round."""
    if field == SENT:
        world.sent[w, 0, i, j] = value
    elif field == SENT_FROM:
        world.sent_from[w, 0, i, j] = whole
    elif field == HEARD:
        world.heard[w, i, j] = value
    elif field == HEARS:
        world.hears[w, 0, i, j] = whole
    elif field == EDGES:
        world.edges[w, i, 0, j] = whole
    elif field == MAY_SPEAK:
        world.may_speak[w, i] = whole


@kernel(RANGE)
def nothing(world: WorldArrays, first: int, last: int) -> None:
    """Do nothing."""


class WrongValues(Scenario):
    """Its update writes a value that the core cannot work with."""

    name = "wrong_values"
    movables = (Kind("B", "bar", (150, 75, 0)),)
    agents = (Kind("a", "agent, light off", (0, 0, 90)), Kind("A", "agent, light on", (0, 0, 200)))
    senses = (Sense("smell", "how near food is", 9),)
    floor = (Layer("f", "food", (0, 158, 115), 9.0),)
    masks = private = True
    reset, begin, update, potential = reset, nothing, update, nothing

    class Options(NoOptions):
        """What is written where, and in which round."""

        field: int = 0
        at: int = 0
        along: int = 0
        value: float = 1.0
        when: int = 1

    def num_objects(self) -> int:
        """The bar."""
        return 1

    def num_object_cells(self) -> int:
        """Three cells, and one to spare."""
        return 4

    def margin(self) -> int:
        """The bar is three cells wide."""
        return 3


SCENARIO = WrongValues
