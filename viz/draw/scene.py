"""What the parts of a map's drawing share: where everything stands, and in how much detail it is drawn."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.camera import Camera, Rect
from swarm_env.viz.draw.items.trails import Traces
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.style.kind_styles import palette_of
from swarm_env.viz.draw.style.theme import Colour, Theme

from swarm_env.frame import Frame

Detail = Literal["full", "dots", "pixels"]

FULL, DOTS = 14.0, 3.5  # smallest cells that are drawn with numbers and letters, and with bodies [pixels]
JUMP = 2  # cells beyond which a body is not shown on its way: it was put somewhere


@dataclass(frozen=True)
class Scene:
    """One map to draw.

    Attributes:
        surface: On it.
        frame: The moment.
        camera: The part of the map.
        theme: In these colours.
        layers: With these layers.
        before: The round before, if it is to be shown how the moment came about.
        progress: How far between both, 0 to 1.
        traces: Where agents have been.
    """

    surface: pygame.Surface
    frame: Frame
    camera: Camera
    theme: Theme
    layers: Layers
    before: Frame | None
    progress: float
    traces: Traces | None

    @property
    def detail(self) -> Detail:
        """How much of a cell can be seen."""
        return "full" if self.camera.cell >= FULL else "dots" if self.camera.cell >= DOTS else "pixels"

    @property
    def side(self) -> int:
        """Side of a cell [whole pixels]."""
        return max(1, round(self.camera.cell))

    @cached_property
    def colours(self) -> tuple[Colour, ...]:
        """The plain colour of each code."""
        return palette_of(self.frame.setting, self.theme)

    @cached_property
    def visible(self) -> Rect:
        """(first row, first column, rows, columns) that lie in the area."""
        return self.camera.visible(*self.frame.cells.shape)

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Codes of the visible cells."""
        row, column, rows, columns = self.visible
        return self.frame.cells[row : row + rows, column : column + columns]

    @cached_property
    def eased(self) -> float:
        """Progress that begins and ends gently."""
        p = min(max(self.progress, 0.0), 1.0)
        return p * p * (3 - 2 * p)

    @cached_property
    def walked(self) -> NDArray[np.int32]:
        """(N, 2) rows and columns by which each agent moved since `before` [cells]; 0 if unknown."""
        now, before = self.frame, self.before
        if before is None or before.places.shape != now.places.shape or before.round != now.round - 1:
            return np.zeros_like(now.places)
        way = now.places - before.places
        known = before.present & now.present & (np.abs(way).max(axis=1, initial=0) <= JUMP)
        return np.where(known[:, None], way, np.int32(0))

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """(N, 2) row, column of each agent's cell as it is drawn, between two rounds [cells]."""
        return self.frame.places - self.walked * (1 - self.eased)

    @cached_property
    def seen(self) -> NDArray[np.intp]:
        """Numbers of the agents in the visible part."""
        row, column, rows, columns = self.visible
        at = self.places
        inside = (
            (at[:, 0] > row - 1)
            & (at[:, 0] < row + rows)
            & (at[:, 1] > column - 1)
            & (at[:, 1] < column + columns)
        )
        return np.flatnonzero(inside & self.frame.present)

    def middle(self, row: float, column: float) -> tuple[int, int]:
        """(x, y) in the middle of a cell [pixels]."""
        return self.camera.x(column + 0.5), self.camera.y(row + 0.5)
