"""What rules offer to compiled worlds: kernels of the signature `swarm_env.engine.rule_calls.DECIDE`.

A world asks about one question: which of n sites is the best. Each rater holds one site to be the best (its
choice) and voted on the pairs of sites it compared. The kernels allocate nothing.
"""

from collections.abc import Callable

import numpy as np
from numba import types
from numpy.typing import NDArray
from swarm_env.consensus.ballots import TIED
from swarm_env.consensus.bradley_terry.newman import fit_counts

from swarm_env.engine.compiler import kernel
from swarm_env.engine.rule_calls import DECIDE, REALS, WHOLES

Kernel = Callable[..., None]  # of the signature DECIDE
PRIOR, TOLERANCE, MOST_SWEEPS = 1.0, 1e-6, 100
# Reputation. How much of the old one stays, the first one and the bounds: see docs/consensus/fortytwo.md.
KEPT, FIRST_REPUTATION, LEAST_REPUTATION, MOST_REPUTATION = 0.9, 0.5, 0.01, 1.0


@kernel(DECIDE, wrapped=True)
def decide_by_majority(
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
    """An item's score is the number of raters that hold it to be the best (arguments as in `DECIDE`)."""
    scores[:] = 0.0
    for r in range(len(choice)):
        if choice[r] >= 0:
            scores[choice[r]] += 1.0


@kernel(types.void(WHOLES, WHOLES, REALS, types.int64, REALS, REALS), wrapped=True)
def fit_weighted(
    winner: NDArray[np.int32],
    loser: NDArray[np.int32],
    weight: NDArray[np.float64],
    num_votes: int,
    scores: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Log-strengths of Bradley-Terry from weighted votes.

    Args:
        winner: (V,) winner of each vote.
        loser: (V,) loser of each vote.
        weight: (V,) at least 0.
        num_votes: How many of the votes count, from the first.
        scores: (n,) becomes the log-strengths.
        work: (at least n * n + 4 * n + 1,) room to work in.
    """
    n = len(scores)
    wins = work[: n * n].reshape((1, n, n))
    rest = work[n * n :]
    strength, bias = rest[:n], rest[n : n + 1]
    spare = rest[n + 1 : 3 * n + 1].reshape((2, n))
    island = rest[3 * n + 1 : 4 * n + 1].view(np.int32)[:n]
    work[: n * n] = 0.0
    strength[:], bias[0] = 1.0, 1.0
    for v in range(num_votes):
        wins[0, winner[v], loser[v]] += weight[v]
    fit_counts(wins, PRIOR, 0.0, TOLERANCE, MOST_SWEEPS, strength, bias, island, spare)
    for i in range(n):
        scores[i] = np.log(strength[i])


@kernel(DECIDE, wrapped=True)
def decide_by_bradley_terry(
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
    """An item's score is its log-strength; all votes count the same (arguments as in `DECIDE`)."""
    weight = work[: len(winner)]
    weight[:] = 1.0
    fit_weighted(winner, loser, weight, num_votes, scores, work[len(winner) :])


@kernel(DECIDE, wrapped=True)
def decide_by_fortytwo(
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
    """An item's score is its log-strength by votes that count as much as their rater's reputation.

    Votes weigh their rater's reputation, over the mean of those that vote. Then each reputation moves towards
    the share of the rater's votes that agree with the order of the scores, R <- 0.9 R + 0.1 share, within
    0.01 to 1; it begins at 0.5. In the share a vote counts by |2p - 1|, where p is the probability of its
    winner by the fit: pairs that the swarm itself cannot tell apart say nothing of a rater. Nobody has a
    stake in an item, so no vote is left out (arguments as in `DECIDE`).
    """
    room = len(winner)
    weight, rest = work[:room], work[room:]
    agreed, cast = rest[: len(standing)], rest[len(standing) : 2 * len(standing)]
    if question == 0:
        standing[:] = FIRST_REPUTATION
    agreed[:], cast[:] = 0.0, 0.0
    for v in range(num_votes):
        cast[rater[v]] = 1.0
    total, voters = 0.0, 0.0
    for r in range(len(standing)):
        total += standing[r] * cast[r]
        voters += cast[r]
    for v in range(num_votes):
        weight[v] = standing[rater[v]] * voters / total
    fit_weighted(winner, loser, weight, num_votes, scores, rest[2 * len(standing) :])
    cast[:] = 0.0
    for v in range(num_votes):
        apart = np.tanh(0.5 * (scores[winner[v]] - scores[loser[v]]))
        agreed[rater[v]] += max(apart, 0.0)
        cast[rater[v]] += abs(apart)
    for r in range(len(standing)):
        if cast[r] > TIED:
            moved = KEPT * standing[r] + (1.0 - KEPT) * agreed[r] / cast[r]
            standing[r] = min(max(moved, LEAST_REPUTATION), MOST_REPUTATION)
