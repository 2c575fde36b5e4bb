"""Mean share of the votes won against each other item (Borda's count)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots
from swarm_env.consensus.pairwise import wins_of


@dataclass(frozen=True, slots=True)
class Borda:
    """An item's score is the mean, over all other items, of the share of votes that it won against them.

    That is the Borda score of N. Shah, M. Wainwright, "Simple, Robust and Optimal Ranking from Pairwise
    Comparisons", JMLR 18 (2018): the probability of winning against another item drawn at random. With all
    pairs judged equally often it orders as Borda's points do. Our choice: a pair without votes counts half.
    """

    name: str = "borda"

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): mean shares, 0 to 1."""
        wins = wins_of(ballots)
        judged = wins + wins.T
        share = np.where(judged > 0.0, wins / np.where(judged > 0.0, judged, 1.0), 0.5)
        np.fill_diagonal(share, 0.0)
        return np.asarray(share.sum(axis=1) / max(ballots.num_items - 1, 1), np.float64)


RULE = Borda
