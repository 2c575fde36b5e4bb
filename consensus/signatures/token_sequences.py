"""Sequences of tokens: equality, length of the common prefix, and differences after it."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swarm_env.errors import ConfigError


class Divergence(NamedTuple):
    """How two sequences differ.

    Attributes:
        exact: Whether they are equal.
        prefix: Number of equal tokens at the beginning.
        share: `prefix` over the length of the longer one, 0 to 1; 1 for two empty ones.
        differing: Places that differ or that only one has, over the length of the longer one, 0 to 1.
        lengths: Lengths of the two.
    """

    exact: bool
    prefix: int
    share: float
    differing: float
    lengths: tuple[int, int]

    @property
    def distance(self) -> float:
        """1 - share: 0 for equal sequences, 1 for sequences that begin differently."""
        return 1.0 - self.share


@dataclass(frozen=True, slots=True)
class TokenSignature:
    """A sequence of tokens, and the vocabulary and decoding it is from.

    Attributes:
        tokens: Numbers of tokens, each 0 to 2**32 - 1.
        vocabulary: Name or digest of the tokenizer; sequences of two vocabularies are not compared.
        decoding: How tokens were chosen: "greedy", "beam 4", ...; nor are those of two decodings.
    """

    tokens: tuple[int, ...]
    vocabulary: str = ""
    decoding: str = "greedy"

    @classmethod
    def of(cls, tokens: ArrayLike, vocabulary: str = "", decoding: str = "greedy") -> "TokenSignature":
        """From an array (T,) or a list of integers; raises `ConfigError` for anything else."""
        numbers = _checked(tokens)
        return cls(tuple(int(token) for token in numbers), vocabulary, decoding)

    def compare(self, other: "TokenSignature") -> Divergence:
        """Differences to another sequence; raises `ConfigError` if its vocabulary or decoding differs."""
        for name in ("vocabulary", "decoding"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise ConfigError(
                    f"Sequences of tokens with {name} {mine!r} and {theirs!r} are not compared."
                )
        return divergence(np.array(self.tokens, np.int64), np.array(other.tokens, np.int64))

    def digest(self) -> bytes:
        """32 bytes: BLAKE2b over all fields."""
        about = f"{len(self.vocabulary)} {len(self.decoding)} {self.vocabulary}{self.decoding}".encode()
        return hashlib.blake2b(
            np.array(self.tokens, "<u4").tobytes() + about, digest_size=32, person=b"token signature"
        ).digest()


def divergence(first: ArrayLike, second: ArrayLike) -> Divergence:
    """Differences of two sequences of integers 0 to 2**32 - 1; raises `ConfigError` for others."""
    a, b = _checked(first), _checked(second)
    short, long = sorted((len(a), len(b)))
    differs = a[:short] != b[:short]
    prefix = int(differs.argmax()) if differs.any() else short
    if not long:
        return Divergence(True, 0, 1.0, 0.0, (0, 0))
    count = int(differs.sum()) + long - short
    return Divergence(count == 0, prefix, prefix / long, count / long, (len(a), len(b)))


def _checked(tokens: ArrayLike) -> NDArray[np.int64]:
    numbers = np.asarray(tokens)
    if not numbers.size and numbers.ndim == 1:
        return np.zeros(0, np.int64)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise ConfigError(
            f"A sequence of tokens is a row of whole numbers, not {numbers.dtype} of shape {numbers.shape}."
        )
    if int(numbers.min()) < 0 or int(numbers.max()) >= 1 << 32:
        raise ConfigError("Tokens are numbers from 0 to 2**32 - 1.")
    return numbers.astype(np.int64)
