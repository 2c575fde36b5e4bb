"""Votes that are alike in all that matters, added up to one row each; equal in any order of the votes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry.vote_cells import sum_by_cell

MOST_ITEMS = 4000  # matrices of so many rows and columns are made
_DENSE = 1 << 24  # numbers of keys up to which a table of all keys is faster than sorting
_SLOTS = 3


class Votes(NamedTuple):
    """Checked votes; `weight` is None where all count 1; `tie`, `rater` and `slot` are empty if not given."""

    num_items: int
    winner: NDArray[np.int32]
    loser: NDArray[np.int32]
    weight: NDArray[np.float64] | None
    tie: NDArray[np.bool_]
    rater: NDArray[np.int32]
    slot: NDArray[np.int32]
    num_raters: int


class Merged(NamedTuple):
    """Rows of votes that are alike, sorted; none is left out, and all weights are more than 0."""

    votes: Votes
    weight: NDArray[np.float64]  # (C,) sum of the weights of each row, which `votes` also holds
    squares: NDArray[np.float64]  # (C,) sum of their squares


def merged(votes: Votes, by_slot: bool, by_rater: bool) -> Merged:
    """Add up votes of the same items and kind and, if wanted, of the same place of the winner and rater.

    Of a tie the item with the smaller number is called the winner.
    """
    n, count = votes.num_items, len(votes.winner)
    tie = votes.tie if len(votes.tie) else np.zeros(count, np.bool_)
    turned = tie & (votes.winner > votes.loser)
    won = np.where(turned, votes.loser, votes.winner).astype(np.int64)
    lost = np.where(turned, votes.winner, votes.loser).astype(np.int64)
    slot = np.full(count, -1, np.int64)
    if by_slot:
        slot = np.where((votes.slot >= 0) & turned, 1 - votes.slot, votes.slot).astype(np.int64)
    who = votes.rater.astype(np.int64) if by_rater else np.zeros(count, np.int64)
    keys = (((who * _SLOTS + slot + 1) * 2 + tie) * n + won) * n + lost
    raters = max(votes.num_raters, 1) if by_rater else 1
    keys, where = _numbered(keys, raters * _SLOTS * 2 * n * n)
    each = np.ones(count) if votes.weight is None else votes.weight
    weight = sum_by_cell(where, each, len(keys))
    squares = weight if votes.weight is None else sum_by_cell(where, each**2, len(keys))
    kept = weight > 0.0
    keys, weight, squares = keys[kept], weight[kept], squares[kept]
    rest, lost = np.divmod(keys, max(n, 1))
    rest, won = np.divmod(rest, max(n, 1))
    rest, tied = np.divmod(rest, 2)
    who, slot = np.divmod(rest, _SLOTS)
    rows = Votes(
        n, won.astype(np.int32), lost.astype(np.int32), weight, tied.astype(np.bool_), who.astype(np.int32),
        (slot - 1).astype(np.int32), votes.num_raters,
    )  # fmt: skip
    return Merged(rows, weight, squares)


def _numbered(keys: NDArray[np.int64], space: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different keys, sorted, and the place of each key among them; all are from 0 and below `space`."""
    if space > _DENSE:
        found, where = np.unique(keys, return_inverse=True)
        return found, where.astype(np.int64)
    seen = np.zeros(space, np.bool_)
    seen[keys] = True
    return np.flatnonzero(seen).astype(np.int64), (np.cumsum(seen) - 1)[keys].astype(np.int64)
