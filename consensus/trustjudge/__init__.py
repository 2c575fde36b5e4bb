"""Ratings and preferences of judges read as probabilities (TrustJudge), and how far they disagree.

Source: "TrustJudge: Inconsistencies of LLM-as-a-Judge and How to Alleviate Them", arXiv 2509.21117, of which
we know the abstract: scores from the distribution of ratings, likelihood-aware aggregation of preferences,
and two inconsistencies, which fell from 23.32% to 14.89% (scores against comparisons) and from 15.22% to
4.40% (intransitivity). The formulas below are our choice of what that says.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import real
from swarm_env.consensus.bradley_terry.diagnostics import cycles
from swarm_env.consensus.bradley_terry.merged_votes import Votes

from swarm_env.errors import ConfigError

Floats = NDArray[np.float64]
FIRST, SECOND, TIE = 0, 1, 2  # outcomes of a comparison, in the order of its probabilities


class Inconsistency(NamedTuple):
    """How far a judge contradicts itself.

    Attributes:
        score_comparison: Share of pairs, of those with unequal scores, in which the item with the lower score
            is preferred or tied.
        intransitive: Share of triples of items in a ring of preferences, or of two ties and a preference.
    """

    score_comparison: float
    intransitive: float


def rating_distribution(log_probabilities: Mapping[str, float], ratings: tuple[int, ...]) -> Floats:
    """(len(ratings),) probabilities of the ratings, of the log-probabilities of tokens.

    Tokens that are the same number but for spaces count together; all others are left out, and the rest adds
    up to 1. Raises `ConfigError` if no token is a rating.
    """
    if not isinstance(log_probabilities, Mapping) or not all(isinstance(t, str) for t in log_probabilities):
        raise ConfigError(f"log_probabilities must map tokens to numbers, not be {log_probabilities!r:.80}.")
    real("log_probabilities", list(log_probabilities.values()), None, infinite=True)
    total = np.zeros(len(ratings))
    for token, log_probability in log_probabilities.items():
        text = token.strip()
        if text.isdecimal() and int(text) in ratings:
            total[ratings.index(int(text))] += math.exp(log_probability)
    if not total.sum() > 0.0:
        raise ConfigError(
            f"None of the tokens {list(log_probabilities)[:5]} is one of the ratings {ratings}."
        )
    return np.asarray(total / total.sum(), np.float64)


def expected_ratings(probabilities: ArrayLike, ratings: ArrayLike) -> Floats:
    """(...) means of distributions (..., R) over ratings (R,).

    Scores that keep what the likeliest rating loses. Raises `ConfigError` for other shapes, or what are no
    probabilities; so do the functions below.
    """
    scale = real("ratings", ratings, None)
    return np.asarray(_probabilities("probabilities", probabilities, len(scale)) @ scale, np.float64)


def likeliest_ratings(probabilities: ArrayLike, ratings: ArrayLike) -> Floats:
    """(...) the likeliest rating of distributions (..., R) over ratings (R,).

    What a judge says that is asked for one number.
    """
    scale = real("ratings", ratings, None)
    found = np.argmax(_probabilities("probabilities", probabilities, len(scale)), axis=-1)
    return np.asarray(scale[found], np.float64)


def _probabilities(name: str, values: ArrayLike, size: int) -> Floats:
    """(..., size) probabilities that add up to 1."""
    found = real(name, values, None, 0.0, dims=None)
    if not found.ndim or not size or found.shape[-1] != size:
        raise ConfigError(f"{name} must have the shape (..., {size}), {size} at least 1, not {found.shape}.")
    if not np.allclose(found.sum(axis=-1), 1.0, atol=1e-6):
        raise ConfigError(f"{name} must add up to 1 along the last axis.")
    return found


def preferences(there: ArrayLike, back: ArrayLike, likelihood: bool = True) -> NDArray[np.int64]:
    """(...) outcomes of comparisons made in both orders.

    Args:
        there: (..., 3) probabilities that the first item, the second, or neither is preferred, in one order.
        back: (..., 3) the same with the items in the other order: the first is then the second item.
        likelihood: Whether the probabilities of both orders are added, and the likeliest outcome taken; else
            each order says its likeliest outcome, and where the two differ it is a tie.
    """
    one, other = _probabilities("there", there, 3), _probabilities("back", back, 3)[..., [SECOND, FIRST, TIE]]
    if one.shape != other.shape:
        raise ConfigError(f"there has the shape {one.shape} and back {other.shape}: they must be the same.")
    if likelihood:
        return np.asarray(np.argmax(one + other, axis=-1), np.int64)
    said, again = np.argmax(one, axis=-1), np.argmax(other, axis=-1)
    return np.asarray(np.where(said == again, said, TIE), np.int64)


def inconsistency(scores: ArrayLike, outcomes: ArrayLike) -> Inconsistency:
    """Both inconsistencies of scores (n,) and outcomes (n, n).

    Of which the part above the diagonal is used.
    """
    rated = real("scores", scores, None)
    said, n = real("outcomes", outcomes, None, dims=(2,)), len(rated)
    if said.shape != (n, n) or not np.isin(said, (FIRST, SECOND, TIE)).all():
        raise ConfigError(f"outcomes must be ({n}, {n}) numbers 0, 1 or 2, as `preferences` gives them.")
    a, b = np.triu_indices(n, 1)
    result, gap = said[a, b], rated[a] - rated[b]
    apart = np.abs(gap) > 1e-12
    agrees = np.where(gap > 0.0, result == FIRST, result == SECOND)
    votes = Votes(
        n, np.where(result == SECOND, b, a).astype(np.int32),
        np.where(result == SECOND, a, b).astype(np.int32),
        None, result == TIE, np.zeros(0, np.int32), np.zeros(0, np.int32), 0,
    )  # fmt: skip
    return Inconsistency(float(1.0 - agrees[apart].mean()) if apart.any() else math.nan, cycles(votes).rate)


def both_readings(
    rated: ArrayLike, compared: ArrayLike, ratings: ArrayLike
) -> tuple[Inconsistency, Inconsistency]:
    """Inconsistencies of the same judgements: by a judge's likeliest words, and by its probabilities.

    `rated` (n, R) are probabilities of `ratings` (R,), `compared` (n, n, 3) those that the item of the row,
    shown first, is preferred, that of the column, or neither.
    """
    there = real("compared", compared, None, dims=(3,))
    if there.shape[:2] != (len(there), len(there)):
        raise ConfigError(f"compared must have the shape (n, n, 3), not {there.shape}.")
    back = np.swapaxes(there, 0, 1)
    words = inconsistency(likeliest_ratings(rated, ratings), preferences(there, back, likelihood=False))
    return words, inconsistency(expected_ratings(rated, ratings), preferences(there, back))
