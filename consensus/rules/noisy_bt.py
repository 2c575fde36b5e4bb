"""Bradley-Terry with judges of unequal skill, who else guess (NoisyBT). Options: prior=1.0, rounds=8."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots, checked_number
from swarm_env.consensus.bradley_terry.newman import fit_matrix
from swarm_env.consensus.bradley_terry.vote_cells import sum_by_cell

_TOLERANCE, _SWEEPS = 1e-9, 1_000  # of Newman's iteration


@dataclass(frozen=True, slots=True)
class NoisyBT:
    """An item's score is its log-strength, votes weighted by how likely they were read rather than guessed.

    The model is that of crowd-kit's NoisyBradleyTerry (after X. Chen et al., "Pairwise ranking aggregation in
    a crowdsourced setting", WSDM 2013): judge k reads a pair with probability g_k and then votes by
    Bradley-Terry; else it names the first place with probability q_k. Fitted here by expectation and
    maximisation with the prior of `bradley_terry.fit`; one read and one guessed vote, and one for each place,
    are added to each judge: our choice. Where it is not known which item stood first, a guess is a coin.

    Attributes:
        prior: See `bradley_terry.fit`.
        rounds: Rounds of expectation and maximisation.
    """

    prior: float = 1.0
    rounds: int = 8
    name: str = "noisy_bt"

    def __post_init__(self) -> None:
        checked_number("prior", self.prior, 1e-6, 1e6)
        checked_number("rounds", self.rounds, 0, 1000)

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): log-strengths. Raises `ConfigError` if the ballots do not say who voted."""
        b = ballots
        raters, index = np.unique(b.known("rater", self.name), return_inverse=True)
        who, count = index.astype(np.int64), len(raters)
        known = b.first >= 0
        named_first = np.where(known & ~b.tie, b.first == b.winner, 0.5)  # the place that was named

        n = b.num_items
        there = b.winner.astype(np.int64) * n + b.loser
        back = b.loser.astype(np.int64) * n + b.winner
        half = np.where(b.tie, 0.5, 1.0)

        def strengths(weight: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
            wins = sum_by_cell(there, weight * half, n * n) + sum_by_cell(back, weight * (1.0 - half), n * n)
            return fit_matrix(wins.reshape(1, n, n), self.prior, 1.0, _TOLERANCE, _SWEEPS, np.exp(start))[0]

        found = strengths(b.weight, np.zeros(n))
        skill, place = np.full(count, 0.8), np.full(count, 0.5)
        scale = max(float(b.weight.max(initial=0.0)), 1e-300)
        heavy = b.weight / scale
        judged = sum_by_cell(who, heavy, count)
        for _ in range(self.rounds):
            ahead = found[b.winner] - found[b.loser]
            reads = np.where(b.tie, 0.5, 0.5 * (1.0 + np.tanh(0.5 * ahead)))
            guess = named_first * place[who] + (1.0 - named_first) * (1.0 - place[who])
            read = skill[who] * reads
            read = read / (read + (1.0 - skill[who]) * guess)
            skill = (sum_by_cell(who, heavy * read, count) + 1.0) / (judged + 2.0)
            guessed = heavy * (1.0 - read)
            place = (sum_by_cell(who, guessed * named_first, count) + 1.0) / (
                sum_by_cell(who, guessed, count) + 2.0
            )
            found = strengths(b.weight * read, found)
        return found


RULE = NoisyBT
