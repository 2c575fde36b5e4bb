"""Measures of agents next to each other, for all rounds at once."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.state import RIGHT, STAY, STEPS, UP
from swarm_env.measures.declare import GameStatistics, Series, group_measure

_BLOCK = 2**21  # agents times rounds that are processed together, to bound the memory


@group_measure(
    "pairs that are adjacent before the round and after it",
    unit="pairs",
    high=math.inf,
    published=13,
    live=True,
)
def lasting_neighbours(stats: GameStatistics) -> Series:
    """Number of pairs one cell apart before and after the round, both still on the map."""
    return stats.shared(_contacts)[0]


@group_measure(
    "agents that moved into the cell of a neighbour that moved on in the same direction",
    unit="agents",
    high=math.inf,
    published=14,
    live=True,
)
def pushes(stats: GameStatistics) -> Series:
    """Number of agents that moved to a neighbour's cell while it moved on one cell in that direction."""
    return stats.shared(_contacts)[1]


def _contacts(stats: GameStatistics) -> tuple[Series, Series]:
    """Both measures, (R,) each: they share the sorted positions."""
    game = stats.game
    lasting, pushed = np.zeros(game.rounds), np.zeros(game.rounds)
    block = max(1, _BLOCK // max(1, game.actions.shape[1]))
    inside = game.inside
    for first in range(0, game.rounds, block):
        part = slice(first, min(first + block, game.rounds))
        before, after = game.positions[part], game.positions[first + 1 : part.stop + 1]
        crowd = _Crowd(before, inside[part], game.height, game.width)
        still = inside[first + 1 : part.stop + 1]
        for direction in (STEPS[2], STEPS[4]):  # each pair once: from above, or from the left
            pair = crowd.ahead(np.broadcast_to(direction, before.shape))
            apart = np.abs(after[pair.turn, pair.one] - after[pair.turn, pair.other]).sum(axis=1)
            stays = (apart == 1) & still[pair.turn, pair.one] & still[pair.turn, pair.other]
            lasting[part] += np.bincount(pair.turn[stays], minlength=len(before))
        pushed[part] = _pushes(crowd, game.actions[part], before, after)
    return lasting, pushed


def _pushes(
    crowd: "_Crowd", actions: NDArray[np.int64], before: NDArray[np.int32], after: NDArray[np.int32]
) -> NDArray[np.int64]:
    """(b,) number of pushes in b rounds."""
    moves = (actions >= UP) & (actions <= RIGHT)
    pair = crowd.ahead(STEPS[np.where(moves, actions, STAY)], moves)
    direction = STEPS[actions[pair.turn, pair.one]]
    went = np.all(after[pair.turn, pair.one] == before[pair.turn, pair.other], axis=1)
    on = np.all(after[pair.turn, pair.other] == before[pair.turn, pair.other] + direction, axis=1)
    return np.bincount(pair.turn[went & on], minlength=len(actions))


class _Pairs(NamedTuple):
    """Agents and their neighbours ahead: round, agent behind and agent ahead, arrays of one length."""

    turn: NDArray[np.int64]
    one: NDArray[np.int64]
    other: NDArray[np.int64]


class _Crowd:
    """Index of the agents of b rounds by cell."""

    def __init__(self, places: NDArray[np.int32], inside: NDArray[np.bool_], height: int, width: int) -> None:
        """Sort the agents on the map (`inside` (b, N)) by round and cell; `places` are (b, N, 2) row, col."""
        self._turn, self._who = np.nonzero(inside)
        self._places = places[self._turn, self._who].astype(np.int64)
        self._height, self._width = height, width
        keys = self._keys(self._turn, self._places)
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]

    def ahead(self, step: NDArray[np.int64], asked: NDArray[np.bool_] | None = None) -> _Pairs:
        """The agents with a neighbour ahead, of those `asked` for ((b, N); None: all on the map).

        `step` (b, N, 2) is the row and col from each agent to the cell ahead of it, each -1 to 1.
        """
        turn, who, places = self._turn, self._who, self._places
        if asked is not None:
            kept = asked[turn, who]
            turn, who, places = turn[kept], who[kept], places[kept]
        wanted = self._keys(turn, places + step[turn, who])
        found = np.searchsorted(self._sorted, wanted)
        hit = np.flatnonzero(self._sorted[np.minimum(found, len(self._sorted) - 1)] == wanted)
        return _Pairs(turn[hit], who[hit], self._who[self._order[found[hit]]])

    def _keys(self, turn: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
        """One number per round and cell, the cells one step around the map included."""
        rows = turn * (self._height + 2) + places[:, 0] + 1
        keys: NDArray[np.int64] = rows * (self._width + 2) + places[:, 1] + 1
        return keys
