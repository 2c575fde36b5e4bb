"""The camera: the visible part of a map, the size of its cells and its area on a surface."""

import math
from dataclasses import dataclass, replace
from typing import Self

from swarm_env.frame import Frame

Rect = tuple[int, int, int, int]  # left, top, width, height [pixels]

LARGEST_CELL = 256.0  # pixels
WHOLE = 0.87  # least fraction of its size to which a cell is rounded down to whole pixels: our choice


@dataclass(frozen=True, slots=True)
class Camera:
    """An immutable view of a map. Cell (r, c) covers rows r to r + 1 and columns c to c + 1.

    Attributes:
        area: Area of the surface on which the map is drawn.
        row: Row in the middle of the area [cells].
        column: Column in the middle of the area [cells].
        cell: Side of a cell [pixels].
    """

    area: Rect
    row: float
    column: float
    cell: float

    @classmethod
    def fit(cls, frame: Frame, area: Rect, margin: int = 0) -> Self:
        """Fit the whole map of a frame into an area, with a margin on each side [pixels].

        Cells have whole pixels where that costs little.
        """
        height, width = frame.cells.shape
        room = max(1, area[2] - 2 * margin) / width, max(1, area[3] - 2 * margin) / height
        cell = min(*room, LARGEST_CELL)
        whole = math.floor(cell)
        return cls(area, height / 2, width / 2, whole if whole >= cell * WHOLE else cell)

    def within(self, area: Rect) -> Self:
        """The same view in another area."""
        return replace(self, area=area)

    def centred(self, row: float, column: float) -> Self:
        """The view centred on a position [cells]."""
        return replace(self, row=row, column=column)

    def panned(self, right: float, down: float) -> Self:
        """The view with the map moved by pixels."""
        return replace(self, row=self.row - down / self.cell, column=self.column - right / self.cell)

    def zoomed(self, factor: float, at: tuple[float, float] | None = None) -> Self:
        """The view with cells larger by a factor, from 1/64 to 256 pixels.

        The position at (x, y) `at` stays where it is [pixels]; None: the middle.
        """
        left, top, width, height = self.area
        x, y = at or (left + width / 2, top + height / 2)
        cell = min(max(self.cell * factor, 1 / 64), LARGEST_CELL)
        row, column = self.place(x, y)
        row += (top + height / 2 - y) / cell
        column += (left + width / 2 - x) / cell
        return replace(self, cell=cell, row=row, column=column)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """(row, column) under a pixel [cells]."""
        left, top, width, height = self.area
        return (
            self.row + (y - top - height / 2) / self.cell,
            self.column + (x - left - width / 2) / self.cell,
        )

    def cell_at(self, x: float, y: float) -> tuple[int, int]:
        """(row, column) of the cell at a pixel; it may lie off the map."""
        row, column = self.place(x + 0.5, y + 0.5)
        return math.floor(row), math.floor(column)

    def x(self, column: float) -> int:
        """First pixel at or right of a column's left edge."""
        return math.ceil(self.area[0] + self.area[2] / 2 + (column - self.column) * self.cell - 0.5)

    def y(self, row: float) -> int:
        """First pixel at or below a row's upper edge."""
        return math.ceil(self.area[1] + self.area[3] / 2 + (row - self.row) * self.cell - 0.5)

    def rect_of(self, row: float, column: float) -> Rect:
        """The pixels of a cell."""
        x, y = self.x(column), self.y(row)
        return x, y, self.x(column + 1) - x, self.y(row + 1) - y

    def probe(self, row: int, column: int) -> tuple[int, int]:
        """(x, y) of a pixel with the plain colour of a cell's code (`kind_styles.palette`), below its letter.

        Valid for cells of 14 pixels or more without layers over them.
        """
        x, y, width, height = self.rect_of(row, column)
        return x + width // 2, y + round(height * 0.75)

    def visible(self, height: int, width: int) -> Rect:
        """(first row, first column, rows, columns) of a map's cells that lie at least partly in the area."""
        left, top, across, down = self.area
        (top_row, first), (low_row, last) = self.place(left, top), self.place(left + across, top + down)
        r0, c0 = (min(max(math.floor(edge), 0), most) for edge, most in ((top_row, height), (first, width)))
        r1, c1 = (min(max(math.ceil(edge), 0), most) for edge, most in ((low_row, height), (last, width)))
        return r0, c0, max(0, r1 - r0), max(0, c1 - c0)
