"""Compiled: the k activations of a chunk that stand out most from the mean of their channel.

Only whole numbers are compared: the bits of a float without its sign are in the order of its magnitude, and
what is not finite comes last.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.kernels import kernel

MAGNITUDE = np.int32(0x7FFFFFFF)  # the bits without the sign
INFINITE = 0x7F800000  # from here on a magnitude is not finite
MOST_BLOCK = 64
Floats, Wholes = NDArray[np.float32], NDArray[np.int32]


def block_length(size: int, k: int) -> int:
    """How many neighbours `select` looks at together: a power of two, with at least 4 k blocks if possible.

    Args:
        size: Number of activations of the chunk.
        k: How many are selected.
    """
    length = MOST_BLOCK
    while length > 1 and size < 4 * k * length:
        length //= 2
    return length


def room(tokens: int, width: int, k: int) -> tuple[int, int, int]:
    """Lengths of `row`, `tops` and `found` (its rows) in `select`."""
    length = block_length(tokens * width, k)
    return width, tokens * (-(-width // length)), k * length


@kernel()
def centre(x: Floats, means: Floats) -> None:
    """The mean of each channel over the chunk's tokens; zeros for a single token.

    Args:
        x: (tokens, width) activations.
        means: (width,) becomes the means.
    """
    tokens, width = x.shape
    means[:] = np.float32(0.0)
    if tokens == 1:
        return
    for t in range(tokens):
        for c in range(width):
            means[c] += x[t, c]
    share = np.float32(1.0 / tokens)
    for c in range(width):
        means[c] *= share


@kernel()
def least_of_first(values: Wholes, count: int, k: int) -> int:
    """The k-th largest of the first `count` magnitudes: found bit by bit, in 31 passes over them."""
    least = 0
    for bit in range(30, -1, -1):
        tried = np.int32(least | (1 << bit))
        larger = 0
        for i in range(count):
            larger += values[i] >= tried
        if larger >= k:
            least = int(tried)
    return least


@kernel()
def select(
    x: Floats,
    means: Floats,
    k: int,
    length: int,
    row: Floats,
    tops: Wholes,
    found: Wholes,
    places: NDArray[np.int64],
) -> int:
    """The k places with the largest |activation - mean of its channel|.

    The k-th largest of the maxima of blocks is a lower bound for the k-th largest of all, so that k blocks
    hold all that is sought, whatever the activations are.

    Args:
        x: (tokens, width) activations.
        means: (width,) as from `centre`.
        k: From 1 to tokens * width.
        length: As from `block_length`.
        row: (width,) room to work in.
        tops: (tokens * blocks of a row,) room to work in.
        found: (2, k * length) room to work in.
        places: (k,) becomes the places, token * width + channel, ascending.

    Returns:
        Bits of the smallest magnitude among them; -1 if an activation is not finite.
    """
    tokens, width = x.shape
    bits = row.view(np.int32)
    per_row = -(-width // length)
    for t in range(tokens):
        for c in range(width):
            row[c] = x[t, c] - means[c]
        for c in range(width):
            bits[c] &= MAGNITUDE
        _maxima(bits, length, tops[t * per_row : (t + 1) * per_row])
    blocks = min(k, len(tops))
    bound = least_of_first(tops, len(tops), blocks)
    ties = blocks
    for b in range(len(tops)):
        ties -= tops[b] > bound
    count = 0
    for b in range(len(tops)):
        if tops[b] < bound or (tops[b] == bound and ties <= 0):
            continue
        ties -= tops[b] == bound
        t, begin = b // per_row, (b % per_row) * length
        for c in range(begin, min(begin + length, width)):
            row[0] = x[t, c] - means[c]
            magnitude = bits[0] & MAGNITUDE
            if magnitude >= bound:
                found[0, count], found[1, count] = magnitude, t * width + c
                count += 1
    return _pick(found, count, k, places)


@kernel()
def _maxima(bits: Wholes, length: int, tops: Wholes) -> None:
    """The largest of each block of a row."""
    width = len(bits)
    if length == MOST_BLOCK and width % MOST_BLOCK == 0:
        for b in range(len(tops)):
            top = np.int32(0)
            for c in range(b * MOST_BLOCK, (b + 1) * MOST_BLOCK):
                top = max(top, bits[c])
            tops[b] = top
        return
    for b in range(len(tops)):
        top = np.int32(0)
        for c in range(b * length, min((b + 1) * length, width)):
            top = max(top, bits[c])
        tops[b] = top


@kernel()
def _pick(found: Wholes, count: int, k: int, places: NDArray[np.int64]) -> int:
    """The k largest of `found` into `places`, in the order in which they stand there; of equals the first."""
    least = least_of_first(found[0], count, k)
    ties = k
    for i in range(count):
        if found[0, i] >= INFINITE:
            return -1
        ties -= found[0, i] > least
    filled = 0
    for i in range(count):
        if found[0, i] > least or (found[0, i] == least and ties > 0):
            ties -= found[0, i] == least
            places[filled] = found[1, i]
            filled += 1
    return least
