"""The eight possible places of the box in Transport, and its path out of each.

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

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import DOWN, LEFT, RIGHT, UP
from swarm_env.agents.scripted.map_extent import BEYOND, BOX, WALL

from swarm_env.engine.compiler import kernel

VARIANTS = 8
HEIGHT, WIDTH, STAGE, SHOWN = range(4)  # columns of the table
NO_STAGE = -1
GAP = 4  # cells
CORE = 3  # row and column of a cell of the box in both orientations at that corner, before it is pushed out
ROUTE_OUT, ROUTE_ASIDE = (0, 0, 1, 2, 3, 4), (0, 1, 1, 1, 1, 1)  # cells out and sideways, by stage
GONE = len(ROUTE_OUT) - 1
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
