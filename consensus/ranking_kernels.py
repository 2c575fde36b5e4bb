"""The rankings that compiled worlds can ask: kernels of the signature `engine.rule_calls.RANKING`.

A world asks which of n items is the best. Each rater takes one item for the best (its choice) and has
compared pairs of items. The kernels allocate nothing.
"""

import numpy as np
from swarm_env.consensus.ballots import TIED
from swarm_env.consensus.bradley_terry.newman import fit_votes

from swarm_env.engine.compiler import kernel
from swarm_env.engine.rule_calls import RANKING, Reals, Wholes

PRIOR, TOLERANCE, MOST_SWEEPS = 1.0, 1e-6, 100
# Of a reputation: how much of the old one stays, the first one and the least (docs/consensus/fortytwo.md).
MEMORY, FIRST_REPUTATION, LEAST_REPUTATION = 0.9, 0.5, 0.01


@kernel(RANKING, wrapped=True)
def rank_by_majority(
    choice: Wholes, winner: Wholes, loser: Wholes, rater: Wholes, question: int, standing: Reals,
    scores: Reals, work: Reals,
) -> None:  # fmt: skip
    """An item's score is the number of raters that take it for the best."""
    scores[:] = 0.0
    for r in range(len(choice)):
        if choice[r] >= 0:
            scores[choice[r]] += 1.0


@kernel()
def fit_weighted(winner: Wholes, loser: Wholes, weight: Reals, scores: Reals, work: Reals) -> None:
    """Write log-strengths of Bradley-Terry, `scores` (n,), from weighted comparisons (V,).

    The weights are at least 0; (0,): all count 1. `work` (at least n * n + 4 * n,) is scratch memory.
    """
    n = len(scores)
    wins, rest = work[: n * n].reshape((1, n, n)), work[n * n :]
    spare, island = rest[: 3 * n].reshape((3, n)), rest[3 * n : 4 * n].view(np.int32)[:n]
    fit_votes(winner, loser, weight, len(winner), PRIOR, TOLERANCE, MOST_SWEEPS, scores, wins, island, spare)


@kernel(RANKING, wrapped=True)
def rank_by_bradley_terry(
    choice: Wholes, winner: Wholes, loser: Wholes, rater: Wholes, question: int, standing: Reals,
    scores: Reals, work: Reals,
) -> None:  # fmt: skip
    """An item's score is its log-strength; all comparisons count the same."""
    fit_weighted(winner, loser, work[:0], scores, work)


@kernel(wrapped=True)
def move_reputations(reputation: Reals, right: Reals, total: Reals, memory: float, least: float) -> None:
    """R <- memory R + (1 - memory) right / total, within [least, 1]: the one formula of all reputations.

    `reputation` (R,) is changed in place; `right` (R,) is the weight of the rater's votes that agree with the
    outcome, `total` (R,) that of all its votes; 0: it showed nothing, and its reputation stays.
    """
    for r in range(len(reputation)):
        new = reputation[r]
        if total[r] > TIED:
            new = memory * new + (1.0 - memory) * right[r] / total[r]
        reputation[r] = min(max(new, least), 1.0)


@kernel(RANKING, wrapped=True)
def rank_by_fortytwo(
    choice: Wholes, winner: Wholes, loser: Wholes, rater: Wholes, question: int, standing: Reals,
    scores: Reals, work: Reals,
) -> None:  # fmt: skip
    """An item's score is its log-strength by comparisons weighted by their rater's reputation.

    The weight is the reputation over the mean of the raters that compared something. Then each reputation
    moves towards the share of the rater's comparisons that agree with the scores. A comparison counts there
    by |2p - 1|, where p is the probability of its winner by the fit: a pair that the swarm itself cannot tell
    apart shows nothing about a rater. Raters own no item, so no comparison is left out.
    """
    weight, rest = work[: len(winner)], work[len(winner) :]
    agreed, total = rest[: len(standing)], rest[len(standing) : 2 * len(standing)]
    if question == 0:
        standing[:] = FIRST_REPUTATION
    agreed[:], total[:] = 0.0, 0.0
    for v in range(len(winner)):
        total[rater[v]] = 1.0
    together, voters = 0.0, 0.0
    for r in range(len(standing)):
        together += standing[r] * total[r]
        voters += total[r]
    for v in range(len(winner)):
        weight[v] = standing[rater[v]] * voters / together
    fit_weighted(winner, loser, weight, scores, rest[2 * len(standing) :])
    total[:] = 0.0
    for v in range(len(winner)):
        apart = np.tanh(0.5 * (scores[winner[v]] - scores[loser[v]]))
        agreed[rater[v]] += max(apart, 0.0)
        total[rater[v]] += abs(apart)
    move_reputations(standing, agreed, total, MEMORY, LEAST_REPUTATION)
