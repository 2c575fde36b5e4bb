"""Find the box, push it sideways over the corner, then out through the gap, and follow it.

The box has one of eight places (four corners, two orientations; `transport_box.py`), and views rule places
out. A porter goes where it can see the nearest remaining corner until it sees the box. From then on it uses
the coordinates of that place: rows `back` from the side with the gap, columns `across` from the corner.

The box can only move one cell towards the corner first, then out. Porters line up beside it and push sideways
until there are enough; later porters wait above it to push it out as soon as it has moved. Force passes
through porters in line, and pushing a box that does not move yet costs nothing, so all porters in line push
without coordination. The position of the box determines the next action. Once it is out, all walk out through
the gap.
"""

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import FREE, STAY
from swarm_env.agents.scripted.map_extent import BOX, HEIGHT, USUAL_SIDE, WIDTH
from swarm_env.agents.scripted.pusher import GOAL, OPEN, Walk, make_scratch, push_towards
from swarm_env.agents.scripted.sights import AGENT, CompiledTeam, Sights, draw_below, draw_unit, larger
from swarm_env.agents.scripted.traffic import STEP_COLS, STEP_ROWS
from swarm_env.agents.scripted.transport_box import (
    CORE,
    GAP,
    GONE,
    LANE,
    NO_STAGE,
    PLACE,
    ROUTE_OUT,
    STAGE,
    STARTED,
    STATE,
    VARIANTS,
    WAITED,
    WAY,
    ZONE,
    Porter,
    cell_of_place,
    directions,
    is_box,
    is_inner,
    is_other,
    learn,
    local_of,
    locate,
    seen_at,
)

from swarm_env.engine.compiler import kernel

NEEDED = 5  # porters to move the box
LANE_ROWS, LANE_START, LANE_END = (1, 2, 3), 5, 11  # back and across of the cells beside the box
COLUMNS = (1, 2, 3)  # over which the box leaves
DEPTH = 5  # cells of a column where porters line up
PATIENCE = 10  # rounds of waiting above the box before a porter goes to help beside it
FLOOR = ord(FREE)
GOES_ON = 0.25  # probability that a porter without search keeps its direction


class Expert(CompiledTeam):
    """One porter per agent."""

    searches = True  # for the box; else porters happen upon it in a walk at random

    def begin(self) -> None:
        """Set up the memory."""
        n = len(self.numbers)
        self._state, self._places = np.zeros((n, STATE), np.int64), np.zeros((n, VARIANTS, 4), np.int64)
        self._state[:, [HEIGHT, WIDTH]] = USUAL_SIDE
        self._walls = np.zeros((n, 0, 0), np.uint8)

    def make_room(self, side: int) -> None:
        """Enlarge the remembered maps."""
        self.side = side = max(side, USUAL_SIDE + 2 * self.margin)
        self._walls = larger(self._walls, side)
        self._scratch = make_scratch(side)

    def moves(self, sights: Sights) -> NDArray[np.int8]:
        """(n,) the moves of agents who see this."""
        moves = np.empty(len(sights.rows), np.int8)
        decide(
            sights.rows, sights.cells, sights.places, self.margin, self.searches, self._state, self._places,
            self._walls, self.words, self.drawn, *self._scratch, moves,
        )  # fmt: skip
        return moves


@kernel(wrapped=True)
def decide(
    rows: NDArray[np.int64], cells: NDArray[np.int32], at: NDArray[np.int32], margin: int, searches: bool,
    state: NDArray[np.int64], places: NDArray[np.int64], walls: NDArray[np.uint8],
    words: NDArray[np.uint32], drawn: NDArray[np.int64], open: NDArray[np.uint8], steps: NDArray[np.int32],
    starts: NDArray[np.uint8], queue: NDArray[np.int32], moves: NDArray[np.int8],
) -> None:  # fmt: skip
    """Decide for all agents in `rows`."""
    for i in range(len(rows)):
        m, row, col = rows[i], at[i, 0], at[i, 1]
        walk = Walk(row + margin, col + margin, m, -1, -1, cells[i], words, drawn, open, steps, starts, queue)
        porter = Porter(m, margin, row, col, cells[i], state[m], places[m], walls[m], walk)
        learn(porter)
        locate(porter)
        if state[m, PLACE]:
            moves[i] = work(porter, state[m, PLACE] - 1)
        else:
            moves[i] = explore(porter) if searches else stroll(porter)


# Finding the box.


@kernel()
def explore(porter: Porter) -> int:
    """Go where the next corner is in sight."""
    places, half, walk = porter.places, porter.around.shape[0] // 2, porter.walk
    if not porter.state[STARTED]:
        return 1 + draw_below(walk.words, walk.drawn, porter.me, 4)
    open_cells(porter)
    goals = 0
    for v in range(VARIANTS):
        if places[v, STAGE] == NO_STAGE or places[v, STAGE] > 1:
            continue
        row, col = cell_of_place(places, v, CORE, CORE)
        for y in range(row - half, row + half + 1):
            for x in range(col - half, col + half + 1):
                goals += add_goal(porter, y, x, True)
    if goals == 0 or walk.cells[walk.row, walk.col] & GOAL:  # the box has left: search the gap
        for y in range(walk.cells.shape[0]):
            for x in range(walk.cells.shape[1]):
                walk.cells[y, x] &= OPEN
        for v in range(VARIANTS):
            if places[v, STAGE] != NO_STAGE:
                row, col = cell_of_place(places, v, 1, 1)
                add_goal(porter, row, col, False)
    return push_towards(walk)


@kernel()
def stroll(porter: Porter) -> int:
    """Walk at random, mostly straight on."""
    walk, now, ways = porter.walk, porter.state, 0
    free = 0  # moves, as bits
    for move in range(1, 5):
        if not porter.walls[walk.row + STEP_ROWS[move], walk.col + STEP_COLS[move]]:
            free |= 1 << move
            ways += 1
    if not free >> now[WAY] & 1 or draw_unit(walk.words, walk.drawn, porter.me) > GOES_ON:
        place = draw_below(walk.words, walk.drawn, porter.me, ways) if ways else 0
        now[WAY] = STAY
        for move in range(1, 5):
            if free >> move & 1:
                if place == 0:
                    now[WAY] = move
                place -= 1
    return int(now[WAY])


# Pushing it.


@kernel()
def work(porter: Porter, v: int) -> int:
    """Push the box at the place `v`, line up to push it, or leave after it."""
    places, now = porter.places, porter.state
    stage = places[v, STAGE]
    back, across = local_of(places, v, porter.row, porter.col)
    out, aside = directions(v)
    if stage == GONE:
        return leave(porter, v, back, across)
    if stage == 0:
        if goes_beside(porter, v, back, across):
            if 1 <= back <= 3 and across > 4:
                return push_aside(porter, v, back)
            return step_to(porter, v, LANE_ROWS[0], LANE_ROWS[2] + 1, LANE_START, LANE_END)
        now[WAITED] += 1
    top = 4 - ROUTE_OUT[stage]
    if COLUMNS[0] <= across <= COLUMNS[2] and back >= top:
        if stage == 0 and across == 1 and back == top:
            return STAY  # the box must move to the cell below
        if (
            stage
            and across > 1
            and ahead(porter, v, across - 1, top, back) < ahead(porter, v, across, top, back)
        ):
            return aside
        return out
    return step_to(porter, v, top, top + DEPTH, COLUMNS[0] if stage else COLUMNS[1], COLUMNS[2] + 1)


@kernel()
def push_aside(porter: Porter, v: int, back: int) -> int:
    """Push, or make room if a row beside the box is too short for all."""
    breadth = porter.places[v, HEIGHT] if v & 4 else porter.places[v, WIDTH]
    out, aside = directions(v)
    cramped = breadth - 6 < NEEDED and back > 1
    if cramped and seen_at(porter, porter.row + STEP_ROWS[out], porter.col + STEP_COLS[out]) == FLOOR:
        return out
    return aside


@kernel()
def goes_beside(porter: Porter, v: int, back: int, across: int) -> bool:
    """Whether to push sideways: unless enough others do."""
    if 1 <= back <= 3 and across > 4:
        return True
    now, bit, others = porter.state, 1, 0
    for lane in LANE_ROWS:
        for place in range(LANE_START, LANE_END):
            row, col = cell_of_place(porter.places, v, lane, place)
            seen = seen_at(porter, row, col)
            if seen >= 0:
                now[LANE] = now[LANE] | bit if seen >= AGENT else now[LANE] & ~bit
            others += now[LANE] & bit > 0
            bit <<= 1
    return others < NEEDED or now[WAITED] > PATIENCE


@kernel()
def ahead(porter: Porter, v: int, column: int, top: int, back: int) -> int:
    """Number of porters in a column from the box to a row, inclusive."""
    count = 0
    for place in range(top, back + 1):
        row, col = cell_of_place(porter.places, v, place, column)
        count += is_other(porter, row, col)
    return count


@kernel()
def leave(porter: Porter, v: int, back: int, across: int) -> int:
    """Walk out through the gap."""
    out, _ = directions(v)
    if 0 <= across < GAP and (across > 0 or back == 0):
        return out
    open_cells(porter)
    free = 0
    for only_free in (True, False):  # where others stand only if they stand on all
        for column in COLUMNS:
            row, col = cell_of_place(porter.places, v, 1, column)
            free += not is_other(porter, row, col)
            add_goal(porter, row, col, only_free)
        if free:
            break
    return push_towards(porter.walk)


# Walking.


@kernel()
def add_goal(porter: Porter, row: int, col: int, only_free: bool) -> bool:
    """Go to a cell, unless it is outside or, with `only_free`, another agent is there; whether it counts."""
    if not is_inner(porter, row, col) or (only_free and is_other(porter, row, col)):
        return False
    porter.walk.cells[row + porter.margin, col + porter.margin] |= GOAL
    return True


@kernel()
def step_to(porter: Porter, v: int, top: int, bottom: int, left: int, right: int) -> int:
    """A move towards the nearest free cell of a rectangle, in place coordinates."""
    open_cells(porter)
    for back in range(top, bottom):
        for across in range(left, right):
            row, col = cell_of_place(porter.places, v, back, across)
            add_goal(porter, row, col, True)
    return push_towards(porter.walk)


@kernel()
def open_cells(porter: Porter) -> None:
    """Open the cells on which a porter may walk: without walls, the box, and porters in line."""
    now, margin, cells, half = porter.state, porter.margin, porter.walk.cells, porter.around.shape[0] // 2
    v = now[PLACE] - 1
    cells[:] = 0
    for row in range(1, now[HEIGHT] - 1):
        for col in range(1, now[WIDTH] - 1):
            cells[row + margin, col + margin] = OPEN * (not porter.walls[row + margin, col + margin])
    for row in range(porter.row - half, porter.row + half + 1):
        for col in range(porter.col - half, porter.col + half + 1):
            busy = v >= 0 and is_other(porter, row, col) and is_in_line(porter, v, row, col)
            if busy or seen_at(porter, row, col) == BOX:
                cells[row + margin, col + margin] = 0
    for back in range(ZONE if v >= 0 else 0):
        for across in range(ZONE):
            row, col = cell_of_place(porter.places, v, back, across)
            if is_box(porter.places[v, STAGE], back, across) and is_inner(porter, row, col):
                cells[row + margin, col + margin] = 0


@kernel()
def is_in_line(porter: Porter, v: int, row: int, col: int) -> bool:
    """Whether an agent there is in line and should not be pushed."""
    stage = porter.places[v, STAGE]
    back, across = local_of(porter.places, v, row, col)
    if stage == 0 and 1 <= back <= 3 and across > 4:
        return True
    return COLUMNS[0] <= across <= COLUMNS[2] and 4 - ROUTE_OUT[stage] <= back
