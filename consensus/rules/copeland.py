"""Pairs won minus pairs lost, each pair by the majority of its votes (Copeland's method)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots
from swarm_env.consensus.pairwise import wins_of


@dataclass(frozen=True, slots=True)
class Copeland:
    """An item's score is how many others it beats by the weight of votes, minus how many beat it.

    Described in D. Saari, V. Merlin, "The Copeland method I", Economic Theory 8 (1996). An evenly divided
    pair, and a pair without votes, count for neither.
    """

    name: str = "copeland"

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): whole numbers from 1 - num_items to num_items - 1."""
        wins = wins_of(ballots)
        return np.asarray(np.sign(wins - wins.T).sum(axis=1), np.float64)


RULE = Copeland
