"""Counts within range of every agent, by sums over the map.

The count of a square is the difference of four sums over rectangles from the corner of the map (F. Crow,
"Summed-area tables for texture mapping", SIGGRAPH 1984). So its cost does not grow with the range.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.space.ways import shorter
from swarm_env.engine.state import PRESENT, RANGE, TORUS, WorldArrays, index

MOST_SENSED = 255  # agents in range that the sense of presence counts


@kernel(inline=True)
def window_bits(world: WorldArrays) -> int:
    """Bits of a count: four counts share a word of 64 bits where none can pass 2 ** 16 - 1, else two."""
    sizes = world.sizes
    side = 2 * sizes.message_range + 1
    most = sizes.num_agents if sizes.space else min(sizes.num_agents, side * side)  # they may share cells
    return 16 if most < 65536 else 32


@kernel(inline=True)
def counted(world: WorldArrays, w: int, a: int, group: int, bits: int) -> np.uint64:
    """What agent `a` adds to the words of one group: 1 in the count of each token it says, but silence."""
    sizes = world.sizes
    per_word = 64 // bits
    word = np.uint64(0)
    for i in range(sizes.message_length):
        token = np.int64(world.said[w, a, i])
        column = i * sizes.vocabulary + token
        if column // per_word == group and (token > 0 or sizes.counts_silence):
            word += np.uint64(1) << np.uint64(bits * (column % per_word))
    return word


@kernel()
def sum_windows(world: WorldArrays, w: int) -> None:
    """Write the sums over rectangles of all tokens into `windows`."""
    sizes = world.sizes
    bits, side = window_bits(world), sizes.width + 1
    plane = (sizes.height + 1) * side
    for group in range(world.windows.shape[1] // plane):
        start = group * plane
        sums = world.windows[w, start : start + plane]
        for q in range(plane):
            sums[q] = np.uint64(0)
        for a in range(sizes.num_agents):
            if world.active[w, a] == PRESENT:
                q = (world.position[w, a, 0] + 1) * side + world.position[w, a, 1] + 1
                sums[q] += counted(world, w, a, group, bits)
        for row in range(1, sizes.height + 1):
            line = np.uint64(0)
            for q in range(row * side + 1, (row + 1) * side):
                line += sums[q]
                sums[q] = line + sums[q - side]


@kernel(inline=True)
def sum_rectangle(
    sums: NDArray[np.uint64], side: int, top: int, bottom: int, left: int, right: int
) -> np.uint64:
    """The sum over rows top … bottom - 1 and columns left … right - 1."""
    word: np.uint64 = sums[bottom * side + right] - sums[top * side + right]
    word += sums[top * side + left] - sums[bottom * side + left]
    return word


@kernel(inline=True)
def cut(start: int, reach: int, side: int) -> tuple[int, int, int, int]:
    """The part of a window on a torus, and what it adds on the other side: (start, stop) of both."""
    stop = start + 2 * reach + 1
    if stop - start >= side:
        return 0, side, 0, 0
    if start < 0:
        return 0, stop, start + side, side
    if stop > side:
        return start, side, 0, stop - side
    return start, stop, 0, 0


@kernel()
def sum_window(world: WorldArrays, w: int, at: int, row: int, col: int) -> np.uint64:
    """The sum over the window on a torus that starts there, of the plane that starts at `at`."""
    sizes = world.sizes
    side = sizes.width + 1
    sums = world.windows[w, at : at + (sizes.height + 1) * side]
    top, bottom, again_top, again_bottom = cut(row, sizes.message_range, sizes.height)
    left, right, again_left, again_right = cut(col, sizes.message_range, sizes.width)
    word: np.uint64 = sum_rectangle(sums, side, top, bottom, left, right)
    word += sum_rectangle(sums, side, again_top, again_bottom, left, right)
    word += sum_rectangle(sums, side, top, bottom, again_left, again_right)
    word += sum_rectangle(sums, side, again_top, again_bottom, again_left, again_right)
    return word


@kernel()
def read_windows(world: WorldArrays, w: int, first_agent: int, last_agent: int) -> None:
    """Write what agents first_agent … last_agent - 1 hear, from `windows`.

    Words wrap around, and so do the differences: what is left are the counts themselves.
    """
    sizes = world.sizes
    bits, side, reach = window_bits(world), sizes.width + 1, sizes.message_range
    wraps = sizes.space == TORUS
    plane, per_word, columns = (sizes.height + 1) * side, 64 // bits, world.heard.shape[2]
    most = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    for a in range(first_agent, last_agent):
        there = world.active[w, a] == PRESENT
        row, col = world.position[w, a, 0], world.position[w, a, 1]
        top, left = max(row - reach, 0) * side, max(col - reach, 0)
        bottom, right = min(row + reach + 1, sizes.height) * side, min(col + reach + 1, sizes.width)
        for group in range(world.windows.shape[1] // plane):
            word = np.uint64(0)
            if there:
                sums, at = world.windows[w], group * plane
                if wraps:
                    word = sum_window(world, w, at, row - reach, col - reach)
                else:
                    word = sums[at + bottom + right] - sums[at + top + right]
                    word += sums[at + top + left] - sums[at + bottom + left]
                word -= counted(world, w, a, group, bits)
            for i in range(group * per_word, min((group + 1) * per_word, columns)):
                world.heard[w, a, i] = np.float32(word & most)
                word >>= np.uint64(bits)


@kernel()
def sense_presence(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Write the last sense of some agents: how many others are in range, at most MOST_SENSED."""
    sizes = world.sizes
    reach, column = sizes.presence - 1, world.sense.shape[2] - 1
    by_map = sizes.indexed and sizes.num_agents > (2 * reach + 1) * (2 * reach + 1)
    for w in range(first, last):
        for a in range(first_agent, last_agent):
            if world.active[w, a] != PRESENT:
                continue
            row, col, count = world.position[w, a, 0], world.position[w, a, 1], -1
            if by_map:
                for i in range(max(row - reach, 0), min(row + reach + 1, sizes.height)):
                    for q in range(
                        index(world, i, max(col - reach, 0)),
                        index(world, i, min(col + reach + 1, sizes.width)),
                    ):
                        count += world.cells[w, q] >= sizes.first_agent
            else:
                wraps = int(sizes.space == TORUS)
                for b in range(sizes.num_agents):
                    down = shorter(world.position[w, b, 0] - row, sizes.height, wraps)
                    across = shorter(world.position[w, b, 1] - col, sizes.width, wraps)
                    near = (abs(down) <= reach) & (abs(across) <= reach)
                    count += near & (world.active[w, b] == PRESENT)
            world.sense[w, a, column] = min(count, MOST_SENSED)


@kernel(RANGE)
def presence_worlds(world: WorldArrays, first: int, last: int) -> None:
    """`sense_presence` of all agents."""
    sense_presence(world, first, last, 0, world.sizes.num_agents)
