"""Size of the map, estimated from the views of one agent."""

from collections.abc import Mapping

from swarm_env.agents.scripted.expert import Cell

USUAL_SIDE = 12  # initial estimate [cells]
WALL, BOX, OUTSIDE = "W", "B", "*"


class Extent:
    """Height and width of the map: first the usual ones, then corrected by views.

    A cell outside the map settles a side, and so do two adjacent wall cells (maps have walls on the border).
    A free cell on the assumed border moves it outwards, unless the border is settled and the cell may be a
    gap.
    """

    def __init__(self) -> None:
        self.sides = [USUAL_SIDE, USUAL_SIDE]  # height and width [cells]
        self._sure = [False, False]

    def trusts(self, axis: int) -> bool:
        """Whether a side is settled or still the usual one."""
        return self._sure[axis] or self.sides[axis] == USUAL_SIDE

    def at_least(self, axis: int, side: int) -> None:
        """Set a lower bound of a side [cells]."""
        if side > self.sides[axis]:
            self.sides[axis], self._sure[axis] = side, False

    def learn(self, view: Mapping[Cell, str]) -> None:
        """Update the estimate with a view, as returned by `look`."""
        for (row, col), symbol in view.items():
            if symbol == OUTSIDE:
                if view.get((row - 1, col), OUTSIDE) != OUTSIDE:
                    self._settle(0, row)
                if view.get((row, col - 1), OUTSIDE) != OUTSIDE:
                    self._settle(1, col)
            elif symbol == WALL and row > 0 < col:
                if not self._sure[0] and view.get((row, col + 1)) == WALL:
                    self._settle(0, row + 1)
                if not self._sure[1] and view.get((row + 1, col)) == WALL:
                    self._settle(1, col + 1)
        for cell, symbol in view.items():
            if symbol in (WALL, BOX, OUTSIDE):
                continue
            for axis, place in enumerate(cell):
                if place + 1 >= self.sides[axis] + self._sure[axis]:
                    self.at_least(axis, place + 2)

    def _settle(self, axis: int, side: int) -> None:
        self.sides[axis], self._sure[axis] = side, True
