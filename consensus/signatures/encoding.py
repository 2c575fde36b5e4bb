"""Compiled: places and values of selected activations as the bits of a proof, and back.

Places are an ascending list in the code of Elias and Fano (P. Elias, J. ACM 21, 1974): the low bits of each
as they are, then the high parts in unary. A value is three bits: on which of eight steps of a circle the
logarithm of its magnitude lies, turned by a random number of its place, and by half the circle if it is
negative. The checker's own activation supplies the rest.
"""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.signatures.selection import Floats, Wholes, centre, select

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import unit

CIRCLE, SYMBOL_BITS = 8, 3  # steps of the circle, 2**3
TINIEST = 1e-30  # magnitudes below it count as this
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


def low_bits(size: int, k: int) -> int:
    """Number of bits of each place that are stored as they are: floor(log2(size / k))."""
    return max(0, (size // k).bit_length() - 1)


def body_length(size: int, k: int) -> int:
    """Bytes of places and values, of `k` selected activations of a chunk of `size`."""
    low = low_bits(size, k)
    places = k * low + k + ((size - 1) >> low)
    return (places + 7) // 8 + (k * SYMBOL_BITS + 7) // 8


@kernel()
def _put(body: Bytes, at: int, value: int, width: int) -> None:
    for i in range(width):
        if (value >> (width - 1 - i)) & 1:
            body[(at + i) >> 3] |= np.uint8(128 >> ((at + i) & 7))


@kernel()
def _get(body: Bytes, at: int, width: int) -> int:
    value = 0
    for i in range(width):
        value = 2 * value + ((int(body[(at + i) >> 3]) >> (7 - ((at + i) & 7))) & 1)
    return value


@kernel()
def _angle(value: float, steps: int, key: np.uint64, place: int) -> float:
    """Position on the circle of a value, at least 0 and less than CIRCLE."""
    turned = steps * np.log2(max(abs(value), TINIEST)) + CIRCLE * unit(key, place)
    if value < 0.0:
        turned += CIRCLE / 2
    turned -= CIRCLE * np.floor(turned / CIRCLE)
    return turned if turned < CIRCLE else 0.0


@kernel()
def _read(body: Bytes, size: int, low: int, places: Places) -> bool:
    """Decode the places; False unless they are written as `encode` writes them.

    That excludes places that do not rise or lie beyond the chunk, and spare bits that are set. There is one
    way to write a list, and no way to write one place twice.
    """
    k = len(places)
    limit = k * low + k + ((size - 1) >> low)
    at, filled, high = k * low, 0, 0
    while at < limit:
        if _get(body, at, 1):
            if filled == k:
                return False
            place = (high << low) | _get(body, filled * low, low)
            if place >= size or (filled and place <= places[filled - 1]):
                return False
            places[filled] = place
            filled += 1
        else:
            high += 1
        at += 1
    begin = (limit + 7) // 8 * 8
    end = begin + k * SYMBOL_BITS
    if filled < k or _get(body, limit, begin - limit):
        return False
    return _get(body, end, (end + 7) // 8 * 8 - end) == 0


@kernel(wrapped=True)
def encode(
    x: Floats, steps: int, key: np.uint64, low: int,
    means: Floats, tops: Floats, channels: Wholes, found: Wholes, places: Places, body: Bytes,
) -> int:  # fmt: skip
    """Select activations of `x` (tokens, width) and encode them into `body` (body_length,).

    A magnitude doubles in `steps` steps of the circle; `key` is that of the stream that turns the circle;
    `low` is from `low_bits`. Scratch memory: `means` (width,), `places` (k,), and `tops`, `channels` and
    `found`, as for `select`. Returns 0; 1 if an activation is not finite; 2 if no activation stands out from
    any other.
    """
    width, k = x.shape[1], len(places)
    centre(x, means)
    least = select(x, means, k, tops, channels, found, places)
    if least < 0:
        return 1
    if least == 0:
        return 2
    body[:] = 0
    at, before = k * low, 0
    for i in range(k):
        place = places[i]
        _put(body, i * low, place & ((1 << low) - 1), low)
        at += (place >> low) - before
        before = place >> low
        _put(body, at, 1, 1)
        at += 1
    begin = (k * low + k + ((x.size - 1) >> low) + 7) // 8 * 8
    for i in range(k):
        value = x[places[i] // width, places[i] % width] - means[places[i] % width]
        _put(body, begin + i * SYMBOL_BITS, int(_angle(value, steps, key, places[i])), SYMBOL_BITS)
    return 0


@kernel(wrapped=True)
def compare(
    x: Floats, steps: int, key: np.uint64, low: int,
    means: Floats, tops: Floats, channels: Wholes, found: Wholes, places: Places, body: Bytes,
    result: NDArray[np.float64],
) -> int:  # fmt: skip
    """Compare encoded activations (`body`) with one's own (`x`); all arguments but `result` as in `encode`.

    `result` (3,) is written: the number of places that are not among the own k largest, the number of values
    that disagree (of all places, those included), and the mean distance of the values from the encoded steps,
    in steps.

    Returns:
        0; 1 if an own activation is not finite; 2 if none stands out; 3 if the encoding is malformed.
    """
    width, k = x.shape[1], len(places)
    centre(x, means)
    least = select(x, means, k, tops, channels, found, places)
    if least <= 0:
        return 1 if least < 0 else 2
    smallest = np.inf
    for i in range(k):
        own = x[places[i] // width, places[i] % width] - means[places[i] % width]
        smallest = min(smallest, float(abs(own)))
    if not _read(body, x.size, low, places):
        return 3
    begin = (k * low + k + ((x.size - 1) >> low) + 7) // 8 * 8
    strangers, wrong, far = 0, 0, 0.0
    for i in range(k):
        value = x[places[i] // width, places[i] % width] - means[places[i] % width]
        symbol = _get(body, begin + i * SYMBOL_BITS, SYMBOL_BITS)
        off = _angle(value, steps, key, places[i]) - (symbol + 0.5)
        off -= CIRCLE * np.rint(off / CIRCLE)
        beyond = max(0.0, abs(off) - 0.5)
        stranger = abs(value) < smallest
        strangers += stranger
        wrong += stranger or beyond > 0.0
        far += beyond
    result[0], result[1], result[2] = strangers, wrong, far / k
    return 0
