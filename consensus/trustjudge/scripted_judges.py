"""Judges with known noise, to try on them what TrustJudge says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.trustjudge import Inconsistency, both_readings

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScriptedJudge:
    """A judge that sees the quality of an item through noise, and says probabilities.

    Attributes:
        ratings: Ratings from 1 to this.
        blur: How uncertain its rating of an item is: scale of the logistic distribution over ratings.
        misread: Standard deviation of what it sees beside the quality when it rates, for each item.
        doubt: The same when it compares, for each comparison in each order.
        position: How far it leans to the first item [logits].
        ties: Log of nu of Davidson's model: how readily it calls a tie.
    """

    ratings: int = 5
    blur: float = 0.5
    misread: float = 0.3
    doubt: float = 0.5
    position: float = 0.5
    ties: float = 0.0

    def __post_init__(self) -> None:
        checked_number("ratings", self.ratings, 2, 1000)
        for name in ("blur", "misread", "doubt"):
            checked_number(name, getattr(self, name), 1e-6, 100.0)
        for name in ("position", "ties"):
            checked_number(name, getattr(self, name), -50.0, 50.0)

    def rates(self, quality: Floats, rng: np.random.Generator) -> Floats:
        """(n, ratings) probabilities of ratings of items of a quality (n,), about 0 with a deviation of 1."""
        seen = quality + self.misread * rng.standard_normal(len(quality))
        centre = (self.ratings + 1) / 2 + seen * (self.ratings - 1) / 4  # two deviations reach the ends
        cuts = np.arange(1, self.ratings) + 0.5
        below = 0.5 * (1.0 + np.tanh(0.5 * (cuts - centre[:, None]) / self.blur))
        edges = np.concatenate([np.zeros((len(seen), 1)), below, np.ones((len(seen), 1))], axis=1)
        return np.asarray(np.diff(edges, axis=1), np.float64)

    def compares(self, quality: Floats, rng: np.random.Generator) -> Floats:
        """(n, n, 3) probabilities: row first, column second; the first is better, the second, neither."""
        noise = self.doubt * rng.standard_normal((len(quality), len(quality)))
        half = 0.5 * (2.0 * (quality[:, None] - quality[None, :]) + self.position + noise)
        parts = np.stack([np.exp(half), np.exp(-half), np.full(half.shape, np.exp(self.ties))], axis=-1)
        return np.asarray(parts / parts.sum(axis=-1, keepdims=True), np.float64)


def try_claim(judge: ScriptedJudge, items: int = 30, seed: int = 0) -> tuple[Inconsistency, Inconsistency]:
    """Inconsistencies of one judge on the same items: by its likeliest words, and by its probabilities.

    Raises `ConfigError` unless there are 3 to 2500 items.
    """
    checked_number("items", items, 3, 2500)
    rng = np.random.default_rng([seed % 2**64, 57])
    quality = rng.standard_normal(items)
    rated, compared = judge.rates(quality, rng), judge.compares(quality, rng)
    return both_readings(rated, compared, np.arange(1, judge.ratings + 1))
