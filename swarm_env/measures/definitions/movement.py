"""Measures of actions and movement, for all rounds at once.

They count agents that were in play when the round began. `docs/measures.md` lists where they differ from the
released analysis of SwarmBench.
"""

import math

import numpy as np

from swarm_env.engine.state import RIGHT, STAY, STEPS, UP
from swarm_env.measures.declare import GameStatistics, Series, group_measure


@group_measure(
    "how evenly moving agents choose the four directions",
    unit="bits",
    high=2.0,
    undefined="no agent moves",
    published=1,
    live=True,
)
def directional_entropy(stats: GameStatistics) -> Series:
    """Entropy of the shares of UP, DOWN, LEFT and RIGHT [bits]."""
    counts = stats.shared(_counts)[:, UP : RIGHT + 1]
    total = counts.sum(axis=1, keepdims=True)
    total[total == 0] = np.nan
    share = counts / total
    logarithm = np.log2(share, out=np.zeros_like(share), where=share > 0)
    # Adding 0 turns -0 into 0.
    return np.asarray(-(share * logarithm).sum(axis=1) + 0.0, np.float64)


@group_measure("share of agents that stay", high=1.0, published=2, live=True)
def stillness(stats: GameStatistics) -> Series:
    """Fraction of agents whose action is STAY."""
    return stats.shared(_counts)[:, STAY] / stats.agents


@group_measure("mean distance moved, pushes included", unit="cells", high=2.0, published=9, live=True)
def distance_moved(stats: GameStatistics) -> Series:
    """Mean Manhattan distance from before the round to after it [cells]."""
    step = stats.game.positions[1:].astype(np.int64) - stats.game.positions[:-1]  # (R, N, 2)
    distance = np.where(stats.playing, np.abs(step).sum(axis=2), 0).sum(axis=1)
    return np.asarray(distance / stats.agents, np.float64)


@group_measure(
    "different cells that any agent has stood on so far, the start included",
    unit="cells",
    low=1.0,
    high=math.inf,
    published=10,
    live=True,
)
def cells_visited(stats: GameStatistics) -> Series:
    """Number of cells on the map visited from the start to the end of each round."""
    game = stats.game
    turn, _ = np.nonzero(game.inside)  # ascending
    places = game.positions[game.inside].astype(np.int64)
    _, first = np.unique(places[:, 0] * game.width + places[:, 1], return_index=True)
    new = np.bincount(turn[first], minlength=game.rounds + 1)
    return np.cumsum(new)[1:].astype(np.float64)


@group_measure("share of agents that do the most common action", high=1.0, published=11, live=True)
def common_action_share(stats: GameStatistics) -> Series:
    """Fraction of agents with the most common action."""
    return np.asarray(stats.shared(_counts).max(axis=1) / stats.agents, np.float64)


@group_measure("length of the mean of the actions' vectors", high=1.0, published=12, live=True)
def polarisation(stats: GameStatistics) -> Series:
    """Length of the mean of the unit vectors of the actions; STAY and others are 0."""
    length = np.hypot(*(stats.shared(_counts)[:, : len(STEPS)] @ STEPS).T)
    return np.asarray(length / stats.agents, np.float64)


def _counts(stats: GameStatistics) -> Series:
    """(R, actions) number of agents per action."""
    game = stats.game
    width = len(game.names)
    turn, _ = np.nonzero(stats.playing)
    counts = np.bincount(turn * width + game.actions[stats.playing], minlength=game.rounds * width)
    return counts.reshape(game.rounds, width).astype(np.float64)
