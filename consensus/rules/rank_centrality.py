"""Where a walk that goes from losers to winners stays (Rank Centrality). Options: alpha=1.0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots, checked_number
from swarm_env.consensus.pairwise import wins_of


@dataclass(frozen=True, slots=True)
class RankCentrality:
    """An item's score is the log of its share in the stationary distribution of a random walk.

    S. Negahban, S. Oh, D. Shah, "Rank Centrality", Operations Research 65 (2017): from item i the walk goes
    to j with probability w_ji / (w_ij + w_ji) / d, where w_ji is how often j won over i and d the largest
    number of neighbours; else it stays. Our choice: `alpha` wins are added to both sides of every judged
    pair, and items that were never judged have the mean score; islands are apart, each with its share of the
    items.

    Attributes:
        alpha: Added wins, above 0, so that the walk can go everywhere within an island.
    """

    alpha: float = 1.0
    name: str = "rank_centrality"

    def __post_init__(self) -> None:
        checked_number("alpha", self.alpha, 1e-6, 1e6)

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): logarithms, 0 on average within an island."""
        wins = wins_of(ballots)
        judged = wins + wins.T > 0.0
        n = ballots.num_items
        up = np.where(judged, wins + self.alpha, 0.0)
        share = np.divide(up.T, up + up.T, out=np.zeros((n, n)), where=judged)  # from row to column
        step = share / max(int(judged.sum(axis=1).max(initial=0)), 1)
        scores = np.zeros(n)
        for members in _islands(judged):
            part = step[np.ix_(members, members)]
            flow = part.T - np.diag(part.sum(axis=1))
            flow[-1] = 1.0  # the shares add up to one
            right = np.zeros(len(members))
            right[-1] = 1.0
            found = np.log(np.maximum(np.linalg.solve(flow, right), 1e-300))
            scores[members] = found - found.mean()
        return scores


def _islands(judged: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """The items of each island of more than one."""
    left = np.asarray(judged.any(axis=1), np.bool_)
    found = []
    while left.any():
        seen = np.zeros(len(left), np.bool_)
        edge = seen.copy()
        edge[int(np.argmax(left))] = True
        while edge.any():
            seen |= edge
            edge = judged[edge].any(axis=0) & ~seen
        found.append(np.flatnonzero(seen))
        left &= ~seen
    return found


RULE = RankCentrality
