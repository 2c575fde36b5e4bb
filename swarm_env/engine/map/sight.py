"""What unlike agents see: their own team first, nothing beyond their sight, and what lies on the floor."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.state import AWAY, OUTSIDE, PRESENT, SIGHT, TEAM, WorldArrays, index

MOST_BYTE = 255.0  # greatest amount in a feature vector of bytes


@kernel()
def adapt_views(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Change views to those of unlike agents: teams count from the own one on, far cells lie outside.

    An agent's own team has the codes of the first team, the next one those of the second, and so on around.
    So one policy plays all sides.
    """
    sizes = world.sizes
    k, agents = sizes.view_size, sizes.first_agent
    half, kinds = k // 2, sizes.agent_kinds
    for w in range(first, last):
        view = world.views[w]
        for a in range(first_agent, last_agent):
            if world.active[w, a] != PRESENT:
                continue
            at, shift, sight = a * k * k, world.agents[a, TEAM] * sizes.looks, world.agents[a, SIGHT]
            if shift:
                for i in range(at, at + k * k):
                    if view[i] >= agents:
                        view[i] = agents + (view[i] - agents - shift + kinds) % kinds
            if sight < half:
                for y in range(k):
                    for x in range(k):
                        if max(abs(y - half), abs(x - half)) > sight:
                            view[at + y * k + x] = OUTSIDE


@kernel(wrapped=True)
def write_numbers(
    position: NDArray[np.int32], active: NDArray[np.uint8], agents: NDArray[np.int64],
    who: NDArray[np.int32], out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Write for each of `agents` which agents stand on the cells of its view, (n, k, k), -1 for none.

    `who` is scratch: (height + k - 1, width + k - 1) of -1.
    """
    k = out.shape[1]
    half = k // 2
    for a in range(len(active)):
        if active[a] == PRESENT:
            who[position[a, 0] + half, position[a, 1] + half] = a
    for i in range(len(agents)):
        row, col = position[agents[i], 0], position[agents[i], 1]
        for y in range(k):
            for x in range(k):
                out[i, y, x] = who[row + y, col + x]


@kernel()
def hide_from_away(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Let agents that are away see nothing but cells outside the map."""
    area = world.sizes.view_size**2
    for w in range(first, last):
        for a in range(first_agent, last_agent):
            if world.active[w, a] == AWAY:
                for i in range(a * area, (a + 1) * area):
                    world.views[w, i] = OUTSIDE


@kernel()
def write_floor_views(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Write how much of each layer lies around some agents; zeros beyond sight and for the departed."""
    sizes = world.sizes
    k, layers, stride = sizes.view_size, sizes.layers, sizes.stride
    half = k // 2
    for w in range(first, last):
        for a in range(first_agent, last_agent):
            seen = world.floor_views[w, a]
            for i in range(layers * k * k):
                seen[i] = 0.0
            if world.active[w, a] != PRESENT:
                continue
            sight = world.agents[a, SIGHT] if sizes.unlike else half
            row, col = world.position[w, a, 0] - sight, world.position[w, a, 1] - sight
            q, side = index(world, row, col), 2 * sight + 1
            for layer in range(layers):
                at = (layer * k + half - sight) * k + half - sight
                for y in range(side):
                    for x in range(side):
                        seen[at + y * k + x] = world.floor[w, layer, q + y * stride + x]


@kernel()
def write_floor_planes(
    world: WorldArrays, features: NDArray[Any], whole: int, first: int, last: int, first_agent: int,
    last_agent: int,
) -> None:  # fmt: skip
    """Write the planes of the floor, after those of the kinds: shares of `floor_most`, if `whole` amounts."""
    sizes = world.sizes
    area = sizes.view_size**2
    start = 0 if sizes.space else sizes.num_planes * area
    for w in range(first, last):
        for a in range(first_agent, last_agent):
            for layer in range(sizes.layers):
                most = np.float32(1.0) if whole else world.floor_most[layer]
                for i in range(layer * area, (layer + 1) * area):
                    amount = world.floor_views[w, a, i]
                    features[w, a, start + i] = min(amount, MOST_BYTE) if whole else amount / most
