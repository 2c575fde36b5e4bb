"""How large the map is, as far as one body can tell."""

from collections.abc import Mapping

from swarm_env.agents.scripted.expert import Cell

USUAL_SIDE = 12  # cells; what everybody reckons with until they see otherwise
WALL, BOX, OUTSIDE = "W", "B", "*"


class Extent:
    """Height and width of the map, first the usual ones, then what views show.

    A cell behind which the map ends settles a side, and so do two cells of a wall side by side (maps have
    their walls on the border). A free cell where the border was thought to be moves it on, unless it was
    settled and the cell may be a gap in it.

    Attributes:
        sides: Height and width [cells].
    """

    def __init__(self) -> None:
        self.sides = [USUAL_SIDE, USUAL_SIDE]
        self._sure = [False, False]

    def trusts(self, axis: int) -> bool:
        """Whether nothing speaks against a side as it is: it is settled, or still the usual one."""
        return self._sure[axis] or self.sides[axis] == USUAL_SIDE

    def at_least(self, axis: int, side: int) -> None:
        """Take note that a side cannot be shorter than that [cells]."""
        if side > self.sides[axis]:
            self.sides[axis], self._sure[axis] = side, False

    def learn(self, view: Mapping[Cell, str]) -> None:
        """Take up a view.

        Args:
            view: As `look` gives it.
        """
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
