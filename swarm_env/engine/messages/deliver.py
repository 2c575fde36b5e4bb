"""Delivering: what each agent hears with its next observation.

A message arrives at the agents in play that were within `message_range` rows and columns (Chebyshev distance)
when it was sent, or that the topology links, unless it is lost. There are three ways, which hear the same:
pair by pair, by sums over the map, and agent by agent, which knows all settings.
"""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.messages.hearers import is_lost, reaches, round_key, shorter_way
from swarm_env.engine.messages.send import DUE, ELSEWHERE, WINDOWS, send_worlds
from swarm_env.engine.messages.window_sums import read_windows
from swarm_env.engine.randomness import LOSS
from swarm_env.engine.state import (
    IN_RANGE,
    LINKED,
    MEAN,
    PRESENT,
    RANGE,
    ROUND,
    SLOTS,
    TOKENS,
    WorldArrays,
    index,
)  # fmt: skip

SLOT_HEAD = 4  # numbers of a slot before the message: whether it is used, row and column offset, delay
FAR = 9223372036854775807  # key of an empty slot


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
    if not sizes.counts_silence:
        for a in range(sizes.num_agents):
            for i in range(sizes.message_length):
                heard[a, i * sizes.vocabulary] = 0.0


@kernel()
def note_heard(world: WorldArrays, w: int, hearer: int, speaker: int, late: int) -> None:
    """Write who hears whom, as a matrix or as edges."""
    if world.sizes.hears == 1:
        world.hears[w, late, hearer, speaker] = 1
        return
    edges = world.edges[w, hearer]
    for i in range(edges.shape[0]):
        if edges[i, 0] < 0:
            edges[i, 0], edges[i, 1] = speaker, late
            break


@kernel(inline=True)
def add_message(world: WorldArrays, w: int, hearer: int, speaker: int, late: int, at: int) -> None:
    """Add what `speaker` sent `late` rounds ago to what is heard, from index `at` on."""
    sizes = world.sizes
    rounds = world.sent.shape[1]
    slot = (world.clock[w, ROUND] - late) % rounds if rounds > 0 else 0
    for i in range(world.said.shape[2]):
        part = world.sent[w, slot, speaker, i] if rounds > 0 else world.said[w, speaker, i]
        if world.totals.shape[1] > 0:
            world.totals[w, hearer, i] += part
        elif sizes.channel != TOKENS:
            world.heard[w, hearer, at + i] += part
        elif part > 0.0 or sizes.counts_silence:
            world.heard[w, hearer, at + i * sizes.vocabulary + np.int64(part)] += 1.0


@kernel()
def sort_in(world: WorldArrays, w: int, hearer: int, speaker: int, late: int, down: int, across: int) -> None:
    """Put a message among the nearest: by distance, then row and column offset, then delay, then number."""
    nearest = world.nearest[w, hearer]
    key = ((max(abs(down), abs(across)) << 18) + down + 131072 << 18) + across + 131072
    key = (key << 10) + late
    for i in range(nearest.shape[0]):
        if key < nearest[i, 0] or (key == nearest[i, 0] and speaker < nearest[i, 1]):
            for j in range(nearest.shape[0] - 1, i, -1):
                nearest[j, 0], nearest[j, 1] = nearest[j - 1, 0], nearest[j - 1, 1]
            nearest[i, 0], nearest[i, 1] = key, speaker
            break


@kernel()
def write_slots(world: WorldArrays, w: int, hearer: int) -> None:
    """Write the slots of one agent from `nearest`, nearest first; zeros where none is left."""
    sizes = world.sizes
    nearest = world.nearest[w, hearer]
    width = world.heard.shape[2] // nearest.shape[0]
    for i in range(nearest.shape[0]):
        key, speaker, at = nearest[i, 0], nearest[i, 1], i * width
        if key == FAR:
            break
        late, across, down = key & 1023, (key >> 10 & 262143) - 131072, (key >> 28 & 262143) - 131072
        heard = world.heard[w, hearer]
        heard[at] = 1.0
        heard[at + 1] = down / max(sizes.height - 1, 1)
        heard[at + 2] = across / max(sizes.width - 1, 1)
        heard[at + 3] = late / max(sizes.delay_high, 1)
        if sizes.sender:
            heard[at + 4] = (speaker + 1) / sizes.num_agents
        add_message(world, w, hearer, speaker, late, at + SLOT_HEAD + sizes.sender)
        if sizes.hears:
            note_heard(world, w, hearer, speaker, late)


@kernel(inline=True)
def take_in(world: WorldArrays, w: int, hearer: int, speaker: int, late: int, place: tuple[int, int]) -> int:
    """Hear a message that was sent `late` rounds ago from `place`; returns 1, or 0 for the slots."""
    sizes = world.sizes
    if sizes.heard == SLOTS:
        down = np.int64(place[0]) - world.position[w, hearer, 0]
        across = np.int64(place[1]) - world.position[w, hearer, 1]
        down, across = shorter_way(world, down, across)
        sort_in(world, w, hearer, speaker, late, down, across)
        return 0
    add_message(world, w, hearer, speaker, late, 0)
    if sizes.hears:
        note_heard(world, w, hearer, speaker, late)
    return 1


@kernel()
def hear_late(world: WorldArrays, w: int, hearer: int) -> int:
    """Hear what arrives now of the messages under way; returns how many."""
    sizes, heard = world.sizes, 0
    now, rounds = world.clock[w, ROUND], world.sent.shape[1]
    for late in range(min(rounds, now)):
        slot = (now - late) % rounds
        places, key = world.sent_from[w, slot], world.sent_key[w, slot]
        if places[hearer, 0] < 0:
            continue  # was not in play
        for b in range(sizes.num_agents):
            if places[b, DUE] != now or b == hearer:
                continue
            down, across = places[hearer, 0] - places[b, 0], places[hearer, 1] - places[b, 1]
            if reaches(world, b, hearer, down, across) and not is_lost(world, key, b, hearer):
                heard += take_in(world, w, hearer, b, late, (places[b, 0], places[b, 1]))
    return heard


@kernel(inline=True)
def hear_now(world: WorldArrays, w: int, hearer: int, speaker: int, key: np.uint64) -> int:
    """Hear what an agent within reach says in this round; returns 1 if it does, and is heard."""
    speaks = world.speaks[w, speaker] != 0 and world.active[w, speaker] == PRESENT and speaker != hearer
    if not speaks or is_lost(world, key, speaker, hearer):
        return 0
    place = world.position[w, speaker]
    return take_in(world, w, hearer, speaker, 0, (place[0], place[1]))


@kernel()
def hear_at_once(world: WorldArrays, w: int, hearer: int) -> int:
    """Hear what is said in this round; returns how many messages. Many agents are looked up on the map."""
    sizes, heard, reach = world.sizes, 0, world.sizes.message_range
    key = round_key(world, w, LOSS)
    row, col = world.position[w, hearer, 0], world.position[w, hearer, 1]
    if sizes.topology == LINKED:
        for i in range(world.link_start[hearer], world.link_start[hearer + 1]):
            heard += hear_now(world, w, hearer, world.links[i], key)
    elif (
        sizes.topology == IN_RANGE and sizes.indexed and sizes.num_agents > (2 * reach + 1) * (2 * reach + 1)
    ):
        for i in range(max(row - reach, 0), min(row + reach + 1, sizes.height)):
            for q in range(
                index(world, i, max(col - reach, 0)), index(world, i, min(col + reach + 1, sizes.width))
            ):
                if world.cells[w, q] >= sizes.first_agent:
                    heard += hear_now(world, w, hearer, world.who[w, q], key)
    else:
        for b in range(sizes.num_agents):
            down, across = world.position[w, b, 0] - row, world.position[w, b, 1] - col
            if reaches(world, b, hearer, down, across):
                heard += hear_now(world, w, hearer, b, key)
    return heard


@kernel()
def hear(world: WorldArrays, w: int, hearer: int) -> None:
    """Write all that one agent hears, and whom."""
    sizes = world.sizes
    for i in range(world.heard.shape[2]):
        world.heard[w, hearer, i] = 0.0
    if world.totals.shape[1] > 0:
        for i in range(world.totals.shape[2]):
            world.totals[w, hearer, i] = 0.0
    for i in range(world.hears.shape[1]):
        for b in range(world.hears.shape[3]):
            world.hears[w, i, hearer, b] = 0
    for i in range(world.edges.shape[2]):
        world.edges[w, hearer, i, 0] = -1
    if world.active[w, hearer] != PRESENT:
        return
    for i in range(world.nearest.shape[2]):
        world.nearest[w, hearer, i, 0] = FAR
    late = world.sent.shape[1] > 0
    count = hear_late(world, w, hearer) if late else hear_at_once(world, w, hearer)
    if world.totals.shape[1] > 0:
        for i in range(world.totals.shape[2]):
            world.heard[w, hearer, i] = world.totals[w, hearer, i] / (
                max(count, 1) if sizes.heard == MEAN else 1
            )
    elif sizes.heard == MEAN and count > 1:
        for i in range(world.heard.shape[2]):
            world.heard[w, hearer, i] /= count
    elif sizes.heard == SLOTS:
        write_slots(world, w, hearer)


@kernel()
def deliver(world: WorldArrays, w: int, first_agent: int, last_agent: int) -> None:
    """Fill `heard` of agents first_agent … last_agent - 1 of one world, after `send_worlds`."""
    if world.sizes.delivery == WINDOWS:
        read_windows(world, w, first_agent, last_agent)
    elif world.sizes.delivery != ELSEWHERE:
        for a in range(first_agent, last_agent):
            hear(world, w, a)


@kernel(RANGE)
def count_worlds(world: WorldArrays, first: int, last: int) -> None:
    """All that happens to the messages of a round, if `sizes.delivery` is PAIRS."""
    for w in range(first, last):
        count_tokens(world, w)


@kernel(RANGE)
def exchange_worlds(world: WorldArrays, first: int, last: int) -> None:
    """All that happens to the messages of a round, if `sizes.delivery` is another."""
    send_worlds(world, first, last)
    for w in range(first, last):
        deliver(world, w, 0, world.sizes.num_agents)


@kernel()
def keep_last_heard(world: WorldArrays, w: int) -> None:
    """Copy what was heard last in an episode, and from whom, before the next one overwrites it."""
    for a in range(world.sizes.num_agents):
        for i in range(world.heard.shape[2]):
            world.final_heard[w, a, i] = world.heard[w, a, i]
        for i in range(world.final_hears.shape[1]):
            for b in range(world.final_hears.shape[3]):
                world.final_hears[w, i, a, b] = world.hears[w, i, a, b]
        for i in range(world.final_edges.shape[2]):
            for side in range(2):
                world.final_edges[w, a, i, side] = world.edges[w, a, i, side]
