"""Peer-ranked consensus: Bradley-Terry over votes weighed by the raters' reputation, own answers left out.

The protocol around the rule (commit and reveal, entry, stakes, rings, attacks) is simulated by `simulate` and
run with language models by `ask`; both are offered here. Source: V. Larin et al., "Fortytwo: Swarm Inference
with Peer-Ranked Consensus", arXiv 2510.24801; what is known of it and what is our choice:
docs/consensus/fortytwo.md.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import TIED, Ballots
from swarm_env.consensus.bradley_terry import fit
from swarm_env.consensus.bradley_terry.vote_cells import sum_by_cell
from swarm_env.consensus.fortytwo.settings import BURN_IN, Attack, Protocol, Swarm
from swarm_env.consensus.fortytwo.simulated.simulation import RULES, Simulated, simulate
from swarm_env.consensus.vote_kernels import Kernel, decide_by_fortytwo

__all__ = ["BURN_IN", "RULE", "RULES", "Attack", "Fortytwo", "Protocol", "Simulated", "Swarm", "simulate"]

START, LEAST = 0.5, 0.01  # of reputations


@dataclass(frozen=True, slots=True)
class Fortytwo:
    """The rule, for the votes on one question, when nothing is known of the raters beforehand.

    Votes on a pair with the rater's own answer are left out (raters and authors share their numbers).
    Reputations begin equal; after each of `turns` fits they move halfway towards the raters' agreement with
    it, and the votes are weighed by them. Who knows reputations from earlier questions puts them into the
    ballots' weights.

    Attributes:
        prior: As for `swarm_env.consensus.bradley_terry.fit`.
        turns: How often reputations are taken from a fit; 0: plain Bradley-Terry without own answers.
    """

    prior: float = 1.0
    turns: int = 2
    name: str = "fortytwo"

    decide: ClassVar[Kernel] = staticmethod(decide_by_fortytwo)  # in a world

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): log-strengths of the last fit."""
        own = (ballots.author[ballots.winner] == ballots.rater) | (
            ballots.author[ballots.loser] == ballots.rater
        )
        kept = np.flatnonzero(~own)
        winner, loser = ballots.winner[kept], ballots.loser[kept]
        weight, tie = ballots.weight[kept], ballots.tie[kept]
        raters, rater = np.unique(ballots.rater[kept], return_inverse=True)
        standing = np.full(len(raters), 1.0)
        scores = np.zeros(ballots.num_items)
        for turn in range(self.turns + 1):
            scores = fit(
                winner, loser, weight, ballots.num_items, tie=tie, rater=rater, rater_weight=standing,
                prior=self.prior,
            ).log_strength  # fmt: skip
            if turn < self.turns:
                standing = _standing(scores[winner] - scores[loser], weight, tie, rater, len(raters))
        return scores


def _standing(
    ahead: NDArray[np.float64],
    weight: NDArray[np.float64],
    tie: NDArray[np.bool_],
    rater: NDArray[np.intp],
    raters: int,
) -> NDArray[np.float64]:
    """(raters,) what their votes weigh after a fit, relative to the heaviest; order of votes irrelevant.

    Args:
        ahead: (V,) by how much each vote's winner is stronger than its loser.
        weight: (V,) of the votes.
        tie: (V,) votes that name no winner: they agree by half.
        rater: (V,) who voted.
        raters: How many there are.
    """
    if not raters:
        return np.zeros(0)
    apart = np.tanh(0.5 * np.where(np.abs(ahead) <= TIED, 0.0, ahead))
    heavy = weight * np.abs(apart)
    right = heavy * np.where(tie, 0.5, apart > 0)
    cell = rater.astype(np.int64)
    total = sum_by_cell(cell, heavy, raters)
    shown = np.divide(sum_by_cell(cell, right, raters), total, out=np.full(raters, START), where=total > 0)
    standing = np.clip(0.5 * START + 0.5 * shown, LEAST, 1.0)
    return np.asarray(standing / standing.max(), np.float64)


RULE = Fortytwo
