"""The answer of the node with the best record so far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots


@dataclass(frozen=True, slots=True)
class BestSingle:
    """An item's score is its author's record before the question; neither votes nor answers matter.

    Whether the record is what the node did on earlier questions, or, as a bound that nobody could reach
    beforehand, on all questions of the study, is up to whoever fills it in.
    """

    name: str = "best_single"

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): the records."""
        return ballots.record.copy()


RULE = BestSingle
