"""Pheromones: amounts on the floor that decay and spread."""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.state import OUTSIDE, WALL, WorldArrays, index


@kernel(inline=True)
def lay(world: WorldArrays, w: int, layer: int, row: int, col: int, amount: float, most: float) -> None:
    """Add an amount to a layer on one cell, up to `most`."""
    q = index(world, row, col)
    world.floor[w, layer, q] = np.float32(min(world.floor[w, layer, q] + amount, most))


@kernel()
def diffuse(world: WorldArrays, w: int, layer: int, keep: float, spread: float, least: float) -> None:
    """Let a layer decay and spread for a round, and forget what is less than `least`.

    Each cell keeps the share `keep` (0 to 1); of what it keeps it gives the share `spread` away, in equal
    parts to its four neighbours. What would go into walls or off the map stays.
    """
    sizes = world.sizes
    floor, stride, before = world.floor[w, layer], sizes.stride, world.floor_before[w]
    for q in range(len(before)):
        before[q] = floor[q]
    cells = world.cells[w]
    for row in range(sizes.height):
        for col in range(sizes.width):
            q = index(world, row, col)
            if cells[q] == WALL:
                continue
            total, kept = 0.0, 4
            for t in (q - stride, q + stride, q - 1, q + 1):
                if cells[t] != WALL and cells[t] != OUTSIDE:
                    total += np.float64(before[t])
                    kept -= 1
            own = np.float64(before[q]) * (1.0 - spread + spread * kept / 4.0)
            amount = keep * (own + spread * total / 4.0)
            floor[q] = np.float32(amount if amount >= least else 0.0)
