"""Pairs decided by judges of unequal skill (Dawid and Skene), items by pairs won. Options: rounds=30."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots, checked_number
from swarm_env.consensus.bradley_terry.vote_cells import sum_by_cell

_CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """An item's score is the mean probability with which it is the better one of its pairs.

    A. Dawid, A. Skene, Applied Statistics 28 (1979): every pair has a true winner, every judge names it with
    a probability of its own, and both are found by expectation and maximisation, begun with shares of votes.
    The model is over pairs, so it knows nothing of transitivity. Which item of a pair comes first has no
    meaning here, so a judge has one probability, not two. Our choice: one right and one wrong vote are added
    to each judge, and a pair without votes counts half. Without raters all votes are one judge's.

    Attributes:
        rounds: Most rounds of expectation and maximisation.
    """

    rounds: int = 30
    name: str = "dawid_skene"

    def __post_init__(self) -> None:
        checked_number("rounds", self.rounds, 1, 10_000)

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): 0 to 1. Raises `ConfigError` if the ballots do not say who voted."""
        n, by = ballots.num_items, ballots.known("rater", self.name)
        low, high = np.minimum(ballots.winner, ballots.loser), np.maximum(ballots.winner, ballots.loser)
        pairs, pair = np.unique(low.astype(np.int64) * n + high, return_inverse=True)
        raters, who = np.unique(by, return_inverse=True)
        pair, who = pair.astype(np.int64), who.astype(np.int64)
        first = np.where(ballots.tie, 0.5, ballots.winner == low)
        scale = max(float(ballots.weight.max(initial=0.0)), 1e-300)  # only ratios matter to a pair
        weight = ballots.weight / scale
        total = sum_by_cell(pair, weight, len(pairs))
        judged = sum_by_cell(who, weight, len(raters))
        better = _share(sum_by_cell(pair, weight * first, len(pairs)), total)
        for _ in range(self.rounds):
            agrees = first * better[pair] + (1.0 - first) * (1.0 - better[pair])
            skill = (sum_by_cell(who, weight * agrees, len(raters)) + 1.0) / (judged + 2.0)
            pull = np.log(skill / (1.0 - skill))[who] * weight * (2.0 * first - 1.0)
            up = sum_by_cell(pair, np.maximum(pull, 0.0), len(pairs))
            down = sum_by_cell(pair, np.maximum(-pull, 0.0), len(pairs))
            new = 0.5 * (1.0 + np.tanh(0.5 * (up - down)))
            moved = float(np.abs(new - better).max(initial=0.0))
            better = new
            if moved < _CLOSE:
                break
        one, two = (pairs // max(n, 1)).astype(np.int64), (pairs % max(n, 1)).astype(np.int64)
        seen = sum_by_cell(one, np.ones(len(one)), n) + sum_by_cell(two, np.ones(len(two)), n)
        won = sum_by_cell(one, better, n) + sum_by_cell(two, 1.0 - better, n)
        return np.asarray((won + 0.5 * (n - 1 - seen)) / max(n - 1, 1), np.float64)


def _share(part: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.divide(part, total, out=np.full(len(part), 0.5), where=total > 0.0)
    return found


RULE = DawidSkene
