"""Size of the map, estimated from the views of one agent."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import OUTSIDE

from swarm_env.engine.compiler import kernel

USUAL_SIDE = 12  # initial estimate [cells]
WALL, BOX, BEYOND = ord("W"), ord("B"), ord(OUTSIDE)
# An extent is (4,): height and width of the map [cells], and whether each is settled.
HEIGHT, WIDTH, SURE = 0, 1, 2


@kernel()
def trusts(extent: NDArray[np.int64]) -> bool:
    """Whether both sides are settled or still the usual ones."""
    return bool(
        (extent[SURE] or extent[HEIGHT] == USUAL_SIDE) and (extent[SURE + 1] or extent[WIDTH] == USUAL_SIDE)
    )


@kernel()
def at_least(extent: NDArray[np.int64], axis: int, side: int) -> None:
    """Set a lower bound of a side [cells]."""
    if side > extent[axis]:
        extent[axis], extent[SURE + axis] = side, 0


@kernel()
def learn_extent(extent: NDArray[np.int64], view: NDArray[np.int32], top: int, left: int) -> None:
    """Update the estimate with a view, whose first cell is (top, left).

    A cell outside the map settles a side, and so do two adjacent wall cells (maps have walls on the border).
    A free cell on the assumed border moves it outwards, unless the border is settled and the cell may be a
    gap.
    """
    k = view.shape[0]
    for y in range(k):
        for x in range(k):
            row, col = top + y, left + x
            if view[y, x] == BEYOND:
                if y > 0 and view[y - 1, x] != BEYOND:
                    extent[HEIGHT], extent[SURE] = row, 1
                if x > 0 and view[y, x - 1] != BEYOND:
                    extent[WIDTH], extent[SURE + 1] = col, 1
            elif view[y, x] == WALL and row > 0 and col > 0:
                if not extent[SURE] and x + 1 < k and view[y, x + 1] == WALL:
                    extent[HEIGHT], extent[SURE] = row + 1, 1
                if not extent[SURE + 1] and y + 1 < k and view[y + 1, x] == WALL:
                    extent[WIDTH], extent[SURE + 1] = col + 1, 1
    for y in range(k):
        for x in range(k):
            if view[y, x] != WALL and view[y, x] != BOX and view[y, x] != BEYOND:
                if top + y + 1 >= extent[HEIGHT] + extent[SURE]:
                    at_least(extent, HEIGHT, top + y + 2)
                if left + x + 1 >= extent[WIDTH] + extent[SURE + 1]:
                    at_least(extent, WIDTH, left + x + 2)
