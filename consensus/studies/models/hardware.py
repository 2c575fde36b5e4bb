"""How a machine computes: precision, batch size, threads, order of sums. Honest machines differ in these.

Half precisions are computed as accelerators do: products of half-precision numbers are summed in float32,
and the result of an operation is rounded to half precision. numpy has no bfloat16, so both are emulated.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Precision = Literal["float64", "float32", "float16", "bfloat16"]
Order = Literal["forward", "reversed", "split"]
Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Hardware:
    """How one worker or verifier computes.

    Attributes:
        precision: Of weights and of every operation's result.
        batch: Requests that are computed together.
        threads: Batches that are computed at the same time.
        order: Order of the sums in a product of matrices: forward; reversed; or split, each half apart, then
            both.
    """

    precision: Precision = "float32"
    batch: int = 64
    threads: int = 1
    order: Order = "forward"

    def __str__(self) -> str:
        return f"{self.precision}, batch {self.batch}, {self.threads} threads, {self.order}"

    def round(self, x: Array) -> Array:
        """The nearest numbers that this precision has, in an array that numpy computes with."""
        if self.precision == "float64":
            return x.astype(np.float64, copy=False)
        if self.precision == "float32":
            return x.astype(np.float32, copy=False)
        if self.precision == "float16":
            return x.astype(np.float16).astype(np.float32)
        return bfloat16(x)

    def dot(self, a: Array, b: Array) -> Array:
        """Product of `a` (..., n, k) and `b` (k, m) or (..., k, m), summed in this machine's order."""
        if self.order == "reversed":
            return self.round(a[..., ::-1] @ b[..., ::-1, :])
        if self.order == "split":
            half = a.shape[-1] // 2
            return self.round(a[..., :half] @ b[..., :half, :] + a[..., half:] @ b[..., half:, :])
        return self.round(a @ b)

    def norm(self, x: Array) -> Array:
        """Numbers divided by the root of their mean square, over the last axis."""
        return self.round(x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + x.dtype.type(1e-5)))

    def silu(self, x: Array) -> Array:
        """S. Elfwing et al. 2018: x / (1 + exp(-x))."""
        return self.round(x / (1 + np.exp(-x)))

    def softmax(self, x: Array) -> Array:
        """Over the last axis."""
        y = np.exp(x - x.max(axis=-1, keepdims=True))
        return self.round(y / y.sum(axis=-1, keepdims=True))

    def weights(self, weights: dict[str, NDArray[np.float64]]) -> dict[str, Array]:
        """Weights in this precision."""
        return {name: self.round(value) for name, value in weights.items()}

    def in_batches(self, work: Callable[[slice], Sequence[NDArray[Any]]], number: int) -> list[NDArray[Any]]:
        """Compute requests 0 to number - 1 (at least one) in this machine's batches, by its threads.

        `work` turns a slice of the requests into arrays whose first axis is the request.
        """
        slices = [slice(i, min(i + self.batch, number)) for i in range(0, number, self.batch)]
        if self.threads == 1:
            parts = [work(part) for part in slices]
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                parts = list(pool.map(work, slices))
        return [np.concatenate(column) for column in zip(*parts, strict=True)]


def bfloat16(x: Array) -> NDArray[np.float32]:
    """The nearest bfloat16 (ties to even) of finite numbers, as float32."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    bits = (bits + (((bits >> np.uint32(16)) & np.uint32(1)) + np.uint32(0x7FFF))) & np.uint32(0xFFFF0000)
    return bits.view(np.float32)


CHEAT = Hardware("float32")  # what cheats of the study compute with
# What workers and verifiers of the study compute with.
HONEST = (
    Hardware("float64"),
    Hardware("float32"),
    Hardware("float32", batch=8),
    Hardware("float32", batch=16, threads=2),
    Hardware("float32", order="reversed"),
    Hardware("float16"),
    Hardware("float16", batch=16, threads=2, order="split"),
    Hardware("bfloat16"),
    Hardware("bfloat16", batch=16, threads=2, order="split"),
)
