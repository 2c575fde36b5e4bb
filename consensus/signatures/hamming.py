"""Compiled Hamming distances: number of near pairs of hashes, and distribution of distances."""

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import ArrayLike, NDArray

from swarm_env.engine.compiler import COMPILED, kernel
from swarm_env.errors import ConfigError

Words = NDArray[np.uint64]
TILE = 1024  # hashes that stay in the nearest cache while all others pass by
WORD = 64

if COMPILED:

    @intrinsic  # type: ignore[untyped-decorator]
    def popcount(typingctx: Any, word: Any) -> Any:
        """How many bits of a uint64 are set: one machine instruction."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.ctpop(args[0])

        return types.uint64(types.uint64), codegen

else:

    def popcount(word: Any) -> Any:
        """How many bits of a uint64 are set."""
        return np.uint64(int(word).bit_count())


@kernel(wrapped=True)
def _count_words(first: Words, second: Words, threshold: int) -> int:
    """Pairs of single words within a threshold of 0 to 63.

    Eight distances stand side by side in one word, a byte each: with 127 - threshold added, the top bit of a
    byte says whether its distance is beyond the threshold, and one more popcount counts those.
    """
    bias = np.uint64(127 - threshold) * np.uint64(0x0101010101010101)
    top = np.uint64(0x8080808080808080)
    total = 0
    whole = len(first) - len(first) % 8
    for begin in range(0, len(second), TILE):
        tile = second[begin : begin + TILE]
        for i in range(0, whole, 8):
            a, b, c, d = first[i], first[i + 1], first[i + 2], first[i + 3]
            e, f, g, h = first[i + 4], first[i + 5], first[i + 6], first[i + 7]
            far = np.uint64(0)
            for j in range(len(tile)):
                x = tile[j]
                low = popcount(a ^ x) | (popcount(b ^ x) << np.uint64(8))
                low |= (popcount(c ^ x) << np.uint64(16)) | (popcount(d ^ x) << np.uint64(24))
                high = (popcount(e ^ x) << np.uint64(32)) | (popcount(f ^ x) << np.uint64(40))
                high |= (popcount(g ^ x) << np.uint64(48)) | (popcount(h ^ x) << np.uint64(56))
                far += popcount(((low | high) + bias) & top)
            total += 8 * len(tile) - int(far)
        for i in range(whole, len(first)):
            for j in range(len(tile)):
                total += int(popcount(first[i] ^ tile[j])) <= threshold
    return total


@kernel(wrapped=True)
def _count(first: Words, second: Words, threshold: int) -> int:
    """Pairs of hashes of several words, (n, W) and (m, W), within a threshold."""
    total = 0
    for i in range(len(first)):
        for j in range(len(second)):
            total += _apart(first[i], second[j]) <= threshold
    return total


@kernel()
def _apart(first: Words, second: Words) -> int:
    found = np.uint64(0)
    for w in range(len(first)):
        found += popcount(first[w] ^ second[w])
    return int(found)


@kernel(wrapped=True)
def _spread(first: Words, second: Words, counts: NDArray[np.int64]) -> None:
    """Number of pairs at each distance, written into `counts` (64 W + 1,)."""
    counts[:] = 0
    for i in range(len(first)):
        for j in range(len(second)):
            counts[_apart(first[i], second[j])] += 1


def count_near(first: ArrayLike, second: ArrayLike | None, threshold: int) -> int:
    """Number of pairs of hashes, (n,) or (n, W) uint64, that differ in at most `threshold` bits (0 or more).

    `second` is (m,) or (m, W); None: the pairs i < j within `first`. Raises `ConfigError` for other
    arguments.
    """
    if isinstance(threshold, bool) or not isinstance(threshold, int | np.integer) or threshold < 0:
        raise ConfigError(f"threshold={threshold!r}: a whole number of bits from 0 on.")
    a, b = _both(first, first if second is None else second)
    bits = WORD * a.shape[1]
    if threshold >= bits:
        found = len(a) * len(b)
    elif a.shape[1] == 1:
        found = int(_count_words(a[:, 0].copy(), b[:, 0].copy(), int(threshold)))
    else:
        found = int(_count(a, b, int(threshold)))
    return (found - len(a)) // 2 if second is None else found


def distance_counts(first: ArrayLike, second: ArrayLike | None) -> NDArray[np.int64]:
    """(64 W + 1,) number of pairs at distance 0, 1, ...; arguments and errors as for `count_near`."""
    a, b = _both(first, first if second is None else second)
    counts = np.empty(WORD * a.shape[1] + 1, np.int64)
    _spread(a, b, counts)
    if second is None:
        counts[0] -= len(a)
        counts //= 2
    return counts


def paired_distances(first: ArrayLike, second: ArrayLike) -> NDArray[np.int32]:
    """(n,) distance of each hash of `first` from that of `second` in the same row; as for `count_near`."""
    a, b = _both(first, second)
    if len(a) != len(b):
        raise ConfigError(f"{len(a)} and {len(b)} hashes do not go in pairs.")
    return np.asarray(np.bitwise_count(a ^ b).sum(axis=1, dtype=np.int32))


def random_pairs_within(bits: int, threshold: int) -> float:
    """Probability that two hashes of so many independent fair bits differ in at most `threshold` bits.

    Hashes of real pictures have no fair bits: this is a lower bound, not an estimate.
    """
    return float(sum(math.comb(bits, d) for d in range(min(threshold, bits) + 1)) / 2**bits)


def _both(first: ArrayLike, second: ArrayLike) -> tuple[Words, Words]:
    found = []
    for hashes in (first, second):
        words = np.asarray(hashes)
        if words.dtype != np.uint64 or words.ndim not in (1, 2) or 0 in words.shape[1:]:
            raise ConfigError(f"Hashes are uint64 of shape (n,) or (n, W), not {words.dtype} {words.shape}.")
        found.append(np.ascontiguousarray(words[:, None] if words.ndim == 1 else words))
    if found[0].shape[1] != found[1].shape[1]:
        raise ConfigError(f"Hashes of {found[0].shape[1]} and of {found[1].shape[1]} words are not compared.")
    return found[0], found[1]
