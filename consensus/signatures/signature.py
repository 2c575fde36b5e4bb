"""What all short signatures share: a method, its parameters, bits, and a distance.

A signature of 64 bits means nothing by itself: an average hash and a difference hash of one picture are as
far apart as two unrelated pictures. So a signature knows how it was made, and is only compared with its like.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError

Parameters = tuple[tuple[str, int | float | str], ...]  # names and values, by name
Distance = Callable[[bytes, bytes], float]
MOST_BITS = 1 << 16


@dataclass(frozen=True, slots=True)
class Signature:
    """A short fingerprint of a piece of work.

    Attributes:
        method: "ahash", "phash", "dhash", "whash", "colorhash", "minhash" or "simhash".
        parameters: All parameters of the method, sorted by name.
        bits: Number of bits that count.
        value: The bits, most significant first; the last byte is padded with zeros.
    """

    method: str
    parameters: Parameters
    bits: int
    value: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MOST_BITS or len(self.value) != (self.bits + 7) // 8:
            raise ConfigError(
                f"A signature of {self.bits} bits has {(self.bits + 7) // 8} bytes, not {len(self.value)}."
            )
        if self.parameters != tuple(sorted(self.parameters)):
            raise ConfigError("The parameters of a signature are sorted by name.")
        spare = -self.bits % 8
        if spare and self.value[-1] & ((1 << spare) - 1):
            raise ConfigError("The bits that fill up the last byte of a signature are zero.")

    def distance(self, other: "Signature") -> float:
        """Distance to a signature made by the same method with the same parameters, else `ConfigError`.

        The number of bits that differ; for "minhash" the share of slots that differ, which estimates 1 -
        Jaccard similarity.
        """
        self.check_like(other)
        if self.method == "minhash":
            mine, theirs = (np.frombuffer(s.value, np.uint32) for s in (self, other))
            return float((mine != theirs).mean())
        return float((int.from_bytes(self.value) ^ int.from_bytes(other.value)).bit_count())

    def check_like(self, other: "Signature") -> None:
        """Raise `ConfigError`, which names the difference, unless `other` was made in the same way."""
        if not isinstance(other, Signature):
            raise ConfigError(f"A signature is compared with a signature, not with {type(other).__name__}.")
        if self.method != other.method:
            raise ConfigError(f"A {self.method} cannot be compared with a {other.method}.")
        if self.parameters != other.parameters or self.bits != other.bits:
            mine, theirs = dict(self.parameters), dict(other.parameters)
            names = sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name))
            parts = [f"{name} {mine.get(name)!r} and {theirs.get(name)!r}" for name in names] or ["bits"]
            raise ConfigError(
                f"Two signatures by {self.method} were made with different parameters ({', '.join(parts)}): "
                "make both with the same."
            )

    def words(self) -> NDArray[np.uint64]:
        """(W,) the bits as words of 64, padded with zeros; for `hamming`."""
        count = (self.bits + 63) // 64
        return np.frombuffer(self.value.ljust(8 * count, b"\0"), ">u8").astype(np.uint64)

    def to_text(self) -> str:
        """One line of JSON, for `from_text`."""
        content = {"method": self.method, "bits": self.bits, "value": self.value.hex()}
        return json.dumps({**content, "parameters": dict(self.parameters)}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "Signature":
        """Parse the output of `to_text`; raises `ConfigError` for any other text."""
        try:
            content = json.loads(text)
            parameters = tuple(sorted(content.pop("parameters").items()))
            value = bytes.fromhex(content.pop("value"))
            found = cls(parameters=parameters, value=value, **content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(f"This is not a signature as to_text writes it: {error}.") from None
        return found


def pack(flags: NDArray[np.bool_]) -> bytes:
    """Bits as bytes, most significant first."""
    return np.packbits(flags.reshape(-1)).tobytes()
