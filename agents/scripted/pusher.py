"""Agents on a map of unknown size, which push other agents or walk around them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import STAY
from swarm_env.agents.scripted.paths import LIMIT
from swarm_env.agents.scripted.sights import AGENT, draw_below, draw_unit
from swarm_env.agents.scripted.traffic import STEP_COLS, STEP_ROWS

from swarm_env.engine.compiler import kernel

DETOUR = 0.3  # probability to walk around agents in the way instead of pushing them
OPEN, GOAL = 1, 2  # bits of `Walk.cells`


class Walk(NamedTuple):
    """One step of an agent on a map of S x S cells."""

    row: int  # own cell on the map, with its margin
    col: int
    me: int  # row of the agent in `words`
    away_row: int  # cell from which to keep away where there is a choice; -1: any
    away_col: int
    around: NDArray[np.int32]  # (k, k) see `sights.Sights`
    words: NDArray[np.uint32]
    drawn: NDArray[np.int64]
    cells: NDArray[np.uint8]  # (S, S) OPEN where it may walk, + GOAL
    steps: NDArray[np.int32]  # (S, S) scratch: steps to a cell + 1
    starts: NDArray[np.uint8]  # (S, S) scratch: first moves of the shortest paths to a cell, as bits
    queue: NDArray[np.int32]  # (S * S,) scratch


def make_scratch(
    side: int,
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int32]]:
    """The last four fields of a `Walk` on maps of so many rows and columns."""
    cells = (side, side)
    return (
        np.zeros(cells, np.uint8), np.zeros(cells, np.int32), np.zeros(cells, np.uint8),
        np.zeros(side * side, np.int32),
    )  # fmt: skip


@kernel()
def first_moves(walk: Walk) -> int:
    """The moves, as bits, that begin a shortest path to the nearest goal (breadth-first).

    A goal must be open to be reached. 0 if it stands on a goal, or none is among the first `LIMIT` cells.
    """
    cells, steps, starts, queue, side = walk.cells, walk.steps, walk.starts, walk.queue, walk.cells.shape[1]
    if cells[walk.row, walk.col] & GOAL:
        return 0
    steps[:] = 0
    steps[walk.row, walk.col], starts[walk.row, walk.col] = 1, 0
    queue[0] = walk.row * side + walk.col
    first, last = 0, 1
    while first < last < LIMIT:
        end, reached = last, 0
        for i in range(first, end):
            row, col = divmod(queue[i], side)
            if cells[row, col] & GOAL:
                reached |= starts[row, col]
        if reached:
            return int(reached)
        for i in range(first, end):
            row, col = divmod(queue[i], side)
            for move in range(1, 5):
                y, x = row + STEP_ROWS[move], col + STEP_COLS[move]
                if not cells[y, x] & OPEN or 0 < steps[y, x] <= steps[row, col]:
                    continue
                if not steps[y, x]:
                    steps[y, x], starts[y, x] = steps[row, col] + 1, 0
                    queue[last] = y * side + x
                    last += 1
                starts[y, x] |= starts[row, col] if i else 1 << move  # the first is its own cell
        first = end
    return 0


@kernel()
def push_towards(walk: Walk) -> int:
    """A move on a shortest path through open cells, sometimes around agents; STAY without a path."""
    moves = first_moves(walk)
    if moves == 0:
        return STAY
    move, half = preferred(walk, moves), walk.around.shape[0] // 2
    if half == 0 or walk.around[half + STEP_ROWS[move], half + STEP_COLS[move]] < AGENT:
        return move
    if draw_unit(walk.words, walk.drawn, walk.me) >= DETOUR:
        return move
    for y in range(2 * half + 1):
        for x in range(2 * half + 1):
            if walk.around[y, x] >= AGENT:
                walk.cells[walk.row + y - half, walk.col + x - half] &= ~OPEN
    moves = first_moves(walk)
    return preferred(walk, moves) if moves else STAY


@kernel()
def preferred(walk: Walk, moves: int) -> int:
    """The move to make of several: one that ends farthest from the cell to keep away from, else any."""
    best, count, farthest, highest = STAY, 0, -1, 0.0
    for move in range(1, 5):
        if not moves >> move & 1:
            continue
        count += 1
        if walk.away_row < 0:
            continue
        row, col = walk.row + STEP_ROWS[move], walk.col + STEP_COLS[move]
        away = max(abs(row - walk.away_row), abs(col - walk.away_col))
        drawn = draw_unit(walk.words, walk.drawn, walk.me)
        if away > farthest or (away == farthest and drawn >= highest):
            best, farthest, highest = move, away, drawn
    if walk.away_row >= 0:
        return best
    place = draw_below(walk.words, walk.drawn, walk.me, count)
    for move in range(1, 5):
        if moves >> move & 1:
            if place == 0:
                best = move
            place -= 1
    return best
