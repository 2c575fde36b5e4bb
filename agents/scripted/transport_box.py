"""The eight possible places of the box in Transport, and its path out of each.

In the coordinates of a place (rows `back` from the side with the gap, columns `across` from the corner) the
box is

    back 3  . B B B . |          across 4 3 2 1 0, | is the wall at the corner's side
    back 2  . B B B . |
    back 1  . B B B . |
    back 0  W . B B B B          (the gap: across 3 to 0)

It first moves one cell towards the corner, then out, until it is gone: six stages.
"""

from collections.abc import Mapping

from swarm_env.agents.scripted.expert import DOWN, LEFT, RIGHT, UP, Cell

BOX, WALL, OUTSIDE = "B", "W", "*"
GAP = 4  # cells
CORE = (3, 3)  # a cell of the box in both orientations at that corner, before it is pushed out
ROUTE = [(0, 0), (0, 1), (1, 1), (2, 1), (3, 1), (4, 1)]  # cells out and sideways, by stage
GONE = len(ROUTE) - 1
SHAPE = [(back, across) for back in (1, 2, 3) for across in (2, 3, 4)] + [
    (0, across) for across in range(GAP)
]
BOXES = [frozenset((back - out, across - aside) for back, across in SHAPE) for out, aside in ROUTE]
ZONE = [
    (back, across) for back in range(6) for across in range(6)
]  # the cells that distinguish places and stages


def is_wall(local: Cell) -> bool:
    """Whether a cell is one of the walls along the two sides at the corner."""
    back, across = local
    return (back == 0 and across >= GAP) or (across == 0 and back > 0)


class Place:
    """One of the eight places of the box on a map of a given size.

    Args:
        variant: 0 to 7, the sum of 1 for a corner at the top, 2 at the left, 4 for a gap in a column instead
            of a row.
        height: Rows of the map.
        width: Columns of the map.

    Attributes:
        stage: The earliest stage that matches everything seen; None if none does.
        shown: Whether the gap or the box in it has been seen.
        out, back, aside, away: The moves out through the gap, back from it, towards the corner and away.
    """

    def __init__(self, variant: int, height: int, width: int) -> None:
        self.variant, self.height, self.width = variant, height, width
        self.stage: int | None = 0
        self.shown = False
        vertical = (UP, DOWN) if variant & 1 else (DOWN, UP)
        horizontal = (LEFT, RIGHT) if variant & 2 else (RIGHT, LEFT)
        (self.out, self.back), (self.aside, self.away) = (
            (horizontal, vertical) if variant & 4 else (vertical, horizontal)
        )
        self.core = self.cell(CORE)

    def resized(self, height: int, width: int) -> "Place":
        """The same place on a map of another size; `self` if its corner stays where it was."""
        if (self.variant & 1 or height == self.height) and (self.variant & 2 or width == self.width):
            self.height, self.width = height, width
            return self
        return Place(self.variant, height, width)

    def local(self, cell: Cell) -> Cell:
        """Place coordinates (back, across) of a cell of the map."""
        row = cell[0] if self.variant & 1 else self.height - 1 - cell[0]
        col = cell[1] if self.variant & 2 else self.width - 1 - cell[1]
        return (col, row) if self.variant & 4 else (row, col)

    def cell(self, local: Cell) -> Cell:
        """Cell of the map with the place coordinates (back, across)."""
        back, across = local[::-1] if self.variant & 4 else local
        row = back if self.variant & 1 else self.height - 1 - back
        col = across if self.variant & 2 else self.width - 1 - across
        return row, col

    def learn(self, view: Mapping[Cell, str]) -> None:
        """Update the stage with a view (symbols by cell); the box never returns to an earlier stage."""
        if self.stage is None:
            return
        seen = [(local, view.get(self.cell(local), OUTSIDE)) for local in ZONE]
        seen = [(local, symbol) for local, symbol in seen if symbol != OUTSIDE]
        if any((symbol == WALL) != is_wall(local) for local, symbol in seen):
            self.stage = None
            return
        self.shown |= any(local in BOXES[0] and (symbol == BOX or local[0] == 0) for local, symbol in seen)
        fitting = (
            stage
            for stage in range(self.stage, GONE + 1)
            if all((symbol == BOX) == (local in BOXES[stage]) for local, symbol in seen)
        )
        self.stage = next(fitting, None)
