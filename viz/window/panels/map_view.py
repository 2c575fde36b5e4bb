"""One map on the screen: its film, where it is looked at from, and who stands under the mouse."""

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

KEPT = 4  # frames that need not be asked for again
CAUGHT_UP = 400  # rounds that trails and visits are followed through at most when the film jumps; our choice
SLOW = 0.04  # a map that takes longer to draw is not drawn between two rounds [s]
SMOOTHING = 0.3  # weight of the newest drawing in the mean time


class View:
    """A film on the screen.

    Attributes:
        film: What is shown; None while a game has not begun.
        frame: The moment that is shown.
        before: The moment a round earlier, if it is known.
        camera: Where it is looked at from.
        slow: Whether drawing takes too long for smooth motion.
    """

    def __init__(self, film: AnyPlayback | None = None) -> None:
        self.film = film
        self.frame: Frame | None = None
        self.before: Frame | None = None
        self.camera: Camera | None = None
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
        """Show a round, or the nearest that the film has."""
        if self.film is None:
            return
        number = min(max(number, self.film.first), self.film.last)
        if self.frame is not None and self.frame.round == number:
            return
        try:
            self.frame = self._get(number)
            self.before = self._get(number - 1) if number - 1 >= self.film.first else None
        except ConfigError:  # a game that goes on has just let go of it: the next look finds another
            return

    def fit(self) -> None:
        """Show the whole map."""
        self._fitted = True
        self.camera = None

    def place(self, area: pygame.Rect, margin: int) -> None:
        """Say where on the screen the map is drawn."""
        rect = (area.x, area.y, area.width, area.height)
        if self.frame is None:
            return
        if self.camera is None or (self._fitted and self.camera.area != rect):
            self.camera = Camera.fit(self.frame, rect, margin)
        elif self.camera.area != rect:
            self.camera = self.camera.within(rect)

    def zoom(self, factor: float, at: tuple[int, int] | None = None) -> None:
        """Come closer to a place on the screen, or go farther away."""
        if self.camera is not None:
            self.camera, self._fitted = self.camera.zoomed(factor, at), False

    def pan(self, right: float, down: float) -> None:
        """Move the picture by pixels."""
        if self.camera is not None and self.frame is not None:
            moved = self.camera.panned(right, down)
            height, width = self.frame.cells.shape
            row, column = min(max(moved.row, 0.0), height), min(max(moved.column, 0.0), width)
            self.camera, self._fitted = replace(moved, row=row, column=column), False

    def follow(self, agent: int, progress: float) -> None:
        """Keep an agent in the middle."""
        place = self.place_of(agent, progress)
        if place is not None and self.camera is not None:
            self.camera, self._fitted = self.camera.centred(place[0] + 0.5, place[1] + 0.5), False

    def close_up(self, agent: int, progress: float) -> None:
        """Show what an agent sees as large as it fits."""
        place = self.place_of(agent, progress)
        if place is not None and self.camera is not None and self.frame is not None:
            side = min(self.camera.area[2:]) / (self.frame.setting.view_size + 0.5)
            near = replace(self.camera, cell=min(side, LARGEST_CELL))
            self.camera, self._fitted = near.centred(place[0] + 0.5, place[1] + 0.5), False

    def place_of(self, agent: int, progress: float) -> tuple[float, float] | None:
        """(row, column) of an agent on its way [cells]; None if it is not on the map."""
        frame, before = self.frame, self.before
        if frame is None or agent >= len(frame.places) or not frame.present[agent]:
            return None
        there = frame.places[agent].astype(float)
        if before is not None and before.present[agent] and progress < 1:
            came = before.places[agent]
            there = came + (there - came) * progress
        return float(there[0]), float(there[1])

    def agent_at(self, at: tuple[int, int]) -> int | None:
        """The agent under a pixel; in small cells the nearest within some pixels."""
        if self.camera is None or self.frame is None or not pygame.Rect(self.camera.area).collidepoint(at):
            return None
        row, column = self.camera.place(*at)
        places, there = self.frame.places, np.flatnonzero(self.frame.present)
        if not len(there):
            return None
        far = np.hypot(places[there, 0] + 0.5 - row, places[there, 1] + 0.5 - column)
        nearest = int(far.argmin())
        reach = max(0.75, 8 / self.camera.cell)  # cells, or pixels where cells are small
        return int(there[nearest]) if far[nearest] <= reach else None

    def draw(self, surface: pygame.Surface, theme: Theme, layers: Layers, progress: float) -> None:
        """Draw the map."""
        if self.frame is None or self.camera is None:
            return
        started = time.perf_counter()
        traces = self._caught_up() if layers.trails or layers.heat else None
        draw_map(surface, self.frame, self.camera, theme, layers, self.before, progress, traces)
        took = time.perf_counter() - started
        self._seconds += (took - self._seconds) * SMOOTHING

    def _get(self, number: int) -> Frame:
        assert self.film is not None
        if number not in self._kept:
            self._kept[number] = self.film.frame(number)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return self._kept[number]

    def _caught_up(self) -> Traces:
        """Trails and visits up to the moment that is shown."""
        assert self.film is not None and self.frame is not None
        to, since = self.frame.round, self._traced
        if since is None or since > to or to - since > CAUGHT_UP or since < self.film.first:
            self._traces.clear()
            since = max(self.film.first, to - LENGTH) - 1
        try:
            for number in range(since + 1, to):
                self._traces.add(self.film.frame(number))
        except ConfigError:  # let go of meanwhile: trails begin anew
            self._traces.clear()
        self._traces.add(self.frame)
        self._traced = to
        return self._traces
