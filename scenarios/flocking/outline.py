"""The distance of the agents to the outline, over its translations: bounds, then exact assignments."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.flocking.assignment import FAR, LANES, Problem, assign, level

from swarm_env.engine import PRESENT, ScenarioState, WorldArrays, integer, kernel, scratch

BLOCK = 16  # places of the outline whose bounds are found together
NOWHERE = 1 << 19  # row of a cell that is none [cells]


def columns(size: int) -> int:
    """The least multiple of LANES that is not less."""
    return -(-size // LANES) * LANES


def places(side: int, agents: int) -> int:
    """Places of the outline on an axis of `side` cells, rounded up to whole blocks."""
    return -(-(side + agents // 4) // BLOCK) * BLOCK


class State(ScenarioState):
    """Distances to the outline, and arrays to find them with."""

    first = integer()  # at the start
    best = integer()  # least so far
    now = integer()  # only if the reward is shaped
    price = scratch(
        np.int32, lambda size: columns(size.agents)
    )  # of the outline's cells, from round to round
    # The rest is used in the first of the worlds of a call for all of them, so it stays in the L1 cache.
    rows = scratch(np.int32, "agents")  # of the agents in play
    cols = scratch(np.int32, "agents")
    inside = scratch(np.int32, "agents")  # how far inside the outline on the other axis
    # Bounds for each row, for each column, and for each place in a row of the outline.
    down = scratch(np.int32, lambda size: places(size.height, size.agents))
    across = scratch(np.int32, lambda size: places(size.width, size.agents))
    along = scratch(np.int32, lambda size: places(size.width, size.agents))
    lanes = scratch(np.int32, 5 * BLOCK)
    cell = scratch(np.int32, 2, lambda size: columns(size.agents))  # row and column in the outline
    cost = scratch(np.int32, lambda size: size.agents * columns(size.agents))
    work = scratch(np.int32, 8, lambda size: columns(size.agents))


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
def bound_block(
    at: NDArray[np.int32], inside: NDArray[np.int32], present: int, spare: int, edge: int, first: int,
    lanes: NDArray[np.int32], bounds: NDArray[np.int32],
) -> int:  # fmt: skip
    """Lower bounds of an assignment at places first … first + BLOCK - 1 of the outline on an axis.

    A bound is the sum of the agents' distances to the outline without the `spare` largest (agents without a
    cell, 0 to 3). It is FAR if no agent is on the outline. Place p begins at p - edge. `at` has the agents'
    places on the axis, `inside` how far each is inside the outline on the other axis, negative outside; with
    zeros the bounds are those of this axis alone.

    The places are the inner loop, of a fixed length and without branches, so that it is one pass through
    vector registers for each agent; `lanes` keeps sums, the three largest and the least in between.

    Returns:
        The least of the bounds.
    """
    e, lowest = np.int32(edge), np.int32(FAR)
    for k in range(4 * BLOCK):
        lanes[k] = 0
    for k in range(4 * BLOCK, 5 * BLOCK):
        lanes[k] = FAR
    for a in range(present):
        start, other = np.int32(at[a] + edge - first), inside[a]
        beyond = max(np.int32(-other), np.int32(0))
        for k in range(BLOCK):
            x = np.int32(start - k)
            depth = min(x, np.int32(e - x))
            # The way to the square is straight across and along, from inside it to the nearest side.
            away = np.int32(beyond + max(np.int32(-depth), np.int32(0)))
            away = np.int32(away + max(min(other, depth), np.int32(0)))
            lanes[k] = np.int32(lanes[k] + away)
            most, second, third = lanes[BLOCK + k], lanes[2 * BLOCK + k], lanes[3 * BLOCK + k]
            lanes[BLOCK + k] = max(most, away)
            lanes[2 * BLOCK + k] = max(second, min(most, away))
            lanes[3 * BLOCK + k] = max(third, min(second, away))
            lanes[4 * BLOCK + k] = min(lanes[4 * BLOCK + k], away)
    for k in range(BLOCK):
        total = lanes[k] if lanes[4 * BLOCK + k] == 0 else np.int32(FAR)
        total = np.int32(total - (lanes[BLOCK + k] if spare > 0 else np.int32(0)))
        total = np.int32(total - (lanes[2 * BLOCK + k] if spare > 1 else np.int32(0)))
        total = np.int32(total - (lanes[3 * BLOCK + k] if spare > 2 else np.int32(0)))
        bounds[first + k] = total
        lowest = min(lowest, total)
    return int(lowest)


@kernel()
def bound_axis(state: State, at: NDArray[np.int32], present: int, spare: int, edge: int,
               bounds: NDArray[np.int32]) -> int:  # fmt: skip
    """`bound_block` for all places on an axis alone; returns the least."""
    lowest = FAR
    state.inside[:] = 0
    for p in range(0, len(bounds), BLOCK):
        lowest = min(lowest, bound_block(at, state.inside, present, spare, edge, p, state.lanes, bounds))
    return lowest


@kernel()
def bound_row(state: State, present: int, spare: int, edge: int, p: int, limit: int) -> int:
    """Bounds for all places in row `p` of the outline, into `along`; returns the least.

    Blocks of places that the bounds of both axes exclude get FAR.
    """
    lowest, along, across = FAR, state.along, state.across
    for a in range(present):
        y = state.rows[a] + edge - p
        state.inside[a] = min(y, edge - y)
    for q in range(0, len(along), BLOCK):
        least = np.int32(FAR)
        for k in range(q, q + BLOCK):
            least = min(least, across[k])
            along[k] = FAR
        if state.down[p] + least < limit:
            found = bound_block(state.cols, state.inside, present, spare, edge, q, state.lanes, along)
            lowest = min(lowest, found)
    return lowest


@kernel()
def distance_at(
    state: State, price: NDArray[np.int32], present: int, edge: int, i: int, j: int, limit: int
) -> int:
    """The distance to the outline at (i, j) if it is less than `limit`, else `limit`.

    There are as many rows as columns: agents without a cell get one that costs nothing, and so on.
    """
    cells = max(4 * edge, 1)
    size, wide = max(present, cells), len(price)
    work, cost = state.work, state.cost
    problem = Problem(
        size, cost, price, work[0], work[1], work[2], work[3], work[4], work[5], work[6], work[7]
    )
    total, ys, xs = level(price, size), state.cell[0], state.cell[1]
    for row in range(size):
        least, start = np.int32(FAR), row * wide
        if row < present:
            y, x = np.int32(state.rows[row] - i), np.int32(state.cols[row] - j)
            for k in range(wide):
                far = np.int32(abs(np.int32(ys[k] - y)) + abs(np.int32(xs[k] - x)))
                cost[start + k] = far
                least = min(least, np.int32(far - price[k]))
            for k in range(cells, size):
                cost[start + k] = 0
                least = min(least, np.int32(-price[k]))
        else:
            for k in range(wide):
                cost[start + k] = 0 if k < size else NOWHERE
            for k in range(size):
                least = min(least, np.int32(-price[k]))
        problem.least[row] = least
        total += int(least)
    return assign(problem, total, limit)


@kernel()
def least_distance(world: WorldArrays, w: int, first: int, limit: int) -> int:
    """The distance to the outline if it is less than `limit`, else `limit`.

    Works in the arrays of world `first`.
    """
    sizes, state, price = world.sizes, State(world, first), State(world, w).price
    edge, present, rows, cols = sizes.num_agents // 4, 0, state.rows, state.cols
    down, along = state.down, state.along
    for a in range(sizes.num_agents):
        rows[present], cols[present] = world.position[w, a, 0], world.position[w, a, 1]
        present += world.active[w, a] == PRESENT
    if present == 0:
        return limit
    spare = max(present - max(4 * edge, 1), 0)
    bound_axis(state, rows, present, spare, edge, down)
    narrow = bound_axis(state, cols, present, spare, edge, state.across)
    if limit == FAR:  # start with a good place, so that few can be better
        lowest, best_p, best_q = FAR, 0, 0
        for p in range(len(down)):
            if down[p] + narrow < lowest and bound_row(state, present, spare, edge, p, lowest) < lowest:
                for q in range(len(along)):
                    if along[q] < lowest:
                        lowest, best_p, best_q = int(along[q]), p, q
        limit = distance_at(state, price, present, edge, best_p - edge, best_q - edge, limit)
    for p in range(len(down)):
        if down[p] + narrow < limit and bound_row(state, present, spare, edge, p, limit) < limit:
            for q in range(len(along)):
                if along[q] < limit:
                    limit = distance_at(state, price, present, edge, p - edge, q - edge, limit)
    return limit


@kernel()
def lay_outline(world: WorldArrays, w: int) -> None:
    """Write the cells of the outline into `cell`; columns that are none lie far away."""
    cell, edge = State(world, w).cell, world.sizes.num_agents // 4
    cell[:] = NOWHERE
    for c in range(max(4 * edge, 1)):
        cell[0, c], cell[1, c] = outline_cell(edge, c)
