"""Measures of how teams fail: one-sided directions, a team that falls apart, crowding.

SwarmBench correlates each with the score of one task (arXiv 2505.04364, Appendix S.7) and leaves details
open; what is our choice is marked.
"""

import math

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import kernel
from swarm_env.engine.state import RIGHT, UP
from swarm_env.measures.declare import GameStatistics, Series, group_measure

_DIRECTIONS = RIGHT - UP + 1


@group_measure(
    "how unevenly moving agents choose the four directions (Gini coefficient)",
    high=1 - 1 / _DIRECTIONS,
    undefined="no agent moves",
    published=15,
    live=True,
)
def direction_imbalance(stats: GameStatistics) -> Series:
    """Gini coefficient of the numbers of UP, DOWN, LEFT and RIGHT: 0 for equal numbers, 3/4 for one of them.

    Our choice: of each round by itself; STAY and other actions do not count.
    """
    actions = stats.game.actions
    counts = np.stack([(actions == move).sum(axis=1) for move in range(UP, RIGHT + 1)], axis=1)
    total = counts.sum(axis=1).astype(np.float64)
    total[total == 0] = np.nan
    apart = np.abs(counts[:, :, None] - counts[:, None, :]).sum(axis=(1, 2))
    return np.asarray(apart / (2 * _DIRECTIONS * total), np.float64)


@group_measure(
    "groups of agents that are linked by sight", unit="groups", low=1.0, high=math.inf, published=16
)
def sight_components(stats: GameStatistics) -> Series:
    """Connected components of the graph whose edges join agents that see each other when they decide."""
    return stats.shared(_crowding)[0]


@group_measure("mean repulsion of an agent from those it sees", high=math.inf, published=17)
def separation_force(stats: GameStatistics) -> Series:
    """Mean over agents of the length of the sum of d / |d|^2; d leads from another agent in sight to it.

    The separation rule of Boids (C. Reynolds, 1987). Our choice: neighbours are those in sight, weighted by
    the inverse of their distance in cells; the mean over agents, so that teams of any size compare.
    """
    return stats.shared(_crowding)[1]


def _crowding(stats: GameStatistics) -> tuple[Series, Series]:
    """(R,) components and (R,) mean force, of the agents in play before each round."""
    game = stats.game
    positions = np.ascontiguousarray(game.positions[:-1], np.int32)
    groups, force = np.empty(game.rounds), np.empty(game.rounds)
    root = np.empty(positions.shape[1], np.int64)
    _measure_crowding(positions, stats.playing, game.sight, root, groups, force)
    return np.where(np.isnan(stats.agents), np.nan, groups), force / stats.agents


@kernel(wrapped=True)
def _measure_crowding(
    positions: NDArray[np.int32],
    playing: NDArray[np.bool_],
    sight: int,
    root: NDArray[np.int64],
    groups: NDArray[np.float64],
    force: NDArray[np.float64],
) -> None:
    """Fill `groups` (R,) with numbers of components and `force` (R,) with sums over the agents.

    `root` (N,) is scratch: the agent through which each is joined to its component (union-find).
    """
    for r in range(len(groups)):
        groups[r], force[r] = 0.0, 0.0
        for a in range(len(root)):
            root[a] = a
            groups[r] += playing[r, a]
        for a in range(len(root)):
            if not playing[r, a]:
                continue
            down, right = 0.0, 0.0
            for b in range(len(root)):
                row, col = positions[r, a, 0] - positions[r, b, 0], positions[r, a, 1] - positions[r, b, 1]
                if b == a or not playing[r, b] or abs(row) > sight or abs(col) > sight:
                    continue
                square = max(row * row + col * col, 1)
                down, right = down + row / square, right + col / square
                one, other = a, b
                while root[one] != one:
                    root[one] = root[root[one]]
                    one = root[one]
                while root[other] != other:
                    root[other] = root[root[other]]
                    other = root[other]
                if one != other:
                    root[one] = other
                    groups[r] -= 1
            force[r] += math.sqrt(down * down + right * right)
