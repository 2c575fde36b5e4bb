"""Votes to answer, be vague or block a question: more than half decide.

The rule `codef` with another threshold, so that a world can choose between the two by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from swarm_env.consensus.codef.tally import Verdict, decide, decide_by_more_than_half


@dataclass(frozen=True, slots=True)
class CoDefMajority:
    """As `CoDef`, blocking when more than half of those who vote do. Our own variant.

    Attributes:
        name: The name it is registered by.
        quorum: See `CoDef`.
    """

    name: str = "codef_majority"
    quorum: int = 1

    decide = staticmethod(decide_by_more_than_half)  # for compiled worlds, see swarm_env/engine/rule_calls.py

    def verdict(self, votes: ArrayLike | Sequence[Verdict]) -> Verdict:
        """What votes come to; abstentions are as if they were not there."""
        array = np.asarray(votes)
        there = int((array != Verdict.ABSTAIN).sum())
        return decide(votes, max(1, min(there // 2 + 1, array.size)), "ignore", self.quorum)


RULE = CoDefMajority
