"""Bradley-Terry, slow and obvious, in numbers of 64 bits of precision."""

import numpy as np

EXACT = np.finfo(np.longdouble).eps < 1e-18


def solve(matrix, right):
    """Gauss's elimination with pivots, in long double."""
    a = np.concatenate([matrix, right[:, None]], axis=1).astype(np.longdouble)
    m = len(a)
    for k in range(m):
        pivot = k + int(np.argmax(np.abs(a[k:, k])))
        a[[k, pivot]] = a[[pivot, k]]
        a[k] /= a[k, k]
        others = np.arange(m) != k
        a[others] -= np.outer(a[others, k], a[k])
    return a[:, -1]


def logs(x):
    """Log of the logistic function."""
    return -np.logaddexp(np.longdouble(0), -x)


def maximum(votes, num_items, prior=1.0, bias_prior=1.0):
    """Log-strengths and position bias at the maximum of the posterior.

    Args:
        votes: (winner, loser, weight, side): side +1 the winner stood first, -1 second, 0 not known.
        num_items: How many items.
        prior: Of the strengths.
        bias_prior: Of the position bias.

    Returns:
        (num_items + 1,) long double.
    """
    m = num_items + 1
    x = np.zeros(m, np.longdouble)
    kappa = np.full(m, prior, np.longdouble)
    kappa[-1] = bias_prior
    won, lost, side = (np.array([vote[k] for vote in votes], int) for k in (0, 1, 3))
    weight = np.array([vote[2] for vote in votes], np.longdouble)

    def margin(y):
        return y[won] - y[lost] + side * y[-1]

    def height(y):
        return (weight * logs(margin(y))).sum() + (kappa * (logs(y) + logs(-y))).sum()

    ends = ((won, 1), (lost, -1), (np.full(len(votes), m - 1), side))
    for _ in range(300):
        q = np.exp(logs(-margin(x)))
        p, r = np.exp(logs(x)), np.exp(logs(-x))
        gradient, information = kappa * (r - p), np.diag(2 * kappa * p * r)
        for at, sign in ends:
            np.add.at(gradient, at, sign * weight * q)
            for other, other_sign in ends:
                np.add.at(information, (at, other), sign * other_sign * weight * q * (1 - q))
        step = solve(information, gradient)
        if np.abs(step).max() < 1e-17:
            break
        while np.abs(step).max() > 1e-6 and height(x + step) < height(x):
            step /= 2
        x = x + step
    return x
