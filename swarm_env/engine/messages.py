"""Local messages: agents hear their neighbours, anonymously, in the next observation.

What an agent says with its action arrives with the next observation at every other agent in play that is then
within `message_range` rows and columns of the speaker (Chebyshev distance), unless it is lost
(`message_loss`, drawn per round, speaker and hearer). Tokens arrive as counts per place and token, vectors as
their mean. Texts: `swarm_env.envs.text_delivery`.
"""

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import LOSS, ORDER, number, stream, unit
from swarm_env.engine.state import EPISODE, PRESENT, ROUND, TOKENS, VECTOR, WorldArrays, index, world_at


@kernel()
def is_lost(world: WorldArrays, w: int, speaker: int, hearer: int) -> bool:
    """Whether the last message of `speaker` is lost on the way to `hearer`."""
    sizes = world.sizes
    if sizes.message_loss <= 0.0:
        return False
    key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], LOSS)
    return unit(number(key, speaker), hearer) < sizes.message_loss


@kernel(inline=True)
def take_in(world: WorldArrays, w: int, hearer: int, speaker: int) -> int:
    """Add what `speaker` said to what `hearer` hears; returns 1, or 0 if the message was lost."""
    sizes = world.sizes
    if is_lost(world, w, speaker, hearer):
        return 0
    if sizes.channel == TOKENS:
        for i in range(sizes.message_length):
            world.heard[w, hearer, i * sizes.vocabulary + np.int64(world.said[w, speaker, i])] += 1.0
    else:
        for i in range(sizes.message_dim):
            world.heard[w, hearer, i] += world.said[w, speaker, i]
    return 1


@kernel(inline=True)
def count_tokens(world: WorldArrays, w: int) -> None:
    """Count the tokens that all agents hear, if no message is lost.

    Every pair adds its 0 or 1 without a branch: whether they are near is hard to predict.
    """
    sizes = world.sizes
    reach = sizes.message_range
    width = np.uint32(2 * reach)
    position, active, heard = world.position[w], world.active[w], world.heard[w]
    for a in range(sizes.num_agents):
        for i in range(world.heard.shape[2]):
            heard[a, i] = 0.0
    for b in range(sizes.num_agents):
        if active[b] != PRESENT:
            continue
        top, left = position[b, 0] - reach, position[b, 1] - reach
        for i in range(sizes.message_length):
            at = i * sizes.vocabulary
            token = at + np.int64(world.said[w, b, i])
            for a in range(b):
                # As unsigned numbers, offsets before the window are beyond its end.
                down, across = np.uint32(position[a, 0] - top), np.uint32(position[a, 1] - left)
                near = np.float32((down <= width) & (across <= width) & (active[a] == PRESENT))
                heard[a, token] += near
                heard[b, at + np.int64(world.said[w, a, i])] += near


@kernel()
def deliver(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Fill `heard` of agents first_agent … last_agent - 1 from `said` and the current positions.

    Few agents are compared pair by pair, many are found on the map: the cost stays linear in their number.
    """
    sizes = world.sizes
    n, reach = sizes.num_agents, sizes.message_range
    by_pairs = n <= (2 * reach + 1) * (2 * reach + 1)
    all_pairs = by_pairs and last_agent - first_agent == n
    for w in range(first, last):
        if all_pairs and sizes.channel == TOKENS and sizes.message_loss <= 0.0:
            count_tokens(world, w)
            continue
        for a in range(first_agent, last_agent):
            for i in range(world.heard.shape[2]):
                world.heard[w, a, i] = 0.0
            if world.active[w, a] != PRESENT:
                continue
            row, col, speakers = world.position[w, a, 0], world.position[w, a, 1], 0
            if by_pairs:
                for b in range(n):
                    near = (abs(world.position[w, b, 0] - row) <= reach) & (
                        abs(world.position[w, b, 1] - col) <= reach
                    )
                    if near and b != a and world.active[w, b] == PRESENT:
                        speakers += take_in(world, w, a, b)
            else:
                for i in range(max(row - reach, 0), min(row + reach + 1, sizes.height)):
                    for q in range(
                        index(world, i, max(col - reach, 0)),
                        index(world, i, min(col + reach + 1, sizes.width)),
                    ):
                        if world.cells[w, q] >= sizes.first_agent and world.who[w, q] != a:
                            speakers += take_in(world, w, a, world.who[w, q])
            if sizes.channel == VECTOR and speakers > 1:
                for i in range(sizes.message_dim):
                    world.heard[w, a, i] /= speakers


@kernel(types.void(types.int64, types.int64, types.int64, types.Array(types.uint64, 1, "C")), wrapped=True)
def rank_hearers(handle: int, w: int, speaker: int, rank: NDArray[np.uint64]) -> None:
    """Find the hearers of the last text of `speaker`, an agent in play.

    `rank` (N,) becomes 0 for agents that do not hear it, else a random number to sort the texts by.
    """
    world = world_at(handle)
    sizes = world.sizes
    row, col = world.position[w, speaker, 0], world.position[w, speaker, 1]
    key = number(stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], ORDER), speaker)
    for a in range(sizes.num_agents):
        down, across = abs(world.position[w, a, 0] - row), abs(world.position[w, a, 1] - col)
        near = max(down, across) <= sizes.message_range and a != speaker and world.active[w, a] == PRESENT
        hears = near and not is_lost(world, w, speaker, a)
        rank[a] = number(key, a) | np.uint64(1) if hears else np.uint64(0)


@kernel(types.uint64(types.int64, types.int64, types.int64, types.int64), wrapped=True)
def text_number(handle: int, w: int, speaker: int, purpose: int) -> np.uint64:
    """A random number of the last text of `speaker` for one purpose (uint64)."""
    world = world_at(handle)
    key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], purpose)
    return number(key, speaker)
