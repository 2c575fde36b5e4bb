"""Schedules: which pairs of answers are judged, and which of the two stands first."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.fortytwo.settings import Orders, Schedule

Pairs = NDArray[np.int32]
MOST_SHUFFLED = 4_000_000  # pairs of all raters that are shuffled to choose from them


def client_pairs(count: int, orders: Orders = "both") -> Pairs:
    """Two chains: each answer with the next, and each of the first half with the one half the way further.

    The schedule of the network's public client: n - 1 and n // 2 pairs, each in both orders unless `orders`
    is "one". The graph is connected, and a judge's position bias cancels within each pair. Returns (P, 2)
    int32 numbers of the first and the second answer; with both orders P = 3 count - 2 for even, 3 count - 3
    for odd counts. Fewer than two answers have no pairs.
    """
    half = count // 2
    starts = np.concatenate([np.arange(max(count - 1, 0)), np.arange(half)])
    ends = np.concatenate([np.arange(1, max(count, 1)), np.arange(half) + half])
    return _ordered(starts, ends, orders)


def all_pairs(count: int, orders: Orders = "both") -> Pairs:
    """Every pair, in one order or in both: count (count - 1) / 2 or twice as many."""
    starts, ends = np.triu_indices(count, 1)
    return _ordered(starts, ends, orders)


def random_pairs(count: int, raters: int, rng: np.random.Generator, per_rater: int | None = None) -> Pairs:
    """(raters, P, 2) int32 ordered pairs of two different answers, drawn for each rater with replacement.

    P is `per_rater`; None: 3 count.
    """
    number = 3 * count if per_rater is None else per_rater
    if count < 2:
        return np.zeros((raters, 0, 2), np.int32)
    first = rng.integers(count, size=(raters, number), dtype=np.int32)
    second = (first + 1 + rng.integers(count - 1, size=(raters, number), dtype=np.int32)) % count
    return np.stack([first, second], axis=-1).astype(np.int32)


def pairs_for(
    schedule: Schedule,
    orders: Orders,
    count: int,
    raters: int,
    rng: np.random.Generator,
    limit: int | None = None,
) -> Pairs:
    """The pairs of every rater, (raters, P, 2) int32, or (1, P, 2) where all raters judge the same.

    `schedule` and `orders` are those of `Protocol`; `limit` is the most ordered pairs of a rater, None: the
    whole schedule.
    """
    if schedule == "random":
        number = 3 * count if limit is None else min(limit, 3 * count)
        return random_pairs(count, raters, rng, number)
    table = client_pairs(count, orders) if schedule == "client" else all_pairs(count, orders)
    if limit is None or limit >= len(table):
        return table[None]
    per_pair = 2 if orders == "both" else 1
    groups, kept = len(table) // per_pair, max(1, limit // per_pair)
    if raters * groups > MOST_SHUFFLED and kept * kept < groups:
        chosen = _few_of_many(raters, groups, kept, rng)
    else:
        chosen = np.argsort(rng.random((raters, groups)), axis=1)[:, :kept]
    where = (per_pair * chosen[:, :, None] + np.arange(per_pair)).reshape(raters, -1)
    return np.asarray(table[where], np.int32)


def _few_of_many(raters: int, groups: int, kept: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(raters, kept) different numbers below `groups` in each row: rows with one twice are drawn again."""
    chosen = rng.integers(groups, size=(raters, kept))
    while True:
        ordered = np.sort(chosen, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return chosen
        chosen[again] = rng.integers(groups, size=(len(again), kept))


def _ordered(starts: NDArray[np.int_], ends: NDArray[np.int_], orders: Orders) -> Pairs:
    there = np.stack([starts, ends], axis=1)
    if orders == "one":
        return there.astype(np.int32)
    return np.stack([there, there[:, ::-1]], axis=1).reshape(-1, 2).astype(np.int32)
