"""Bradley-Terry over votes weighted by reputation (Fortytwo). Options: prior=1.0, turns=2, classes=false.

The protocol around the rule (commit and reveal, entry, stakes, rings, attacks) is simulated by `simulate` and
run with language models by `ask`; both are offered here. Source: V. Larin et al., "Fortytwo: Swarm Inference
with Peer-Ranked Consensus", arXiv 2510.24801; what is known of it and what is our choice:
docs/consensus/fortytwo.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.answer_classes import class_strengths
from swarm_env.consensus.ballots import TIED, Ballots, checked_number
from swarm_env.consensus.bradley_terry import fit
from swarm_env.consensus.bradley_terry.vote_cells import sum_by_cell
from swarm_env.consensus.fortytwo.settings import BURN_IN, Attack, Protocol, Swarm
from swarm_env.consensus.fortytwo.simulated.result import Simulated
from swarm_env.consensus.fortytwo.simulated.simulation import RULES, simulate
from swarm_env.consensus.ranking_kernels import move_reputations, rank_by_fortytwo

from swarm_env.engine.rule_calls import RankingKernel
from swarm_env.errors import ConfigError

__all__ = ["BURN_IN", "RULE", "RULES", "Attack", "Fortytwo", "Protocol", "Simulated", "Swarm", "simulate"]

START, LEAST = 0.5, 0.01  # of reputations


@dataclass(frozen=True, slots=True)
class Fortytwo:
    """The rule, for the votes on one question, when nothing is known of the raters beforehand.

    Votes on a pair with the rater's own answer are left out (raters and authors share their numbers). All
    raters begin with the same reputation. After each of `turns` fits it moves halfway to the rater's
    agreement with the fit, and weights the rater's votes. Known reputations from earlier questions belong
    into the ballots' weights.

    Attributes:
        prior: See `swarm_env.consensus.bradley_terry.fit`.
        turns: How often reputations are taken from a fit; 0: plain Bradley-Terry without own answers.
        classes: Whether strengths of items that give the same answer are added up.

    Raises:
        ConfigError: An option is not allowed.
    """

    prior: float = 1.0
    turns: int = 2
    classes: bool = False
    name: str = "fortytwo"

    def __post_init__(self) -> None:
        checked_number("prior", self.prior, 0.0, 1e6)
        checked_number("turns", self.turns, 0, 10_000)

    @property
    def ranking_kernel(self) -> RankingKernel:
        """Reputations from question to question, for compiled worlds; raises `ConfigError` for options."""
        if self != Fortytwo():
            raise ConfigError("Worlds can ask fortytwo only without options.")
        return rank_by_fortytwo

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): log-strengths of the last fit.

        Raises `ConfigError` if the ballots do not say who voted or who wrote the items.
        """
        author, by = ballots.known("author", self.name), ballots.known("rater", self.name)
        own = (author[ballots.winner] == by) | (author[ballots.loser] == by)
        kept = np.flatnonzero(~own)
        winner, loser = ballots.winner[kept], ballots.loser[kept]
        weight, tie = ballots.weight[kept], ballots.tie[kept]
        raters, rater = np.unique(by[kept], return_inverse=True)
        standing = np.full(len(raters), 1.0)
        scores = np.zeros(ballots.num_items)
        for turn in range(self.turns + 1):
            scores = fit(
                winner, loser, weight, ballots.num_items, tie=tie, rater=rater, rater_weight=standing,
                prior=self.prior, ties="half",
            ).log_strength  # fmt: skip
            if turn < self.turns:
                standing = _standing(scores[winner] - scores[loser], weight, tie, rater, len(raters))
        return class_strengths(scores, ballots.known("answer_of", self.name)) if self.classes else scores


def _standing(
    ahead: NDArray[np.float64],
    weight: NDArray[np.float64],
    tie: NDArray[np.bool_],
    rater: NDArray[np.intp],
    raters: int,
) -> NDArray[np.float64]:
    """(raters,) weights of their votes after a fit, relative to the heaviest, whatever the order of votes.

    Of each vote: `ahead`, by how much its winner is stronger than its loser; its weight; whether it is a tie,
    which agrees by half; and its rater.
    """
    if not raters:
        return np.zeros(0)
    apart = np.tanh(0.5 * np.where(np.abs(ahead) <= TIED, 0.0, ahead))
    heavy = weight * np.abs(apart)
    right = heavy * np.where(tie, 0.5, apart > 0)
    cell = rater.astype(np.int64)
    total = sum_by_cell(cell, heavy, raters)
    shown = np.divide(sum_by_cell(cell, right, raters), total, out=np.full(raters, START), where=total > 0)
    standing = np.full(raters, START)
    move_reputations(standing, shown, np.ones(raters), 0.5, LEAST)
    return np.asarray(standing / standing.max(), np.float64)


RULE = Fortytwo
