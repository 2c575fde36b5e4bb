"""Covariances of Bradley-Terry that do not take weights for numbers of votes, or votes for independent.

The sandwich H^-1 M H^-1 (P. Huber, Proc. 5th Berkeley Symposium 1967; H. White, Econometrica 50, 1982) holds
with the negative Hessian H and M, the covariance of the gradient, summed over single votes or over raters.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry.merged_votes import Votes, merged
from swarm_env.consensus.bradley_terry.newton import Problem, covariance

Floats = NDArray[np.float64]
Errors = Literal["hessian", "weighted", "sandwich", "rater"]


def robust_covariance(problem: Problem, votes: Votes, parameters: Floats, errors: Errors) -> Floats:
    """The sandwich covariance (m, m) of parameters (m,), whatever the order of the votes.

    `errors` names M: "weighted" the sum of w^2 times the information that the model expects of each vote,
    "sandwich" the sum of squared gradients of votes, "rater" of sums over all votes of a rater.
    """
    rows = merged(votes, problem.num_biases > 0, errors == "rater" or problem.num_biases > 1)
    weight = rows.weight if errors == "rater" else np.sqrt(rows.squares)
    votes = rows.votes._replace(weight=weight)
    columns, entries, curves = _gradients(problem, votes, parameters)
    m = len(parameters)
    if errors == "rater":
        raters, who = np.unique(votes.rater, return_inverse=True)
        cells = np.concatenate([who * m + column for column in columns])
        sums = np.bincount(cells, np.concatenate(entries), len(raters) * m).reshape(len(raters), m)
        many = len(raters) / max(len(raters) - 1, 1)  # the usual correction for few clusters
        return covariance(problem, parameters, np.asarray(many * (sums.T @ sums), np.float64))
    meat = np.zeros(m * m)
    for i, column in enumerate(columns):
        for j, other in enumerate(columns):
            product = curves[i][j] if errors == "weighted" else entries[i] * entries[j]
            meat += np.bincount(column * m + other, product, m * m)
    return covariance(problem, parameters, meat.reshape(m, m))


def probabilities(
    problem: Problem, votes: Votes, parameters: Floats
) -> tuple[Floats, Floats, Floats, NDArray[np.float64]]:
    """(V,) probabilities of the item called winner, of the other, and of a tie; and the sign of the bias."""
    n = problem.num_items
    margin = parameters[votes.winner] - parameters[votes.loser]
    sign = np.zeros(len(margin))
    if problem.num_biases:
        group = votes.rater if problem.num_biases > 1 else np.zeros(len(margin), np.int32)
        sign = np.where(votes.slot < 0, 0.0, np.where(votes.slot == 0, 1.0, -1.0))
        margin = margin + sign * parameters[n + group]
    half = 0.5 * margin
    log_nu = parameters[-1] if problem.has_ties else -np.inf
    most = np.maximum(np.abs(half), log_nu)
    parts = np.exp(half - most), np.exp(-half - most), np.exp(log_nu - most)
    z = parts[0] + parts[1] + parts[2]
    return parts[0] / z, parts[1] / z, parts[2] / z, sign


def _gradients(
    problem: Problem, votes: Votes, parameters: Floats
) -> tuple[list[NDArray[np.intp]], list[Floats], list[list[Floats]]]:
    """Of each vote: which parameters it moves, how far.

    And its squared weight times the information expected.
    """
    tie, weight = votes.tie, votes.weight
    assert weight is not None
    won, lost, tied, sign = probabilities(problem, votes, parameters)
    lead = won - lost
    pull = np.where(tie, 0.0, 0.5) - 0.5 * lead  # d log P / d margin
    curve = 0.25 * (won + lost - lead**2)
    columns = [votes.winner.astype(np.intp), votes.loser.astype(np.intp)]
    signs = [np.ones(len(tie)), -np.ones(len(tie))]
    n = problem.num_items
    if problem.num_biases:
        group = votes.rater if problem.num_biases > 1 else np.zeros(len(tie), np.int32)
        columns.append(n + group.astype(np.intp))
        signs.append(sign)
    entries = [weight * s * pull for s in signs]
    heavy = weight**2
    curves = [[heavy * a * b * curve for b in signs] for a in signs]
    if problem.has_ties:
        columns.append(np.full(len(tie), len(parameters) - 1))
        entries.append(weight * (tie - tied))
        cross = [-0.5 * heavy * s * tied * lead for s in signs]
        curves = [[*row, end] for row, end in zip(curves, cross, strict=True)]
        curves.append([*cross, heavy * tied * (1.0 - tied)])
    return columns, entries, curves
