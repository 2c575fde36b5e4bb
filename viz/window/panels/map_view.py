"""A map view of the window: one playback, the camera on it, and the agent under the mouse."""

import time
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pygame
from swarm_env.viz.draw.camera import LARGEST_CELL, Camera
from swarm_env.viz.draw.items.trails import LENGTH, Traces
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.style.theme import Theme

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame
from swarm_env.playback.playback import AnyPlayback

KEPT = 4  # cached frames
CATCH_UP = 400  # rounds over which trails and visits are gathered at most after a jump; our choice
SLOW = 0.04  # drawing time above which moves between two rounds are not shown [s]
SMOOTHING = 0.3  # weight of the newest drawing time in the mean


class MapView:
    """A playback on the screen."""

    def __init__(self, playback: AnyPlayback | None = None) -> None:
        self.playback = playback  # what is shown; None before a live game has begun
        self.frame: Frame | None = None  # the frame that is shown
        self.before: Frame | None = None  # the frame of the previous round, if it is known
        self.camera: Camera | None = None  # the shown part of the map
        self._fitted = True
        self._kept: OrderedDict[int, Frame] = OrderedDict()
        self._traces = Traces()
        self._traced: int | None = None
        self._seconds = 0.0

    @property
    def slow(self) -> bool:
        """Whether drawing takes too long for smooth motion."""
        return self._seconds > SLOW

    def show(self, number: int) -> None:
        """Show a round, or the nearest that the playback has."""
        if self.playback is None:
            return
        number = min(max(number, self.playback.first), self.playback.last)
        if self.frame is not None and self.frame.round == number:
            return
        try:
            self.frame = self._get(number)
            self.before = self._get(number - 1) if number - 1 >= self.playback.first else None
        except ConfigError:  # a live game has just dropped this round: the next tick finds another
            return

    def fit(self) -> None:
        """Show the whole map."""
        self._fitted = True
        self.camera = None

    def place(self, area: pygame.Rect, margin: int) -> None:
        """Set the area of the map on the screen and the margin of a fitted map [pixels]."""
        rect = (area.x, area.y, area.width, area.height)
        if self.frame is None:
            return
        if self.camera is None or (self._fitted and self.camera.area != rect):
            self.camera = Camera.fit(self.frame, rect, margin)
        elif self.camera.area != rect:
            self.camera = self.camera.within(rect)

    def zoom(self, factor: float, at: tuple[int, int] | None = None) -> None:
        """Zoom by a factor around a pixel; None: around the middle."""
        if self.camera is not None:
            self.camera, self._fitted = self.camera.zoomed(factor, at), False

    def pan(self, right: float, down: float) -> None:
        """Move the map by pixels; its edge stays in sight."""
        if self.camera is not None and self.frame is not None:
            moved = self.camera.panned(right, down)
            height, width = self.frame.cells.shape
            row, column = min(max(moved.row, 0.0), height), min(max(moved.column, 0.0), width)
            self.camera, self._fitted = replace(moved, row=row, column=column), False

    def follow(self, agent: int, progress: float, close_up: bool = False) -> None:
        """Centre an agent by its number and progress (0 to 1); with `close_up` its view fills the area."""
        position, camera = self._position_of(agent, progress), self.camera
        if position is None or camera is None or self.frame is None:
            return
        if close_up:
            side = min(camera.area[2:]) / (self.frame.setting.view_size + 0.5)
            camera = replace(camera, cell=min(side, LARGEST_CELL))
        self.camera, self._fitted = camera.centred(position[0] + 0.5, position[1] + 0.5), False

    def contains(self, at: tuple[int, int]) -> bool:
        """Whether a pixel lies in the area of a map that is shown."""
        return (
            self.camera is not None
            and self.frame is not None
            and pygame.Rect(self.camera.area).collidepoint(at)
        )

    def agent_at(self, at: tuple[int, int]) -> int | None:
        """Number of the agent at a pixel; where cells are small, the nearest within 8 pixels."""
        if self.camera is None or self.frame is None or not self.contains(at):
            return None
        row, column = self.camera.place(*at)
        positions, present = self.frame.places, np.flatnonzero(self.frame.present)
        if not len(present):
            return None
        far = np.hypot(positions[present, 0] + 0.5 - row, positions[present, 1] + 0.5 - column)
        nearest = int(far.argmin())
        reach = max(0.75, 8 / self.camera.cell)  # cells
        return int(present[nearest]) if far[nearest] <= reach else None

    def describe(self, at: tuple[int, int]) -> str:
        """Describe the cell at a pixel; "" off the map."""
        if self.camera is None or self.frame is None:
            return ""
        row, column = self.camera.cell_at(*at)
        height, width = self.frame.cells.shape
        if not (0 <= row < height and 0 <= column < width):
            return ""
        kinds, code = self.frame.setting.kinds, int(self.frame.cells[row, column])
        agent = self.agent_at(at)
        suffix = f", agent {agent}" if agent is not None else ""
        return f"row {row}, column {column}: {kinds[code].name if code < len(kinds) else '?'}{suffix}"

    def draw(self, surface: pygame.Surface, theme: Theme, layers: Layers, progress: float) -> None:
        """Draw the map."""
        if self.frame is None or self.camera is None:
            return
        started = time.perf_counter()
        traces = self._updated_traces() if layers.trails or layers.heat else None
        draw_map(surface, self.frame, self.camera, theme, layers, self.before, progress, traces)
        took = time.perf_counter() - started
        self._seconds += (took - self._seconds) * SMOOTHING

    def _position_of(self, agent: int, progress: float) -> tuple[float, float] | None:
        """(row, column) of an agent between two rounds [cells]; None if it is not on the map."""
        frame, before = self.frame, self.before
        if frame is None or agent >= len(frame.places) or not frame.present[agent]:
            return None
        position = frame.places[agent].astype(float)
        if before is not None and before.present[agent] and progress < 1:
            start = before.places[agent]
            position = start + (position - start) * progress
        return float(position[0]), float(position[1])

    def _get(self, number: int) -> Frame:
        assert self.playback is not None
        if number not in self._kept:
            self._kept[number] = self.playback.frame(number)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return self._kept[number]

    def _updated_traces(self) -> Traces:
        """Trails and visits up to the shown round."""
        assert self.playback is not None and self.frame is not None
        to, since = self.frame.round, self._traced
        if since is None or since > to or to - since > CATCH_UP or since < self.playback.first:
            self._traces.clear()
            since = max(self.playback.first, to - LENGTH) - 1
        try:
            for number in range(since + 1, to):
                self._traces.add(self.playback.frame(number))
        except ConfigError:  # dropped in the meantime: trails start again
            self._traces.clear()
        self._traces.add(self.frame)
        self._traced = to
        return self._traces
