"""How far the particles of a world head the same way."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.space.angles import UNIT
from swarm_env.engine.state import PRESENT, WorldArrays


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


def gather_order(world: WorldArrays) -> NDArray[np.float64]:
    """(B,) `order_now` of all worlds."""
    there = world.active == PRESENT
    down, right = np.where(there[..., None], world.heading, 0).sum(axis=1, dtype=np.float64).T
    length: NDArray[np.float64] = np.sqrt(down * down + right * right)
    order: NDArray[np.float64] = np.minimum(length / (UNIT * np.maximum(there.sum(axis=1), 1)), 1.0)
    return order
