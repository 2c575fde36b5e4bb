"""The maps that Foraging generates, by its published rule: an agent can infer one from a few cells."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import product

from swarm_env.agents.scripted.expert import FREE, OUTSIDE, Cell

FOOD, NEST, WALL = "F", "N", "W"
SMALLEST = 6  # side of the smallest map [cells]
BEYOND = 40  # maximum assumed cells beyond the seen ones, per axis


class Maze:
    """One map.

    Args:
        height: Rows [cells], at least 6.
        width: Columns [cells], at least 6.
        across: Whether maze walls are rows (else columns).
        low: Whether the food lies in the last rows (else the first).
        late: Whether the food lies in the last columns.
    """

    def __init__(self, height: int, width: int, across: bool, low: bool, late: bool) -> None:
        self.height, self.width = height, width
        self._across = across
        self._lines, self._length = (height, width) if across else (width, height)
        one_sided = len(range(4, self._lines - 4, 4)) % 2 == 1
        if one_sided and across:
            food_row, nest_row, food_col, nest_col = low, not low, False, False
        elif one_sided:
            food_row, nest_row, food_col, nest_col = False, False, late, not late
        else:
            food_row, nest_row, food_col, nest_col = low, not low, late, not late
        self._food = 1 + food_row * (height - 4), 1 + food_col * (width - 4)
        self._nest = 1 + nest_row * (height - 4), 1 + nest_col * (width - 4)

    def symbol(self, row: int, col: int) -> str:
        """The symbol of a cell, without agents."""
        if not (0 <= row < self.height and 0 <= col < self.width):
            return OUTSIDE
        if row in (0, self.height - 1) or col in (0, self.width - 1):
            return WALL
        for (top, left), thing in ((self._food, FOOD), (self._nest, NEST)):
            if top <= row <= top + 1 and left <= col <= left + 1:
                return thing
        line, along = (row, col) if self._across else (col, row)
        if line % 4 or not 4 <= line < self._lines - 4:
            return FREE
        if line % 8 == 4:
            return WALL if along <= self._length + (-self._length) // 3 else FREE
        return WALL if along >= self._length // 3 else FREE

    def agrees(self, cells: Mapping[Cell, str]) -> bool:
        """Whether the maze matches all seen cells."""
        return all(self.symbol(row, col) == symbol for (row, col), symbol in cells.items())

    def cells(self) -> dict[Cell, str]:
        """The symbol of every cell of the map."""
        places = [(row, col) for row in range(self.height) for col in range(self.width)]
        return {place: self.symbol(*place) for place in places}


@lru_cache(maxsize=8192)
def mazes(height: int, width: int) -> tuple[Maze, ...]:
    """All mazes of a size [cells]; some occur twice."""
    sides = (False, True)
    return tuple(Maze(height, width, *drawn) for drawn in product(sides, sides, sides))


def supposed(cells: dict[Cell, str], refuted: Collection[Maze]) -> list[Maze]:
    """The mazes of the likeliest size that match the seen cells.

    Maps are mostly square; agents start anywhere, so small maps are likelier to show the seen cells. At
    least one seen cell must be on the map. Refuted mazes are left out.
    """
    lately = dict(reversed(cells.items()))  # the latest cells refute fastest
    for height, width in _sizes(cells):
        found = [maze for maze in mazes(height, width) if maze not in refuted and maze.agrees(lately)]
        if found:
            return found
    return []


def _sizes(cells: Mapping[Cell, str]) -> Iterator[tuple[int, int]]:
    """Possible heights and widths, the squarest first, then the smallest."""
    inside = [cell for cell, symbol in cells.items() if symbol != OUTSIDE]
    last_row, last_col = max(row for row, _ in inside), max(col for _, col in inside)
    outside = [cell for cell, symbol in cells.items() if symbol == OUTSIDE]
    heights = _lengths(last_row + 1, [row for row, col in outside if 0 <= col <= last_col])
    widths = _lengths(last_col + 1, [col for row, col in outside if 0 <= row <= last_row])
    pairs = ((height, width) for height in heights for width in widths)
    yield from sorted(pairs, key=lambda pair: (abs(pair[0] - pair[1]), pair))


def _lengths(least: int, outside: list[int]) -> range:
    """Possible lengths of an axis; a single one if its end has been seen."""
    if any(place >= least for place in outside):
        return range(max(least, SMALLEST), least + 1)
    return range(max(least, SMALLEST), max(least, SMALLEST) + BEYOND)
