"""Cheapest paths that keep to the right, so that agents in opposite directions seldom meet."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import DOWN, FREE, LEFT, OUTSIDE, RIGHT, STAY, UP
from swarm_env.agents.scripted.traffic import STEP_COLS, STEP_ROWS

from swarm_env.engine.compiler import kernel

STEP = 4  # cost of a step
ASIDE = 1  # extra cost without a wall at the right hand
WRONG = 6  # extra cost with a wall (food, nest) only at the left hand
NO_WAY = -1
UNSEEN, FLOOR, BEYOND = 0, ord(FREE), ord(OUTSIDE)  # symbols of cells
RIGHT_HANDS = (STAY, RIGHT, LEFT, UP, DOWN)  # by move


class Queue(NamedTuple):
    """Cells whose neighbours are to be looked at: scratch of `lanes`, for maps of S x S cells."""

    cells: NDArray[np.int32]  # (S * S,) a ring
    waits: NDArray[np.uint8]  # (S, S) 1 if the cell is in it


@kernel()
def lanes(costs: NDArray[np.int32], symbols: NDArray[np.uint8], rows: int, cols: int, queue: Queue) -> None:
    """Find the cost of the cheapest path to a goal from each cell of the first `rows` and `cols`.

    `costs` has the extra costs of goals, NO_WAY elsewhere. Only floor is entered; unseen cells are no walls.
    The cells at the edges of `symbols` are neither floor nor goals. (Costs are lowered until none can be; on
    such maps that is quick, and the result is the same as by a heap.)
    """
    side, ring = symbols.shape[1], len(queue.cells)
    first, count = 0, 0
    for row in range(rows):
        for col in range(cols):
            queue.waits[row, col] = costs[row, col] >= 0
            if queue.waits[row, col]:
                queue.cells[count] = row * side + col
                count += 1
    while count > 0:
        row, col = divmod(queue.cells[first], side)
        first, count = (first + 1) % ring, count - 1
        queue.waits[row, col] = 0
        for move in range(1, 5):
            y, x = row - STEP_ROWS[move], col - STEP_COLS[move]
            if symbols[y, x] != FLOOR:
                continue
            hand = RIGHT_HANDS[move]
            hugging = is_solid(symbols[y + STEP_ROWS[hand], x + STEP_COLS[hand]])
            wrong = not hugging and is_solid(symbols[y - STEP_ROWS[hand], x - STEP_COLS[hand]])
            way = costs[row, col] + STEP + (0 if hugging else WRONG if wrong else ASIDE)
            if 0 <= costs[y, x] <= way:
                continue
            costs[y, x] = way
            if not queue.waits[y, x]:
                queue.cells[(first + count) % ring] = y * side + x
                queue.waits[y, x] = 1
                count += 1


@kernel()
def is_solid(symbol: int) -> bool:
    """Whether a cell holds an object other than an agent."""
    return symbol != FLOOR and symbol != BEYOND and symbol != UNSEEN
