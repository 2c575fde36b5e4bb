"""The maps that Foraging generates, by its published rule: an agent can infer one from a few cells."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.lanes import BEYOND, FLOOR, UNSEEN

from swarm_env.engine.compiler import kernel

FOOD, NEST, WALL = ord("F"), ord("N"), ord("W")
SMALLEST = 6  # side of the smallest map [cells]
ROOM = 40  # maximum assumed cells beyond the seen ones, per axis
VARIANTS = 8  # mazes of a size; some are the same
ACROSS, LOW, LATE = 4, 2, 1  # bits of a variant: walls are rows; food in the last rows; in the last columns


class Maze(NamedTuple):
    """One map."""

    height: int  # at least SMALLEST
    width: int
    across: bool  # whether maze walls are rows, else columns
    food_row: int  # upper left corner of the food, 2 x 2 cells
    food_col: int
    nest_row: int
    nest_col: int


@kernel()
def maze_of(height: int, width: int, variant: int) -> Maze:
    """The maze of a size and variant, from 0 to VARIANTS - 1."""
    across, low, late = variant & ACROSS > 0, variant & LOW > 0, variant & LATE > 0
    lines = height if across else width
    one_sided = max(0, (lines - 5) // 4) % 2 == 1
    food_row, nest_row, food_col, nest_col = low, not low, late, not late
    if one_sided and across:
        food_col, nest_col = False, False
    elif one_sided:
        food_row, nest_row = False, False
    down, right = height - 4, width - 4
    return Maze(
        height, width, across, 1 + food_row * down, 1 + food_col * right, 1 + nest_row * down,
        1 + nest_col * right,
    )  # fmt: skip


@kernel()
def symbol_at(maze: Maze, row: int, col: int) -> int:
    """The symbol of a cell, without agents."""
    if not (0 <= row < maze.height and 0 <= col < maze.width):
        return BEYOND
    if row == 0 or row == maze.height - 1 or col == 0 or col == maze.width - 1:
        return WALL
    if 0 <= row - maze.food_row <= 1 and 0 <= col - maze.food_col <= 1:
        return FOOD
    if 0 <= row - maze.nest_row <= 1 and 0 <= col - maze.nest_col <= 1:
        return NEST
    line, along = (row, col) if maze.across else (col, row)
    lines, length = (maze.height, maze.width) if maze.across else (maze.width, maze.height)
    if line % 4 or not 4 <= line < lines - 4:
        return FLOOR
    if line % 8 == 4:
        return WALL if along <= length - (length + 2) // 3 else FLOOR
    return WALL if along >= length // 3 else FLOOR


@kernel()
def agrees(maze: Maze, seen: NDArray[np.uint8], margin: int, rows: int, cols: int) -> bool:
    """Whether the maze matches all seen cells, of the first `rows` and `cols` of a remembered map."""
    for row in range(rows):
        for col in range(cols):
            if seen[row, col] != UNSEEN and seen[row, col] != symbol_at(maze, row - margin, col - margin):
                return False
    return True


@kernel()
def lengths(seen: NDArray[np.uint8], margin: int, rows: int, cols: int) -> tuple[int, int, int, int]:
    """Possible heights and widths of the map: the first and the last + 1 of each; one if its end was seen."""
    last_row, last_col = 0, 0
    for row in range(rows):
        for col in range(cols):
            if seen[row, col] != UNSEEN and seen[row, col] != BEYOND:
                last_row, last_col = max(last_row, row - margin), max(last_col, col - margin)
    low, left = last_row + 1, last_col + 1
    ends_below = ends_right = False
    for row in range(margin, rows):
        for col in range(margin, cols):
            outside = seen[row, col] == BEYOND
            ends_below |= outside and row - margin >= low and col - margin <= last_col
            ends_right |= outside and col - margin >= left and row - margin <= last_row
    least_height, least_width = max(low, SMALLEST), max(left, SMALLEST)
    return (
        least_height, low + 1 if ends_below else least_height + ROOM,
        least_width, left + 1 if ends_right else least_width + ROOM,
    )  # fmt: skip


@kernel()
def likeliest_size(seen: NDArray[np.uint8], margin: int, rows: int, cols: int) -> tuple[int, int]:
    """The likeliest height and width of which a maze matches all seen cells; (0, 0) if there is none.

    Maps are mostly square; agents start anywhere, so small maps are likelier to show the seen cells. At
    least one seen cell must be on the map.
    """
    height, end_height, width, end_width = lengths(seen, margin, rows, cols)
    for apart in range(max(end_height, end_width)):
        for h in range(height, end_height):
            for sign in range(-1, 2 if apart else 0, 2):
                w = h + sign * apart
                if not width <= w < end_width:
                    continue
                for variant in range(VARIANTS):
                    if agrees(maze_of(h, w, variant), seen, margin, rows, cols):
                        return h, w
    return 0, 0
