"""The answer that the middle judge prefers: less than half cannot decide. Options: trim=0.5, own=false."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots, checked_number
from swarm_env.consensus.bradley_terry.vote_cells import sum_by_cell


@dataclass(frozen=True, slots=True)
class JudgesMedian:
    """Every judge gives each answer the share of its votes that it won; the middle share is the score.

    Votes are between texts; texts of the same answer count together, and a vote between two of them counts
    not at all. A judge's share of an answer is (wins + 1/2) / (votes + 1) over its votes in which the answer
    stood against another one. The score is the weighted trimmed mean of the shares over judges, each weighing
    what its votes weigh on average: with trim 0.5 the median, which judges of less than half of the weight
    can move only within what the others said (P. Huber, "Robust Statistics", 1981). The rule is our choice.

    Attributes:
        trim: Share of the weight left out at either end, 0 (the mean) to 0.5 (the median).
        own: Whether votes on pairs with the judge's own text count.
    """

    trim: float = 0.5
    own: bool = False
    name: str = "judges_median"

    def __post_init__(self) -> None:
        checked_number("trim", self.trim, 0.0, 0.5)

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): the middle share of the item's answer, 0 to 1.

        Raises `ConfigError` if the ballots do not say who voted, who wrote the items, or which answers are
        equal.
        """
        by, author = ballots.known("rater", self.name), ballots.known("author", self.name)
        _, where = np.unique(ballots.known("answer_of", self.name), return_inverse=True)
        won, lost = where[ballots.winner], where[ballots.loser]
        kept = (won != lost) & (ballots.weight > 0.0)
        if not self.own:
            kept &= (author[ballots.winner] != by) & (author[ballots.loser] != by)
        won, lost, tie, weight = won[kept], lost[kept], ballots.tie[kept], ballots.weight[kept]
        raters, who = np.unique(by[kept], return_inverse=True)
        classes, judges = int(where.max(initial=-1)) + 1, len(raters)
        if not judges:
            return np.full(ballots.num_items, 0.5)
        up, down = (who * classes + won).astype(np.int64), (who * classes + lost).astype(np.int64)
        size, half = judges * classes, np.where(tie, 0.5, 1.0)
        wins = sum_by_cell(up, half, size) + sum_by_cell(down, 1.0 - half, size)
        votes = sum_by_cell(up, np.ones(len(up)), size) + sum_by_cell(down, np.ones(len(up)), size)
        share = ((wins + 0.5) / (votes + 1.0)).reshape(judges, classes)
        seen = (votes > 0.0).reshape(judges, classes)
        total = sum_by_cell(who.astype(np.int64), weight, judges)
        heavy = total / sum_by_cell(who.astype(np.int64), np.ones(len(who)), judges)
        return self._middle(share, seen * heavy[:, None])[where]

    def _middle(self, share: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """(classes,) trimmed means of the columns of (judges, classes) shares; 0.5 for an empty one."""
        order = np.lexsort((weight, share), axis=0)
        values, heavy = np.take_along_axis(share, order, 0), np.take_along_axis(weight, order, 0)
        total = heavy.sum(axis=0)
        end = np.cumsum(heavy, axis=0) / np.where(total > 0.0, total, 1.0)
        begin = np.vstack([np.zeros(len(total)), end[:-1]])
        trim = min(self.trim, 0.499)  # a sliver of the middle, so that two middle judges both count
        inside = np.clip(np.minimum(end, 1.0 - trim) - np.maximum(begin, trim), 0.0, None)
        found = (inside * values).sum(axis=0) / np.maximum(inside.sum(axis=0), 1e-12)
        return np.where(total > 0.0, found, 0.5)


RULE = JudgesMedian
