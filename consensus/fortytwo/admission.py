"""Admission of nodes: a test of judging, and a stake that can be lost."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from swarm_env.consensus.fortytwo.settings import Protocol

TIE_BREAKS = 5  # of pairs on which the two orders disagreed, as in the network's public client


@lru_cache(maxsize=256)
def pass_probability(skill: float, pairs: int = 20, needed: int = 17, tie_breaks: int = TIE_BREAKS) -> float:
    """Exact probability that a judge passes a capability test.

    Each pair is asked in both orders, to each of which the answer is right with probability `skill`. Two
    right answers: right; two wrong ones: wrong; one of each: asked again in one order while tie-breaks are
    left, else wrong. `needed` pairs must be right.
    """
    right, undecided, wrong = skill * skill, 2 * skill * (1 - skill), (1 - skill) ** 2  # of a pair
    total = 0.0
    for r in range(pairs + 1):
        for u in range(pairs - r + 1):
            ways = math.comb(pairs, r) * math.comb(pairs - r, u)
            chance = ways * right**r * undecided**u * wrong ** (pairs - r - u)
            again = min(u, tie_breaks)
            chance_again = sum(
                math.comb(again, k) * skill**k * (1 - skill) ** (again - k)
                for k in range(max(0, needed - r), again + 1)
            )
            total += chance * chance_again
    return min(total, 1.0)


@dataclass(slots=True)
class Account:
    """The money of an owner of identities."""

    money: float
    locked: float = 0.0  # staked
    fees: float = 0.0  # spent on tests
    slashed: float = 0.0  # stakes lost
    tries: int = 0  # tests taken

    def enter(self, skill: float, protocol: Protocol, rng: np.random.Generator) -> bool:
        """Pay for a test and, if it is passed, stake; False without the money for both, or if it fails."""
        if self.money < protocol.fee + protocol.stake:
            return False
        self.money -= protocol.fee
        self.fees += protocol.fee
        self.tries += 1
        if rng.random() >= pass_probability(round(skill, 6), protocol.test_pairs, protocol.test_pass):
            return False
        self.money -= protocol.stake
        self.locked += protocol.stake
        return True

    def leave(self, stake: float) -> None:
        """Get the rest of a stake back."""
        self.locked -= stake
        self.money += stake

    def lose(self, amount: float) -> None:
        """Lose a part of a stake."""
        self.locked -= amount
        self.slashed += amount
