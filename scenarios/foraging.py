"""Carry food from its source through a maze to the nest, again and again.

An outer ring of walls and a maze of wall rows or columns; the food F and the nest N are 2 x 2, never move and
lie at opposite ends of both axes (of one, where an odd number of maze walls puts both on the same side).
Agents start unmarked on random free inner cells. After the moves of a round, for each agent in order: beside
F (4-neighbourhood) it takes food (the mark); then beside N the score rises by 1 if it carried, and it carries
no more. The episode ends at `max_rounds`.

Quirks of the rules, kept: an agent beside both F and N scores every round; food never runs out; maze walls
are drawn as in the released system: rows 4, 8, … < height - 4 (columns for the other kind), row n wall in
columns [0, floor(-width / 3) + 1) counted from the right end if n is even, in [width // 3, width) if odd.

Reward `shaped` adds the change of a potential: 0.5 for carrying, minus half the way still to walk [cells] to
the food, or to the nest when carrying, over the longest such way (shortest paths among walls). (Our choice;
the published task has no reward but its score.)

Rules: arXiv 2505.04364 and its released system (on square maps; on others the release's adjacency test is
wrong, this one is right).
"""

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.common import enclose, place_inside, require_room, require_size, second_stream

from swarm_env.engine import (
    EMPTY,
    PRESENT,
    RANGE,
    WALL,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integers,
    kernel,
    scratch,
)
from swarm_env.scenario import Event, Kind, Scenario

FOOD, NEST = 3, 4  # codes
SIDE = 2  # cells of food and nest


class State(ScenarioState):
    """Ways to the food [0] and to the nest [1], measured for the shaped reward only."""

    longest = integers(2)  # [cells]
    # Of each cell of the padded map [cells]; -1: none.
    way = scratch(np.int32, 2, lambda size: size.shaped * size.cells)
    queue = scratch(np.int32, lambda size: size.shaped * size.cells)


@kernel()
def place_square(world: WorldArrays, w: int, row: int, col: int, code: int) -> None:
    """Put food or nest with its upper left cell at (row, col)."""
    for i in range(SIDE):
        for j in range(SIDE):
            world.cells[w, index(world, row + i, col + j)] = code


@kernel()
def place_maze(world: WorldArrays, w: int, across: bool, count: int) -> None:
    """Put the maze walls: rows if `across`, else columns."""
    sizes = world.sizes
    length = sizes.width if across else sizes.height
    for n in range(count):
        line = 4 + 4 * n
        start, stop = 0, length + (-length) // 3 + 1
        if n % 2 == 1:
            start, stop = length // 3, length
        for c in range(start, stop):
            q = index(world, line, c) if across else index(world, c, line)
            world.cells[w, q] = WALL


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw food, nest and maze, then the places of the agents."""
    sizes = world.sizes
    height, width = sizes.height, sizes.width
    for w in range(first, last):
        key = enclose(world, w)
        food_far_row, food_far_col = below(key, 0, 2), below(key, 1, 2)
        across = below(key, 2, 2) == 1
        food_row, nest_row = 1 + food_far_row * (height - 4), 1 + (1 - food_far_row) * (height - 4)
        food_col, nest_col = 1 + food_far_col * (width - 4), 1 + (1 - food_far_col) * (width - 4)
        count = max(((height if across else width) - 5) // 4, 0)  # lines 4, 8, … before the last four
        if count % 2 == 1:
            if across:
                food_col = nest_col = 1
            else:
                food_row = nest_row = 1
        place_maze(world, w, across, count)
        place_square(world, w, food_row, food_col, FOOD)
        place_square(world, w, nest_row, nest_col, NEST)
        place_inside(world, w, second_stream(key))


@kernel()
def measure(
    world: WorldArrays, w: int, goal: int, distance: NDArray[np.int32], queue: NDArray[np.int32]
) -> int:
    """Fill `distance` with each cell's shortest way to `goal` (-1 = none); returns the longest."""
    sizes = world.sizes
    count, at, most = 0, 0, 1
    for q in range(len(distance)):
        distance[q] = -1
        if world.cells[w, q] == goal:
            distance[q], queue[count] = 0, q
            count += 1
    while at < count:
        q = queue[at]
        at += 1
        most = max(most, distance[q])
        for step in (1, -1, sizes.stride, -sizes.stride):
            t = q + step
            free = world.cells[w, t] == EMPTY or world.cells[w, t] >= sizes.first_agent
            if free and distance[t] < 0:
                distance[t], queue[count] = distance[q] + 1, t
                count += 1
    return most


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Measure the ways if the reward is shaped."""
    if world.sizes.shaped:
        for w in range(first, last):
            state = State(world, w)
            for i in range(2):
                state.longest[i] = measure(world, w, FOOD + i, state.way[i], state.queue)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Take and deliver food; without branches, since they would be mispredicted."""
    stride, first_agent = world.sizes.stride, world.sizes.first_agent
    for w in range(first, last):
        cells, delivered = world.cells[w], 0
        for a in range(world.sizes.num_agents):
            if world.active[w, a] != PRESENT:
                continue
            q = index(world, world.position[w, a, 0], world.position[w, a, 1])
            beside = 1 << cells[np.uint64(q - 1)] | 1 << cells[np.uint64(q + 1)]  # bit c: code c is there
            beside |= 1 << cells[np.uint64(q - stride)] | 1 << cells[np.uint64(q + stride)]
            carries = (beside >> FOOD | world.mark[w, a]) & 1
            delivers = carries & (beside >> NEST)
            delivered += delivers
            mark = carries - delivers
            world.mark[w, a] = mark
            cells[np.uint64(q)] = first_agent + mark
        world.score[w] += delivered


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """0.5 for carrying, minus half the fraction of the way that is left."""
    for w in range(first, last):
        state = State(world, w)
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT:
                carrying = np.int64(world.mark[w, a])
                q = index(world, world.position[w, a, 0], world.position[w, a, 1])
                way, most = state.way[carrying, q], state.longest[carrying]
                world.potential[w, a] = 0.5 * carrying - 0.5 * (way if way >= 0 else most) / most


class Foraging(Scenario):
    """Food through the maze."""

    name = "foraging"
    statics = (Kind("F", "food", (0, 158, 115), "round"), Kind("N", "nest", (204, 121, 167), "house"))
    agents = (
        Kind("a", "agent that carries nothing", (86, 180, 233)),
        Kind("A", "agent that carries food", (230, 159, 0)),
    )
    events = (Event("food taken", "marked"), Event("delivery", "unmarked"))
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    def check(self) -> None:
        """Check that food, nest and agents fit on the map."""
        height, width = self.config.height, self.config.width
        require_size(self.config, 6, 6, "for food and nest")
        require_room(self.config, self._fewest_free(height, width), "inside the maze")

    @staticmethod
    def _fewest_free(height: int, width: int) -> int:
        """Free cells of the more crowded kind of maze."""
        fewest = (height - 2) * (width - 2)
        for lines, length in ((height, width), (width, height)):
            walls = 0
            for n, _ in enumerate(range(4, lines - 4, 4)):
                start, stop = (0, length + (-length) // 3 + 1) if n % 2 == 0 else (length // 3, length)
                walls += min(stop, length - 1) - max(start, 1)
            fewest = min(fewest, (height - 2) * (width - 2) - walls)
        return fewest - 2 * SIDE * SIDE

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Carry food (F) to the nest (N) through a maze of walls (W). You take food by standing beside F "
            "(above, below, left or right of it) and deliver it by standing beside N; each delivery scores a "
            "point for the team and leaves you free to fetch more. An agent that carries food is marked. "
            "Food never runs out. Deliver as often as you can."
        )


SCENARIO = Foraging
