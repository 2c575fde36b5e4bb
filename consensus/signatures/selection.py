"""Compiled: the k activations of a chunk that differ most from the mean of their channel.

The bits of a float without its sign are in the order of its magnitude, and what is not finite comes last:
ranks are found on integers.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel

INFINITE = 0x7F800000  # from here on a magnitude is not finite
Floats = NDArray[np.float32]
Wholes = NDArray[np.int32]


def room(tokens: int, width: int, k: int) -> int:
    """Length of `found` (its rows) in `select`."""
    return tokens * min(k, width)


@kernel()
def centre(x: Floats, means: Floats) -> None:
    """Write the mean of each channel of `x` into `means` (width,); zeros for a single token."""
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
    x: Floats, means: Floats, k: int, tops: Floats, channels: Wholes, found: Wholes, places: NDArray[np.int64]
) -> int:  # fmt: skip
    """Write the k `places`, token * width + channel, with the largest |activation - mean of its channel|.

    The k-th largest of the channels' maxima is a lower bound for the k-th largest of all, so that k channels
    hold all that is sought, whatever the activations are. `x` is (tokens, width), `means` (width,) from
    `centre`, k from 1 to tokens * width; `places` (k,) ascend. Scratch memory: `tops` (width,), `channels`
    (at least min(k, width),), `found` (2, room(tokens, width, k)).

    Returns the bits of the smallest magnitude among them; -1 if an activation is not finite.
    """
    tokens, width = x.shape
    tops[:] = np.float32(0.0)
    for t in range(tokens):
        for c in range(width):
            off = abs(x[t, c] - means[c])
            if not off <= tops[c]:  # so that what is no number stays
                tops[c] = off
    chosen, bound = _channels(tops.view(np.int32), min(k, width), channels)
    if chosen < 0:
        return -1
    if k > width:
        bound = 0
    bits = tops.view(np.int32)
    count = 0
    for t in range(tokens):
        for i in range(chosen):
            c = channels[i]
            tops[0] = abs(x[t, c] - means[c])
            if bits[0] >= bound:
                found[0, count], found[1, count] = bits[0], t * width + c
                count += 1
    return _pick(found, count, k, places)


@kernel()
def _channels(tops: Wholes, wanted: int, channels: Wholes) -> tuple[int, int]:
    """The channels with the largest maxima, ascending, and the least of these; -1 if one is not finite."""
    bound = least_of_first(tops, len(tops), wanted)
    ties, count = wanted, 0
    for c in range(len(tops)):
        if tops[c] >= INFINITE:
            return -1, 0
        ties -= tops[c] > bound
    for c in range(len(tops)):
        if tops[c] > bound or (tops[c] == bound and ties > 0):
            ties -= tops[c] == bound
            channels[count] = c
            count += 1
    return count, bound


@kernel()
def _pick(found: Wholes, count: int, k: int, places: NDArray[np.int64]) -> int:
    """The k largest of `found` into `places`, in the order in which they stand there; of equals the first."""
    least = least_of_first(found[0], count, k)
    ties = k
    for i in range(count):
        ties -= found[0, i] > least
    filled = 0
    for i in range(count):
        if found[0, i] > least or (found[0, i] == least and ties > 0):
            ties -= found[0, i] == least
            places[filled] = found[1, i]
            filled += 1
    return least
