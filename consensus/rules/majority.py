"""The answer that most nodes gave; equal counts are decided by the question's seed."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots
from swarm_env.consensus.vote_kernels import Kernel, decide_by_majority


@dataclass(frozen=True, slots=True)
class Majority:
    """An item's score is the number of items that give the same answer; the votes do not matter.

    This is what is called majority voting over answers (self-consistency): X. Wang et al., "Self-Consistency
    Improves Chain of Thought Reasoning in Language Models", arXiv 2203.11171. What decides between equally
    frequent answers is not told there; here it is the seed (`winner_of`).
    """

    name: str = "majority"
    decide: ClassVar[Kernel] = staticmethod(decide_by_majority)  # in a world

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): how many items share the item's answer, itself included."""
        _, where, counts = np.unique(ballots.answer_of, return_inverse=True, return_counts=True)
        return counts[where].astype(np.float64)


RULE = Majority
