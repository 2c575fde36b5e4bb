"""Which part of a map is looked at, how large its cells are, and where on a surface it lies."""

import math
from dataclasses import dataclass, replace
from typing import Self

from swarm_env.frame import Frame

Rect = tuple[int, int, int, int]  # left, top, width, height [pixels]

LARGEST_CELL = 256.0  # pixels
WHOLE = 0.87  # share of its size that a cell may lose to become a whole number of pixels: our choice


@dataclass(frozen=True, slots=True)
class Camera:
    """A view of a map. It never changes: its methods make new ones.

    Cell (r, c) covers rows r to r + 1 and columns c to c + 1.

    Attributes:
        area: Where on the surface the map is drawn; nothing is drawn outside.
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
        """The whole map of a frame, as large as it fits; cells of whole pixels where that costs little.

        Args:
            frame: Its map.
            area: Where on the surface.
            margin: Left free on each side [pixels].
        """
        height, width = frame.cells.shape
        room = max(1, area[2] - 2 * margin) / width, max(1, area[3] - 2 * margin) / height
        cell = min(*room, LARGEST_CELL)
        whole = math.floor(cell)
        return cls(area, height / 2, width / 2, whole if whole >= cell * WHOLE else cell)

    def within(self, area: Rect) -> Self:
        """The same part of the map in another area."""
        return replace(self, area=area)

    def centred(self, row: float, column: float) -> Self:
        """Looks at another place [cells]."""
        return replace(self, row=row, column=column)

    def panned(self, right: float, down: float) -> Self:
        """What is drawn moves by so many pixels."""
        return replace(self, row=self.row - down / self.cell, column=self.column - right / self.cell)

    def zoomed(self, factor: float, at: tuple[float, float] | None = None) -> Self:
        """Cells larger by a factor, at most 256 pixels.

        Args:
            factor: 2.0: twice as large.
            at: (x, y) that keeps showing the same place [pixels]; None: the middle.
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
        """(row, column) of the cell that a pixel belongs to, which need not be on the map."""
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
        """(x, y) of a pixel that shows the plain colour of what stands in a cell (`looks.palette`).

        In cells of 14 pixels and more without layers over them: it lies below numbers and letters.
        """
        x, y, width, height = self.rect_of(row, column)
        return x + width // 2, y + round(height * 0.75)

    def visible(self, height: int, width: int) -> Rect:
        """(first row, first column, rows, columns) of a map that lie in the area, at least in part."""
        left, top, across, down = self.area
        (top_row, first), (low_row, last) = self.place(left, top), self.place(left + across, top + down)
        r0, c0 = (min(max(math.floor(edge), 0), most) for edge, most in ((top_row, height), (first, width)))
        r1, c1 = (min(max(math.ceil(edge), 0), most) for edge, most in ((low_row, height), (last, width)))
        return r0, c0, max(0, r1 - r0), max(0, c1 - c0)
