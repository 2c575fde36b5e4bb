"""Systems of linear equations with a positive definite matrix, in one thread.

LAPACK would do as well, but for the sizes of a swarm it wakes up threads that, on a busy machine, take a
thousand times as long as the work.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel

_SMALL = 400  # up to so many rows this beats LAPACK, or nearly
_LEAST_PIVOT = 1e-15  # relative to the diagonal; what is less is rounding


@kernel(wrapped=True)
def _factor_and_solve(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """Cholesky's method, with inner loops along rows. The matrix becomes its factor, `right` the solution."""
    m, columns = right.shape
    for k in range(m):
        least = matrix[k, k]
        for i in range(k):
            least += matrix[i, k] * matrix[i, k]
        pivot = np.sqrt(max(matrix[k, k], _LEAST_PIVOT * least, 1e-300))
        matrix[k, k] = pivot
        for j in range(k + 1, m):
            matrix[k, j] /= pivot
        for i in range(k + 1, m):
            factor = matrix[k, i]
            if factor != 0.0:
                for j in range(i, m):
                    matrix[i, j] -= factor * matrix[k, j]
    for k in range(m):
        for c in range(columns):
            right[k, c] /= matrix[k, k]
        for i in range(k + 1, m):
            factor = matrix[k, i]
            if factor != 0.0:
                for c in range(columns):
                    right[i, c] -= factor * right[k, c]
    for k in range(m - 1, -1, -1):
        for i in range(k + 1, m):
            factor = matrix[k, i]
            if factor != 0.0:
                for c in range(columns):
                    right[k, c] -= factor * right[i, c]
        for c in range(columns):
            right[k, c] /= matrix[k, k]


def solve(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The x (m,) for which matrix @ x = right, of a symmetric, positive definite (m, m) matrix."""
    if len(matrix) > _SMALL:
        return np.asarray(np.linalg.solve(matrix, right), np.float64)
    result = right.reshape(-1, 1).copy()
    _factor_and_solve(matrix.copy(), result)
    return result[:, 0]


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of a symmetric, positive definite (m, m) matrix, itself symmetric to the last bit."""
    if len(matrix) > _SMALL:
        found = np.linalg.inv(matrix)
    else:
        found = np.eye(len(matrix))
        _factor_and_solve(matrix.copy(), found)
    return np.asarray((found + found.T) / 2, np.float64)
