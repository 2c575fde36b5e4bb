"""The answer that most nodes gave; equal counts are decided by the question's seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import Ballots
from swarm_env.consensus.codef.tally import Verdict, vote_numbers
from swarm_env.consensus.ranking_kernels import rank_by_majority
from swarm_env.consensus.vote_kernels import NO_VOTE, vote_by_majority

from swarm_env.engine.rule_calls import RankingKernel, VoteKernel


@dataclass(frozen=True, slots=True)
class Majority:
    """A ranking by the number of items that give the same answer, and a vote by the number of equal votes.

    This is what is called majority voting over answers (self-consistency): X. Wang et al., "Self-Consistency
    Improves Chain of Thought Reasoning in Language Models", arXiv 2203.11171. The source does not say how
    ties are broken; our choice: the seed (`winner_of`) in a ranking, the strictest in a vote.
    """

    name: str = "majority"
    ranking_kernel: ClassVar[RankingKernel] = staticmethod(rank_by_majority)
    vote_kernel: ClassVar[VoteKernel] = staticmethod(vote_by_majority)

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): how many items share the item's answer, itself included; votes do not matter.

        Raises `ConfigError` if the ballots do not say which items give the same answer.
        """
        _, where, counts = np.unique(
            ballots.known("answer_of", self.name), return_inverse=True, return_counts=True
        )
        return counts[where].astype(np.float64)

    def verdict(self, votes: ArrayLike | Sequence[Verdict]) -> Verdict:
        """The verdict with the most votes, of equals the strictest; votes and errors as for `CoDef`."""
        numbers = vote_numbers(votes)
        choice = np.where(numbers == Verdict.ABSTAIN, NO_VOTE, numbers).astype(np.int32)
        return Verdict(vote_by_majority(choice, 0, np.zeros(0)))


RULE = Majority
