"""Push the box out of the gap it blocks, together, and leave through it.

An outer ring of walls has a gap of four cells in one side, at a corner; a box of 13 cells and mass 5 blocks
it. One of eight layouts (rotations and reflections) is drawn evenly. The box can be pushed sideways by one,
out over the corner, then straight out; that takes five agents more than oppose it. Agents start on random
free inner cells.

An agent that leaves the map in round r (counted from 0) scores (max_rounds - r) / max_rounds. The episode is
over when all have left.

Reward `shaped` adds the change of a potential: 1 for an agent that has left, otherwise 0.1 for each cell the
box has been moved from where it started (up to 5) minus the agent's distance [cells, Manhattan] to where it
is needed over (height + width). That is one of the two lines of cells behind the box, as seen from the corner
while the box has not been pushed over it, then as seen from the opening; and the opening itself when no box
is left inside the walls. (Our choice; the published task has no reward but its score.)

Rules: arXiv 2505.04364 and its released system.
"""

import numpy as np
from swarm_env.scenarios.common import enclose, place_inside, require_room, require_size, second_stream

from swarm_env.engine import (
    ALIVE,
    EMPTY,
    FIRST_CELL,
    LEAVING,
    NUM_CELLS,
    PRESENT,
    RANGE,
    ROUND,
    WALL,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integer,
    kernel,
    place_object,
)
from swarm_env.scenario import Event, Kind, Scenario

BOX = 3  # code of a cell of the box
MASS = 5
GAP = 4  # cells
FARTHEST = 5  # cells of the box's way that the potential counts
# (13, 2) the box in the base layout: rows and columns back from the lower right corner of the map
SHAPE = np.array([(p, q) for p in (3, 2, 1) for q in (4, 3, 2)] + [(0, q) for q in (3, 2, 1, 0)])


class State(ScenarioState):
    """Where the box was at the start, and the rectangle around the openings of the border (inclusive)."""

    start_row = integer()  # of the box's first cell
    start_col = integer()
    top = integer()
    bottom = integer()  # -1: the border has no opening
    left = integer()
    right = integer()


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw one of the eight layouts, then the places of the agents."""
    for w in range(first, last):
        key = enclose(world, w)
        variant = below(key, 0, 8)
        for c in range(len(SHAPE)):
            row, col = turned(world, variant, SHAPE[c, 0], SHAPE[c, 1])
            world.object_cells[w, c, 0], world.object_cells[w, c, 1] = row, col
        for q in range(GAP):
            row, col = turned(world, variant, 0, q)
            world.cells[w, index(world, row, col)] = EMPTY
        world.objects[w, 0, FIRST_CELL], world.objects[w, 0, NUM_CELLS] = 0, len(SHAPE)
        place_object(world, w, 0, BOX, MASS, 0)
        place_inside(world, w, second_stream(key))


@kernel()
def turned(world: WorldArrays, variant: int, back: int, across: int) -> tuple[int, int]:
    """Row and column of a cell of the base layout in one of its eight rotations and reflections."""
    if variant & 4:
        back, across = across, back
    row = back if variant & 1 else world.sizes.height - 1 - back
    col = across if variant & 2 else world.sizes.width - 1 - across
    return row, col


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Note where the box is and where the border is open."""
    sizes = world.sizes
    for w in range(first, last):
        state = State(world, w)
        if sizes.num_objects > 0:
            state.start_row, state.start_col = world.object_cells[w, 0, 0], world.object_cells[w, 0, 1]
        state.top, state.bottom, state.left, state.right = sizes.height, -1, sizes.width, -1
        for row in range(sizes.height):
            for col in range(sizes.width):
                inner = 0 < row < sizes.height - 1 and 0 < col < sizes.width - 1
                if not inner and world.cells[w, index(world, row, col)] != WALL:
                    state.top, state.bottom = min(state.top, row), max(state.bottom, row)
                    state.left, state.right = min(state.left, col), max(state.right, col)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score the agents that left the map, one by one."""
    sizes = world.sizes
    for w in range(first, last):
        for a in range(sizes.num_agents):
            if world.active[w, a] == LEAVING:
                world.score[w] += (sizes.max_rounds - world.clock[w, ROUND]) / sizes.max_rounds


@kernel()
def behind(low: int, high: int, forward: bool, at: int) -> int:
    """Distance of `at` from the two lines behind an extent low … high that is pushed forward or back."""
    near = at - (low - 1) if forward else high + 1 - at
    return max(near, -1 - near)


@kernel()
def away_from_work(world: WorldArrays, w: int, a: int) -> int:
    """An agent's distance [cells, Manhattan] to where it is needed: behind the box, or the opening later."""
    sizes, state = world.sizes, State(world, w)
    row, col = world.position[w, a, 0], world.position[w, a, 1]
    if state.bottom < 0:
        return 0
    top, bottom, left, right = sizes.height, -1, sizes.width, -1  # of what is inside the walls
    if sizes.num_objects > 0 and world.objects[w, 0, ALIVE]:
        for c in range(world.objects[w, 0, NUM_CELLS]):
            y, x = world.object_cells[w, c, 0], world.object_cells[w, c, 1]
            if 0 < y < sizes.height - 1 and 0 < x < sizes.width - 1:
                top, bottom, left, right = min(top, y), max(bottom, y), min(left, x), max(right, x)
    if bottom < 0:
        away = max(state.top - row, row - state.bottom, 0)
        return away + max(state.left - col, col - state.right, 0)
    vertical = state.top == state.bottom  # whether the way out is up or down
    shift = world.object_cells[w, 0, 0] - state.start_row
    if vertical:
        shift = world.object_cells[w, 0, 1] - state.start_col
    if vertical == (shift == 0):  # along a row: over the corner beside it, or out of an opening at the side
        forward = state.right == sizes.width - 1
        return behind(left, right, forward, col) + max(top - row, row - bottom, 0)
    return behind(top, bottom, state.bottom == sizes.height - 1, row) + max(left - col, col - right, 0)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """1 for departed agents; else 0.1 per cell of the box's way, minus the distance to where it is needed."""
    sizes = world.sizes
    for w in range(first, last):
        state, way = State(world, w), 0
        if sizes.num_objects > 0:
            way = FARTHEST
            if world.objects[w, 0, ALIVE]:
                down = abs(world.object_cells[w, 0, 0] - state.start_row)
                way = min(way, down + abs(world.object_cells[w, 0, 1] - state.start_col))
        for a in range(sizes.num_agents):
            if world.active[w, a] != PRESENT:
                world.potential[w, a] = 1.0
                continue
            away = away_from_work(world, w, a)
            world.potential[w, a] = 0.1 * way - away / (sizes.height + sizes.width)


class Transport(Scenario):
    """The box in the gap."""

    name = "transport"
    movables = (Kind("B", "box", (213, 94, 0)),)
    events = (Event("escape", "left"),)
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    def check(self) -> None:
        """Check that the box can be pushed out of the map, and that the agents fit."""
        require_size(self.config, 8, 8, "to push the box out")
        inner = (self.config.height - 2) * (self.config.width - 2)
        require_room(self.config, inner - 9, "inside the walls")

    def num_objects(self) -> int:
        """The box."""
        return 1

    def num_object_cells(self) -> int:
        """Its cells."""
        return len(SHAPE)

    def margin(self) -> int:
        """The box is four cells high and wide; its bottom row sticks out by one more."""
        return 5

    def object_mass(self, symbol: str, num_cells: int) -> int:
        """The box has mass 5, whatever its shape."""
        return MASS

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """Each agent leaves once at most and adds no more than 1."""
        return 0.0, float(self.config.num_agents)

    def words(self) -> str:
        """The task in plain words."""
        return (
            "You are shut in by walls (W). The only way out is a gap in the outer wall that a big box (B) "
            "blocks. The box has mass 5: it moves only if the agents pushing it in one direction together "
            "bring at least that much force beyond their own mass, so at least five must push the same way "
            "at once. Push it aside and out through the gap, then walk out of the map (*) yourself. The "
            "sooner each of you is outside, the higher the score."
        )


SCENARIO = Transport
