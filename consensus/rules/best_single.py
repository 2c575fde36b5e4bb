"""The answer of the node with the best record so far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots


@dataclass(frozen=True, slots=True)
class BestSingle:
    """An item's score is its author's record before the question; neither votes nor answers matter.

    The caller decides what the record is: the share of right answers to earlier questions, or, as an upper
    bound, to all questions of the study.
    """

    name: str = "best_single"

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): the records. Raises `ConfigError` if the ballots have none."""
        return ballots.known("record", self.name).copy()


RULE = BestSingle
