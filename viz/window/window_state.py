"""State of the interactive window. Drawing is in `panels.painter`, input in `input_events`."""

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.style.theme import DARK, LIGHT, Theme
from swarm_env.viz.window.human_keys import WindowInput
from swarm_env.viz.window.keys import LAYERS
from swarm_env.viz.window.lookup import Lookup
from swarm_env.viz.window.panels.inspector import ModelCallInfo
from swarm_env.viz.window.panels.map_view import MapView
from swarm_env.viz.window.panels.timeline import track_end
from swarm_env.viz.window.playhead import Playhead
from swarm_env.viz.window.plot_data import MeasureSeries, series_of

from swarm_env.agent import Brief
from swarm_env.frame import Frame, Thought
from swarm_env.playback.timeline_events import Mark

NOTICE = 7.0  # duration of a notice [s]
REFRESH, REFRESH_HELD = 0.25, 1.0  # time between updates of marks and scores, also while held [s]


class WindowState:
    """What the window shows."""

    def __init__(
        self, playhead: Playhead, views: Sequence[MapView], human_input: WindowInput | None = None
    ) -> None:
        self.playhead = playhead  # the round that is shown
        self.views = list(views)  # the map views, one per playback
        self.introduced = False  # whether the human has seen the task
        self.human_input = human_input  # in a live game with a human agent
        self.active = 0  # index of the map view that the panel describes
        self.selected: int | None = None  # number of the selected agent
        self.following = self.only_view = (
            False  # whether the map follows the selected agent, or shows its view
        )
        self.help = self.menu = False  # whether the help and the layer menu are open
        self.over = False  # whether the live game has ended
        self.layers, self.panel = Layers(), True  # layers and side panel that the user has switched on
        self.theme: Theme = DARK
        self.measure = 0  # index of the plotted group measure
        self.scroll = 0  # scroll offset of the panel [pixels]
        self.mouse: tuple[int, int] | None = None  # position of the mouse; None outside the window
        self.series: list[MeasureSeries] = []  # group measures of each playback
        self.marks: tuple[Mark, ...] = ()  # timeline marks of all playbacks
        self.scores: list[NDArray[np.float64]] = []  # (K, 2) round and score, of each playback
        self._lookup = Lookup()
        self._notices: deque[tuple[float, str]] = deque(maxlen=20)
        self._refreshed, self._last = -math.inf, 0
        self._controlled: int | None = None
        self._close_up = False

    @property
    def view(self) -> MapView:
        """The map view that the panel describes."""
        return self.views[self.active]

    @property
    def frame(self) -> Frame | None:
        """The frame that the panel describes."""
        return self.view.frame

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures that can be plotted."""
        return self.series[0].names if self.series else ()

    @property
    def end(self) -> int:
        """Round at the right end of the timeline."""
        frame, playhead = self.frame, self.playhead
        most = playhead.last if frame is None else frame.max_rounds
        return track_end(playhead.last, most, playhead.live and not self.over)

    @property
    def task(self) -> Brief | None:
        """The task, as long as the human has been asked and has pressed no key yet."""
        question = None if self.human_input is None or self.introduced else self.human_input.question
        return None if question is None else question.brief

    @property
    def human_agent(self) -> int | None:
        """Number of the agent that the human controls; None if there is none or the game is over."""
        return None if self.human_input is None or self.over else self.human_input.agent

    @property
    def own_view(self) -> bool:
        """Whether the human may see nothing but the view of the controlled agent."""
        return self.human_input is not None and self.human_input.own_view and not self.over

    @property
    def may_know(self) -> bool:
        """Whether signs that agents must not know are drawn: not while a human plays, or may be about to."""
        human = self.human_input
        return human is None or self.over or (human.agent is None and self.playhead.last > 0)

    @property
    def shown_agent(self) -> int | None:
        """Number of the agent that the panel describes; None: it describes the team."""
        return self.human_agent if self.own_view else self.selected

    def tick(self, now: float) -> None:
        """Advance to the time `now` of the window's clock [s]."""
        if self._close_up and not self.own_view:  # the game is over: the whole map may be shown
            for view in self.views:
                view.fit()
        self._close_up = self.own_view
        if self.playhead.live and self.human_input is not None:
            self.human_input.use_typed_ahead()
            if (agent := self.human_input.agent) is not None and agent != self._controlled:
                self._controlled = self.selected = agent
        self.playhead.tick(now)
        for view, playback in zip(self.views, self.playhead.playbacks, strict=False):
            view.playback = playback
            view.show(self.playhead.round)
        if not self.series and self.playhead.playbacks:
            self.series = [series_of(playback) for playback in self.playhead.playbacks]
        held = self.playhead.held
        if self.panel and not held:
            for series in self.series:
                series.work()
        if now - self._refreshed >= (REFRESH_HELD if held else REFRESH):
            self._refresh(now)

    def finish(self, now: float) -> None:
        """Note that the live game has ended."""
        self.over = True
        self.playhead.finish(now)
        self._refresh(now)

    def _refresh(self, now: float) -> None:
        """Update marks and scores."""
        self._refreshed, self._last = now, self.playhead.last
        self.marks = tuple(mark for playback in self.playhead.playbacks for mark in playback.marks())
        self.scores = [playback.scores() for playback in self.playhead.playbacks]

    def layers_now(self) -> Layers:
        """The layers to draw."""
        layers = replace(self.layers, secrets=self.may_know)
        if self.own_view:
            return replace(layers, only_view_of=self.human_agent, checks=True, heat=False, trails=False)
        only = self.selected if self.only_view else None
        return replace(layers, selected=self.selected, only_view_of=only, checks=True)

    def switches(self) -> dict[str, bool]:
        """Whether each layer is on, by name."""
        return {name: bool(getattr(self.layers, name)) for name, _ in LAYERS}

    def toggle(self, name: str) -> None:
        """Switch a layer on or off."""
        self.layers = replace(self.layers, **{name: not getattr(self.layers, name)})

    def select(self, agent: int | None) -> None:
        """Select an agent, or none."""
        if self.own_view:
            return
        if agent != self.selected:
            self.scroll = 0
        self.selected = agent
        if agent is None:
            self.following = self.only_view = False

    def select_adjacent(self, step: int) -> None:
        """Select the next agent on the map (1) or the previous one (-1)."""
        present = [] if self.frame is None else np.flatnonzero(self.frame.present).tolist()
        if not present:
            return
        agents, selected = present[::step], self.selected
        further = [a for a in agents if selected is not None and (a - selected) * step > 0]
        self.select((further or agents)[0])

    def change_theme(self) -> None:
        """Switch between dark and light."""
        self.theme = LIGHT if self.theme is DARK else DARK

    def notify(self, words: str) -> None:
        """Show a notice for some seconds. Thread-safe."""
        self._notices.append((time.monotonic() + NOTICE, words))

    def notice(self, now: float) -> str:
        """The current notice; "" if there is none."""
        return next((words for until, words in reversed(self._notices) if now < until), "")

    def thinking(self) -> tuple[int, ...]:
        """Numbers of the agents with a pending model call, in order."""
        frame = self.frame
        if frame is None or frame.model_calls is None or self.own_view:
            return ()
        return tuple(sorted(frame.model_calls.thinking()))

    def model_calls(self) -> ModelCallInfo:
        """The model calls of the selected agent."""
        frame, agent = self.frame, self.selected
        if frame is None or frame.model_calls is None or agent is None:
            return ModelCallInfo()
        calls, number = frame.model_calls, frame.round

        def find() -> tuple[Thought | None, Thought | None]:
            return calls.thought(agent, number), calls.thought(agent, number - 1) if number else None

        found: tuple[Thought | None, Thought | None] | None
        if self.playhead.live:
            known, found = True, find()
        else:
            known, found = self._lookup.get((self.active, agent, number), find)
        now, before = found or (None, None)
        pending = agent in calls.thinking() and now is not None and now.seconds is None
        return ModelCallInfo(now, before, pending, not known)

    def signature(self, now: float) -> tuple[object, ...]:
        """A value that changes whenever the window must be redrawn."""
        human, playhead = self.human_input, self.playhead
        question = None if human is None else human.question
        return (
            playhead.round, playhead.paused, playhead.held, playhead.speed, self._last, playhead.following,
            self.active, self.selected, self.following, self.only_view, self.layers, self.theme.name,
            self.panel, self.help, self.menu, self.measure, self.scroll, self.mouse, self.over,
            len(self.marks), self.notice(now), self.thinking(), self._lookup.found,
            tuple(view.camera for view in self.views),
            tuple(series.known for series in self.series),
            human and (question, human.agent, human.hint, human.typing, question and question.message),
        )  # fmt: skip

    def close(self) -> None:
        """End the threads."""
        self._lookup.close()

    def under_mouse(self) -> str:
        """Describe the cell under the mouse; "" if there is none."""
        if self.mouse is None or self.own_view:
            return ""
        return next((view.describe(self.mouse) for view in self.views if view.contains(self.mouse)), "")
