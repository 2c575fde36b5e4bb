"""Draws the window state. Parts that have not changed are copied from the last drawing."""

from collections.abc import Callable, Hashable
from dataclasses import replace

import pygame
from swarm_env.viz.draw.style.kind_styles import ink_on
from swarm_env.viz.draw.style.theme import TRAILS
from swarm_env.viz.window.panels import popups
from swarm_env.viz.window.panels.curves import HEIGHT, Curve, draw_plot
from swarm_env.viz.window.panels.header import draw_header, header_state
from swarm_env.viz.window.panels.inspector import agent_panel, team_panel
from swarm_env.viz.window.panels.layout import Layout
from swarm_env.viz.window.panels.style import SMALL, Style
from swarm_env.viz.window.panels.timeline import TimelineState, Track, draw_timeline
from swarm_env.viz.window.window_state import WindowState

ROOMY = 720  # height of the panel with room for an agent and both plots [units]
CURVES = (TRAILS[0], TRAILS[1])  # colours of the first and the second playback
Render = Callable[[pygame.Surface], None]


class Painter:
    """Draws a window state."""

    def __init__(self) -> None:
        self.style: Style | None = None  # sizes and colours of the last drawing
        self.layout: Layout | None = None  # areas of the last drawing
        self.plot: pygame.Rect | None = None  # area of the plotted measure in the last drawing
        self.scrolled = 0  # scroll offset of the side panel in the last drawing [pixels]
        self._kept: dict[str, tuple[Hashable, pygame.Surface]] = {}

    def track(self, state: WindowState) -> Track:
        """The track of the timeline in the last drawing."""
        assert self.layout is not None and self.style is not None
        return Track.of(self.layout.timeline, self.style, state.end)

    def paint(self, surface: pygame.Surface, state: WindowState, now: float) -> None:
        """Draw everything at the time `now` of the window's clock [s]."""
        self.style = style = Style.of(surface.get_size(), state.theme)
        human = state.human_agent is not None
        self.layout = layout = Layout.of(surface.get_size(), style, len(state.views), state.panel, human)
        for view, area in zip(state.views, layout.maps, strict=True):
            view.place(area, style.px(14))
        self._paint_maps(surface, state, style, layout, state.playhead.progress(now))
        if len(state.views) > 1:
            self._paint_names(surface, state, style, layout)
        self._paint_header(surface, state, style, layout.header)
        self._paint_timeline(surface, state, style, layout.timeline)
        if layout.panel is not None:
            self._paint_panel(surface, state, style, layout.panel)
        self._paint_popups(surface, state, style, layout, now)

    def _paint_maps(
        self, surface: pygame.Surface, state: WindowState, style: Style, layout: Layout, progress: float
    ) -> None:
        layers = state.layers_now()
        followed = state.human_agent if state.own_view else state.selected if state.following else None
        for one, other in zip(layout.maps, layout.maps[1:], strict=False):
            surface.fill(state.theme.rule, (one.right, one.top, other.left - one.right, one.height))
        for rank, (view, area) in enumerate(zip(state.views, layout.maps, strict=True)):
            part = 1.0 if view.slow else progress
            if followed is not None:
                view.follow(followed, part * part * (3 - 2 * part), close_up=state.own_view)
            if view.frame is None:
                surface.fill(state.theme.ground, area)
                style.write(surface, area.center, "Starting …", SMALL, state.theme.faint, (0.5, 0.5))
                continue
            key = (view.frame.round, view.camera, layers, style, area.size)
            known = self._kept.get(f"map {rank}")
            if known is not None and known[0] == key and part == 1.0:
                surface.blit(known[1], area)
                continue
            view.draw(surface, state.theme, layers, part)
            if part == 1.0:
                self._kept[f"map {rank}"] = (key, surface.subsurface(area).copy())

    def _paint_popups(
        self, surface: pygame.Surface, state: WindowState, style: Style, layout: Layout, now: float
    ) -> None:
        area, human = layout.maps[-1], state.human_input
        if words := state.under_mouse():
            popups.draw_pointer(surface, layout.timeline, style, words)
        if human is not None and layout.question is not None:
            popups.draw_question(surface, layout.question, style, human, human.question)
        if state.menu:
            popups.draw_layers(surface, layout.menu, style, state.switches())
        if words := state.notice(now):
            popups.draw_notice(surface, area, style, words)
        if state.task is not None:
            badges = state.frame.setting.badges if state.frame is not None else ()
            popups.draw_task(surface, style, state.task, badges)
        if state.help:
            popups.draw_help(surface, style, human is not None and human.agent is not None)

    def _paint_names(self, surface: pygame.Surface, state: WindowState, style: Style, layout: Layout) -> None:
        """Label the playbacks shown side by side."""
        for rank, (view, area) in enumerate(zip(state.views, layout.maps, strict=True)):
            if view.frame is None:
                continue
            over = view.playback is not None and view.playback.last < state.playhead.round
            ending = f"over after {view.frame.round} rounds  " if over else ""
            words = f"{'AB'[rank]}  {ending}score {view.frame.score:g}  {view.frame.caption}"
            rect = pygame.Rect(area.left + style.px(8), area.top + style.px(8), 0, style.px(26))
            rect.width = min(style.width(words, SMALL) + style.px(20), area.width - style.px(16))
            style.box(surface, rect, CURVES[rank], radius=5)
            room, ink = rect.width - style.px(10), ink_on(CURVES[rank])
            style.write(surface, rect.center, words, SMALL, ink, (0.5, 0.5), room)

    def _paint_header(
        self, surface: pygame.Surface, state: WindowState, style: Style, area: pygame.Rect
    ) -> None:
        frame, header = state.frame, header_state(state)
        shown = None if frame is None else (state.active, frame.round, frame.status)
        key = (header, style, area.size, shown)
        self._paste(
            surface, "header", key, area, lambda s: draw_header(s, s.get_rect(), style, frame, header)
        )

    def _paint_timeline(
        self, surface: pygame.Surface, state: WindowState, style: Style, area: pygame.Rect
    ) -> None:
        playhead, frame, mouse = state.playhead, state.frame, state.mouse
        over = self.track(state).hit(mouse, area) if mouse is not None else ""
        times = TimelineState(
            playhead.first, playhead.last, playhead.round, state.end, playhead.paused, state.marks,
            None if frame is None else frame.setting, over,
            mouse[0] if mouse is not None and over == "track" else None,
        )  # fmt: skip
        key = (replace(times, marks=(), setting=None), len(state.marks), style, area.size)
        self._paste(surface, "timeline", key, area, lambda s: draw_timeline(s, s.get_rect(), style, times))

    def _paint_panel(
        self, surface: pygame.Surface, state: WindowState, style: Style, area: pygame.Rect
    ) -> None:
        """Plots above, inspector below."""
        surface.fill(style.theme.panel, area)
        pygame.draw.line(surface, style.theme.rule, area.topleft, area.bottomleft)
        inner = area.inflate(-style.px(28), -style.px(24))
        top = inner.top
        self.plot = None
        if not state.own_view and inner.height > style.px(HEIGHT * 3):
            top = self._paint_plots(surface, state, style, inner)
        room = pygame.Rect(inner.left, top, inner.width, max(inner.bottom - top, 1))
        text = self._inspector(state, style, room.width)
        if text is None:
            return
        # The wanted offset is kept: a panel that is short during a lookup does not lose its place.
        self.scrolled = min(max(state.scroll, 0), max(0, text.get_height() - room.height))
        surface.blit(text, room, pygame.Rect(0, self.scrolled, *room.size))
        if text.get_height() > room.height:
            part = room.height / text.get_height()
            bar = pygame.Rect(0, 0, style.px(4), max(style.px(16), round(room.height * part)))
            travel = (room.height - bar.height) * self.scrolled / (text.get_height() - room.height)
            bar.topright = (area.right - style.px(3), room.top + round(travel))
            style.box(surface, bar, style.theme.rule, radius=2)

    def _paint_plots(
        self, surface: pygame.Surface, state: WindowState, style: Style, inner: pygame.Rect
    ) -> int:
        """Plot the score and, if there is room, a measure; return the y below them."""
        plots = [("score", state.scores)]
        if state.measures and (state.selected is None or inner.height > style.px(ROOMY)):
            name = state.measures[state.measure % len(state.measures)]
            plots.append((name.replace("_", " "), [series.values(name) for series in state.series]))
        at, end = state.playhead.round, state.end
        rect = pygame.Rect(inner.left, inner.top, inner.width, style.px(HEIGHT))
        for rank, (title, values) in enumerate(plots):
            rect.top = inner.top + rank * style.px(HEIGHT + 8)
            curves = [Curve(points, colour) for points, colour in zip(values, CURVES, strict=False)]
            key = (at, end, title, tuple(len(points) for points in values), style, rect.size)

            def render(s: pygame.Surface, title: str = title, curves: list[Curve] = curves) -> None:
                draw_plot(s, s.get_rect(), style, title, curves, at, end, steps=title == "score")

            self._paste(surface, f"plot {rank}", key, rect, render)
        if len(plots) > 1:
            self.plot = rect
        return rect.bottom + style.px(14)

    def _inspector(self, state: WindowState, style: Style, width: int) -> pygame.Surface | None:
        """The text about the selected agent, or about the team."""
        frame, before, agent = state.frame, state.view.before, state.shown_agent
        if frame is None:
            return None
        shown = (state.active, frame.round, frame.status)
        if agent is not None and agent < len(frame.places):
            calls, number = state.model_calls(), agent
            key: Hashable = (
                shown, agent, style, width, calls.now, calls.before, calls.pending, calls.searching
            )  # fmt: skip
            return self._keep(
                "text", key, lambda: agent_panel(style, width, frame, before, number, calls).render()
            )
        return self._keep("text", (shown, style, width), lambda: team_panel(style, width, frame).render())

    def _paste(
        self, surface: pygame.Surface, name: str, key: Hashable, area: pygame.Rect, render: Render
    ) -> None:
        """Draw a part, or copy its last drawing if the key is the same."""

        def make() -> pygame.Surface:
            part = pygame.Surface(area.size)
            part.fill(self.style.theme.panel if self.style is not None else 0)
            render(part)
            return part

        surface.blit(self._keep(name, key, make), area)

    def _keep(self, name: str, key: Hashable, make: Callable[[], pygame.Surface]) -> pygame.Surface:
        known = self._kept.get(name)
        if known is None or known[0] != key:
            known = (key, make())
            self._kept[name] = known
        return known[1]
