"""From arrays of votes to the solvers' input: checked, and summed up in cells."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import checked_number, checked_pairs, real, truth, whole
from swarm_env.consensus.bradley_terry.merged_votes import MOST_ITEMS, Votes, merged
from swarm_env.consensus.bradley_terry.newman import NEITHER, find_islands, fit_matrix
from swarm_env.consensus.bradley_terry.newton import Problem
from swarm_env.consensus.bradley_terry.sparse import islands_of
from swarm_env.consensus.bradley_terry.vote_cells import count_votes, sum_by_cell

from swarm_env.errors import ConfigError

PositionBias = Literal[False, True, "rater"]
Ties = Literal["davidson", "half"]

MOST_SPARSE = 10_000_000  # items of fits without matrices
MOST_WEIGHT = 1e12  # beyond, float64 cannot hold both the votes and the prior
_TOLERANCE = 1e-7  # of the sweeps; Newton's method does the rest
_SLOTS = 3  # planes of wins: the winner stood first, second, not known


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The input of the solvers."""

    votes: Votes
    problem: Problem  # in cells, for Newton's method
    wins: NDArray[np.float64]  # (1, n, n) or (3, n, n), for Newman's iteration


def gather(
    winner: ArrayLike, loser: ArrayLike, weight: ArrayLike | None, num_items: int | None,
    tie: ArrayLike | None = None, rater: ArrayLike | None = None, rater_weight: ArrayLike | None = None,
    slot: ArrayLike | None = None, prior: float = 1.0, position_bias: PositionBias = False,
    bias_prior: float = 1.0, ties: Ties = "davidson",
) -> Plan:  # fmt: skip
    """Check the arguments of `fit`, with its errors, and sum the votes up."""
    checked_number("prior", prior, 0.0, 1e6)
    checked_number("bias_prior", bias_prior, 0.0, 1e6)
    if position_bias not in (False, True, "rater"):
        raise ConfigError(f"position_bias must be False, True or 'rater', not {position_bias!r}.")
    if position_bias and slot is None:
        raise ConfigError("A position bias can only be estimated with `slot`: who stood first in each vote.")
    if position_bias and not (prior > 0 and bias_prior > 0):
        raise ConfigError("With a position bias, prior and bias_prior must be more than 0.")
    if ties not in ("davidson", "half"):
        raise ConfigError(f"ties must be 'davidson' or 'half', not {ties!r}.")
    votes = checked_votes(winner, loser, weight, num_items, tie, rater, rater_weight, slot, MOST_SPARSE)
    if votes.num_items > MOST_ITEMS:
        return _sparse_plan(votes, prior, position_bias, bias_prior, ties)
    if position_bias == "rater":
        plan = _plan_by_rater(votes, rater, prior, bias_prior)
    else:
        wins = win_matrix(votes, bool(position_bias))
        plan = Plan(votes, _problem(wins, prior, bias_prior), wins)
    if prior == 0:
        _require_maximum(plan.wins[0], plan.problem.island)
    if ties == "davidson" and votes.tie.any():
        if prior == 0 and votes.tie.all():
            raise ConfigError(
                "Without a prior there is no maximum: all votes are ties. Give a prior, such as 1."
            )
        return replace(plan, problem=_with_ties(plan.problem, votes, position_bias))
    return plan


def _sparse_plan(
    votes: Votes, prior: float, position_bias: PositionBias, bias_prior: float, ties: Ties
) -> Plan:
    """The plan of a fit without matrices: only cells."""
    if prior == 0:
        raise ConfigError(f"With more than {MOST_ITEMS} items there must be a prior, such as 1.")
    modelled = ties == "davidson" and bool(votes.tie.any())
    if votes.tie.any() and not modelled:
        votes = _split_ties(votes)
    rows = merged(votes, bool(position_bias), position_bias == "rater").votes
    assert rows.weight is not None
    island = np.empty(votes.num_items, np.int32)
    found = int(islands_of(rows.winner, rows.loser, island))
    biases = votes.num_raters if position_bias == "rater" else int(bool(position_bias))
    problem = Problem(
        votes.num_items, biases, rows.winner, rows.loser, rows.weight,
        np.where(rows.slot < 0, -1, rows.rater).astype(np.int32), np.where(rows.slot == 0, 1.0, -1.0),
        float(prior), float(bias_prior), island, found, rows.tie if modelled else np.zeros(0, np.bool_),
    )  # fmt: skip
    return Plan(votes, problem, np.zeros((0, 0, 0)))


def _split_ties(votes: Votes) -> Votes:
    """The votes with each tie as two votes of half the weight."""
    tie, count = votes.tie, len(votes.winner)
    weight = np.ones(count) if votes.weight is None else votes.weight
    slot = votes.slot if len(votes.slot) else np.full(count, -1, np.int32)
    turned = np.where(slot < 0, -1, 1 - slot).astype(np.int32)
    return votes._replace(
        winner=np.concatenate([votes.winner, votes.loser[tie]]),
        loser=np.concatenate([votes.loser, votes.winner[tie]]),
        weight=np.concatenate([np.where(tie, 0.5 * weight, weight), 0.5 * weight[tie]]),
        tie=np.zeros(0, np.bool_),
        rater=np.concatenate([votes.rater, votes.rater[tie]]) if len(votes.rater) else votes.rater,
        slot=np.concatenate([slot, turned[tie]]),
    )


def _with_ties(problem: Problem, votes: Votes, position_bias: PositionBias) -> Problem:
    """The problem in cells of which each holds ties only, or none."""
    rows = merged(votes, bool(position_bias), position_bias == "rater").votes
    assert rows.weight is not None
    return problem._replace(
        winner=rows.winner, loser=rows.loser, weight=rows.weight,
        group=np.where(rows.slot < 0, -1, rows.rater).astype(np.int32),
        sign=np.where(rows.slot == 0, 1.0, -1.0), tie=rows.tie,
    )  # fmt: skip


def _require_maximum(wins: NDArray[np.float64], island: NDArray[np.int32]) -> None:
    """Raise unless, within each island, wins lead from every item to every other (Ford 1957)."""
    beats = wins > 0.0
    for start in np.unique(island, return_index=True)[1]:
        members = island == island[start]
        for edges in (beats, beats.T):
            seen = np.zeros(len(island), np.bool_)
            seen[start] = True
            edge = seen
            while edge.any():
                edge = edges[edge].any(axis=0) & ~seen
                seen = seen | edge
            if (members & ~seen).any():
                raise ConfigError(
                    "Without a prior there is no maximum: some items won, or lost, all votes with the rest "
                    f"(such as {int(np.argmax(members & ~seen))} and {start}). Give a prior, such as 1."
                )


def checked_votes(
    winner: ArrayLike, loser: ArrayLike, weight: ArrayLike | None, num_items: int | None,
    tie: ArrayLike | None, rater: ArrayLike | None, rater_weight: ArrayLike | None, slot: ArrayLike | None,
    most: int = MOST_ITEMS,
) -> Votes:  # fmt: skip
    """The votes in `fit`'s arguments; raises `ConfigError` as `fit` does."""
    limit = None if num_items is None else _size(num_items, most)
    won, lost = checked_pairs(winner, loser, limit)
    count = len(won)
    if limit is None:
        limit = _size(max(int(won.max(initial=-1)), int(lost.max(initial=-1))) + 1, most)
    heavy = None if weight is None else real("weight", weight, count, 0.0)
    who = np.zeros(0, np.int32) if rater is None else whole("rater", rater, count, 0)
    raters = int(who.max(initial=-1)) + 1
    if rater_weight is not None:
        if rater is None:
            raise ConfigError("rater_weight needs `rater`: who voted.")
        each = real("rater_weight", rater_weight, None, 0.0)
        if len(each) < raters:
            raise ConfigError(f"rater_weight has {len(each)} entries, but there is a rater {raters - 1}.")
        with np.errstate(over="ignore"):
            heavy = each[who] if heavy is None else heavy * each[who]
    if heavy is not None and not np.minimum(heavy, 2 * MOST_WEIGHT).sum() <= MOST_WEIGHT:
        raise ConfigError(
            f"The weights add up to more than {MOST_WEIGHT:g}. Scale them down; only how they compare with "
            "each other and with the prior matters."
        )
    return Votes(
        limit, won, lost, heavy,
        np.zeros(0, np.bool_) if tie is None else truth("tie", tie, count),
        who,
        np.zeros(0, np.int32) if slot is None else whole("slot", slot, count, -1, 2),
        raters,
    )  # fmt: skip


def _size(num_items: int, most: int) -> int:
    whole_number = isinstance(num_items, int | np.integer) and not isinstance(num_items, bool)
    if not whole_number or not 0 <= num_items <= most:
        raise ConfigError(f"There can be 0 to {most} items, numbered from 0 without gaps, not {num_items!r}.")
    return int(num_items)


def _halved(votes: Votes, biased: bool) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(cell, rater, weight) of each vote, a tie being two votes of half the weight.

    A cell is the entry of a matrix of wins that the vote belongs to, as `win_matrix` gives it.
    """
    n, count = votes.num_items, len(votes.winner)
    won, lost = votes.winner.astype(np.int64), votes.loser.astype(np.int64)
    cell, turned = won * n + lost, lost * n + won
    if biased:
        cell += n * n * np.where(votes.slot < 0, NEITHER, votes.slot)
        turned += n * n * np.where(votes.slot < 0, NEITHER, 1 - votes.slot)
    who = votes.rater.astype(np.int64) if len(votes.rater) else np.zeros(count, np.int64)
    weight = np.ones(count) if votes.weight is None else votes.weight
    if not votes.tie.any():
        return cell, who, weight
    tie = votes.tie
    weight = np.where(tie, 0.5 * weight, weight)
    return (
        np.concatenate([cell, turned[tie]]),
        np.concatenate([who, who[tie]]),
        np.concatenate([weight, weight[tie]]),
    )


def win_matrix(votes: Votes, biased: bool) -> NDArray[np.float64]:
    """Weights of wins of rows over columns, (1, n, n) or, apart by where the winner stood, (3, n, n)."""
    n = votes.num_items
    if not biased and votes.weight is None:
        wins = np.empty((1, n, n))
        count_votes(votes.winner, votes.loser, votes.tie, wins[0])
        return wins
    cell, _, weight = _halved(votes, biased)
    planes = _SLOTS if biased else 1
    total = sum_by_cell(cell, weight, planes * n * n)
    return total.reshape(planes, n, n)


def _problem(wins: NDArray[np.float64], prior: float, bias_prior: float) -> Problem:
    planes, n, _ = wins.shape
    entries = np.flatnonzero(wins)
    weight = wins.reshape(-1)[entries]
    plane, pair = np.divmod(entries, n * n) if planes > 1 else (np.zeros(len(entries), np.int64), entries)
    island = np.empty(n, np.int32)
    islands = int(find_islands(wins, island))
    known = (plane != NEITHER) & (planes > 1)
    return Problem(
        n, int(planes > 1), *_cells(pair, n), weight, np.where(known, 0, -1).astype(np.int32),
        np.where(plane == 0, 1.0, -1.0), float(prior), float(bias_prior), island, islands,
        np.zeros(0, np.bool_),
    )  # fmt: skip


def _cells(pair: NDArray[np.int64], n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Winner and loser of each pair winner * n + loser."""
    winner, loser = np.divmod(pair, max(n, 1))
    return winner.astype(np.int32), loser.astype(np.int32)


def _plan_by_rater(votes: Votes, rater: ArrayLike | None, prior: float, bias_prior: float) -> Plan:
    """Cells apart by rater; Newman's iteration starts from what all raters together say."""
    if rater is None:
        raise ConfigError("position_bias='rater' needs `rater`: who voted.")
    n = votes.num_items
    wins = win_matrix(votes, True)
    cell, who, each = _halved(votes, True)
    keys, where = np.unique(who * _SLOTS * n * n + cell, return_inverse=True)
    weight = sum_by_cell(where.astype(np.int64), each, len(keys))
    keys, weight = keys[weight > 0.0], weight[weight > 0.0]
    rest, pair = np.divmod(keys, max(n * n, 1))
    who, plane = np.divmod(rest, _SLOTS)
    winner, loser = _cells(pair, n)
    problem = _problem(wins, prior, bias_prior)._replace(
        num_biases=votes.num_raters, winner=winner, loser=loser, weight=weight,
        group=np.where(plane == NEITHER, -1, who).astype(np.int32), sign=np.where(plane == 0, 1.0, -1.0),
    )  # fmt: skip
    return Plan(votes, problem, wins)


def newman_start(plan: Plan, max_sweeps: int) -> tuple[NDArray[np.float64], int]:
    """Parameters (m,) after Newman's iteration with ties as half wins, and how many sweeps it made."""
    q = plan.problem
    found, bias, sweeps = fit_matrix(
        plan.wins, q.prior, q.bias_prior, _TOLERANCE, max_sweeps, np.ones(q.num_items)
    )
    last = []
    if q.has_ties:
        tied = float(q.weight[q.tie].sum())
        last = [np.log((2.0 * tied + 1.0) / (float(q.weight.sum()) - tied + 1.0))]
    return np.concatenate([found, np.full(q.num_biases, bias), last]), abs(sweeps)
