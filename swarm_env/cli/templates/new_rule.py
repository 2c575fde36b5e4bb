"""Each rater has one vote for its choice; of the raters that agreed with the last winner each has two.

swarm run nest_site --set rule=my_entry.py
swarm consensus rank votes.csv --rule my_entry.py
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.consensus.ballots import Ballots
from swarm_env.engine import kernel
from swarm_env.engine.rule_calls import RANKING, Reals, Wholes


@kernel(RANKING, wrapped=True)
def rank(
    choice: Wholes, winner: Wholes, loser: Wholes, rater: Wholes, question: int, standing: Reals,
    scores: Reals, work: Reals,
) -> None:  # fmt: skip
    """Score the items for a compiled world; `swarm_env.engine.rule_calls` describes the arguments."""
    if question == 0:
        standing[:] = 1.0
    scores[:] = 0.0
    for r in range(len(choice)):
        if choice[r] >= 0:
            scores[choice[r]] += standing[r]
    best = 0
    for item in range(len(scores)):
        if scores[item] > scores[best]:
            best = item
    for r in range(len(choice)):
        standing[r] = 2.0 if choice[r] == best else 1.0


class MyEntry:
    """A ranking: it scores items by votes between pairs of them; the higher score is better."""

    name = "my_entry"
    ranking_kernel = staticmethod(rank)  # only needed for worlds

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,) finite numbers: here how much weight each item won."""
        found: NDArray[Any] = np.bincount(ballots.winner, ballots.weight, ballots.num_items)
        return found.astype(np.float64)


RULE = MyEntry
