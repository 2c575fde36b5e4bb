"""Elo ratings, all votes rated together. Options: k=20.0, most=350.0, periods=20, start=1500.0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots, checked_number
from swarm_env.consensus.pairwise import wins_of


@dataclass(frozen=True, slots=True)
class Elo:
    """An item's score is its rating after some rating periods, in each of which all votes are played again.

    A. Elo, "The Rating of Chessplayers, Past and Present", 1978: a rating moves by K times what was won
    beyond what was expected; against one `x` points weaker 1 / (1 + 10 ** (-x / 400)) is expected. Rated vote
    by vote the result depends on the order of the votes, which means nothing here. As chess federations do,
    all votes of a period are rated by the ratings at its beginning, with K made smaller for who plays much
    (FIDE Handbook B.02, Rating Regulations: K = 20, and K times the games of a period at most 700).

    Our choice: the number of periods, and the limit, which is half of FIDE's 700 points, so that ratings
    settle and do not swing.

    Attributes:
        k: Points per vote won beyond expectation.
        most: K times the weight of an item's votes is at most this [points].
        periods: How often all votes are rated.
        start: Rating of every item at first.

    Raises:
        ConfigError: An option is not allowed.
    """

    k: float = 20.0
    most: float = 350.0
    periods: int = 20
    start: float = 1500.0
    name: str = "elo"

    def __post_init__(self) -> None:
        for option in ("k", "most"):
            checked_number(option, getattr(self, option), 0.0, 1e6)
        checked_number("periods", self.periods, 0, 1_000_000)
        checked_number("start", self.start, -1e9, 1e9)

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): the ratings [points]."""
        wins = wins_of(ballots)
        judged = wins + wins.T
        won, played = wins.sum(axis=1), judged.sum(axis=1)
        factor = np.minimum(self.k, self.most / np.where(played > 0.0, played, 1.0))
        rating = np.full(ballots.num_items, self.start)
        for _ in range(self.periods):
            expected = judged / (1.0 + 10.0 ** ((rating[None, :] - rating[:, None]) / 400.0))
            rating = rating + factor * (won - expected.sum(axis=1))
        return rating


RULE = Elo
