"""Bootstrap of Bradley-Terry strengths: the votes, or the raters with all their votes, drawn again."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry.merged_votes import Votes
from swarm_env.consensus.bradley_terry.newman import NEITHER, fit_counts
from swarm_env.consensus.bradley_terry.newton import polished
from swarm_env.consensus.bradley_terry.problem import Plan

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import USER, below, stream

_PURPOSE = USER + 11
EXACT, SWEEPS = 1e-7, 1000  # of Newman's iteration; an interval needs no more digits


@kernel(wrapped=True)
def resample(
    cell: NDArray[np.int64], weight: NDArray[np.float64], starts: NDArray[np.int64], seed: np.uint64,
    prior: float, bias_prior: float, start: NDArray[np.float64], start_bias: float,
    found: NDArray[np.float64], found_bias: NDArray[np.float64], wins: NDArray[np.float64],
    flat: NDArray[np.float64], island: NDArray[np.int32], work: NDArray[np.float64],
) -> int:  # fmt: skip
    """Draw blocks of votes with replacement, as many as there are, and fit them; once per row of `found`.

    Vote v adds `weight[v]` to the entry `cell[v]` of `flat`; a tie is two votes of half the weight. Block b
    holds the votes from `starts[b]` to before `starts[b + 1]`. The fits begin with the strengths `start` (n,)
    and the bias factor `start_bias`. Written: `found` (draws, n), the log-strengths, and `found_bias`
    (draws,), the logarithms of the bias factors. Scratch memory: `wins` (1 or 3, n, n) and, as one row,
    `flat`; `island` (n,); `work` (4, n).

    Returns the number of draws in which the iteration did not converge.
    """
    draws, n = found.shape
    blocks = len(starts) - 1
    late = 0
    for d in range(draws):
        flat[:] = 0.0
        key = stream(seed, d, 0, _PURPOSE)
        for b in range(blocks):
            drawn = below(key, b, blocks)
            for v in range(starts[drawn], starts[drawn + 1]):
                flat[cell[v]] += weight[v]
        for i in range(n):
            work[2, i] = start[i]
        work[3, 0] = start_bias
        sweeps = fit_counts(wins, prior, bias_prior, EXACT, SWEEPS, work[2], work[3, :1], island, work[:2])
        late += sweeps < 0
        for i in range(n):
            found[d, i] = np.log(work[2, i])
        found_bias[d] = np.log(work[3, 0])
    return late


def blocks_of(
    votes: Votes, biased: bool, by_rater: bool
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Cells, weights and starts for `resample`, in an order that does not depend on the order of the votes.

    `biased` says whether it matters who stood first, `by_rater` whether a block is all votes of a rater
    instead of one vote.
    """
    n, count = votes.num_items, len(votes.winner)
    planes = 3 if biased else 1
    size = planes * n * n
    cell = votes.winner.astype(np.int64) * n + votes.loser
    if biased:
        cell += n * n * np.where(votes.slot < 0, NEITHER, votes.slot).astype(np.int64)
    tie = votes.tie if len(votes.tie) else np.zeros(count, np.bool_)
    # Either item of a tie may be called its winner.
    least = np.where(tie, np.minimum(cell, _turned(cell, n, planes)), cell)
    key = least + size * tie
    if by_rater:
        key += 2 * size * votes.rater.astype(np.int64)
    if votes.weight is None:
        key, weight = np.sort(key), np.ones(count)
    else:
        order = np.lexsort((votes.weight, key))
        key, weight = key[order], votes.weight[order]
    rater, tie, least = key // (2 * size), key // size % 2, key % size
    entry = np.repeat(np.arange(count), 1 + tie)
    second = np.zeros(len(entry), np.bool_)
    second[1:] = entry[1:] == entry[:-1]
    first = np.diff(rater[entry], prepend=-1) != 0 if by_rater else ~second
    return (
        np.where(second, _turned(least, n, planes)[entry], least[entry]),
        weight[entry] * np.where(tie[entry] > 0, 0.5, 1.0),
        np.append(np.flatnonzero(first), len(entry)).astype(np.int64),
    )


def _turned(cell: NDArray[np.int64], n: int, planes: int) -> NDArray[np.int64]:
    """The cells of the same votes with winner and loser exchanged."""
    plane, pair = np.divmod(cell, n * n)
    won, lost = np.divmod(pair, n)
    stood = np.where(plane == NEITHER, NEITHER, 1 - plane) if planes > 1 else plane
    return np.asarray((stood * n + lost) * n + won, np.int64)


def resample_ties(
    plan: Plan, start: NDArray[np.float64], by_rater: bool, seed: int, draws: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """As `resample`, in Davidson's model: strengths, biases, number not converged.

    Log-strengths are (draws, n), biases (draws,).
    """
    votes, q = plan.votes, plan.problem
    weight = np.ones(len(votes.winner)) if votes.weight is None else votes.weight
    low, high = np.minimum(votes.winner, votes.loser), np.maximum(votes.winner, votes.loser)
    first = np.where(votes.tie, low, votes.winner)
    slot = votes.slot if q.num_biases else np.full(len(low), -1)
    slot = np.where((first != votes.winner) & (slot >= 0), 1 - slot, slot)
    who = votes.rater if by_rater else np.zeros(len(low), np.int32)
    order = np.lexsort((weight, slot, votes.tie, high, low, first, who))
    first, weight, tie, slot = first[order], weight[order], votes.tie[order], slot[order]
    other = (low + high)[order] - first
    block = np.unique(who[order], return_inverse=True)[1] if by_rater else np.arange(len(order))
    cells = q._replace(
        winner=first.astype(np.int32), loser=other.astype(np.int32), tie=tie,
        group=np.where(slot < 0, -1, 0).astype(np.int32), sign=np.where(slot == 0, 1.0, -1.0),
    )  # fmt: skip
    n, blocks = q.num_items, int(block.max(initial=-1)) + 1
    found, biases, late = np.zeros((draws, n)), np.zeros(draws), 0
    for d in range(draws):
        rng = np.random.default_rng([seed % 2**64, _PURPOSE, d])
        times = np.bincount(rng.integers(blocks, size=blocks), minlength=blocks)
        fitted, converged = polished(cells._replace(weight=weight * times[block]), start)
        found[d], late = fitted[:n], late + (not converged)
        biases[d] = fitted[n] if q.num_biases else 0.0
    return found, biases, late
