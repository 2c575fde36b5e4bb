"""Votes to answer, be vague or block a question: two blocks are needed.

The rule `codef` with the threshold 2, so that a world can choose it by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from swarm_env.consensus.codef.tally import Verdict, decide, decide_by_two


@dataclass(frozen=True, slots=True)
class CoDefTwo:
    """As `CoDef` with threshold 2; of a single voter one block is enough. Our own variant.

    Attributes:
        name: The name it is registered by.
        quorum: See `CoDef`.
    """

    name: str = "codef_2"
    quorum: int = 1

    decide = staticmethod(decide_by_two)  # for compiled worlds, see swarm_env/engine/rule_calls.py

    def verdict(self, votes: ArrayLike | Sequence[Verdict]) -> Verdict:
        """What votes come to; abstentions are as if they were not there."""
        array = np.asarray(votes)
        return decide(votes, max(1, min(2, array.size)), "ignore", self.quorum)


RULE = CoDefTwo
