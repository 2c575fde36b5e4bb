"""Bradley-Terry for many items: Newton's method by conjugate gradients over the votes, without matrices.

Time and memory grow with the numbers of items and of different votes, not with the square of the items. The
linear systems are solved by conjugate gradients with the diagonal as preconditioner (M. Hestenes, E. Stiefel,
1952), each only as well as the step deserves (R. Dembo, T. Steihaug, Math. Programming 26, 1983).
"""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry.merged_votes import Merged
from swarm_env.consensus.bradley_terry.newman import join, number_islands
from swarm_env.consensus.bradley_terry.newton import (
    LOG_2,
    Problem,
    centred,
    log_posterior,
    outcomes,
    sigmoid,
)

from swarm_env.engine.compiler import kernel

Floats = NDArray[np.float64]
_STEPS, _HALVINGS, _SOLVES = 60, 30, 2_000
_DONE = 1e-10  # the largest step after which there are no more
_DRAWS = 24  # of the errors


@kernel(wrapped=True)
def islands_of(winner: NDArray[np.int32], loser: NDArray[np.int32], island: NDArray[np.int32]) -> int:
    """Write the island of each item, (n,), by cells (C,), as `find_islands` does; returns the count."""
    for i in range(len(island)):
        island[i] = i
    for c in range(len(winner)):
        join(island, winner[c], loser[c])
    return number_islands(island)


@kernel(wrapped=True)
def curvatures(
    problem: Problem, parameters: NDArray[np.float64], gradient: NDArray[np.float64],
    diagonal: NDArray[np.float64], curve: NDArray[np.float64], cross: NDArray[np.float64],
    own: NDArray[np.float64],
) -> None:  # fmt: skip
    """Write the gradient and what the Hessian consists of.

    Written: `gradient`, `diagonal` of the negative Hessian and `own`, the prior's part of it, (m,); `curve`
    (C,) of each cell with respect to its margin, and `cross` (C,), with respect to the margin and log nu.
    """
    n, m, modelled = problem.num_items, len(parameters), len(problem.tie) > 0
    for i in range(m):
        last = modelled and i == m - 1
        x = parameters[i] - (LOG_2 if last else 0.0)
        p, kappa = sigmoid(x), problem.prior if i < n or last else problem.bias_prior
        gradient[i] = kappa * (1.0 - 2.0 * p)
        own[i] = 2.0 * kappa * p * sigmoid(-x)
        diagonal[i] = own[i]
    for c in range(len(problem.winner)):
        a, b, g, w = problem.winner[c], problem.loser[c], problem.group[c], problem.weight[c]
        margin = parameters[a] - parameters[b]
        if g >= 0:
            margin += problem.sign[c] * parameters[n + g]
        if modelled:
            won, lost, tied, _ = outcomes(margin, parameters[m - 1])
            pull = w * ((0.0 if problem.tie[c] else 0.5) - 0.5 * (won - lost))
            curve[c] = w * 0.25 * (won + lost - (won - lost) ** 2)
            cross[c] = -0.5 * w * tied * (won - lost)
            gradient[m - 1] += w * ((1.0 if problem.tie[c] else 0.0) - tied)
            diagonal[m - 1] += w * tied * (1.0 - tied)
        else:
            q = sigmoid(-margin)
            pull = w * q
            curve[c] = w * q * (1.0 - q)
        gradient[a] += pull
        gradient[b] -= pull
        diagonal[a] += curve[c]
        diagonal[b] += curve[c]
        if g >= 0:
            gradient[n + g] += problem.sign[c] * pull
            diagonal[n + g] += curve[c]


@kernel(wrapped=True)
def product(
    problem: Problem, own: NDArray[np.float64], diagonal: NDArray[np.float64], curve: NDArray[np.float64],
    cross: NDArray[np.float64], vector: NDArray[np.float64], result: NDArray[np.float64],
) -> None:  # fmt: skip
    """Write the negative Hessian times a vector, (m,), into `result`; the rest is from `curvatures`."""
    n, m, modelled = problem.num_items, len(vector), len(problem.tie) > 0
    for i in range(m):
        result[i] = own[i] * vector[i]
    if modelled:
        result[m - 1] = diagonal[m - 1] * vector[m - 1]
    for c in range(len(problem.winner)):
        a, b, g = problem.winner[c], problem.loser[c], problem.group[c]
        margin = vector[a] - vector[b]
        if g >= 0:
            margin += problem.sign[c] * vector[n + g]
        force = curve[c] * margin
        if modelled:
            force += cross[c] * vector[m - 1]
            result[m - 1] += cross[c] * margin
        result[a] += force
        result[b] -= force
        if g >= 0:
            result[n + g] += problem.sign[c] * force


class Hessian:
    """The negative Hessian of the log-posterior at some parameters (m,), and the gradient there."""

    def __init__(self, problem: Problem, parameters: Floats) -> None:
        m, cells = len(parameters), len(problem.winner)
        self.problem = problem
        self.gradient, self.diagonal, self.own = np.empty(m), np.empty(m), np.empty(m)
        self.curve = np.empty(cells)
        self.cross = np.empty(cells if problem.has_ties else 0)
        curvatures(problem, parameters, self.gradient, self.diagonal, self.curve, self.cross, self.own)

    def times(self, vector: Floats) -> Floats:
        """The product with a vector (m,)."""
        result = np.empty(len(vector))
        product(self.problem, self.own, self.diagonal, self.curve, self.cross, vector, result)
        return result

    def solve(self, right: Floats, tolerance: float = 1e-9) -> Floats:
        """The x (m,) for which the product is `right`, to a relative residual."""
        found, rest = np.zeros(len(right)), right.copy()
        scaled = rest / self.diagonal
        direction, power = scaled.copy(), float(rest @ scaled)
        goal = tolerance * float(np.linalg.norm(right))
        for _ in range(_SOLVES):
            if float(np.linalg.norm(rest)) <= goal:
                break
            turned = self.times(direction)
            length = power / float(direction @ turned)
            found += length * direction
            rest -= length * turned
            scaled = rest / self.diagonal
            before, power = power, float(rest @ scaled)
            direction = scaled + (power / before) * direction
        return found


def maximum(problem: Problem, start: Floats) -> tuple[Floats, int, bool]:
    """Parameters (m,) of the greatest posterior, number of steps, and whether the last was small."""
    current, height = centred(problem, start), -np.inf
    for number in range(1, _STEPS + 1):
        hessian = Hessian(problem, current)
        size = float(np.linalg.norm(hessian.gradient))
        step = hessian.solve(hessian.gradient, min(0.1, max(1e-8, np.sqrt(size / max(len(start), 1)))))
        longest = float(np.abs(step).max(initial=0.0))
        if longest < 1e-3:
            current = centred(problem, current + step)
            if longest < _DONE * max(1.0, float(np.abs(current).max(initial=0.0))) or longest < 1e-7:
                return current, number, True
            continue
        height = float(log_posterior(problem, current))
        step *= min(1.0, 10.0 / longest)
        for _ in range(_HALVINGS):
            if float(log_posterior(problem, current + step)) >= height:
                break
            step /= 2.0
        current = centred(problem, current + step)
    return current, _STEPS, False


def wins_start(problem: Problem) -> Floats:
    """Parameters (m,) to begin with: the log of the odds of a win of each item, and of ties."""
    n = problem.num_items
    tie = problem.tie if problem.has_ties else np.zeros(len(problem.winner), np.bool_)
    won, lost = np.where(tie, 0.5, 1.0) * problem.weight, np.where(tie, 0.5, 0.0) * problem.weight
    up = np.bincount(problem.winner, won, n) + np.bincount(problem.loser, lost, n) + problem.prior
    down = np.bincount(problem.winner, lost, n) + np.bincount(problem.loser, won, n) + problem.prior
    tied, total = float(problem.weight[tie].sum()), float(problem.weight.sum())
    last = [np.log((2.0 * tied + 1.0) / (total - tied + 1.0))] if problem.has_ties else []
    return np.concatenate([np.log(up / down), np.zeros(problem.num_biases), last])


def standard_errors(problem: Problem, parameters: Floats, rows: Merged | None, seed: int = 0) -> Floats:
    """(m,) standard errors, good to some 10%: no inverse is formed.

    The variance of x_i is 1 / h_ii plus that of its mean given the rest, which is small where an item has
    many neighbours and is estimated from draws x of N(0, H^-1): H x is a sum of random pulls of cells (G.
    Papandreou, A. Yuille, NIPS 2010). What all items have in common is taken out of each draw. With `rows`,
    weights are no counts: the ratio to errors with squared weights is estimated from the same draws.
    """
    hessian, n, size = Hessian(problem, parameters), problem.num_items, len(parameters)
    rng = np.random.default_rng([seed % 2**64, 77])
    share = hessian.own[:n] / max(float(hessian.own[:n].sum()), 1e-300)
    squares, plain, robust = np.zeros(size), np.zeros(size), np.zeros(size)

    def drawn(right: Floats) -> Floats:
        x = hessian.solve(right, 1e-4)
        x[:n] -= float(share @ x[:n])
        return x

    for _ in range(_DRAWS):
        noise, own = rng.standard_normal(len(problem.winner)), rng.standard_normal(size)
        own *= np.sqrt(hessian.own)
        right = _pull(hessian, noise) + own
        x = drawn(right)
        squares += (x - right / hessian.diagonal) ** 2
        if rows is not None:
            plain += x**2
            robust += drawn(_pull(hessian, noise * np.sqrt(rows.squares / rows.weight)) + own) ** 2
    variance = 1.0 / hessian.diagonal + squares / _DRAWS
    return np.sqrt(variance if rows is None else variance * robust / plain)


def _pull(hessian: Hessian, noise: Floats) -> Floats:
    """Random pulls of all cells, (m,), whose covariance is the votes' part of the Hessian.

    They have none of nu.
    """
    q, size = hessian.problem, len(hessian.diagonal)
    force = np.sqrt(hessian.curve) * noise
    result = np.bincount(q.winner, force, size) - np.bincount(q.loser, force, size)
    if q.num_biases:
        known = q.group >= 0
        result += np.bincount(q.num_items + q.group[known], (q.sign * force)[known], size)
    return np.asarray(result, np.float64)
