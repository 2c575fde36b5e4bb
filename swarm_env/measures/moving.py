"""Measures of what agents do and where they go, for all rounds at once.

A count or a mean of a round goes over the agents that were in play when it began. What the published
benchmark leaves open or does otherwise is named in `docs/measures.md`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.state import RIGHT, STAY, STEPS, UP
from swarm_env.measures.game import GONE, Game

Series = NDArray[np.float64]
_BLOCK = 2**21  # agents times rounds that are looked at together, to bound the memory


def moving(game: Game) -> dict[str, Series]:
    """The measures of movement.

    Args:
        game: A game of R rounds.

    Returns:
        (R,) float64 by name.
    """
    playing = game.actions != GONE  # (R, N)
    number = playing.sum(axis=1).astype(np.float64)  # (R,)
    number[number == 0] = np.nan
    counts = _counts(game, playing)  # (R, actions)
    step = game.positions[1:].astype(np.int64) - game.positions[:-1]  # (R, N, 2)
    lasting, pushes = _contacts(game)
    return {
        "directional_entropy": _entropy(counts[:, UP : RIGHT + 1]),
        "stillness": counts[:, STAY] / number,
        "common_action_share": counts.max(axis=1) / number,
        "polarisation": np.hypot(*(counts[:, : len(STEPS)] @ STEPS).T) / number,
        "distance_moved": np.where(playing, np.abs(step).sum(axis=2), 0).sum(axis=1) / number,
        "cells_visited": _cells_visited(game),
        "lasting_neighbours": lasting,
        "pushes": pushes,
    }


def _counts(game: Game, playing: NDArray[np.bool_]) -> Series:
    """(R, actions) how many do what."""
    width = len(game.names)
    turn, _ = np.nonzero(playing)
    counts = np.bincount(turn * width + game.actions[playing], minlength=game.rounds * width)
    return counts.reshape(game.rounds, width).astype(np.float64)


def _entropy(counts: Series) -> Series:
    """Entropy of each row's shares [bits]; NaN for a row of zeros."""
    total = counts.sum(axis=1, keepdims=True)
    total[total == 0] = np.nan
    share = counts / total
    logarithm = np.log2(share, out=np.zeros_like(share), where=share > 0)
    # Adding 0 turns -0 into 0.
    return np.asarray(-(share * logarithm).sum(axis=1) + 0.0, np.float64)


def _cells_visited(game: Game) -> Series:
    """(R,) number of different cells on the map that anybody has stood on, up to the end of each round."""
    inside = game.inside
    turn, _ = np.nonzero(inside)  # ascending
    places = game.positions[inside].astype(np.int64)
    _, first = np.unique(places[:, 0] * game.width + places[:, 1], return_index=True)
    new = np.bincount(turn[first], minlength=game.rounds + 1)
    return np.cumsum(new)[1:].astype(np.float64)


def _contacts(game: Game) -> tuple[Series, Series]:
    """(R,) pairs that stay adjacent, and (R,) pushes."""
    lasting, pushes = np.zeros(game.rounds), np.zeros(game.rounds)
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
        pushes[part] = _pushes(crowd, game.actions[part], before, after)
    return lasting, pushes


def _pushes(
    crowd: "_Crowd", actions: NDArray[np.int64], before: NDArray[np.int32], after: NDArray[np.int32]
) -> NDArray[np.int64]:
    """(b,) agents that moved into the cell of a neighbour that moved on the same way."""
    moves = (actions >= UP) & (actions <= RIGHT)
    pair = crowd.ahead(STEPS[np.where(moves, actions, STAY)], moves)
    direction = STEPS[actions[pair.turn, pair.one]]
    went = np.all(after[pair.turn, pair.one] == before[pair.turn, pair.other], axis=1)
    on = np.all(after[pair.turn, pair.other] == before[pair.turn, pair.other] + direction, axis=1)
    return np.bincount(pair.turn[went & on], minlength=len(actions))


class _Pairs(NamedTuple):
    """Agents and who stands ahead of them: three arrays of one length.

    Attributes:
        turn: The round.
        one: The agent behind.
        other: The agent ahead.
    """

    turn: NDArray[np.int64]
    one: NDArray[np.int64]
    other: NDArray[np.int64]


class _Crowd:
    """Who stands where in b rounds, found by cell: keys in ascending order and whose they are."""

    def __init__(self, places: NDArray[np.int32], inside: NDArray[np.bool_], height: int, width: int) -> None:
        """Sort the agents on the map by round and cell.

        Args:
            places: (b, N, 2) row, col [cells].
            inside: (b, N) who is on the map.
            height: Rows of the map [cells].
            width: Columns of the map [cells].
        """
        self._turn, self._who = np.nonzero(inside)
        self._places = places[self._turn, self._who].astype(np.int64)
        self._height, self._width = height, width
        keys = self._keys(self._turn, self._places)
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]

    def ahead(self, step: NDArray[np.int64], asked: NDArray[np.bool_] | None = None) -> _Pairs:
        """Everybody who has somebody ahead.

        Args:
            step: (b, N, 2) row, col from each agent to the cell ahead of it, each -1 to 1.
            asked: (b, N) whom to ask; None: everybody on the map.
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
