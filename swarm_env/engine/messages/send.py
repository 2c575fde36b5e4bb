"""Sending: who speaks in a round, what that costs, and what is under way to its hearers."""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.messages.hearers import round_key
from swarm_env.engine.messages.window_sums import sum_windows
from swarm_env.engine.randomness import DELAY, LOSS, NOISE, below, number, unit
from swarm_env.engine.state import PRESENT, RANGE, ROUND, TOKENS, VECTOR, WorldArrays

# Values of `sizes.delivery`: how messages are delivered, see `deliver`. ELSEWHERE: texts that cost something.
NOTHING, PAIRS, WINDOWS, EACH, ELSEWHERE = 0, 1, 2, 3, 4
GARBLED = 0.5  # share of the parts of a garbled message that are replaced: our choice, as for texts
DUE = 2  # column of `sent_from`


@kernel(inline=True)
def drop_speech(world: WorldArrays, w: int) -> None:
    """Let departed agents, and those that may not speak, say nothing."""
    sizes = world.sizes
    for a in range(sizes.num_agents):
        speaks = world.active[w, a] == PRESENT
        if sizes.limits_speech:
            speaks = speaks and world.may_speak[w, a] != 0 and world.speakers[a] != 0
        if not speaks:
            world.said[w, a, :] = 0.0
            world.speaks[w, a] = 0


@kernel()
def clear_messages(world: WorldArrays, w: int) -> None:
    """Let a new episode begin in silence."""
    world.said[w, :, :] = 0.0
    world.heard[w, :, :] = 0.0
    world.speaks[w, :] = 0
    world.may_speak[w, :] = 1
    world.sent_from[w, :, :, :] = -1
    world.hears[w, :, :, :] = 0
    world.edges[w, :, :, :] = -1


@kernel(inline=True)
def note_speakers(world: WorldArrays, w: int) -> None:
    """Write `speaks`, which the environment has written for texts and vectors."""
    sizes = world.sizes
    for a in range(sizes.num_agents):
        if sizes.channel == TOKENS:
            speaks = False
            for i in range(sizes.message_length):
                speaks |= world.said[w, a, i] != 0.0
            world.speaks[w, a] = speaks
        if sizes.counts_silence:
            world.speaks[w, a] = world.active[w, a] == PRESENT


@kernel(inline=True)
def write_garbled(world: WorldArrays, w: int, slot: int, a: int, key: np.uint64) -> None:
    """Replace about half of the parts of what `a` has sent, and at least one, by random ones.

    A token becomes another one that is not silence (or the same again), a number one of [-1, 1].
    """
    sizes = world.sizes
    length = world.sent.shape[3]
    one = below(key, 2 * length + 1, length)
    changed = False
    for i in range(length):
        changed |= unit(key, 2 * i + 1) < GARBLED
    for i in range(length):
        if unit(key, 2 * i + 1) < GARBLED or (i == one and not changed):
            drawn = unit(key, 2 * i + 2)
            if sizes.channel == VECTOR:
                world.sent[w, slot, a, i] = 2.0 * drawn - 1.0
            elif sizes.vocabulary > 1:
                world.sent[w, slot, a, i] = 1 + int(drawn * (sizes.vocabulary - 1))


@kernel()
def put_under_way(world: WorldArrays, w: int) -> None:
    """Keep what was sent in this round, from where, and when it will be heard."""
    sizes = world.sizes
    now = world.clock[w, ROUND]
    slot = now % world.sent.shape[1]
    delays, noises = round_key(world, w, DELAY), round_key(world, w, NOISE)
    spread = np.uint64(sizes.delay_high - sizes.delay_low + 1)
    world.sent_key[w, slot] = round_key(world, w, LOSS)
    for a in range(sizes.num_agents):
        here, place = world.active[w, a] == PRESENT, world.sent_from[w, slot, a]
        place[0] = world.position[w, a, 0] if here else -1
        place[1] = world.position[w, a, 1] if here else -1
        place[DUE] = -1
        for i in range(world.said.shape[2]):
            world.sent[w, slot, a, i] = 0.0
        if here and world.speaks[w, a]:
            place[DUE] = now + sizes.delay_low + np.int64(number(delays, a) % spread)
            for i in range(world.said.shape[2]):
                world.sent[w, slot, a, i] = world.said[w, a, i]
            key = number(noises, a)
            if unit(key, 0) < sizes.message_noise:
                write_garbled(world, w, slot, a, key)


@kernel(RANGE)
def send_worlds(world: WorldArrays, first: int, last: int) -> None:
    """Send the messages of a round, after its moves and rewards."""
    sizes = world.sizes
    for w in range(first, last):
        note_speakers(world, w)
        if sizes.message_cost > 0.0:
            for a in range(sizes.num_agents):
                paid = sizes.message_cost * world.speaks[w, a]
                world.reward[w, a] -= np.float32(paid)
                if sizes.private:
                    world.payoff[w, a] -= paid
                    if world.ended[w]:
                        world.final_payoff[w, a] -= paid
        if world.sent.shape[1] > 0:
            put_under_way(world, w)
        if sizes.delivery == WINDOWS:
            sum_windows(world, w)
