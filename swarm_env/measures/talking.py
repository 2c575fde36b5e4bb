"""Measures of what is said, for all rounds at once."""

import re

import numpy as np
from numpy.typing import NDArray

from swarm_env.measures.game import SILENT, Game
from swarm_env.measures.words import Embed, Vectors

Series = NDArray[np.float64]
ROUNDING = 1e-12  # a similarity nearer to 0 is what adding up has left over
_QUESTION_MARK = re.compile("[?？؟]")
_DIGIT = re.compile(r"\d")
_TEXT_ONLY = ("message_length", "message_length_spread", "question_share", "digit_share")


def talking(game: Game, embed: Embed) -> dict[str, Series]:
    """The measures of the messages.

    Args:
        game: A game of R rounds.
        embed: See `swarm_env.measures.words.vectoriser`; used for texts only. Vector messages are their own
            vectors, token messages one 0-or-1 entry per place and token.

    Returns:
        (R,) float64 by name, NaN where a measure is undefined.
    """
    turn, _ = np.nonzero(game.said != SILENT)
    what = game.said[game.said != SILENT]  # (K,) index into messages
    number = np.bincount(turn, minlength=game.rounds).astype(np.float64)
    texts = [message for message in game.messages if isinstance(message, str)]
    if game.channel == "text":
        found = _texts(texts, turn, what, number)
    else:
        found = {name: np.full(game.rounds, np.nan) for name in _TEXT_ONLY}
    norm = np.full(game.rounds, np.nan)
    if len(game.messages):
        counts = np.bincount(what, minlength=len(game.messages))
        vectors = embed(texts, counts) if game.channel == "text" else _numbers(game)
        norm = _norm_of_sum(vectors, turn, what, game.rounds)
        squares = _sums(turn, _squares(vectors)[what], game.rounds)
    else:
        squares = np.zeros(game.rounds)
    speaking = np.where(number > 0, number, np.nan)
    pairs = np.where(number > 1, number * (number - 1), np.nan)
    # The square of a sum of vectors holds every pair twice and every vector's square once.
    similarity = np.clip((norm**2 - squares) / pairs, -1.0, 1.0)
    similarity[np.abs(similarity) < ROUNDING] = 0.0
    return {
        **found,
        "message_similarity": similarity,
        "message_mean_norm": np.minimum(norm / speaking, 1.0),
    }


def _texts(
    texts: list[str], turn: NDArray[np.int64], what: NDArray[np.int64], number: Series
) -> dict[str, Series]:
    """Length, questions and digits of the texts said in each round."""
    rounds = len(number)
    speaking = np.where(number > 0, number, np.nan)
    length = np.array([len(text) for text in texts], np.float64)[what]
    asks = np.array([_QUESTION_MARK.search(text) is not None for text in texts], np.float64)[what]
    digits = np.array([len(_DIGIT.findall(text)) for text in texts], np.float64)[what]
    total = _sums(turn, length, rounds)
    mean = total / speaking
    deviation = _sums(turn, (length - mean[turn]) ** 2, rounds)
    return {
        "message_length": mean,
        "message_length_spread": np.sqrt(deviation / speaking),
        "question_share": _sums(turn, asks, rounds) / speaking,
        "digit_share": _sums(turn, digits, rounds) / np.where(number > 0, total, np.nan),
    }


def _numbers(game: Game) -> Vectors:
    """Messages of numbers as vectors."""
    rows = np.array(game.messages, np.float64)  # (M, length or dimension)
    if game.channel == "vector":
        return Vectors.dense(rows)
    m, places = rows.shape
    axis = rows.astype(np.int64) + np.arange(places) * (int(rows.max()) + 1)
    return Vectors(np.arange(m + 1) * places, axis.ravel(), np.full(m * places, places**-0.5))


def _squares(vectors: Vectors) -> Series:
    """(M,) the square of each vector's length: 1, or 0 for a vector of zeros."""
    owner = np.repeat(np.arange(len(vectors.start) - 1), np.diff(vectors.start))
    return _sums(owner, vectors.value**2, len(vectors.start) - 1)


def _norm_of_sum(vectors: Vectors, turn: NDArray[np.int64], what: NDArray[np.int64], rounds: int) -> Series:
    """(R,) length of the sum of the vectors said in each round.

    Args:
        vectors: M vectors.
        turn: (K,) round of each message, ascending.
        what: (K,) which vector it is.
        rounds: R.
    """
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
