"""Order parameters: how far the particles of a world head the same way, are together, or circle."""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.space.angles import UNIT
from swarm_env.engine.space.neighbours import CELL
from swarm_env.engine.space.ways import shorter
from swarm_env.engine.state import PRESENT, TORUS, WorldArrays


@kernel()
def order_now(world: WorldArrays, w: int) -> float:
    """Length of the mean heading of the agents in play, 0 to 1; 0 if there are none."""
    count, down, right = 0, 0, 0
    for a in range(world.sizes.num_agents):
        if world.active[w, a] == PRESENT:
            count += 1
            down += int(world.heading[w, a, 0])
            right += int(world.heading[w, a, 1])
    length = float(np.sqrt(float(down) * float(down) + float(right) * float(right)))
    return min(length / (UNIT * max(count, 1)), 1.0)


@kernel(inline=True)
def way_from(world: WorldArrays, w: int, a: int, b: int) -> tuple[int, int]:
    """The way from agent `a` to agent `b` (down, right) [2**-14 cells], on a torus the shortest."""
    sizes, wraps = world.sizes, int(world.sizes.space == TORUS)
    down = (np.int64(world.place[w, b, 0]) * sizes.height >> 18) - (
        np.int64(world.place[w, a, 0]) * sizes.height >> 18
    )
    right = (np.int64(world.place[w, b, 1]) * sizes.width >> 18) - (
        np.int64(world.place[w, a, 1]) * sizes.width >> 18
    )
    return shorter(int(down), sizes.height * CELL, wraps), shorter(int(right), sizes.width * CELL, wraps)


@kernel()
def group_now(world: WorldArrays, w: int) -> tuple[float, float]:
    """Dispersion and rotation of the agents in play; (0, 0) if there are none.

    Dispersion is the root of the mean square of their distances from their centre [cells]. Rotation is the
    length of the mean of the cross products of the direction from the centre and the heading, 0 to 1. On a
    torus the centre is the mean of the shortest ways from the first agent: right for groups that reach over
    less than half of it.
    """
    first, count, down, right = -1, 0, 0, 0
    for a in range(world.sizes.num_agents):
        if world.active[w, a] == PRESENT:
            first = a if first < 0 else first
            y, x = way_from(world, w, first, a)
            count, down, right = count + 1, down + y, right + x
    centre_down, centre_right = down / max(count, 1), right / max(count, 1)
    squares, turning = 0.0, 0.0
    for a in range(world.sizes.num_agents):
        if world.active[w, a] == PRESENT:
            y, x = way_from(world, w, first, a)
            out_down, out_right = y - centre_down, x - centre_right
            square = out_down * out_down + out_right * out_right
            squares += square
            if square > 0.0:
                cross = out_right * world.heading[w, a, 0] - out_down * world.heading[w, a, 1]
                turning += cross / np.sqrt(square)
    n = max(count, 1)
    return float(np.sqrt(squares / n)) / CELL, min(abs(turning) / (UNIT * n), 1.0)
