"""Surround the prey on all four sides; another one appears.

An outer ring of walls. The prey starts in the lower right quarter, the agents in the upper left. After the
agents moved: if all four neighbours of the prey are on the map and occupied (by anything), the score rises by
1 and a new prey appears: of height * width draws of a random free inner cell the first with the least danger.
Otherwise the prey takes two unit steps, among those over free cells the ones to the least danger, if that is
less than the baseline. The episode ends at `max_rounds`.

Quirks of the rules, kept:

- the agents' start rows depend on the width and their columns on the height;
- danger of (i, j) counts agents plus 0.9 times walls in rows i-4 … i+3 and columns j-4 … j+3, which is not
  centred;
- the baseline is the danger of the cell left of the prey;
- the first prey has mass 1 and can be pushed, later ones cannot.

`reset(options={"respawns": [(row, col), …]})` gives the places of the next preys instead of drawing them; one
that is taken when its turn comes is passed over.

Reward `shaped` adds the change of a potential: a quarter for each occupied side of the prey, minus the
agent's distance to the prey [cells, Manhattan] over (height + width). (Our choice; the published task has no
reward but its score.)

Rules: arXiv 2505.04364 and its released system.
"""

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.common import enclose, place_agents, require_room, require_size, second_stream

from swarm_env.engine import (
    ALIVE,
    EMPTY,
    EPISODE,
    FIRST_CELL,
    NUM_CELLS,
    OUTSIDE,
    PRESENT,
    RANGE,
    ROUND,
    STATIC,
    UPDATE,
    WALL,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integer,
    kernel,
    move_single,
    place_object,
    scratch,
    stream,
)
from swarm_env.errors import ConfigError
from swarm_env.scenario import Event, Kind, Scenario

PREY = 3  # code
BACK, AHEAD = 4, 3  # cells before and after a cell that count for its danger, on both axes
# (8, 4) pairs of unit steps of the prey, in the order in which equals win: rows and columns of the first and
# the second step. Pairs in the other order lead over the same cells to the same place; opposite steps would
# end where the prey itself stands.
FLIGHTS = np.array([
    (0, 1, 0, 1), (0, 1, 1, 0), (0, 1, -1, 0), (0, -1, 0, -1), (0, -1, 1, 0), (0, -1, -1, 0),
    (1, 0, 1, 0), (-1, 0, -1, 0),
])  # fmt: skip


class State(ScenarioState):
    """How many given places of preys are used, and the walls near each cell."""

    used = integer()  # of `world.places`
    near = scratch(np.uint8, "height", lambda size: size.width + 1)  # [i, j + 1]: see `walls_near`
    # [i, j]: walls in all rows before i and columns before j.
    walls = scratch(np.int32, lambda size: size.height + 1, lambda size: size.width + 1)


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the cell of the prey, then those of the agents."""
    sizes = world.sizes
    height, width = sizes.height, sizes.width
    top, left = height // 2 + 1, width // 2 + 1
    for w in range(first, last):
        key = enclose(world, w)
        world.objects[w, 0, FIRST_CELL], world.objects[w, 0, NUM_CELLS] = 0, 1
        world.object_cells[w, 0, 0] = top + below(key, 0, height - 1 - top)
        world.object_cells[w, 0, 1] = left + below(key, 1, width - 1 - left)
        place_object(world, w, 0, PREY, 1, 0)
        rows, cols = min(max(width // 2, 5), height - 2), min(max(height // 2, 5), width - 2)
        place_agents(world, w, second_stream(key), 1, rows + 1, 1, cols + 1)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Count the walls near every cell, and near those one column left of the map."""
    sizes = world.sizes
    height, width = sizes.height, sizes.width
    for w in range(first, last):
        near, walls = State(world, w).near, State(world, w).walls
        for i in range(height):
            before = 0
            for j in range(width):
                before += world.cells[w, index(world, i, j)] == WALL
                walls[i + 1, j + 1] = walls[i, j + 1] + before
        for i in range(height):
            top, bottom = max(i - BACK, 0), min(i + AHEAD + 1, height)
            for j in range(-1, width):
                left, right = max(j - BACK, 0), min(j + AHEAD + 1, width)
                near[i, j + 1] = (
                    walls[bottom, right] - walls[top, right] - walls[bottom, left] + walls[top, left]
                )


@kernel(inline=True)
def walls_near(world: WorldArrays, w: int, i: int, j: int) -> int:
    """Walls in the rectangle that counts for the danger of (i, j)."""
    return int(State(world, w).near[np.uint64(i), np.uint64(j + 1)])


@kernel(inline=True)
def danger(agents: int, walls: int) -> float:
    """Agents plus 0.9 times walls; as published, sums equal on paper may differ in the last bit."""
    return agents + 0.9 * walls


@kernel()
def agents_near(world: WorldArrays, w: int, i: int, j: int) -> int:
    """Agents in the rectangle that counts for the danger of (i, j)."""
    agents = 0
    for a in range(world.sizes.num_agents):
        down, across = world.position[w, a, 0] - i, world.position[w, a, 1] - j
        near = (down >= -BACK) & (down <= AHEAD) & (across >= -BACK) & (across <= AHEAD)
        agents += near & (world.active[w, a] == PRESENT)
    return agents


def _fields(axis: int) -> NDArray[np.uint64]:
    """For each offset of an agent from the prey on an axis, a 1 in the field of each place it counts for."""
    masks = np.zeros(FAR + 1, np.uint64)
    for offset in range(FAR):
        for place, target in enumerate(TARGETS):
            if -BACK <= offset - REACH - target[axis] <= AHEAD:
                masks[offset] |= np.uint64(1 << (FIELD * place))
    return masks


FIELD, MOST = 7, 127  # bits of a count, and the largest count it holds
REACH, FAR = 6, 12  # offsets -6 to 5 count for some place; as indices they are 0 to 11, all others 12
# Where flights end, then the baseline.
TARGETS = np.array([(a + c, b + d) for a, b, c, d in FLIGHTS] + [(0, -1)])
DOWN_FIELDS, ACROSS_FIELDS = _fields(0), _fields(1)
BASELINE = len(FLIGHTS)


@kernel(inline=True)
def count_agents(world: WorldArrays, w: int, i: int, j: int) -> np.uint64:
    """The agents that count for each of the nine places around a prey at (i, j), in nine fields."""
    counts, position, active = np.uint64(0), world.position[w], world.active[w]
    for a in range(world.sizes.num_agents):
        # As unsigned numbers, offsets before the first are beyond the last.
        down = min(np.uint32(position[a, 0] - i + REACH), np.uint32(FAR))
        across = min(np.uint32(position[a, 1] - j + REACH), np.uint32(FAR))
        fields = DOWN_FIELDS[down] & ACROSS_FIELDS[across]
        counts += fields if active[a] == PRESENT else np.uint64(0)
    return counts


@kernel(inline=True)
def flee(world: WorldArrays, w: int, i: int, j: int) -> None:
    """Let the prey at (i, j) take its two steps, if any are better than the baseline.

    The agents near each of the nine places are counted all at once, in nine fields of seven bits of one
    integer; with more than 127 agents (where a field could overflow) one place at a time. There is no branch
    on which ways are free or best, since it would be mispredicted.
    """
    q, stride, few = index(world, i, j), world.sizes.stride, world.sizes.num_agents <= MOST
    cells, counts = world.cells[w], count_agents(world, w, i, j) if few else np.uint64(0)
    agents = int(counts >> np.uint64(FIELD * BASELINE)) if few else agents_near(world, w, i, j - 1)
    best, least = BASELINE, danger(agents, walls_near(world, w, i, j - 1))
    for f in range(len(FLIGHTS)):
        step = FLIGHTS[f, 0] * stride + FLIGHTS[f, 1]
        then = FLIGHTS[f, 2] * stride + FLIGHTS[f, 3]
        free = (cells[np.uint64(q + step)] == EMPTY) & (cells[np.uint64(q + then)] == EMPTY)
        free = free & (cells[np.uint64(q + step + then)] == EMPTY)
        y, x = i + TARGETS[f, 0] if free else i, j + TARGETS[f, 1] if free else j
        agents = int((counts >> np.uint64(FIELD * f)) & np.uint64(MOST))
        if not few:
            agents = agents_near(world, w, y, x)
        there = danger(agents, walls_near(world, w, y, x))
        better = free & (there < least)
        best, least = f if better else best, there if better else least
    if best != BASELINE:
        move_single(world, w, 0, i + TARGETS[best, 0], j + TARGETS[best, 1])


@kernel()
def appear(world: WorldArrays, w: int, i: int, j: int) -> None:
    """Replace the caught prey at (i, j) by a new, unmovable one where the danger is least."""
    sizes = world.sizes
    state = State(world, w)
    world.objects[w, 0, STATIC] = 1
    while state.used < world.places.shape[1] and world.places[w, state.used, 0] >= 0:
        row, col = world.places[w, state.used, 0], world.places[w, state.used, 1]
        state.used += 1
        if row == i and col == j:
            return
        if world.cells[w, index(world, row, col)] == EMPTY:
            move_single(world, w, 0, row, col)
            return
    world.cells[w, index(world, i, j)] = EMPTY
    key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
    row, col, least, at = i, j, np.inf, 0
    for _ in range(sizes.height * sizes.width):
        while True:  # the cell of the caught prey is free, so this ends
            y, x = 1 + below(key, at, sizes.height - 2), 1 + below(key, at + 1, sizes.width - 2)
            at += 2
            if world.cells[w, index(world, y, x)] == EMPTY:
                break
        there = danger(agents_near(world, w, y, x), walls_near(world, w, y, x))
        if there < least:
            row, col, least = y, x, there
    world.cells[w, index(world, i, j)] = PREY
    move_single(world, w, 0, row, col)


@kernel(inline=True)
def occupied_sides(world: WorldArrays, w: int, i: int, j: int) -> int:
    """How many of the four neighbours of (i, j) are on the map and occupied, by anything."""
    q, stride, occupied = index(world, i, j), world.sizes.stride, 0
    for step in (1, -1, stride, -stride):
        occupied += world.cells[w, q + step] > OUTSIDE
    return occupied


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score a catch, or let the prey flee."""
    for w in range(first, last):
        if world.sizes.num_objects == 0 or not world.objects[w, 0, ALIVE]:
            continue
        i, j = world.object_cells[w, 0, 0], world.object_cells[w, 0, 1]
        if occupied_sides(world, w, i, j) == 4:
            world.score[w] += 1
            appear(world, w, i, j)
        else:
            flee(world, w, i, j)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """A quarter for each occupied side of the prey, minus the agent's distance to it."""
    sizes = world.sizes
    for w in range(first, last):
        if sizes.num_objects == 0 or not world.objects[w, 0, ALIVE]:
            continue
        i, j = world.object_cells[w, 0, 0], world.object_cells[w, 0, 1]
        occupied = occupied_sides(world, w, i, j)
        for a in range(sizes.num_agents):
            if world.active[w, a] == PRESENT:
                away = abs(world.position[w, a, 0] - i) + abs(world.position[w, a, 1] - j)
                world.potential[w, a] = 0.25 * occupied - away / (sizes.height + sizes.width)


class Pursuit(Scenario):
    """The prey and its hunters."""

    name = "pursuit"
    movables = (Kind("P", "prey", (213, 94, 0), "diamond"),)
    events = (Event("capture", "score"),)
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    def check(self) -> None:
        """Check that the map has a lower right quarter, and that the agents fit."""
        height, width = self.config.height, self.config.width
        require_size(self.config, 5, 5, "for the prey's quarter")
        rows, cols = min(max(width // 2, 5), height - 2), min(max(height // 2, 5), width - 2)
        overlaps = rows > height // 2 and cols > width // 2
        require_room(self.config, rows * cols - overlaps, "where agents start")

    def num_objects(self) -> int:
        """The prey."""
        return 1

    def num_object_cells(self) -> int:
        """Its cell."""
        return 1

    def check_objects(self, objects: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]) -> None:
        """One prey of one cell, or none."""
        if sum(len(cells) for _, cells in objects) > 1:
            raise ConfigError(
                "layout: the picture shows several prey (P); pursuit has one, of one cell. Draw at most one "
                "P."
            )

    def words(self) -> str:
        """The task in plain words."""
        return (
            "A prey (P) runs from you, up to two cells a round, towards where it sees fewer agents and "
            "walls. It is caught when all four cells beside it (above, below, left, right) are occupied, by "
            "agents, walls or anything else. Each catch scores a point for the team, and a new prey appears "
            "elsewhere. Surround it together, as often as you can."
        )


SCENARIO = Pursuit
