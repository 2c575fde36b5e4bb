"""One round of many worlds in one compiled call, from pushes to resets.

Worlds are processed in small blocks: a block stays in the L1 cache from its pushes to its views, and a
scenario's kernel is called once per block.
"""

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.engine.compiled.values import ask
from swarm_env.engine.compiler import CODE, call, call_with, kernel
from swarm_env.engine.map.placing import clear_map
from swarm_env.engine.messages.deliver import deliver, keep_last_heard
from swarm_env.engine.messages.send import clear_messages, drop_speech, send_worlds
from swarm_env.engine.messages.window_sums import sense_presence
from swarm_env.engine.observe import keep_last, see, write_features
from swarm_env.engine.physics.push import push_worlds
from swarm_env.engine.settings.map_arrays import next_map, place_map
from swarm_env.engine.state import (
    EPISODE,
    GONE,
    LEAVING,
    NO_MESSAGES,
    PRESENT,
    RANGE,
    ROUND,
    STAY,
    WORLD,
    WorldArrays,
    world_at,
)  # fmt: skip

BLOCK = 32  # worlds
# Indices into the table of kernels that are called by address: the scenario's, those that only some worlds
# need, compiled only for these (HEAVY, 7, is in `physics.push`), and two that begin episodes; CHECK is 12.
RESET, BEGIN, UPDATE, POTENTIAL, DELIVER, VIEWS, FEATURES, REWARD, PRESENCE = 0, 1, 2, 3, 4, 5, 6, 8, 9
START, RESTART = 10, 11
PREPARE, CONCLUDE, RENEW = 0, 1, 2  # parts of `play_alone`
# When a world that ended begins its next episode (`sizes.autoreset`): when it is reset, in the same step, or
# in place of the next round.
NO_AUTORESET, SAME_STEP, NEXT_STEP = 0, 1, 2

PLAY = types.void(types.int64, types.int64, types.int64, types.int64, CODE)
NEXT = types.void(WORLD, types.int64, types.int64, CODE)  # of kernels that begin the next episode


@kernel()
def prepare(world: WorldArrays, first: int, last: int) -> None:
    """Replace illegal moves by STAY, and keep the score and the potential of the last round."""
    sizes = world.sizes
    for w in range(first, last):
        world.last_score[w] = world.score[w]
        if sizes.channel != NO_MESSAGES:
            drop_speech(world, w)
        if sizes.masks:
            masked = 0
            for a in range(sizes.num_agents):  # without branches, since random moves mispredict them
                move = world.action[w, a]
                barred = (world.active[w, a] == PRESENT) & (world.allowed[w, a, move] == 0)
                world.action[w, a] = STAY if barred else move
                masked += barred
            world.masked[w] += masked
        if sizes.private:
            for a in range(sizes.num_agents):
                world.last_payoff[w, a] = world.payoff[w, a]
        if sizes.shaped:
            for a in range(sizes.num_agents):
                world.last_potential[w, a] = world.potential[w, a]
        elif sizes.rewarded:
            for a in range(sizes.num_agents):
                world.last_potential[w, a] = world.active[w, a] == PRESENT


@kernel()
def conclude(world: WorldArrays, first: int, last: int, code: NDArray[np.int64]) -> None:
    """After the pushes: run the scenario's update, then set clock, rewards, terminations and ended worlds."""
    sizes = world.sizes
    ask(code, UPDATE, world, first, last)
    if sizes.shaped:
        ask(code, POTENTIAL, world, first, last)
    n = sizes.num_agents
    for w in range(first, last):
        world.clock[w, ROUND] += 1
        gain = world.score[w] - world.last_score[w]
        present = 0
        for a in range(n):
            present += world.active[w, a] >= PRESENT
        if present == n:  # the common case, without branches
            for a in range(n):
                world.reward[w, a], world.terminated[w, a], world.truncated[w, a] = gain, 0, 0
        else:
            for a in range(n):
                state = world.active[w, a]
                world.reward[w, a] = gain if state != GONE else 0.0
                world.terminated[w, a], world.truncated[w, a] = state == LEAVING, 0
        if sizes.private:
            for a in range(n):
                if world.active[w, a] != GONE:
                    world.reward[w, a] = world.payoff[w, a] - world.last_payoff[w, a]
        if sizes.shaped:
            for a in range(n):
                if world.active[w, a] != GONE:
                    world.reward[w, a] += world.potential[w, a] - world.last_potential[w, a]
        if present < n:
            for a in range(n):
                if world.active[w, a] == LEAVING:
                    world.active[w, a] = GONE
                    world.sense[w, a, :], world.field[w, a, :] = 0, 0.0
        if present == 0:
            world.over[w] = 1
        world.ended[w] = world.over[w] or world.clock[w, ROUND] >= sizes.max_rounds
        if world.ended[w]:
            world.final_score[w] = world.score[w]
            for a in range(world.payoff.shape[1]):
                world.final_payoff[w, a] = world.payoff[w, a]
            for a in range(n):  # agents that left are done again: no slot is left open in the next episode
                cut = world.active[w, a] >= PRESENT and world.over[w] == 0
                world.terminated[w, a], world.truncated[w, a] = not cut, cut
    if sizes.rewarded == 2:
        ask(code, REWARD, world, first, last)
        for w in range(first, last):
            for a in range(n):
                if world.last_potential[w, a] == 0.0:
                    world.reward[w, a] = 0.0


@kernel(RANGE)
def view_worlds(world: WorldArrays, first: int, last: int) -> None:
    """`see` for all agents."""
    see(world, first, last, 0, world.sizes.num_agents)


@kernel(RANGE)
def feature_worlds(world: WorldArrays, first: int, last: int) -> None:
    """`write_features` for all agents, as shares."""
    write_features(world, world.features, 0, first, last, 0, world.sizes.num_agents)


@kernel(RANGE)
def feature_bytes_worlds(world: WorldArrays, first: int, last: int) -> None:
    """`write_features` for all agents, in whole numbers."""
    write_features(world, world.feature_bytes, 1, first, last, 0, world.sizes.num_agents)


@kernel(inline=True)
def observe(world: WorldArrays, first: int, last: int, code: NDArray[np.int64]) -> None:
    """Write the observations that these worlds were made for."""
    if world.sizes.presence:
        call(code[PRESENCE], world, first, last)
    if world.sizes.codes:
        call(code[VIEWS], world, first, last)
    if world.sizes.features:
        call(code[FEATURES], world, first, last)


@kernel()
def clear_world(world: WorldArrays, w: int) -> None:
    """Start a new episode: clear the map, the score, the state and the messages."""
    world.clock[w, EPISODE] += 1
    world.clock[w, ROUND] = 0
    world.score[w], world.last_score[w], world.over[w], world.masked[w] = 0.0, 0.0, 0, 0
    world.payoff[w, :] = 0.0
    world.floor[w, :, :] = 0.0
    world.memory[w, :] = 0
    world.places[w, :, 0] = -1
    world.potential[w, :] = 0.0
    world.sense[w, :, :], world.field[w, :, :] = 0, 0.0
    clear_messages(world, w)
    world.allowed[w, :, :] = 1
    clear_map(world, w)


@kernel()
def start_map(world: WorldArrays, w: int, code: NDArray[np.int64]) -> None:
    """Clear world `w`, and set its map: as the settings say, or as the scenario draws it."""
    clear_world(world, w)
    m = next_map(world, w)
    if m >= 0:
        place_map(world, w, m)
    else:
        ask(code, RESET, world, w, w + 1)


@kernel()
def begin(world: WorldArrays, first: int, last: int, code: NDArray[np.int64]) -> None:
    """Run the scenario's `begin` on worlds whose map is set, and write the first observations."""
    sizes = world.sizes
    ask(code, BEGIN, world, first, last)
    if sizes.shaped:
        ask(code, POTENTIAL, world, first, last)
    observe(world, first, last, code)


@kernel(NEXT)
def start(world: WorldArrays, first: int, last: int, code: NDArray[np.int64]) -> None:
    """Start the next episode of each world: clear it, draw its map, write its first observations."""
    for w in range(first, last):
        start_map(world, w, code)
    begin(world, first, last, code)


@kernel(NEXT)
def renew(world: WorldArrays, first: int, last: int, code: NDArray[np.int64]) -> None:
    """Reset the worlds that ended; keep their final observations."""
    for w in range(first, last):
        if world.ended[w]:
            keep_last(world, w)
            keep_last_heard(world, w)
            call_with(code[START], world, w, w + 1, code)


@kernel()
def play_block(world: WorldArrays, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Play one round of a few worlds (same arguments as `play`)."""
    prepare(world, first, last)
    push_worlds(world, first, last, thread, code)
    conclude(world, first, last, code)
    if world.sizes.delivery:
        call(code[DELIVER], world, first, last)
    observe(world, first, last, code)
    if world.sizes.autoreset == SAME_STEP:
        call_with(code[RESTART], world, first, last, code)


@kernel()
def play_or_start(world: WorldArrays, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Start the next episode of the worlds that ended in the last round; play a round of the others."""
    w = first
    while w < last:
        done, stop = world.ended[w] != 0, w + 1
        while stop < last and (world.ended[stop] != 0) == done:
            stop += 1
        if done:
            call_with(code[START], world, w, stop, code)
            world.reward[w:stop] = 0.0
            world.terminated[w:stop], world.truncated[w:stop], world.ended[w:stop] = 0, 0, 0
        else:
            play_block(world, w, stop, thread, code)
        w = stop


@kernel(PLAY, wrapped=True)
def play(handle: int, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Play one round of worlds first … last - 1 with the moves in `action` and the messages in `said`.

    `thread` is the row of `scratch` and `network` to use; `code` (13,) has addresses of kernels, see above.
    """
    world = world_at(handle)
    for at in range(first, last, BLOCK):
        stop = min(at + BLOCK, last)
        if world.sizes.autoreset == NEXT_STEP:
            play_or_start(world, at, stop, thread, code)
        else:
            play_block(world, at, stop, thread, code)


@kernel(PLAY, wrapped=True)
def reset(handle: int, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Begin an episode in worlds first … last - 1 (same arguments as `play`)."""
    call_with(code[START], world_at(handle), first, last, code)


@kernel(PLAY, wrapped=True)
def renew_worlds(handle: int, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Reset those of worlds first … last - 1 that ended, after a round without (same arguments as `play`)."""
    call_with(code[RESTART], world_at(handle), first, last, code)


# One huge world in parallel: the same steps, split by lines or by agents.


@kernel(types.void(types.int64, types.int64, CODE), wrapped=True)
def play_alone(handle: int, part: int, code: NDArray[np.int64]) -> None:
    """A part of the only world's round that threads do not share."""
    world = world_at(handle)
    if part == PREPARE:
        prepare(world, 0, 1)
    elif part == CONCLUDE:
        conclude(world, 0, 1, code)
        if world.sizes.delivery:
            send_worlds(world, 0, 1)
    else:
        call_with(code[RESTART], world, 0, 1, code)


@kernel(PLAY, wrapped=True)
def observe_part(handle: int, first: int, last: int, thread: int, code: NDArray[np.int64]) -> None:
    """Deliver messages to agents first … last - 1 of the only world, and write their observations."""
    world = world_at(handle)
    if world.sizes.delivery:
        deliver(world, 0, first, last)
    if world.sizes.presence:
        sense_presence(world, 0, 1, first, last)
    if world.sizes.codes:
        see(world, 0, 1, first, last)
    if world.features.shape[1]:
        write_features(world, world.features, 0, 0, 1, first, last)
    if world.feature_bytes.shape[1]:
        write_features(world, world.feature_bytes, 1, 0, 1, first, last)
