"""Reputation of nodes: how far their votes agreed with the outcomes.

After each question a node's reputation becomes `memory` times the old one plus (1 - memory) times its
agreement, within [least, 1]. The moving average is the paper's (arXiv 2510.24801); memory 0.9, the start at
0.5, the bounds, the definition of agreement and the weights are our choice.
"""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.fortytwo.settings import Protocol, Weighting
from swarm_env.consensus.ranking_kernels import move_reputations

Floats = NDArray[np.float64]
EPSILON = 1e-3  # weight left to those who have shown nothing, so that a swarm of newcomers has equal weights


def moved(reputation: Floats, agreement: Floats, protocol: Protocol) -> Floats:
    """(n,) reputations after a question, within [least, 1] (see `move_reputations`).

    `reputation` (n,) is from 0 to 1, `agreement` (n,) too, or NaN for nodes that showed nothing.
    """
    new, known = reputation.copy(), ~np.isnan(agreement)
    share, shown = np.where(known, agreement, 0.0), known.astype(np.float64)
    move_reputations(new, share, shown, float(protocol.memory), float(protocol.least))
    return new


def weights(reputation: Floats, weighting: Weighting, counted: NDArray[np.bool_]) -> Floats:
    """(n,) weights of the raters' votes, with mean 1 over those that are `counted` (n,); 0 for the others.

    With "log_odds" a rater that is right with probability r has weight log(r / (1 - r)), which is optimal for
    independent raters (S. Nitzan, J. Paroush, "Optimal decision rules in uncertain dichotomous choice
    situations", International Economic Review 23, 1982), and 0 if it is no better than chance. But
    reputations come from agreement with the outcome, and so sharp a weighting lets a ring that wins the first
    questions by luck keep its hold on the outcome; "linear" does so far less (docs/consensus/study.md).
    """
    if weighting == "log_odds":
        r = np.clip(reputation, 1e-6, 1.0 - 1e-3)
        raw = np.maximum(np.log(r / (1.0 - r)), EPSILON)
    else:
        raw = reputation.copy() if weighting == "linear" else np.ones_like(reputation)
    raw = np.where(counted, raw, 0.0)
    total = raw.sum()
    return raw * (counted.sum() / total) if total > 0 else raw


def agreement(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    vote: Floats,
    counts: NDArray[np.bool_],
    log_strength: Floats,
) -> Floats:
    """(raters,) how far each rater's votes agree with the resulting strengths (items,), 0 to 1.

    A pair counts by |2p - 1|, where p is the probability of the stronger answer by the fit: a pair that the
    swarm itself cannot tell apart shows nothing about a rater. NaN where no pair shows anything. `first` and
    `second` are the answers of each pair, (raters, P) or (1, P); `vote` (raters, P) is 1 for the first, 0 for
    the second, 0.5 for neither; `counts` (raters, P) are the votes to use.
    """
    apart = np.tanh(0.5 * (log_strength[first] - log_strength[second]))  # 2p - 1 for the first
    heavy = np.abs(apart) * counts
    total = heavy.sum(axis=1)
    right = (np.where(apart > 0, vote, 1.0 - vote) * heavy).sum(axis=1)
    found: Floats = np.divide(right, total, out=np.full(len(vote), np.nan), where=total > 1e-9)
    return found
