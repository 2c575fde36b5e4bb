"""Who hears whom: range, topology and loss, the same for texts, tokens and vectors."""

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import LOSS, ORDER, number, stream, unit
from swarm_env.engine.space.ways import shorter
from swarm_env.engine.state import (
    ALL,
    AROUND,
    EPISODE,
    IN_RANGE,
    PRESENT,
    ROUND,
    TORUS,
    WorldArrays,
    world_at,
)


@kernel(inline=True)
def round_key(world: WorldArrays, w: int, purpose: int) -> np.uint64:
    """Key of the stream for one purpose in this round of world `w`."""
    return stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], purpose)


@kernel(inline=True)
def is_lost(world: WorldArrays, key: np.uint64, speaker: int, hearer: int) -> bool:
    """Whether a message is lost on the way to one hearer; `key` is that of LOSS in the round of sending."""
    loss = world.sizes.message_loss
    return loss > 0.0 and unit(number(key, speaker), hearer) < loss


@kernel(inline=True)
def shorter_way(world: WorldArrays, down: int, across: int) -> tuple[int, int]:
    """A way of so many rows and columns; on a torus the shortest to the same place."""
    sizes = world.sizes
    if sizes.space == TORUS:
        down = shorter(down, sizes.height, 1)
        across = shorter(across, sizes.width, 1)
    return down, across


@kernel()
def is_linked(world: WorldArrays, hearer: int, speaker: int) -> bool:
    """Whether the topology, which is LINKED, lets one agent hear another one."""
    for i in range(world.link_start[hearer], world.link_start[hearer + 1]):
        if world.links[i] == speaker:
            return True
    return False


@kernel(inline=True)
def reaches(world: WorldArrays, speaker: int, hearer: int, down: int, across: int) -> bool:
    """Whether a message gets to an agent so many rows and columns away, unless it is lost."""
    sizes = world.sizes
    if sizes.topology == IN_RANGE:
        return (abs(down) <= sizes.message_range) & (abs(across) <= sizes.message_range)
    if sizes.topology == AROUND:
        down, across = shorter_way(world, down, across)
        return (abs(down) <= sizes.message_range) & (abs(across) <= sizes.message_range)
    return sizes.topology == ALL or is_linked(world, hearer, speaker)


@kernel(types.void(types.int64, types.int64, types.int64, types.Array(types.uint64, 1, "C")), wrapped=True)
def rank_hearers(handle: int, w: int, speaker: int, rank: NDArray[np.uint64]) -> None:
    """Find the hearers of the last text of `speaker`, an agent in play.

    `rank` (N,) becomes 0 for agents that do not hear it, else a random number to sort the texts by.
    """
    world = world_at(handle)
    row, col = world.position[w, speaker, 0], world.position[w, speaker, 1]
    losses, order = round_key(world, w, LOSS), number(round_key(world, w, ORDER), speaker)
    for a in range(world.sizes.num_agents):
        down, across = world.position[w, a, 0] - row, world.position[w, a, 1] - col
        hears = a != speaker and world.active[w, a] == PRESENT and reaches(world, speaker, a, down, across)
        hears = hears and not is_lost(world, losses, speaker, a)
        rank[a] = number(order, a) | np.uint64(1) if hears else np.uint64(0)


@kernel(types.uint64(types.int64, types.int64, types.int64, types.int64), wrapped=True)
def text_number(handle: int, w: int, speaker: int, purpose: int) -> np.uint64:
    """A random number of the last text of `speaker` for one purpose (uint64)."""
    return number(round_key(world_at(handle), w, purpose), speaker)
