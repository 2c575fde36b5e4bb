"""Values that the core relies on: checked after each kernel of somebody else's that is on trial.

The core's own kernels check no index in any build. They trust positions, marks, codes and objects, so a
scenario that writes a wrong one would make them read or write outside the arrays.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import call, kernel
from swarm_env.engine.map.placing import first_look
from swarm_env.engine.physics.flow import body_cell, body_cells, list_bodies
from swarm_env.engine.state import (
    ALIVE,
    AWAY,
    EMPTY,
    EPISODE,
    FIRST_CELL,
    GONE,
    MASS,
    NUM_CELLS,
    OUTSIDE,
    PRESENT,
    RANGE,
    RIGHT,
    ROUND,
    STATIC,
    TOKENS,
    UP,
    WorldArrays,
    index,
)  # fmt: skip

MOST_MASS = 1_000_000  # far from `physics.lines.MOVED`, the balance of what has moved
FINE = -1
FINITE = float(np.finfo(np.float32).max)
CHECK = 12  # index of `check_values` in the table of kernels, while it is on trial
KINDS = 29
# What can be wrong; `value_errors` says what is allowed.
(ACTIVE, POSITION, MARK, ACTION, SENSE, MASK, NO_MOVE, SAID, POTENTIAL, SCORE, CLOCK, OVER, NEXT_MAP, PLACE,
 OBJECT, OBJECT_CELL, REACH, CODE, PLACED, WHO, PAYOFF, FLOOR, SENT, FROM, DUE, HEARD, HEARS, EDGE,
 SPEECH) = range(KINDS)  # fmt: skip


class WrongValue(IndexError):
    """A value that the core relies on is outside its range."""


@kernel(inline=True)
def wrong(what: int, where: int) -> int:
    """One number for what is wrong, and where: the flat index in the array of the world."""
    return what + KINDS * where


@kernel(inline=True)
def is_in_play(world: WorldArrays, w: int, b: int) -> bool:
    """Whether `b`, an agent or the number of agents + object, is on the map."""
    n = world.sizes.num_agents
    return bool(world.active[w, b] == PRESENT if b < n else world.objects[w, b - n, ALIVE] != 0)


@kernel()
def wrong_agent(world: WorldArrays, w: int) -> int:
    """The first wrong value of an agent's own, as `wrong`; FINE if there is none."""
    sizes, senses, moves = world.sizes, world.sense.shape[2], world.allowed.shape[2]
    for a in range(sizes.num_agents):
        if not GONE <= world.active[w, a] <= AWAY:
            return wrong(ACTIVE, a)
        there = world.active[w, a] == PRESENT
        room = 0 if there else 1  # agents leave by one cell
        if not -room <= world.position[w, a, 0] < sizes.height + room:
            return wrong(POSITION, 2 * a)
        if not -room <= world.position[w, a, 1] < sizes.width + room:
            return wrong(POSITION, 2 * a + 1)
        if not 0 <= world.mark[w, a] < sizes.looks:
            return wrong(MARK, a)
        if not 0 <= world.action[w, a] < sizes.num_actions:
            return wrong(ACTION, a)
        for i in range(senses):
            if not 0 <= world.sense[w, a, i] <= world.sense_most[i]:
                return wrong(SENSE, a * senses + i)
        able = 0
        for i in range(moves):
            if not 0 <= world.allowed[w, a, i] <= 1:
                return wrong(MASK, a * moves + i)
            able += world.allowed[w, a, i]
        if there and able == 0:
            return wrong(NO_MOVE, a * moves)
    return FINE


@kernel()
def wrong_number(world: WorldArrays, w: int) -> int:
    """The first wrong number of the world's, or of what agents are worth."""
    sizes = world.sizes
    if not np.isfinite(world.score[w]):
        return wrong(SCORE, 0)
    if not 0 <= world.clock[w, ROUND] <= sizes.max_rounds:
        return wrong(CLOCK, ROUND)
    if world.clock[w, EPISODE] < 0:
        return wrong(CLOCK, EPISODE)
    if not 0 <= world.over[w] <= 1:
        return wrong(OVER, 0)
    if not -1 <= world.map_next[w] < len(world.map_codes):
        return wrong(NEXT_MAP, 0)
    for i in range(world.places.shape[1]):
        row, col = world.places[w, i, 0], world.places[w, i, 1]
        if not -1 <= row < sizes.height:
            return wrong(PLACE, 2 * i)
        if row >= 0 and not 0 <= col < sizes.width:
            return wrong(PLACE, 2 * i + 1)
    for layer in range(world.floor.shape[1]):
        for q in range(world.floor.shape[2]):
            if not 0.0 <= world.floor[w, layer, q] <= world.floor_most[layer]:
                return wrong(FLOOR, layer * world.floor.shape[2] + q)
    for a in range(sizes.num_agents):
        if not np.isfinite(world.potential[w, a]):
            return wrong(POTENTIAL, a)
        if sizes.private and not np.isfinite(world.payoff[w, a]):
            return wrong(PAYOFF, a)
    return FINE


@kernel()
def first_outside(values: NDArray[Any], least: float, most: float) -> int:
    """Index of the first of these values (n,) that is not within the bounds; FINE if all are."""
    for i in range(len(values)):
        if not least <= values[i] <= most:
            return i
    return FINE


@kernel()
def wrong_message(world: WorldArrays, w: int) -> int:
    """The first wrong value of what is said, under way or heard, or of who hears whom."""
    sizes, last = world.sizes, world.sizes.num_agents - 1
    least, most = (0.0, sizes.vocabulary - 1.0) if sizes.channel == TOKENS else (-1.0, 1.0)
    found = first_outside(world.said[w].reshape(-1), least, most)
    if found != FINE:
        return wrong(SAID, found)
    found = first_outside(world.sent[w].reshape(-1), least, most)
    if found != FINE:
        return wrong(SENT, found)
    places = world.sent_from[w].reshape(-1)
    for i in range(0, len(places), 3):
        for axis, end in enumerate((sizes.height, sizes.width)):
            if not -1 <= places[i + axis] < end:
                return wrong(FROM, i + axis)
        if not -1 <= places[i + 2] <= sizes.max_rounds + sizes.delay_high:
            return wrong(DUE, i + 2)
    found = first_outside(world.heard[w].reshape(-1), -FINITE, FINITE)
    if found != FINE:
        return wrong(HEARD, found)
    found = first_outside(world.hears[w].reshape(-1), 0.0, 1.0)
    if found != FINE:
        return wrong(HEARS, found)
    edges = world.edges[w].reshape(-1)
    for i in range(0, len(edges), 2):
        late = 0 if edges[i] == -1 else edges[i + 1]
        if not (-1 <= edges[i] <= last and 0 <= late <= sizes.delay_high):
            return wrong(EDGE, i)
    found = first_outside(world.may_speak[w], 0.0, 1.0)
    return found if found == FINE else wrong(SPEECH, found)


@kernel()
def wrong_object(world: WorldArrays, w: int) -> int:
    """The first wrong value of an object."""
    used, cells = 0, world.sizes.num_object_cells
    for o in range(world.objects.shape[1]):
        alive, first, count = (
            world.objects[w, o, ALIVE], world.objects[w, o, FIRST_CELL], world.objects[w, o, NUM_CELLS],
        )  # fmt: skip
        if not 0 <= world.objects[w, o, MASS] <= MOST_MASS:
            return wrong(OBJECT, 5 * o + MASS)
        if not 0 <= world.objects[w, o, STATIC] <= 1:
            return wrong(OBJECT, 5 * o + STATIC)
        if not 0 <= alive <= 1:
            return wrong(OBJECT, 5 * o + ALIVE)
        if not 0 <= first <= cells:
            return wrong(OBJECT, 5 * o + FIRST_CELL)
        used += count * alive
        if not alive <= count <= cells - first or used > cells:
            return wrong(OBJECT, 5 * o + NUM_CELLS)
        if alive:
            found = wrong_cells(world, w, first, count)
            if found != FINE:
                return found
    return FINE


@kernel()
def wrong_cells(world: WorldArrays, w: int, first: int, count: int) -> int:
    """The first wrong cell of an object in play, whose cells are `count` from `first` on."""
    sizes, inside = world.sizes, 0
    for c in range(first, first + count):
        row, col = world.object_cells[w, c, 0], world.object_cells[w, c, 1]
        if not -sizes.margin <= row < sizes.height + sizes.margin:
            return wrong(OBJECT_CELL, 2 * c)
        if not -sizes.margin <= col < sizes.width + sizes.margin:
            return wrong(OBJECT_CELL, 2 * c + 1)
        inside += 0 <= row < sizes.height and 0 <= col < sizes.width
        # Pushed off the map, an object must stay within the margin until its last cell is outside.
        for other in range(first, c):
            down = abs(row - world.object_cells[w, other, 0])
            across = abs(col - world.object_cells[w, other, 1])
            if down >= sizes.margin or across >= sizes.margin or down + across == 0:
                return wrong(REACH, 2 * c + (across >= sizes.margin))
    return FINE if inside else wrong(OBJECT_CELL, 2 * first)


@kernel()
def share_cell(world: WorldArrays, w: int, one: int, other: int) -> bool:
    """Whether two bodies are agents in one cell that the core never moves: no step is allowed to them."""
    n, place = world.sizes.num_agents, world.position[w]
    if one >= n or not 0 <= other < n or world.active[w, other] != PRESENT:
        return False
    if place[one, 0] != place[other, 0] or place[one, 1] != place[other, 1]:
        return False
    for move in range(UP, RIGHT + 1):
        if world.allowed[w, one, move] or world.allowed[w, other, move]:
            return False
    return True


@kernel()
def wrong_map(world: WorldArrays, w: int) -> int:
    """The first wrong cell, when all else is right: its code, or who is said to stand there."""
    sizes, cells, who = world.sizes, world.cells[w], world.who[w]
    n, movable, shown = sizes.num_agents, 0, 0
    if not sizes.indexed:
        list_bodies(world, w)
    for b in range(n + world.objects.shape[1]):
        if not is_in_play(world, w, b):
            continue
        for c in range(body_cells(world, w, b)):
            q = body_cell(world, w, b, c)
            code, least, most = cells[q], OUTSIDE, sizes.first_agent - 1
            if b < n:
                least = most = sizes.first_agent + first_look(world, b) + world.mark[w, b]
            if not least <= code <= most:
                return wrong(CODE, q)
            if not sizes.space and who[q] != b and not share_cell(world, w, b, who[q]):
                return wrong(PLACED, q)
            shown += code >= sizes.first_movable
    for row in range(-sizes.margin, sizes.height + sizes.margin):
        for col in range(-sizes.margin, sizes.width + sizes.margin):
            q = index(world, row, col)
            inside = 0 <= row < sizes.height and 0 <= col < sizes.width
            if (cells[q] == OUTSIDE) == inside or not EMPTY <= cells[q] <= sizes.num_planes:
                return wrong(CODE, q)
            if not inside and not (who[q] == -1 or n <= who[q] < n + world.objects.shape[1]):
                return wrong(WHO, q)
            movable += cells[q] >= sizes.first_movable
    return FINE if movable == shown else stray(world, w)


@kernel()
def stray(world: WorldArrays, w: int) -> int:
    """The first cell with the code of an agent or object where none stands."""
    for q in range(world.cells.shape[1]):
        stands = world.cells[w, q] < world.sizes.first_movable
        for b in range(world.sizes.num_agents + world.objects.shape[1]):
            if is_in_play(world, w, b):
                for c in range(body_cells(world, w, b)):
                    stands |= body_cell(world, w, b, c) == q
        if not stands:
            return wrong(PLACED, q)
    return FINE


@kernel()
def wrong_value(world: WorldArrays, w: int) -> int:
    """The first wrong value of world `w`, as `wrong`; FINE if there is none."""
    found = wrong_agent(world, w)
    if found == FINE:
        found = wrong_number(world, w)
    if found == FINE:
        found = wrong_message(world, w)
    if found == FINE:
        found = wrong_object(world, w)
    return wrong_map(world, w) if found == FINE else found


@kernel(RANGE)
def check_values(world: WorldArrays, first: int, last: int) -> None:
    """Raise `WrongValue` if some world has a wrong value."""
    for w in range(first, last):
        if wrong_value(world, w) != FINE:
            raise WrongValue("a value that the core relies on is outside its range")


@kernel(inline=True)
def ask(code: NDArray[np.int64], which: int, world: WorldArrays, first: int, last: int) -> None:
    """Call a kernel of the scenario's or the user's; check what it leaves behind while it is on trial."""
    call(code[which], world, first, last)
    if code[CHECK]:
        call(code[CHECK], world, first, last)
