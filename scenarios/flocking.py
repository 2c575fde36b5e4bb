"""Gather into the outline of a square.

An outer ring of walls; agents at random inner cells. The target is the outline of a square of side s =
floor(n / 4) + 1 cells for n agents. The distance of the agents to it is the least, over translations of the
outline, of the cheapest assignment of agents to its cells in Manhattan distance (rectangular where the counts
differ). The score is how much less than at the start the distance has ever been. The episode is over when the
distance is 0.

Quirk of the rules, kept: the translations tried are those that put some cell of the outline exactly on some
agent. With fewer than 4 agents the outline is one cell, the distance always 0 and the episode over after the
first round.

Meant for up to 256 agents: a round's cost grows with the fourth power of their number in the worst case.

Only whether any translation beats the best so far matters. A bound decides most of them: no assignment costs
less than the agents' distances to the nearest cell of the outline together, without the largest of as many
agents as have no cell. What it leaves (0.7 of 62 translations, measured in random play) is assigned exactly
by shortest augmenting paths (R. Jonker, A. Volgenant, Computing 38, 1987, without their heuristics).

Reward `shaped` adds the change of a potential: minus the distance now over the number of agents [cells]. (Our
choice; the published task has no reward but its score.)

Rules: arXiv 2505.04364 and its released system.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios._common import place_agents, require_room, require_size
from swarm_env.errors import ConfigError
from swarm_env.grid import EPISODE, PRESENT, RANGE, WorldArrays, place_ring
from swarm_env.kernels import kernel
from swarm_env.randomness import RESET, stream
from swarm_env.scenario import Scenario

MOST_AGENTS = 256
FIRST, BEST, NOW, STAMP = (
    0,
    1,
    2,
    3,
)  # memory: distances at first, least so far, now (if shaped); number of the last search
FAR = 1 << 30


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the places of the agents."""
    sizes = world.sizes
    for w in range(first, last):
        place_ring(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, RESET)
        place_agents(world, w, key, 1, sizes.height - 1, 1, sizes.width - 1)


@kernel(inline=True)
def outline_cell(side: int, c: int) -> tuple[int, int]:
    """Row and column of the c-th cell of the outline, clockwise from its upper left."""
    edge = max(side - 1, 1)
    part, at = c // edge, c % edge
    if part == 0:
        return 0, at
    if part == 1:
        return at, side - 1
    if part == 2:
        return side - 1, side - 1 - at
    return side - 1 - at, 0


@kernel()
def assign(cost: NDArray[np.int32], rows: int, cols: int, room: NDArray[np.int32]) -> int:
    """Cheapest assignment of every row to a column of its own, rows <= cols.

    Args:
        cost: (rows * cols,) row by row.
        rows: Number of rows.
        cols: Number of columns.
        room: Scratch of at least rows + 5 * cols + 6.

    Returns:
        The sum of the chosen costs.
    """
    u, v = room[: rows + 1], room[rows + 1 : rows + cols + 2]
    rest = room[rows + cols + 2 :]
    match, way = rest[: cols + 1], rest[cols + 1 : 2 * cols + 2]
    least, used = rest[2 * cols + 2 : 3 * cols + 3], rest[3 * cols + 3 : 4 * cols + 4]
    u[:] = 0
    v[:] = 0
    match[:] = 0
    for row in range(1, rows + 1):
        match[0], j = row, 0
        least[:] = FAR
        used[:] = 0
        while True:
            used[j] = 1
            i, delta, nearest = match[j], FAR, 0
            for k in range(1, cols + 1):
                if used[k] == 0:
                    now = cost[(i - 1) * cols + k - 1] - u[i] - v[k]
                    if now < least[k]:
                        least[k], way[k] = now, j
                    if least[k] < delta:
                        delta, nearest = least[k], k
            for k in range(cols + 1):
                if used[k]:
                    u[match[k]] += delta
                    v[k] -= delta
                else:
                    least[k] -= delta
            j = nearest
            if match[j] == 0:
                break
        while j != 0:
            match[j] = match[way[j]]
            j = way[j]
    return -v[0]


@kernel(inline=True)
def bound(
    here: NDArray[np.int32],
    away: NDArray[np.int32],
    present: int,
    cells: int,
    side: int,
    i: int,
    j: int,
    limit: int,
) -> int:
    """No assignment to the outline at (i, j) costs less than this.

    It is the sum of the agents' distances to the outline, without the largest of as many agents as have no
    cell. Agents are outside the square, where the nearest cell is straight across and along, or inside, where
    it is on the nearest side.

    Args:
        here: (2 * present,) rows, then columns of the agents.
        away: (present,) scratch.
        present: Number of agents.
        cells: Number of cells of the outline.
        side: Its side [cells].
        i: Row of its upper left.
        j: Column of its upper left.
        limit: Bounds from this one on are of no interest and may be too small.

    Returns:
        The bound.
    """
    edge, total, most = side - 1, 0, 0
    for a in range(present):
        y, x = here[a] - i, here[present + a] - j
        above, left = max(max(-y, y - edge), 0), max(max(-x, x - edge), 0)
        inside = max(min(min(y, edge - y), min(x, edge - x)), 0)
        away[a] = above + left + inside
        total += away[a]
        most = max(most, away[a])
    spare = present - cells
    if spare <= 0 or total - spare * most >= limit:
        return total - max(spare, 0) * most
    for _ in range(spare):
        worst = 0
        for a in range(1, present):
            if away[a] > away[worst]:
                worst = a
        total -= away[worst]
        away[worst] = 0
    return total


@kernel()
def least_distance(world: WorldArrays, w: int, limit: int) -> int:
    """The distance to the outline if it is less than `limit`, else `limit`."""
    sizes = world.sizes
    n = sizes.num_agents
    side = n // 4 + 1
    cells = max(4 * (side - 1), 1)
    margin = side - 1
    rows, cols = sizes.height + margin, sizes.width + margin
    table = world.table[w]
    tried, rest = table[: rows * cols], table[rows * cols :]
    outline, rest = rest[: 2 * cells], rest[2 * cells :]
    here, rest = rest[: 2 * n], rest[2 * n :]
    away, rest = rest[:n], rest[n:]
    cost, room = rest[: n * cells], rest[n * cells :]
    world.memory[w, STAMP] += 1
    stamp = world.memory[w, STAMP]
    if stamp == 1:
        tried[:] = 0
        for c in range(cells):
            outline[c], outline[cells + c] = outline_cell(side, c)
    present = 0
    for a in range(n):
        present += world.active[w, a] == PRESENT
    at = 0
    for a in range(n):
        if world.active[w, a] == PRESENT:
            here[at], here[present + at] = world.position[w, a, 0], world.position[w, a, 1]
            at += 1
    for a in range(present):
        for c in range(cells):
            # The outline's upper left, if its cell c stands on agent a: up to `margin` outside the map.
            i, j = here[a] - outline[c], here[present + a] - outline[cells + c]
            if tried[(i + margin) * cols + j + margin] == stamp:
                continue
            tried[(i + margin) * cols + j + margin] = stamp
            if bound(here, away, present, cells, side, i, j, limit) >= limit:
                continue
            for d in range(cells):
                for b in range(present):
                    far = abs(here[b] - i - outline[d]) + abs(here[present + b] - j - outline[cells + d])
                    cost[d * present + b if present >= cells else b * cells + d] = far
            limit = min(limit, assign(cost, min(cells, present), max(cells, present), room))
    return limit


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Measure the first distance."""
    for w in range(first, last):
        distance = least_distance(world, w, FAR)
        world.memory[w, FIRST], world.memory[w, BEST], world.memory[w, NOW] = distance, distance, distance


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score if the agents were never nearer; over when they are there."""
    shaped = world.sizes.shaped
    for w in range(first, last):
        best = world.memory[w, BEST]
        distance = least_distance(world, w, FAR if shaped else max(best, 1))
        world.memory[w, NOW] = distance
        if distance < best:
            world.memory[w, BEST] = distance
            world.score[w] = world.memory[w, FIRST] - distance
        if distance == 0:
            world.over[w] = 1


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Minus the distance now, per agent."""
    n = world.sizes.num_agents
    for w in range(first, last):
        for a in range(n):
            world.potential[w, a] = -world.memory[w, NOW] / n


class Flocking(Scenario):
    """The outline of a square."""

    name = "flocking"
    reset, begin, update, potential = reset, begin, update, potential

    @property
    def side(self) -> int:
        """Side of the target outline [cells]."""
        return self.config.num_agents // 4 + 1

    def check(self) -> None:
        """Refuse crowds, and maps that the outline does not fit in."""
        if self.config.num_agents > MOST_AGENTS:
            raise ConfigError(
                f"flocking is meant for up to {MOST_AGENTS} agents, not {self.config.num_agents}: a round's "
                f"cost grows with the fourth "
                f"power of their number. Set num_agents to at most {MOST_AGENTS}."
            )
        require_size(self.config, self.side + 2, self.side + 2, f"for an outline of side {self.side}")
        require_room(self.config, (self.config.height - 2) * (self.config.width - 2), "inside the walls")

    def memory_size(self) -> int:
        """Distances and the number of the last search."""
        return 4

    def table_size(self, num_cells: int) -> int:
        """A map with margins, lists of places, the costs of an assignment and its scratch."""
        n, side = self.config.num_agents, self.side
        cells = max(4 * (side - 1), 1)
        area = (self.config.height + side - 1) * (self.config.width + side - 1)
        return area + 2 * cells + 3 * n + n * cells + 6 * (n + cells) + 16

    def facts(self) -> Mapping[str, Any]:
        """Side of the outline [cells]."""
        return {"side": self.side}

    def words(self) -> str:
        """The task in plain words."""
        side = self.side
        rows = ["#" * side] + ["#" + "." * (side - 2) + "#"] * (side - 2) + ["#" * side] * (side > 1)
        picture = "\n".join(rows)
        return (
            f"Together, take the shape of the outline of a square with sides of {side} cells, one agent (#) "
            f"per cell, anywhere on the map:\n"
            f"{picture}\nThe score is how much nearer to such a shape the team has come than it was at the "
            f"start, in steps. You are done when "
            "every cell of the outline is taken."
        )


SCENARIO = Flocking
