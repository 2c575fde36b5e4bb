"""Ballots as a matrix of wins, for the rules that compare pairs."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots
from swarm_env.consensus.bradley_terry.problem import checked_votes, win_matrix


def wins_of(ballots: Ballots) -> NDArray[np.float64]:
    """(num_items, num_items) float64: weight of the votes by which the row's item won over the column's.

    A tie is half a win for each. The order of the votes changes nothing, not even the last bit. Raises
    `ConfigError` for more items, or more weight, than `bradley_terry.fit` takes.
    """
    b = ballots
    votes = checked_votes(b.winner, b.loser, b.weight, b.num_items, b.tie, None, None, None)
    return np.asarray(win_matrix(votes, False)[0], np.float64)
