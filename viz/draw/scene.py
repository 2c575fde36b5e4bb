"""The scene: what all items of a map share, such as positions and the level of detail."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.camera import Camera, Rect
from swarm_env.viz.draw.items.trails import Traces
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.style.kind_styles import FREE, palette_of
from swarm_env.viz.draw.style.theme import Colour, Theme

from swarm_env.frame import Frame

Detail = Literal["full", "dots", "pixels"]
Blit = tuple[pygame.Surface, tuple[int, int]]  # a picture and its (x, y) on the surface [pixels]

FULL, DOTS = 14.0, 3.5  # smallest cells with numbers and letters, and with agents as dots [pixels]
JUMP = 2  # longest motion in a round that is drawn; farther agents were teleported [cells]


@dataclass(frozen=True)
class Scene:
    """One map to draw. The attributes are the arguments of `draw_map`."""

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
        """Level of detail, by the size of a cell."""
        return "full" if self.camera.cell >= FULL else "dots" if self.camera.cell >= DOTS else "pixels"

    @property
    def side(self) -> int:
        """Side of a cell, rounded [pixels]."""
        return max(1, round(self.camera.cell))

    @cached_property
    def colours(self) -> tuple[Colour, ...]:
        """Plain colour of each code."""
        return palette_of(self.frame.setting, self.theme)

    @cached_property
    def visible(self) -> Rect:
        """(first row, first column, rows, columns) of the visible cells."""
        return self.camera.visible(*self.frame.cells.shape)

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Codes of the visible cells."""
        row, column, rows, columns = self.visible
        codes = self.frame.cells[row : row + rows, column : column + columns]
        if len(self.frame.points):  # agents are drawn where they are, and not their cells
            return np.where(codes < self.frame.setting.first_agent, codes, np.uint8(FREE))
        return codes

    @cached_property
    def eased(self) -> float:
        """Progress with smooth acceleration, 0 to 1."""
        p = min(max(self.progress, 0.0), 1.0)
        return p * p * (3 - 2 * p)

    @cached_property
    def previous(self) -> Frame | None:
        """`before`, if it is the frame of the previous round of the same game, else None."""
        now, before = self.frame, self.before
        if before is None or before.round != now.round - 1:
            return None
        same = before.places.shape == now.places.shape and before.cells.shape == now.cells.shape
        return before if same else None

    @cached_property
    def displacement(self) -> NDArray[np.int32]:
        """(N, 2) rows and columns by which each agent moved in the last round [cells]; 0 if unknown."""
        now, before = self.frame, self.previous
        if before is None:
            return np.zeros_like(now.places)
        way = now.places - before.places
        known = before.present & now.present & (np.abs(way).max(axis=1, initial=0) <= JUMP)
        return np.where(known[:, None], way, np.int32(0))

    @cached_property
    def positions(self) -> NDArray[np.float64]:
        """(N, 2) row, column at which each agent is drawn, between two rounds [cells]."""
        if len(self.frame.points):
            return self._points()
        return self.frame.places - self.displacement * (1 - self.eased)

    def _points(self) -> NDArray[np.float64]:
        """The same in continuous space, where a torus wraps around; half a cell off, as of cells."""
        now, before, sides = np.asarray(self.frame.points, np.float64), self.previous, self.frame.cells.shape
        wraps = self.frame.setting.space == "torus"
        if before is None or len(before.points) != len(now):
            return now - 0.5
        way = now - np.asarray(before.points)
        if wraps:
            way -= np.rint(way / sides) * sides
        known = before.present & (np.abs(way).max(axis=1, initial=0) <= JUMP)
        drawn: NDArray[np.float64] = now - np.where(known[:, None], way, 0.0) * (1 - self.eased)
        return (drawn % sides if wraps else drawn) - 0.5

    @cached_property
    def visible_agents(self) -> NDArray[np.intp]:
        """Numbers of the agents in the visible part."""
        row, column, rows, columns = self.visible
        at = self.positions
        inside = (
            (at[:, 0] > row - 1)
            & (at[:, 0] < row + rows)
            & (at[:, 1] > column - 1)
            & (at[:, 1] < column + columns)
        )
        return np.flatnonzero(inside & self.frame.present)

    def centre(self, row: float, column: float) -> tuple[int, int]:
        """(x, y) of the middle of a cell [pixels]."""
        return self.camera.x(column + 0.5), self.camera.y(row + 0.5)

    def centred(self, picture: pygame.Surface, row: float, column: float) -> Blit:
        """A picture, placed in the middle of a cell."""
        (x, y), (width, height) = self.centre(row, column), picture.get_size()
        return picture, (x - width // 2, y - height // 2)


@dataclass(frozen=True)
class CachedScene:
    """A scene as a cache key: `key` holds everything that the cached result depends on."""

    key: tuple[object, ...]
    scene: Scene = field(compare=False)
