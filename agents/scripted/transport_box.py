"""The eight possible places of the box in Transport, its path out of each, and which one a porter is at.

In the coordinates of a place (rows `back` from the side with the gap, columns `across` from the corner) the
box is

    back 3  . B B B . |          across 4 3 2 1 0, | is the wall at the corner's side
    back 2  . B B B . |
    back 1  . B B B . |
    back 0  W . B B B B          (the gap: across 3 to 0)

It first moves one cell towards the corner, then out, until it is gone: six stages.

A place is one row (height, width, stage, shown) of a table with the places of an agent: the size of the map
for which it is meant, the earliest stage that matches everything seen (NO_STAGE if none does), and whether
the gap or the box in it has been seen. Its number in the table, its variant, is the sum of 1 for a corner at
the top, 2 at the left, 4 for a gap in a column instead of a row.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import DOWN, LEFT, RIGHT, UP
from swarm_env.agents.scripted.map_extent import (
    BEYOND,
    BOX,
    HEIGHT,
    SURE,
    USUAL_SIDE,
    WALL,
    WIDTH,
    learn_extent,
)
from swarm_env.agents.scripted.pusher import Walk
from swarm_env.agents.scripted.sights import AGENT

from swarm_env.engine.compiler import kernel

VARIANTS = 8
STAGE, SHOWN = 2, 3  # columns of the table, after HEIGHT and WIDTH
NO_STAGE = -1
GAP = 4  # cells
CORE = 3  # row and column of a cell of the box in both orientations at that corner, before it is pushed out
ROUTE_OUT, ROUTE_ASIDE = (0, 0, 1, 2, 3, 4), (0, 1, 1, 1, 1, 1)  # cells out and sideways, by stage
GONE = len(ROUTE_OUT) - 1
# Columns of `state`, after the extent: the chosen place (variant + 1, 0 for none), whether there are places,
# porters seen beside the box (bits), rounds waited above it, last direction.
PLACE, STARTED, LANE, WAITED, WAY, STATE = range(4, 10)
ZONE = 6  # rows and columns of the cells that distinguish places and stages


@kernel()
def is_wall(back: int, across: int) -> bool:
    """Whether a cell is one of the walls along the two sides at the corner."""
    return (back == 0 and across >= GAP) or (across == 0 and back > 0)


@kernel()
def is_box(stage: int, back: int, across: int) -> bool:
    """Whether the box covers a cell at a stage."""
    back, across = back + ROUTE_OUT[stage], across + ROUTE_ASIDE[stage]
    return (1 <= back <= 3 and 2 <= across <= 4) or (back == 0 and 0 <= across < GAP)


@kernel()
def local_of(places: NDArray[np.int64], variant: int, row: int, col: int) -> tuple[int, int]:
    """Place coordinates (back, across) of a cell of the map."""
    row = row if variant & 1 else places[variant, HEIGHT] - 1 - row
    col = col if variant & 2 else places[variant, WIDTH] - 1 - col
    return (col, row) if variant & 4 else (row, col)


@kernel()
def cell_of_place(places: NDArray[np.int64], variant: int, back: int, across: int) -> tuple[int, int]:
    """Cell of the map with the place coordinates (back, across)."""
    row, col = (across, back) if variant & 4 else (back, across)
    row = row if variant & 1 else places[variant, HEIGHT] - 1 - row
    return row, (col if variant & 2 else places[variant, WIDTH] - 1 - col)


@kernel()
def directions(variant: int) -> tuple[int, int]:
    """The moves out through the gap and towards the corner."""
    vertical, horizontal = UP if variant & 1 else DOWN, LEFT if variant & 2 else RIGHT
    return (horizontal, vertical) if variant & 4 else (vertical, horizontal)


@kernel()
def learn_place(
    places: NDArray[np.int64], variant: int, view: NDArray[np.int32], top: int, left: int
) -> None:
    """Update the stage with a view, whose first cell is (top, left); the box never moves back."""
    k, now = view.shape[0], places[variant]
    if now[STAGE] == NO_STAGE:
        return
    fits, shown = (1 << GONE + 1) - (1 << now[STAGE]), now[SHOWN]  # stages that match, as bits
    for back in range(ZONE):
        for across in range(ZONE):
            row, col = cell_of_place(places, variant, back, across)
            y, x = row - top, col - left
            if not (0 <= y < k and 0 <= x < k) or view[y, x] == BEYOND:
                continue
            if (view[y, x] == WALL) != is_wall(back, across):
                now[STAGE] = NO_STAGE
                return
            box = view[y, x] == BOX
            shown |= is_box(0, back, across) and (box or back == 0)
            for stage in range(GONE + 1):
                if box != is_box(stage, back, across):
                    fits &= ~(1 << stage)
    now[SHOWN], now[STAGE] = shown, NO_STAGE
    for stage in range(GONE, -1, -1):
        if fits >> stage & 1:
            now[STAGE] = stage


class Porter(NamedTuple):
    """What a porter sees and remembers."""

    me: int  # row in the memory
    margin: int  # see `CompiledTeam`
    row: int
    col: int
    around: NDArray[np.int32]  # (k, k) see `Sights`
    state: NDArray[np.int64]  # (STATE,)
    places: NDArray[np.int64]  # (VARIANTS, 4) see `transport_box`
    walls: NDArray[np.uint8]  # (S, S) 1 where a wall was seen
    walk: Walk


@kernel()
def seen_at(porter: Porter, row: int, col: int) -> int:
    """What is seen on a cell; -1 out of view."""
    half = porter.around.shape[0] // 2
    y, x = row - porter.row + half, col - porter.col + half
    return int(porter.around[y, x]) if 0 <= y <= 2 * half and 0 <= x <= 2 * half else -1


@kernel()
def is_other(porter: Porter, row: int, col: int) -> bool:
    """Whether another agent is seen on a cell."""
    return seen_at(porter, row, col) >= AGENT and not (row == porter.row and col == porter.col)


@kernel()
def is_inner(porter: Porter, row: int, col: int) -> bool:
    """Whether a cell lies within the border."""
    return bool(0 < row < porter.state[HEIGHT] - 1 and 0 < col < porter.state[WIDTH] - 1)


@kernel()
def learn(porter: Porter) -> None:
    """Remember the walls in view, and until it has found the box the size of the map."""
    view, half, margin = porter.around, porter.around.shape[0] // 2, porter.margin
    for y in range(2 * half + 1):
        for x in range(2 * half + 1):
            if view[y, x] == WALL:
                porter.walls[porter.row + y - half + margin, porter.col + x - half + margin] = 1
    if porter.state[PLACE] == 0:  # a gap seen in the border could mislead later
        learn_extent(porter.state, view, porter.row - half, porter.col - half)


@kernel()
def locate(porter: Porter) -> None:
    """Rule out places; choose one whose gap or box in the gap has been seen."""
    now, places, half = porter.state, porter.places, porter.around.shape[0] // 2
    height, width = now[HEIGHT], now[WIDTH]
    best = -1
    for v in range(VARIANTS):
        # A place begins anew where its corner lies elsewhere on a map of another size.
        moved = (not v & 1 and places[v, HEIGHT] != height) or (not v & 2 and places[v, WIDTH] != width)
        if moved or not now[STARTED]:
            places[v, STAGE], places[v, SHOWN] = 0, 0
            if now[PLACE] == v + 1:
                now[PLACE] = 0
        places[v, HEIGHT], places[v, WIDTH] = height, width
        row, col = cell_of_place(places, v, CORE, CORE)
        known = (v & 1 or now[SURE] or height == USUAL_SIDE) and (
            v & 2 or now[SURE + 1] or width == USUAL_SIDE
        )
        if known and max(abs(row - porter.row), abs(col - porter.col)) <= half + 3:
            learn_place(places, v, porter.around, porter.row - half, porter.col - half)
    now[STARTED] = 0
    for v in range(VARIANTS):
        if places[v, STAGE] == NO_STAGE:
            continue
        now[STARTED] = 1  # else it is not a map of the rules: it starts again
        if places[v, SHOWN] and (best < 0 or places[v, STAGE] < places[best, STAGE]):
            best = v
    if now[PLACE] == 0 or places[now[PLACE] - 1, STAGE] == NO_STAGE:
        now[PLACE] = best + 1
