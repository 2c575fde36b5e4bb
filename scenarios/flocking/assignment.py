"""The cheapest assignment of rows to columns, for kernels.

Shortest augmenting paths: R. Jonker, A. Volgenant, Computing 38, 1987, with the simplest of their heuristics.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import kernel

FAR = 1 << 30


@kernel()
def assign(cost: NDArray[np.int32], rows: int, cols: int, room: NDArray[np.int32], limit: int) -> int:
    """Cheapest assignment of every row to a column of its own, rows <= cols.

    Rows whose cheapest column is free take it; the others follow by shortest augmenting paths. The sum of the
    dual variables never exceeds the cheapest assignment, so the search ends when it reaches `limit`.

    Args:
        cost: (rows * cols,) row by row.
        rows: Number of rows.
        cols: Number of columns.
        room: Scratch of at least 2 * rows + 5 * cols + 7.
        limit: The search stops when the sum reaches it.

    Returns:
        The sum of the chosen costs if it is less than `limit`, else `limit`.
    """
    u, placed, rest = room[: rows + 1], room[rows + 1 : 2 * rows + 2], room[2 * rows + 2 :]
    v, match, way = rest[: cols + 1], rest[cols + 1 : 2 * cols + 2], rest[2 * cols + 2 : 3 * cols + 3]
    least, used = rest[3 * cols + 3 : 4 * cols + 4], rest[4 * cols + 4 : 5 * cols + 5]
    v[:] = 0
    match[:] = 0
    total = 0
    for row in range(1, rows + 1):
        nearest, cheapest = 0, FAR
        for k in range(cols):
            now = cost[(row - 1) * cols + k]
            nearest, cheapest = (k + 1, now) if now < cheapest else (nearest, cheapest)
        u[row] = cheapest
        total += cheapest
        placed[row] = match[nearest] == 0
        if placed[row]:
            match[nearest] = row
    for row in range(1, rows + 1):
        if total >= limit:
            return limit
        if placed[row]:
            continue
        match[0], j = row, 0
        least[:] = FAR
        used[:] = 0
        while match[j] != 0:
            used[j] = 1
            i, delta, nearest = match[j], FAR, 0
            for k in range(1, cols + 1):
                if used[k] == 0:
                    now = cost[(i - 1) * cols + k - 1] - u[i] - v[k]
                    if now < least[k]:
                        least[k], way[k] = now, j
                    if least[k] < delta:
                        delta, nearest = least[k], k
            for k in range(cols + 1):
                if used[k]:
                    u[match[k]] += delta
                    v[k] -= delta
                else:
                    least[k] -= delta
            total += delta
            j = nearest
        while j != 0:
            match[j] = match[way[j]]
            j = way[j]
    return min(total, limit)
