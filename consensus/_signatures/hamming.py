"""Compiled Hamming distances: how many of all pairs of hashes are near, and how distances are distributed."""

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import ArrayLike, NDArray

from swarm_env.errors import ConfigError
from swarm_env.kernels import COMPILED, kernel

Words = NDArray[np.uint64]
TILE = 2048  # hashes that stay in the nearest cache while all others pass by

if COMPILED:

    @intrinsic  # type: ignore[untyped-decorator]
    def popcount(typingctx: Any, word: Any) -> Any:
        """How many bits of a uint64 are set: one machine instruction."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.ctpop(args[0])

        return types.uint64(types.uint64), codegen

else:

    def popcount(word: np.uint64) -> int:
        """How many bits of a uint64 are set."""
        return int(word).bit_count()


@kernel(wrapped=True)
def _count_single(first: Words, second: Words, threshold: np.uint64) -> int:
    total = np.uint64(0)
    for begin in range(0, len(second), TILE):
        tile = second[begin : begin + TILE]
        for i in range(len(first)):
            word = first[i]
            near = np.uint64(0)
            for j in range(len(tile)):
                near += np.uint64(popcount(word ^ tile[j]) <= threshold)
            total += near
    return total
