"""The majority of verifiers for compiled worlds: a kernel of the signature `swarm_env.engine.rule_calls.DECIDE`."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.rule_calls import DECIDE

SAME, OTHER = 0, 1  # what a verifier says: came to the same, came to something else
ACCEPTED, REJECTED, OPEN = 0, 1, 2  # places of the scores
KEPT = 0.9  # what a verifier that was outvoted keeps of its standing: our choice


@kernel(DECIDE, wrapped=True)
def decide_by_verifiers(
    choice: NDArray[np.int32],
    winner: NDArray[np.int32],
    loser: NDArray[np.int32],
    rater: NDArray[np.int32],
    num_votes: int,
    question: int,
    standing: NDArray[np.float64],
    scores: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Whether a piece of work is genuine (arguments as in `DECIDE`).

    Args:
        choice: (R,) 0: this verifier came to the same; 1: to something else, and so for any other number;
            -1: was not asked, or did not tell.
        winner: Not looked at; so are the next three.
        loser: As above.
        rater: As above.
        num_votes: As above.
        question: 0 for the first piece of work of an episode.
        standing: (R,) begins at 1; a verifier that was outvoted keeps 9/10 of it. For the world to slash by:
            it does not change what a vote counts.
        scores: (2,) or (3,) becomes 1 for the verdict and 0 for the others: 0 accepted, 1 rejected, 2 open,
            when neither side has more than half of those who told. With room for two, open leaves both 0.
        work: As above.
    """
    same, other = 0, 0
    for r in range(len(choice)):
        same += choice[r] == SAME
        other += choice[r] > SAME
    if question == 0:
        standing[:] = 1.0
    scores[:] = 0.0
    if same == other:
        if len(scores) > OPEN:
            scores[OPEN] = 1.0
        return
    scores[ACCEPTED if same > other else REJECTED] = 1.0
    for r in range(len(choice)):
        if choice[r] >= 0 and (choice[r] == SAME) != (same > other):
            standing[r] *= KEPT
