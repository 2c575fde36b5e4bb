"""Random numbers that depend only on (seed, episode, round, purpose) and their place in the stream: no state, no order.

A stream is a 64-bit key; its i-th number is a finalised counter (SplitMix64: G. Steele, D. Lea, C. Flood, "Fast splittable
pseudorandom number generators", OOPSLA 2014). World `w` of any batch draws what a single world of the same seed draws.
"""

import numpy as np

from swarm_env.kernels import kernel

# Purposes: streams that never share a number. Scenarios use RESET and UPDATE (and USER + n); messages use LOSS and ORDER.
RESET, UPDATE, LOSS, ORDER, USER = 1, 2, 3, 4, 16

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2 ** -53


@kernel(inline=True)
def mix(x: int) -> np.uint64:
    """SplitMix64's finaliser: a uint64 whose every bit depends on every bit of `x`."""
    x = np.uint64(x)
    x = (x ^ (x >> np.uint64(30))) * _MIX1
    x = (x ^ (x >> np.uint64(27))) * _MIX2
    return x ^ (x >> np.uint64(31))


@kernel()
def stream(seed: int, episode: int, time: int, purpose: int) -> np.uint64:
    """Key of the stream for one purpose in one round of one episode of one world (uint64)."""
    key = mix(np.uint64(seed) + _GOLDEN)
    key = mix(key ^ (np.uint64(episode) * _MIX1 + _GOLDEN))
    key = mix(key ^ (np.uint64(time) * _MIX2 + _GOLDEN))
    return mix(key ^ (np.uint64(purpose) + _GOLDEN))


@kernel(inline=True)
def number(key: np.uint64, i: int) -> np.uint64:
    """The i-th number of a stream (uint64, uniform)."""
    return mix(key + np.uint64(i + 1) * _GOLDEN)


@kernel(inline=True)
def unit(key: np.uint64, i: int) -> float:
    """The i-th number of a stream as a float in [0, 1), 53 bits."""
    return np.float64(number(key, i) >> np.uint64(11)) * _TO_UNIT


@kernel(inline=True)
def below(key: np.uint64, i: int, n: int) -> int:
    """The i-th number of a stream as an integer in [0, n), n up to 2 ** 40 (deviation from uniform under n * 2 ** -53)."""
    return np.int64(unit(key, i) * n)
