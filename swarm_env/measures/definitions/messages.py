"""Measures of messages, for all rounds at once."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.measures.declare import GameStatistics, Series, group_measure
from swarm_env.measures.game import SILENT, Game
from swarm_env.measures.words import Vectors

ROUNDING = 1e-12  # a smaller similarity is a rounding error
_QUESTION_MARK = re.compile("[?？؟]")
_DIGIT = re.compile(r"\d")
_SILENT = "no messages"
_NO_TEXT = "no messages, or the channel carries no text"


class _Speech(NamedTuple):
    """All K messages sent.

    `turn` (K,) is the round of each, ascending, `what` (K,) the index into the M different messages; `number`
    (R,) are the messages per round, in `speaking` with NaN for 0.
    """

    turn: NDArray[np.int64]
    what: NDArray[np.int64]
    number: Series
    speaking: Series


@group_measure(
    "mean length of the messages",
    unit="characters",
    low=1.0,
    high=123.0,
    undefined=_NO_TEXT,
    published=3,
    live=True,
)
def message_length(stats: GameStatistics) -> Series:
    """Mean number of characters as sent."""
    return _sum_over_texts(stats, len) / stats.shared(_speech).speaking


@group_measure(
    "standard deviation of the length of the messages",
    unit="characters",
    high=61.0,
    undefined=_NO_TEXT,
    published=4,
    live=True,
)
def message_length_spread(stats: GameStatistics) -> Series:
    """Population standard deviation of the number of characters."""
    mean, speech = message_length.compute(stats), stats.shared(_speech)
    if stats.game.channel != "text":
        return mean
    length = np.array([len(text) for text in _texts(stats.game)], np.float64)[speech.what]
    deviation = _sums(speech.turn, (length - mean[speech.turn]) ** 2, stats.game.rounds)
    return np.sqrt(deviation / speech.speaking)


@group_measure("share of messages with a question mark", high=1.0, undefined=_NO_TEXT, published=5, live=True)
def question_share(stats: GameStatistics) -> Series:
    """Fraction of messages with a question mark, also full-width and Arabic ones."""
    asks = _sum_over_texts(stats, lambda text: _QUESTION_MARK.search(text) is not None)
    return asks / stats.shared(_speech).speaking


@group_measure(
    "share of digits among all characters said", high=1.0, undefined=_NO_TEXT, published=6, live=True
)
def digit_share(stats: GameStatistics) -> Series:
    """Decimal digits in all messages of a round / characters in them."""
    characters = _sum_over_texts(stats, len)
    characters[stats.shared(_speech).number == 0] = np.nan
    return _sum_over_texts(stats, lambda text: len(_DIGIT.findall(text))) / characters


@group_measure(
    "mean cosine between two messages", low=-1.0, high=1.0, undefined="fewer than two messages", published=7
)
def message_similarity(stats: GameStatistics) -> Series:
    """Mean cosine over all pairs of messages of a round.

    The square of a sum of vectors holds every pair twice and every vector's square once.
    """
    (norm, squares), number = stats.shared(_vector_sums), stats.shared(_speech).number
    pairs = np.where(number > 1, number * (number - 1), np.nan)
    similarity = np.clip((norm**2 - squares) / pairs, -1.0, 1.0)
    similarity[np.abs(similarity) < ROUNDING] = 0.0
    return similarity


@group_measure("length of the mean of the messages' unit vectors", high=1.0, undefined=_SILENT, published=8)
def message_mean_norm(stats: GameStatistics) -> Series:
    """Length of the mean of the unit vectors of the messages of a round."""
    return np.minimum(stats.shared(_vector_sums)[0] / stats.shared(_speech).speaking, 1.0)


def _speech(stats: GameStatistics) -> _Speech:
    said = stats.game.said
    turn, _ = np.nonzero(said != SILENT)
    number = np.bincount(turn, minlength=stats.game.rounds).astype(np.float64)
    return _Speech(turn, said[said != SILENT], number, np.where(number > 0, number, np.nan))


def _texts(game: Game) -> list[str]:
    return [message for message in game.messages if isinstance(message, str)]


def _sum_over_texts(stats: GameStatistics, value: Callable[[str], float]) -> Series:
    """(R,) sum of a value over the texts of each round; NaN if the channel carries no text."""
    if stats.game.channel != "text":
        return np.full(stats.game.rounds, np.nan)
    speech = stats.shared(_speech)
    values = np.array([value(text) for text in _texts(stats.game)], np.float64)[speech.what]
    return _sums(speech.turn, values, stats.game.rounds)


def _vector_sums(stats: GameStatistics) -> tuple[Series, Series]:
    """(R,) length of the sum of the messages' vectors, and (R,) sum of their squared lengths.

    Vector messages are their own vectors; token messages have a 0-or-1 entry per place and token.
    """
    game, speech = stats.game, stats.shared(_speech)
    if not game.messages:
        return np.full(game.rounds, np.nan), np.zeros(game.rounds)
    counts = np.bincount(speech.what, minlength=len(game.messages))
    vectors = stats.embed(_texts(game), counts) if game.channel == "text" else _numbers(game)
    norm = _norm_of_sum(vectors, speech.turn, speech.what, game.rounds)
    return norm, _sums(speech.turn, _squares(vectors)[speech.what], game.rounds)


def _numbers(game: Game) -> Vectors:
    """Token or vector messages as unit vectors."""
    rows = np.array(game.messages, np.float64)  # (M, length or dimension)
    if game.channel == "vector":
        return Vectors.dense(rows)
    m, places = rows.shape
    axis = rows.astype(np.int64) + np.arange(places) * (int(rows.max()) + 1)
    return Vectors(np.arange(m + 1) * places, axis.ravel(), np.full(m * places, places**-0.5))


def _squares(vectors: Vectors) -> Series:
    """(M,) squared length of each vector: 1, or 0 for a vector of zeros."""
    owner = np.repeat(np.arange(len(vectors.start) - 1), np.diff(vectors.start))
    return _sums(owner, vectors.value**2, len(vectors.start) - 1)


def _norm_of_sum(vectors: Vectors, turn: NDArray[np.int64], what: NDArray[np.int64], rounds: int) -> Series:
    """(R,) length of the sum of the vectors `what` (K,) said in the rounds `turn` (K,), ascending."""
    m = len(vectors.start) - 1
    said, times = np.unique(turn * m + what, return_counts=True)  # each message once per round
    sizes = np.diff(vectors.start)[said % m]
    offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    entry = np.repeat(vectors.start[said % m], sizes) + offset
    axes = int(vectors.place.max(initial=0)) + 1
    key, inverse = np.unique(np.repeat(said // m, sizes) * axes + vectors.place[entry], return_inverse=True)
    total = _sums(inverse, vectors.value[entry] * np.repeat(times, sizes), len(key))
    return np.sqrt(_sums(key // axes, total**2, rounds))


def _sums(group: NDArray[np.int64], values: Series, number: int) -> Series:
    """(number,) sum of the values of each group."""
    return np.asarray(np.bincount(group, weights=values, minlength=number), np.float64)
