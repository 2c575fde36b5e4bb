"""The answer whose authors' records weigh most: a majority vote weighted by log-odds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots
from swarm_env.consensus.bradley_terry.vote_cells import sum_by_cell

_CERTAIN = 0.01  # records count as no nearer to 0 and 1 than this


@dataclass(frozen=True, slots=True)
class WeightedMajority:
    """An item's score is the sum of log(r / (1 - r)) over all authors of its answer, r their records, 0 to 1.

    The weights are optimal for independent voters with two answers (S. Nitzan, J. Paroush, International
    Economic Review 23, 1982). Our choice: an author whose record is below one half weighs nothing, and
    records are taken as no surer than 1%.
    """

    name: str = "weighted_majority"

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): weights.

        Raises `ConfigError` if the ballots have no records or classes of answers.
        """
        record = np.clip(ballots.known("record", self.name), _CERTAIN, 1.0 - _CERTAIN)
        kinds, where = np.unique(ballots.known("answer_of", self.name), return_inverse=True)
        weight = np.maximum(np.log(record / (1.0 - record)), 0.0)
        return sum_by_cell(where.astype(np.int64), weight, len(kinds))[where]


RULE = WeightedMajority
