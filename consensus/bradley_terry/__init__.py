"""Bradley-Terry strengths, finite by a prior. Options: prior=1.0, position_bias=false, ties=davidson."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import UNKNOWN, Ballots, checked_number
from swarm_env.consensus.bradley_terry.bootstrap import blocks_of, resample, resample_ties
from swarm_env.consensus.bradley_terry.diagnostics import Cycles, Goodness, cycles, goodness, votes_needed
from swarm_env.consensus.bradley_terry.estimates import Fit, Interval, Resamples
from swarm_env.consensus.bradley_terry.merged_votes import MOST_ITEMS
from swarm_env.consensus.bradley_terry.newman import fit_counts, fit_votes
from swarm_env.consensus.bradley_terry.newton import polished
from swarm_env.consensus.bradley_terry.problem import (
    Plan,
    PositionBias,
    Ties,
    gather,
    newman_start,
)
from swarm_env.consensus.bradley_terry.robust_errors import Errors
from swarm_env.consensus.bradley_terry.sparse import maximum, wins_start

from swarm_env.engine.rule_calls import RankingKernel
from swarm_env.errors import ConfigError

__all__ = [
    "RULE", "BradleyTerry", "Cycles", "Fit", "Goodness", "Interval", "Resamples", "bootstrap", "cycles",
    "fit", "fit_counts", "fit_votes", "goodness", "votes_needed",
]  # fmt: skip


def fit(
    winner: ArrayLike,
    loser: ArrayLike,
    weight: ArrayLike | None = None,
    num_items: int | None = None,
    *,
    tie: ArrayLike | None = None,
    rater: ArrayLike | None = None,
    rater_weight: ArrayLike | None = None,
    slot: ArrayLike | None = None,
    prior: float = 1.0,
    position_bias: PositionBias = False,
    bias_prior: float = 1.0,
    max_sweeps: int = 100,
    ties: Ties = "davidson",
    errors: Errors | Literal["auto"] = "auto",
) -> Fit:
    """Strengths of items from votes between pairs, at the maximum of the posterior.

    The probability that a wins over b is s_a / (s_a + s_b); with a position bias beta, that of a standing
    first exp(beta) s_a / (exp(beta) s_a + s_b). With ties, P(a wins), P(b wins) and P(tie) are as s_a to s_b
    to nu sqrt(s_a s_b), and nu is estimated (R. Davidson, JASA 65, 1970). Each item also wins and loses
    `prior` times against one of strength 1. Formulas, sources and limits: docs/consensus/bradley_terry.md.

    Args:
        winner: (V,) integers from 0, the better item of each vote; of a tie, either.
        loser: (V,) integers, the other item.
        weight: (V,) at least 0 and finite, how often a vote counts; default 1. The sum may be at most 1e12.
        num_items: Number of items, up to 10 million; default one more than the largest number in the votes.
            Beyond 4000 no matrices are made: prior is above 0, errors are good to a few percent.
        tie: (V,) bool, whether neither was better.
        rater: (V,) integers from 0, who voted.
        rater_weight: (raters,) at least 0: each vote's weight is multiplied by its rater's.
        slot: (V,) 0 where the winner stood first, 1 where the loser did, -1 not known.
        prior: At least 0. With 0 each island must be strongly connected (no group of items wins, or loses,
            all votes with the rest), else there is no maximum.
        position_bias: Whether a position bias is estimated: False, True (one for all) or "rater" (one each).
        bias_prior: As `prior`, for the biases.
        max_sweeps: Most sweeps of Newman's iteration before Newton's method takes over.
        ties: "davidson", the model above; "half": a tie is half a win for each, as before version 0.3.
        errors: "hessian": a weight of 10 stands for ten votes; "weighted": it is one vote that matters ten
            times as much, so that a common factor of all weights changes no error; "sandwich": the same, and
            votes may scatter more than the model says; "rater": the same, and votes of one rater may depend
            on each other. "auto": "hessian" if all votes weigh 1, else "weighted".

    Returns:
        The strengths and what else is known. The order of the votes changes nothing, not even the last bit.

    Raises:
        ConfigError: An argument is not allowed, or there is no maximum.
    """
    plan = gather(
        winner,
        loser,
        weight,
        num_items,
        tie,
        rater,
        rater_weight,
        slot,
        prior,
        position_bias,
        bias_prior,
        ties,
    )
    chosen, q = _errors(plan, errors), plan.problem
    if q.num_items > MOST_ITEMS:
        found, sweeps, converged = maximum(q, wins_start(q))
    else:
        start, sweeps = newman_start(plan, max_sweeps)
        found, converged = polished(q, start)
    n, end = q.num_items, q.num_items + q.num_biases
    log_nu = float(found[-1]) if q.has_ties else None
    return Fit(
        found[:n], q.num_islands, q.island, found[n:end], sweeps, converged, q, plan.votes, log_nu, chosen
    )


def _errors(plan: Plan, errors: str) -> Errors:
    """What errors are to be formed; raises `ConfigError` for an unknown name, or if raters are not known."""
    if errors == "auto":
        weight = plan.votes.weight
        return "hessian" if weight is None or bool((weight == 1.0).all()) else "weighted"
    if errors not in ("hessian", "weighted", "sandwich", "rater"):
        raise ConfigError(f"errors must be auto, hessian, weighted, sandwich or rater, not {errors!r}.")
    if errors in ("sandwich", "rater") and plan.problem.num_items > MOST_ITEMS:
        raise ConfigError(f"With more than {MOST_ITEMS} items errors are 'hessian' or 'weighted'.")
    if errors == "rater" and len(plan.votes.rater) != len(plan.votes.winner):
        raise ConfigError("errors='rater' needs `rater`: who voted.")
    return errors  # type: ignore[return-value]  # checked above


def bootstrap(
    winner: ArrayLike,
    loser: ArrayLike,
    weight: ArrayLike | None = None,
    num_items: int | None = None,
    *,
    by: Literal["vote", "rater"] = "vote",
    draws: int = 1000,
    seed: int = 0,
    **options: Any,
) -> Resamples:
    """Fit votes that are drawn with replacement from the votes, as many as there are.

    The spread of the fits depends on no formula for the variance: weights are taken as they are, and with
    `by="rater"` the votes of a rater, who may be wrong in all of them, stay together.

    `by` says whether single votes are drawn or raters with all their votes, `draws` (at least 2) how often.
    The order of the votes changes nothing. All other arguments, `options` too, are those of `fit` up to
    `bias_prior`, and `ties`, with a prior above 0 (a draw may lack all upsets) and no position bias by rater.

    Raises:
        ConfigError: An argument is not allowed.
    """
    prior, position_bias = options.get("prior", 1.0), options.get("position_bias", False)
    if by not in ("vote", "rater") or (by == "rater" and options.get("rater") is None):
        raise ConfigError(f"by must be 'vote' or, with `rater` given, 'rater', not {by!r}.")
    if position_bias not in (False, True) or not prior > 0:
        raise ConfigError("bootstrap needs a prior of more than 0, and a position_bias of True or False.")
    checked_number("draws", draws, 2, 10**9)
    plan = gather(winner, loser, weight, num_items, **options)
    if plan.problem.num_items > MOST_ITEMS:
        raise ConfigError(f"bootstrap takes at most {MOST_ITEMS} items: use `fit(...).standard_error`.")
    start, _ = newman_start(plan, 100)
    n = plan.votes.num_items
    if plan.problem.has_ties:
        return Resamples(*resample_ties(plan, polished(plan.problem, start)[0], by == "rater", seed, draws))
    found, biases, wins = np.zeros((draws, n)), np.zeros(draws), np.empty(plan.wins.shape)
    if n == 0:
        return Resamples(found, biases, 0)
    start_bias = float(np.exp(start[n])) if position_bias else 1.0
    late = resample(
        *blocks_of(plan.votes, position_bias, by == "rater"), np.uint64(seed % 2**64), float(prior),
        plan.problem.bias_prior, np.exp(start[:n]), start_bias, found, biases, wins, wins.reshape(-1),
        np.empty(n, np.int32), np.empty((4, n)),
    )  # fmt: skip
    return Resamples(found, biases, int(late))


@dataclass(frozen=True, slots=True)
class BradleyTerry:
    """The rule: log-strengths of `fit` over all votes, by their weights.

    Attributes:
        prior: See `fit`.
        position_bias: See `fit`.
        ties: See `fit`.
    """

    prior: float = 1.0
    position_bias: Literal[False, True, "rater"] = False
    ties: Ties = "davidson"
    name: str = "bradley_terry"

    def __post_init__(self) -> None:
        checked_number("prior", self.prior, 0.0, 1e6)
        if self.position_bias not in (False, True, "rater"):
            raise ConfigError(f"position_bias must be false, true or rater, not {self.position_bias!r}.")
        if self.ties not in ("davidson", "half"):
            raise ConfigError(f"ties must be davidson or half, not {self.ties!r}.")

    @property
    def ranking_kernel(self) -> RankingKernel:
        """The same for compiled worlds; raises `ConfigError` unless the options have their defaults."""
        if self != BradleyTerry():
            raise ConfigError("Worlds can ask bradley_terry only without options.")
        from swarm_env.consensus.ranking_kernels import rank_by_bradley_terry  # which needs this package

        return rank_by_bradley_terry

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): the log-strengths."""
        slot = np.where(ballots.first == ballots.winner, 0, np.where(ballots.first == UNKNOWN, -1, 1))
        return fit(
            ballots.winner, ballots.loser, ballots.weight, ballots.num_items, tie=ballots.tie,
            rater=ballots.rater, slot=slot, prior=self.prior, position_bias=self.position_bias,
            ties=self.ties,
        ).log_strength  # fmt: skip


RULE = BradleyTerry
