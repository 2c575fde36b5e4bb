"""All that the window shows and remembers, apart from how it is drawn."""

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.style.theme import DARK, LIGHT, Theme
from swarm_env.viz.window.human_keys import WindowInput
from swarm_env.viz.window.lookup import Lookup
from swarm_env.viz.window.panels.inspector import Mind
from swarm_env.viz.window.panels.map_view import View
from swarm_env.viz.window.panels.popups import LAYERS
from swarm_env.viz.window.panels.timeline import end_of
from swarm_env.viz.window.playhead import Playhead
from swarm_env.viz.window.plot_data import Series, series_of

from swarm_env.frame import Frame, Thought
from swarm_env.playback.timeline_events import Mark

NOTICE = 7.0  # a notice stays for so long [s]
REFRESH, HELD = (
    0.25,
    1.0,
)  # marks and scores are asked for so often: while the picture goes on, while it is held [s]


class Desk:
    """The state of a window.

    Attributes:
        playback: Which round is shown.
        views: The maps, one for each film.
        seat: The person's, if the game has one.
        active: Which of the maps the panel tells of.
        selected: Number of the agent that is looked into; None: nobody.
        following: Whether the map goes with it.
        only_view: Whether only what it sees is shown.
        layers: What the person has switched on and off.
        theme: Dark or light.
        panel: Whether the side panel is wanted.
        help: Whether the keys are shown.
        menu: Whether the menu of layers is shown.
        measure: Which group measure is plotted.
        scroll: How far the panel is scrolled down [pixels].
        mouse: Where the mouse is; None: not in the window.
        over: Whether the game has ended.
        marks: What has happened, of all films.
        scores: (K, 2) round and score of each film.
    """

    def __init__(self, playback: Playhead, views: Sequence[View], seat: WindowInput | None = None) -> None:
        self.playback, self.views, self.seat = playback, list(views), seat
        self.active = 0
        self.selected: int | None = None
        self.following = self.only_view = self.help = self.menu = self.over = False
        self.layers, self.panel = Layers(), True
        self.theme: Theme = DARK
        self.measure, self.scroll = 0, 0
        self.mouse: tuple[int, int] | None = None
        self.series: list[Series] = []
        self.marks: tuple[Mark, ...] = ()
        self.scores: list[NDArray[np.float64]] = []
        self._lookup = Lookup()
        self._notices: deque[tuple[float, str]] = deque(maxlen=20)
        self._refreshed, self._last = -math.inf, 0
        self._played: int | None = None
        self._close_up = False

    @property
    def view(self) -> View:
        """The map that the panel tells of."""
        return self.views[self.active]

    @property
    def frame(self) -> Frame | None:
        """The moment that the panel tells of."""
        return self.view.frame

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures that can be plotted."""
        return self.series[0].names if self.series else ()

    @property
    def end(self) -> int:
        """Round at the right end of the timeline."""
        frame, playback = self.frame, self.playback
        most = playback.last if frame is None else frame.max_rounds
        return end_of(playback.last, most, playback.live and not self.over)

    @property
    def own_view(self) -> bool:
        """Whether the person may see no more than its body does."""
        return self.seat is not None and self.seat.own_view and not self.over

    def tick(self, now: float) -> None:
        """Go on with time."""
        if self._close_up and not self.own_view:  # the game is over: all of it may be seen
            for view in self.views:
                view.fit()
        self._close_up = self.own_view
        if self.playback.live and self.seat is not None:
            self._seat(self.seat)
        self.playback.tick(now)
        for view, film in zip(self.views, self.playback.films, strict=False):
            view.film = film
            view.show(self.playback.at)
        if not self.series and self.playback.films:
            self.series = [series_of(film) for film in self.playback.films]
        held = self.playback.held
        if self.panel and not held:
            for series in self.series:
                series.work()
        if now - self._refreshed >= (HELD if held else REFRESH):
            self.refresh(now)

    def finish(self, now: float) -> None:
        """The game is over."""
        self.over = True
        self.playback.finish(now)
        self.refresh(now)

    def refresh(self, now: float) -> None:
        """Ask the films for marks and scores."""
        self._refreshed, self._last = now, self.playback.last
        self.marks = tuple(mark for film in self.playback.films for mark in film.marks())
        self.scores = [film.scores() for film in self.playback.films]

    def layers_now(self) -> Layers:
        """What is drawn over the map."""
        if self.own_view and self.seat is not None:
            return replace(self.layers, selected=None, only_view_of=self.seat.body, heat=False, trails=False)
        only = self.selected if self.only_view else None
        return replace(self.layers, selected=self.selected, only_view_of=only)

    def switches(self) -> dict[str, bool]:
        """Which layers are on, by name."""
        return {name: bool(getattr(self.layers, name)) for name, _ in LAYERS}

    def toggle(self, name: str) -> None:
        """Switch a layer."""
        self.layers = replace(self.layers, **{name: not getattr(self.layers, name)})

    def select(self, agent: int | None) -> None:
        """Look into an agent."""
        if self.own_view:
            return
        if agent != self.selected:
            self.scroll = 0
        self.selected = agent
        if agent is None:
            self.following = self.only_view = False

    def select_beside(self, step: int) -> None:
        """Look into the next agent on the map, or the one before."""
        if self.frame is None:
            return
        there = np.flatnonzero(self.frame.present).tolist()
        if not there:
            return
        if self.selected is None:
            self.select(there[0] if step > 0 else there[-1])
            return
        further = [a for a in there if (a > self.selected if step > 0 else a < self.selected)]
        self.select((further[0] if step > 0 else further[-1]) if further else there[0 if step > 0 else -1])

    def change_theme(self) -> None:
        """Dark to light, and back."""
        self.theme = LIGHT if self.theme is DARK else DARK

    def notify(self, words: str) -> None:
        """Show a line for a while. From any thread."""
        self._notices.append((time.monotonic() + NOTICE, words))

    def notice(self, now: float) -> str:
        """The line that is to be shown; "" if there is none."""
        return next((words for until, words in reversed(self._notices) if now < until), "")

    def thinking(self) -> tuple[int, ...]:
        """Numbers of the bodies that models are being asked for, in order."""
        frame = self.frame
        if frame is None or frame.model_calls is None or self.own_view:
            return ()
        return tuple(sorted(frame.model_calls.thinking()))

    def mind(self) -> Mind:
        """Of the model that decides for the selected agent."""
        frame, agent = self.frame, self.selected
        if frame is None or frame.model_calls is None or agent is None:
            return Mind()
        minds, number = frame.model_calls, frame.round

        def find() -> tuple[Thought | None, Thought | None]:
            return minds.thought(agent, number), minds.thought(agent, number - 1) if number else None

        found: tuple[Thought | None, Thought | None] | None
        if self.playback.live:
            known, found = True, find()
        else:
            known, found = self._lookup.get((self.active, agent, number), find)
        now, before = found or (None, None)
        thinking = agent in minds.thinking() and now is not None and now.seconds is None
        return Mind(now, before, thinking, not known)

    def signature(self, now: float) -> tuple[object, ...]:
        """Changes when something else is to be seen."""
        seat = self.seat
        asked = None if seat is None else seat.asked
        return (
            self.playback.at, self.playback.paused, self.playback.held, self.playback.speed, self._last,
            self.playback.following, self.active, self.selected, self.following, self.only_view, self.layers,
            self.theme.name, self.panel, self.help, self.menu, self.measure, self.scroll, self.mouse,
            self.over, len(self.marks), self.notice(now), self.thinking(), self._lookup.found,
            tuple(view.camera for view in self.views),
            tuple(series.known for series in self.series),
            None if seat is None else (asked, seat.body, seat.hint, seat.typing, asked and asked.message),
        )  # fmt: skip

    def close(self) -> None:
        """End the threads."""
        self._lookup.close()

    def pointed(self) -> str:
        """What lies under the mouse on the active map, in words."""
        if self.mouse is None or self.own_view:
            return ""
        for view in self.views:
            if view.camera is None or view.frame is None:
                continue
            if not pygame.Rect(view.camera.area).collidepoint(self.mouse):
                continue
            row, column = view.camera.cell_at(*self.mouse)
            height, width = view.frame.cells.shape
            if not (0 <= row < height and 0 <= column < width):
                return ""
            kinds, code = view.frame.setting.kinds, int(view.frame.cells[row, column])
            agent = view.agent_at(self.mouse)
            who = f", agent {agent}" if agent is not None else ""
            what = kinds[code].name if code < len(kinds) else "?"
            return f"row {row}, column {column}: {what}{who}"
        return ""

    def _seat(self, seat: WindowInput) -> None:
        """Look at the body that the person drives, when it has become another one."""
        seat.catch_up()
        if seat.body is not None and seat.body != self._played:
            self._played = seat.body
            self.selected = seat.body
