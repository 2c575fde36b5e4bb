"""Sequences of tokens: equal or not, how long the common beginning is, and how much the rest differs."""

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
        prefix: How many tokens at the beginning are equal.
        share: `prefix` over the length of the longer one, 0 to 1; 1 for two empty ones.
        differing: Places that differ or that only one has, over the length of the longer one, 0 to 1.
        lengths: Of the two.
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
    """A sequence of tokens as its worker tells it, and the vocabulary it is to be read in.

    Attributes:
        tokens: Numbers of tokens, each 0 to 2**32 - 1.
        vocabulary: Name or digest of the tokenizer; sequences of two vocabularies are not compared.
        decoding: How tokens were chosen: "greedy", "beam 4", ...; nor are those of two ways.
    """

    tokens: tuple[int, ...]
    vocabulary: str = ""
    decoding: str = "greedy"

    @classmethod
    def of(cls, tokens: ArrayLike, vocabulary: str = "", decoding: str = "greedy") -> "TokenSignature":
        """From an array (T,) or a list of whole numbers.

        Raises:
            ConfigError: It is not that.
        """
        numbers = _checked(tokens)
        return cls(tuple(int(token) for token in numbers), vocabulary, decoding)

    def compare(self, other: "TokenSignature") -> Divergence:
        """How another sequence differs.

        Raises:
            ConfigError: It is of another vocabulary, or was decoded in another way.
        """
        for name in ("vocabulary", "decoding"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise ConfigError(
                    f"Sequences of tokens with {name} {mine!r} and {theirs!r} are not compared."
                )
        return divergence(np.array(self.tokens, np.int64), np.array(other.tokens, np.int64))

    def digest(self) -> bytes:
        """32 bytes: BLAKE2b over the tokens and what they mean; equal only for equal signatures."""
        about = f"{len(self.vocabulary)} {len(self.decoding)} {self.vocabulary}{self.decoding}".encode()
        return hashlib.blake2b(
            np.array(self.tokens, "<u4").tobytes() + about, digest_size=32, person=b"token signature"
        ).digest()


def divergence(first: ArrayLike, second: ArrayLike) -> Divergence:
    """How two sequences of tokens differ.

    Args:
        first: (T,) whole numbers from 0 to 2**32 - 1.
        second: (U,) the same.

    Raises:
        ConfigError: They are not that.
    """
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
