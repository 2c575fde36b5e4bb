"""Counter-based random numbers: a function of (seed, episode, round, purpose) and an index, without state.

A stream is a 64-bit key; its i-th number is a finalised counter (SplitMix64: G. Steele, D. Lea, C. Flood,
"Fast splittable pseudorandom number generators", OOPSLA 2014). A world in a batch draws the same numbers as a
single world with the same seed.
"""

from typing import Any

import numpy as np

from swarm_env.engine.compiler import kernel

Integer = int | np.integer[Any]

# Purposes: different purposes have independent streams. Scenarios use RESET, UPDATE and USER + n; messages
# use LOSS, ORDER, DELAY and NOISE.
RESET, UPDATE, LOSS, ORDER, DELAY, NOISE, PUSHES, USER = 1, 2, 3, 4, 5, 6, 7, 16

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2 ** -53


@kernel(inline=True)
def mix(x: Integer) -> np.uint64:
    """SplitMix64's finaliser: every bit of the result depends on every bit of `x`."""
    y = np.uint64(x)
    y = (y ^ (y >> np.uint64(30))) * _MIX1
    y = (y ^ (y >> np.uint64(27))) * _MIX2
    return y ^ (y >> np.uint64(31))


@kernel()
def stream(seed: Integer, episode: Integer, time: Integer, purpose: Integer) -> np.uint64:
    """Key of the stream for one purpose in one round of one episode of one world (uint64)."""
    key = mix(np.uint64(seed) + _GOLDEN)
    key = mix(key ^ (np.uint64(episode) * _MIX1 + _GOLDEN))
    key = mix(key ^ (np.uint64(time) * _MIX2 + _GOLDEN))
    return mix(key ^ (np.uint64(purpose) + _GOLDEN))


@kernel(inline=True)
def number(key: np.uint64, i: Integer) -> np.uint64:
    """The i-th number of a stream (uint64, uniform)."""
    return mix(key + np.uint64(i + 1) * _GOLDEN)


@kernel(inline=True)
def unit(key: np.uint64, i: Integer) -> float:
    """The i-th number of a stream as a float in [0, 1), 53 bits."""
    return np.float64(number(key, i) >> np.uint64(11)) * _TO_UNIT


@kernel(inline=True)
def below(key: np.uint64, i: Integer, n: Integer) -> int:
    """The i-th number of a stream as an integer in [0, n); off uniform by less than n * 2 ** -53."""
    return int(unit(key, i) * n)
