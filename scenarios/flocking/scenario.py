"""The scenario class and its kernels; the rules are at the top of `scenarios/flocking/__init__.py`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.common import require_room, require_size, reset_inside
from swarm_env.scenarios.flocking.assignment import FAR, assign

from swarm_env.engine import PRESENT, RANGE, ScenarioState, WorldArrays, integer, kernel, scratch
from swarm_env.errors import ConfigError
from swarm_env.scenario import Event, Scenario

MOST_AGENTS = 256


class State(ScenarioState):
    """Distances to the outline, and arrays to find them with."""

    first = integer()  # at the start
    best = integer()  # least so far
    now = integer()  # only if the reward is shaped
    rows = scratch(np.int32, "agents")  # of the agents in play
    cols = scratch(np.int32, "agents")
    # Bounds for each row and column of the outline.
    down = scratch(np.int32, lambda size: size.height + size.agents // 4)
    across = scratch(np.int32, lambda size: size.width + size.agents // 4)
    room = scratch(np.int32, lambda size: room_needed(size.agents, max(size.agents // 4 * 4, 1)))


def room_needed(num_agents: int, num_cells: int) -> int:
    """Numbers that `distance_at` works in: the costs of an assignment, and the scratch of `assign`."""
    return num_agents * num_cells + 6 * (num_agents + num_cells) + 16


@kernel(inline=True)
def outline_cell(edge: int, c: int) -> tuple[int, int]:
    """Row and column of the c-th cell of the outline of side edge + 1, clockwise from its upper left."""
    if c <= edge:
        return 0, c
    if c <= 2 * edge:
        return c - edge, edge
    if c <= 3 * edge:
        return edge, 3 * edge - c
    return 4 * edge - c, 0


@kernel(inline=True)
def keep_largest(number: int, most: int, second: int, third: int) -> tuple[int, int, int]:
    """The three largest of four numbers, of which three are given in falling order; without branches."""
    return max(most, number), max(second, min(most, number)), max(third, min(second, number))


@kernel(inline=True)
def of_largest(count: int, most: int, second: int, third: int) -> int:
    """The sum of the first `count` of three numbers."""
    total = 0
    if count > 0:
        total += most
    if count > 1:
        total += second
    if count > 2:
        total += third
    return total


@kernel(inline=True)
def bound_along(
    places: NDArray[np.int32], present: int, spare: int, edge: int, bounds: NDArray[np.int32]
) -> int:
    """Lower bounds of the cost of an assignment along one axis, for each place of the outline on it.

    A bound is the sum of the agents' distances to the outline's extent, without the `spare` largest (agents
    without a cell, 0 to 3). `bounds` gets one for each place of the outline's upper left from `edge` outside
    the map on. Returns the least.
    """
    lowest = FAR
    for p in range(bounds.shape[0]):
        start = p - edge
        total, most, second, third = 0, 0, 0, 0
        for a in range(present):
            away = max(start - places[a], places[a] - start - edge, 0)
            total += away
            most, second, third = keep_largest(away, most, second, third)
        total -= of_largest(spare, most, second, third)
        bounds[p] = total
        lowest = min(lowest, total)
    return lowest


@kernel(inline=True)
def bound(
    rows: NDArray[np.int32], cols: NDArray[np.int32], present: int, spare: int, edge: int, i: int, j: int
) -> int:
    """Lower bound of the cost of an assignment to the outline at (i, j); `FAR` if none of it is on an agent.

    It is the sum of the agents' distances to the outline, without the `spare` largest (see `bound_along`).
    Agents are outside the square, where the nearest cell is straight across and along, or inside, where it is
    on the nearest side.
    """
    total, most, second, third, nearest = 0, 0, 0, 0, FAR
    for a in range(present):
        y, x = rows[a] - i, cols[a] - j
        inside = max(min(min(y, edge - y), min(x, edge - x)), 0)
        away = max(-y, y - edge, 0) + max(-x, x - edge, 0) + inside
        nearest = min(nearest, away)
        total += away
        most, second, third = keep_largest(away, most, second, third)
    if nearest > 0:
        return FAR
    return total - of_largest(spare, most, second, third)


@kernel(inline=True)
def distance_at(
    rows: NDArray[np.int32], cols: NDArray[np.int32], present: int, edge: int, i: int, j: int, limit: int,
    room: NDArray[np.int32],
) -> int:  # fmt: skip
    """The distance to the outline at (i, j) if it is less than `limit`, else `limit`."""
    cells = max(4 * edge, 1)
    cost = room[: present * cells]
    for d in range(cells):
        y, x = outline_cell(edge, d)
        for b in range(present):
            far = abs(rows[b] - i - y) + abs(cols[b] - j - x)
            cost[d * present + b if present >= cells else b * cells + d] = far
    return assign(cost, min(cells, present), max(cells, present), room[present * cells :], limit)


@kernel()
def least_distance(world: WorldArrays, w: int, limit: int) -> int:
    """The distance to the outline if it is less than `limit`, else `limit`."""
    sizes = world.sizes
    n, edge, present = sizes.num_agents, sizes.num_agents // 4, 0
    state = State(world, w)
    rows, cols, down, across, room = state.rows, state.cols, state.down, state.across, state.room
    for a in range(n):
        rows[present], cols[present] = world.position[w, a, 0], world.position[w, a, 1]
        present += world.active[w, a] == PRESENT
    if present == 0:
        return limit
    spare = max(present - max(4 * edge, 1), 0)
    bound_along(rows, present, spare, edge, down)
    narrow = bound_along(cols, present, spare, edge, across)
    if limit == FAR:  # start with a good place, so that few can be better
        lowest, best_i, best_j = FAR, 0, 0
        for p in range(down.shape[0]):
            for q in range(across.shape[0]):
                if down[p] + across[q] < lowest:
                    least = bound(rows, cols, present, spare, edge, p - edge, q - edge)
                    if least < lowest:
                        lowest, best_i, best_j = least, p - edge, q - edge
        limit = distance_at(rows, cols, present, edge, best_i, best_j, limit, room)
    for p in range(down.shape[0]):
        if down[p] + narrow >= limit:
            continue
        for q in range(across.shape[0]):
            if down[p] + across[q] < limit:
                i, j = p - edge, q - edge
                if bound(rows, cols, present, spare, edge, i, j) < limit:
                    limit = distance_at(rows, cols, present, edge, i, j, limit, room)
    return limit


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Measure the first distance."""
    for w in range(first, last):
        state, distance = State(world, w), least_distance(world, w, FAR)
        state.first, state.best, state.now = distance, distance, distance


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score if the agents were never nearer; the episode is over at distance 0."""
    shaped = world.sizes.shaped
    for w in range(first, last):
        state = State(world, w)
        distance = least_distance(world, w, FAR if shaped else max(state.best, 1))
        if distance < FAR:  # somebody is left
            state.now = distance
        if distance < state.best:
            state.best = distance
            world.score[w] = state.first - distance
        if distance == 0:
            world.over[w] = 1


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Minus the distance now, per agent."""
    n = world.sizes.num_agents
    for w in range(first, last):
        for a in range(n):
            world.potential[w, a] = -State(world, w).now / n


class Flocking(Scenario):
    """The outline of a square."""

    name = "flocking"
    events = (Event("closer than ever", "score"),)
    reset, begin, update, potential = reset_inside, begin, update, potential
    State = State

    @property
    def side(self) -> int:
        """Side of the target outline [cells]."""
        return self.config.num_agents // 4 + 1

    def check(self) -> None:
        """Check that the outline and the agents fit on the map."""
        if self.config.num_agents > MOST_AGENTS:
            raise ConfigError(
                f"flocking is meant for up to {MOST_AGENTS} agents, not {self.config.num_agents}: a round's "
                f"cost grows with the fourth power of their number. Set num_agents to at most {MOST_AGENTS}."
            )
        require_size(self.config, self.side + 2, self.side + 2, f"for an outline of side {self.side}")
        require_room(self.config)

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
            f"per cell, anywhere on the map:\n{picture}\nThe score is how much nearer to such a shape the "
            "team has come than it was at the start, in steps. You are done when every cell of the outline "
            "is taken."
        )
