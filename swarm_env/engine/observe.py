"""Observations: the codes around each agent, or feature vectors (planes, own state, heard messages)."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import copy_bytes, kernel
from swarm_env.engine.state import NO_MESSAGES, PRESENT, WorldArrays, index

OWN = 3  # numbers about the agent after the planes: row and column (0 to 1 over the map), mark (0 or 1)
NO_PLANE = 255  # for codes without a plane (free cells)


@kernel(inline=True)
def copy_rows(
    cells: NDArray[np.uint8], q: int, stride: int, view: NDArray[np.uint8], at: int, size: int
) -> None:
    """Copy `size` rows of `size` codes from the flat index `q` on; fast where `size` is a literal."""
    for y in range(size):
        copy_bytes(view, at + y * size, cells, q + y * stride, size)


@kernel()
def write_views(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Write the codes around some agents of some worlds; zeros for departed agents."""
    sizes = world.sizes
    k, stride = sizes.view_size, sizes.stride
    half = k // 2
    for w in range(first, last):
        cells, view = world.cells[w], world.views[w]
        for a in range(first_agent, last_agent):
            at = a * k * k
            if world.active[w, a] != PRESENT:
                for i in range(at, at + k * k):
                    view[i] = 0
                continue
            q = index(world, world.position[w, a, 0] - half, world.position[w, a, 1] - half)
            if k == 5:
                for y in range(5):
                    copy_bytes(view, at + y * 5, cells, q + y * stride, 5)
            elif k == 3:
                for y in range(3):
                    copy_bytes(view, at + y * 3, cells, q + y * stride, 3)
            elif k == 7:
                for y in range(7):
                    copy_bytes(view, at + y * 7, cells, q + y * stride, 7)
            elif k == 9:
                for y in range(9):
                    copy_bytes(view, at + y * 9, cells, q + y * stride, 9)
            else:
                copy_rows(cells, q, stride, view, at, k)


@kernel()
def write_features(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Write the feature vectors of some agents of some worlds; zeros for departed agents.

    The feature vector of an agent is `num_planes` planes of k * k zeros and ones, then row / (height - 1),
    column / (width - 1) and mark, then each sense as a share of its greatest value, then the row of `heard`.
    """
    sizes = world.sizes
    k, stride, planes = sizes.view_size, sizes.stride, sizes.num_planes
    half, area = k // 2, k * k
    own = planes * area
    senses, hears = world.sense.shape[2], 0 if sizes.channel == NO_MESSAGES else world.heard.shape[2]
    for w in range(first, last):
        for a in range(first_agent, last_agent):
            for i in range(own + OWN + senses + hears):
                world.features[w, a, i] = 0.0
            if world.active[w, a] != PRESENT:
                continue
            row, col = world.position[w, a, 0], world.position[w, a, 1]
            q = index(world, row - half, col - half)
            for y in range(k):
                for x in range(k):
                    plane = world.planes[world.cells[w, q + y * stride + x]]
                    if plane != NO_PLANE:
                        world.features[w, a, plane * area + y * k + x] = 1.0
            world.features[w, a, own] = row / max(sizes.height - 1, 1)
            world.features[w, a, own + 1] = col / max(sizes.width - 1, 1)
            world.features[w, a, own + 2] = world.mark[w, a]
            for i in range(senses):
                world.features[w, a, own + OWN + i] = float(world.sense[w, a, i]) / world.sense_most[i]
            for i in range(hears):
                world.features[w, a, own + OWN + senses + i] = world.heard[w, a, i]
