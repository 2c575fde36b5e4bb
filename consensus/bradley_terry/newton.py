"""Newton's method on the posterior of Bradley-Terry: the last digits, slow cases, and the covariance."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry.linear_solver import inverse, solve

from swarm_env.engine.compiler import kernel

_STEPS = 200  # of Newton's method at most; 2 to 10 are usual
_HALVINGS = 40
_DONE = 1e-12  # the largest step after which there are no more, relative to the largest parameter
_NEAR = 1e-6  # a full step of this size leaves an error of about its square


class Problem(NamedTuple):
    """Votes summed up, and the prior.

    Parameters are n log-strengths, then the position biases: how much standing first adds to a log-strength,
    one for all raters, one for each, or none; and last, in Davidson's model of ties, the log of its nu.
    """

    num_items: int
    num_biases: int
    winner: NDArray[np.int32]  # (C,) int32, the winner of each cell: votes that are alike in all that matters
    loser: NDArray[np.int32]
    weight: NDArray[np.float64]  # (C,) float64, the sum of their weights, more than 0
    group: NDArray[np.int32]  # (C,) int32, the bias that applies; -1: none
    sign: NDArray[np.float64]  # (C,) float64, +1 if the winner stood first, -1 if the loser
    prior: float  # see `fit`
    bias_prior: float  # see `fit`
    island: NDArray[np.int32]
    num_islands: int
    tie: NDArray[np.bool_]  # (C,) bool, whether the cell holds ties; (0,) where ties have no model

    @property
    def has_ties(self) -> bool:
        """Whether nu is a parameter."""
        return len(self.tie) > 0


@kernel(inline=True)
def log_sigmoid(x: float) -> float:
    """log(1 / (1 + exp(-x))), exact at both ends."""
    return float(-np.log1p(np.exp(-x)) if x > 0.0 else x - np.log1p(np.exp(x)))


@kernel(inline=True)
def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)), exact at both ends."""
    return float(1.0 / (1.0 + np.exp(-x)) if x > 0.0 else np.exp(x) / (1.0 + np.exp(x)))


@kernel(inline=True)
def outcomes(margin: float, log_nu: float) -> tuple[float, float, float, float]:
    """Davidson's model: probabilities of a win, a loss and a tie, and the log of their common divisor.

    P(win) = exp(margin / 2) / z, P(loss) = exp(-margin / 2) / z, P(tie) = nu / z.
    """
    half = 0.5 * margin
    most = max(abs(half), log_nu)
    won, lost, tied = np.exp(half - most), np.exp(-half - most), np.exp(log_nu - most)
    z = won + lost + tied
    return won / z, lost / z, tied / z, most + np.log(z)


LOG_2 = float(np.log(2.0))  # equal items tie with probability sigmoid(log nu - log 2)


@kernel(wrapped=True)
def log_posterior(problem: Problem, parameters: NDArray[np.float64]) -> float:
    """Log of the posterior density, up to a constant, at parameters (m,)."""
    winner, loser, group, n = problem.winner, problem.loser, problem.group, problem.num_items
    total, modelled = 0.0, len(problem.tie) > 0
    for c in range(len(winner)):
        margin = parameters[winner[c]] - parameters[loser[c]]
        if group[c] >= 0:
            margin += problem.sign[c] * parameters[n + group[c]]
        if modelled:
            z = outcomes(margin, parameters[-1])[3]
            total += problem.weight[c] * ((parameters[-1] if problem.tie[c] else 0.5 * margin) - z)
        else:
            total += problem.weight[c] * log_sigmoid(margin)
    for i in range(len(parameters)):
        last = modelled and i == len(parameters) - 1
        x = parameters[i] - (LOG_2 if last else 0.0)
        kappa = problem.prior if i < n or last else problem.bias_prior
        total += kappa * (log_sigmoid(x) + log_sigmoid(-x))
    return total


@kernel(wrapped=True)
def derivatives(
    problem: Problem, parameters: NDArray[np.float64], gradient: NDArray[np.float64],
    information: NDArray[np.float64],
) -> None:  # fmt: skip
    """Write the gradient (m,) of the log-posterior at parameters (m,), and its negative Hessian (m, m)."""
    winner, loser, group, n = problem.winner, problem.loser, problem.group, problem.num_items
    weight, sign = problem.weight, problem.sign
    m, modelled = len(parameters), len(problem.tie) > 0
    for i in range(m):
        last = modelled and i == m - 1
        x = parameters[i] - (LOG_2 if last else 0.0)
        p, kappa = sigmoid(x), problem.prior if i < n or last else problem.bias_prior
        gradient[i] = kappa * (1.0 - 2.0 * p)
        information[i] = 0.0
        information[i, i] = 2.0 * kappa * p * sigmoid(-x)
    for c in range(len(winner)):
        a, b = winner[c], loser[c]
        margin = parameters[a] - parameters[b]
        if group[c] >= 0:
            margin += sign[c] * parameters[n + group[c]]
        if modelled:
            won, lost, tied, _ = outcomes(margin, parameters[-1])
            pull = weight[c] * ((0.0 if problem.tie[c] else 0.5) - 0.5 * (won - lost))
            curve = weight[c] * 0.25 * (won + lost - (won - lost) ** 2)
            cross = -0.5 * weight[c] * tied * (won - lost)
            gradient[m - 1] += weight[c] * ((1.0 if problem.tie[c] else 0.0) - tied)
            information[m - 1, m - 1] += weight[c] * tied * (1.0 - tied)
            information[a, m - 1] += cross
            information[m - 1, a] += cross
            information[b, m - 1] -= cross
            information[m - 1, b] -= cross
            if group[c] >= 0:
                information[n + group[c], m - 1] += sign[c] * cross
                information[m - 1, n + group[c]] += sign[c] * cross
        else:
            q = sigmoid(-margin)
            pull, curve = weight[c] * q, weight[c] * q * sigmoid(margin)
        gradient[a] += pull
        gradient[b] -= pull
        information[a, a] += curve
        information[b, b] += curve
        information[a, b] -= curve
        information[b, a] -= curve
        if group[c] >= 0:
            g, s = n + group[c], sign[c]
            gradient[g] += s * pull
            information[g, g] += curve
            information[a, g] += s * curve
            information[g, a] += s * curve
            information[b, g] -= s * curve
            information[g, b] -= s * curve


def slopes(
    problem: Problem, parameters: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gradient (m,) and negative Hessian (m, m) of the log-posterior."""
    m = len(parameters)
    gradient, information = np.empty(m), np.empty((m, m))
    derivatives(problem, parameters, gradient, information)
    return gradient, information


def centred(problem: Problem, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """The parameters with each island where the prior wants it (see `newman.centre`)."""
    n, island = problem.num_items, problem.island
    result = parameters.copy()
    for _ in range(100):
        s = result[:n]
        if problem.prior > 0.0:
            pull = np.bincount(island, np.tanh(s / 2), problem.num_islands)
            slope = np.bincount(island, 0.5 / np.cosh(np.clip(s, -600, 600) / 2) ** 2, problem.num_islands)
            shift = np.clip(-pull / np.maximum(slope, 1e-3), -20.0, 20.0)
        else:
            shift = -np.bincount(island, s, problem.num_islands) / np.bincount(island)
        result[:n] += shift[island]
        if not len(shift) or np.abs(shift).max() < 1e-13 * max(1.0, float(np.abs(s).max())):
            break
        if problem.prior <= 0.0:
            break
    return result


def fixed(problem: Problem, information: NDArray[np.float64]) -> NDArray[np.float64]:
    """The information with every island fixed where no prior does so, so that it can be inverted."""
    if problem.prior > 0.0:
        return information
    n, island = problem.num_items, problem.island
    held = information.copy()
    size = np.bincount(island, minlength=problem.num_islands)
    held[:n, :n] += (island[:, None] == island) / size[island]
    held[np.diag_indices(len(held))] += np.where(np.diag(held) > 0.0, 0.0, 1.0)  # a bias without votes
    return held


def polished(problem: Problem, parameters: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """The maximum of the posterior by Newton's method with halved steps, from parameters (m,) near or far.

    Also returns whether the last step was as small as rounding allows.
    """
    current, moved, height = centred(problem, parameters), np.inf, None
    for _ in range(_STEPS):
        gradient, information = slopes(problem, current)
        step = solve(fixed(problem, information), gradient)
        size = float(np.abs(step).max(initial=0.0))
        limit = _DONE * max(1.0, float(np.abs(current).max(initial=0.0)))
        if size < 1e-3:  # so near, full steps go to the maximum
            current = centred(problem, current + step)
            if size <= max(limit, _NEAR) or (size >= moved / 2 and size < 1e-9):
                return current, True
            moved, height = size, None
            continue
        height = log_posterior(problem, current) if height is None else height
        current, height = _uphill(problem, current, step * min(1.0, 20.0 / size), height)
    return current, False


def _uphill(
    problem: Problem, start: NDArray[np.float64], step: NDArray[np.float64], height: float
) -> tuple[NDArray[np.float64], float]:
    """The first of the step, its half, its quarter, … that does not go down."""
    for _ in range(_HALVINGS):
        there = centred(problem, start + step)
        found = log_posterior(problem, there)
        if found >= height:
            return there, found
        step = step / 2
    return start, height


def covariance(
    problem: Problem, parameters: NDArray[np.float64], meat: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Inverse of the negative Hessian (m, m), less the variance of what all log-strengths have in common.

    With the prior's part d of the Hessian's diagonal, H 1 = d, so the variance of the common shift is
    1 / sum(d). Subtracting it from all entries leaves the covariance given that sum(d * change) = 0, the
    condition that holds at every maximum. Without a prior the same is done for each island.

    With `meat` (m, m), the covariance of the gradient of the votes, it is the sandwich H^-1 (meat + D) H^-1
    with the prior's information D, projected to the same condition.
    """
    _, information = slopes(problem, parameters)
    result = inverse(fixed(problem, information))
    n, island = problem.num_items, problem.island
    own = 0.5 * problem.prior / np.cosh(np.clip(parameters[:n], -600, 600) / 2) ** 2
    if meat is not None:
        given = meat.copy()
        given[np.diag_indices(n)] += own
        result = result @ given @ result
        shares = np.broadcast_to(own / own.sum(), (n, n)) if problem.prior > 0.0 and own.sum() > 0.0 else (
            (island[:, None] == island) / np.bincount(island, minlength=1)[island]
        )  # fmt: skip
        centring = np.eye(len(result))
        centring[:n, :n] -= shares
        return np.asarray(centring @ result @ centring.T, np.float64)
    if problem.prior > 0.0:
        result[:n, :n] -= 1.0 / own.sum() if own.sum() > 0.0 else 0.0
    else:
        size = np.bincount(island, minlength=problem.num_islands)
        result[:n, :n] -= (island[:, None] == island) / size[island]
    return result
