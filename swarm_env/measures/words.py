"""From texts to unit vectors: TF-IDF, or a sentence-transformers model if installed.

Vectors are sparse (`Vectors`): a message has few of the words of a game.
"""

import functools
import importlib
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError

PUBLISHED_MODEL = "all-mpnet-base-v2"  # used by SwarmBench to compare messages
_WORD = re.compile(r"\w+|[^\w\s]")

Words = str | Callable[[Sequence[str]], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """M sparse vectors of length 1, or 0 for an empty text.

    Attributes:
        start: (M + 1,) int64: vector m has the entries start[m] … start[m + 1] - 1.
        place: int64, the axis of each entry.
        value: float64, the entry.
    """

    start: NDArray[np.int64]
    place: NDArray[np.int64]
    value: NDArray[np.float64]

    @classmethod
    def dense(cls, rows: NDArray[np.float64]) -> "Vectors":
        """The rows of an (M, D) array, each scaled to length 1; a row of zeros stays as it is."""
        norm = np.linalg.norm(rows, axis=1, keepdims=True)
        scaled = rows / np.where(norm > 0, norm, 1.0)
        m, d = rows.shape
        return cls(np.arange(m + 1) * d, np.tile(np.arange(d), m), scaled.ravel())


Embed = Callable[[Sequence[str], NDArray[np.int64]], Vectors]


def vectoriser(words: Words) -> tuple[Embed, str]:
    """A function from different texts and the count of each to their vectors, and its name.

    `words` and its errors are those of `measure`.
    """
    if callable(words):
        label = getattr(words, "__name__", type(words).__name__)
        return (lambda texts, counts: _checked(words(texts), len(texts))), label
    kind, _, model = words.partition(":") if isinstance(words, str) else ("", "", "")
    if words == "tfidf":
        return tfidf, words
    if kind == "embedding" and (model or words == "embedding"):
        encode = _sentence_transformer(model or PUBLISHED_MODEL)
        label = f"embedding:{model or PUBLISHED_MODEL}"
        return (lambda texts, counts: _checked(encode(texts), len(texts))), label
    raise ConfigError(
        f"words={words!r:.80}: must be 'tfidf', 'embedding', 'embedding:NAME' of a sentence-transformers "
        "model, or a function from a list of texts to an array with a row for each."
    )


def tfidf(texts: Sequence[str], counts: NDArray[np.int64]) -> Vectors:
    """TF-IDF vectors of M different texts, in the smoothed form of scikit-learn.

    A word is a sequence of letters, digits and underscores, in lower case, or another single character except
    whitespace. An entry is (count of the word in the text) * (ln((1 + n) / (1 + n_word)) + 1), with `n`
    messages in the game and `n_word` messages with the word; vectors are then scaled to length 1. `counts`
    (M,) are the numbers of messages with each text.
    """
    found = [_WORD.findall(text.lower()) for text in texts]
    words = list(itertools.chain.from_iterable(found))
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    text = np.repeat(np.arange(len(texts)), [len(of_text) for of_text in found])
    number = np.array([numbers[word] for word in words], np.int64)
    entry, times = np.unique(text * len(numbers) + number, return_counts=True)
    text, place = np.divmod(entry, max(1, len(numbers)))
    having = np.bincount(place, weights=counts[text], minlength=len(numbers))
    value = times * (np.log((1 + counts.sum()) / (1 + having)) + 1)[place]
    norm = np.sqrt(np.bincount(text, weights=value**2, minlength=len(texts)))
    start = np.concatenate([[0], np.cumsum(np.bincount(text, minlength=len(texts)))])
    return Vectors(start, place, value / norm[text])


def _sentence_transformer(name: str) -> Callable[[Sequence[str]], Any]:
    """Encode by a sentence-transformers model, loaded at the first use."""
    try:
        library = importlib.import_module("sentence_transformers")
    except ImportError:
        raise ConfigError(
            "Comparing messages by 'embedding' needs sentence-transformers. Install it with: pip install "
            "sentence-transformers, or use words='tfidf'."
        ) from None

    def encode(texts: Sequence[str]) -> Any:
        return _model(library, name).encode(list(texts), show_progress_bar=False, convert_to_numpy=True)

    return encode


@functools.lru_cache(maxsize=1)
def _model(library: Any, name: str) -> Any:
    return library.SentenceTransformer(name)


def _checked(rows: Any, texts: int) -> Vectors:
    """The result of a function of texts, checked."""
    try:
        array = np.asarray(rows, np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2 or len(array) != texts or not np.isfinite(array).all():
        raise ConfigError(
            f"words: the function returned {type(rows).__name__} of shape {array.shape} for {texts} texts; "
            f"expected ({texts}, D) finite numbers."
        )
    return Vectors.dense(array)
