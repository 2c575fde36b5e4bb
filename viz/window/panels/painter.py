"""Draws a desk on the window's surface. What has not changed is not drawn again."""

from collections.abc import Callable, Hashable
from dataclasses import replace

import pygame
from swarm_env.viz.draw.style.kind_styles import ink_on
from swarm_env.viz.draw.style.theme import TRAILS
from swarm_env.viz.window.panels import popups
from swarm_env.viz.window.panels.curves import HEIGHT, Curve, draw_plot
from swarm_env.viz.window.panels.header import Standing, draw_header
from swarm_env.viz.window.panels.inspector import agent_sheet, team_sheet
from swarm_env.viz.window.panels.style import SMALL, Look, Places
from swarm_env.viz.window.panels.timeline import Times, Track, draw_timeline
from swarm_env.viz.window.window_state import Desk

ROOMY = 720  # units of the panel's height in which an agent and both plots have room
CURVES = (TRAILS[0], TRAILS[1])  # of the first film and of the second


class Painter:
    """Draws a desk.

    Attributes:
        look: Sizes and colours of the last drawing.
        places: Where everything was in it.
        plot: Where the plot of the measure was in it.
        scrolled: How far the side panel was scrolled down in it [pixels].
    """

    def __init__(self) -> None:
        self.look: Look | None = None
        self.places: Places | None = None
        self.plot: pygame.Rect | None = None
        self.scrolled = 0
        self._kept: dict[str, tuple[Hashable, pygame.Surface]] = {}

    def arrange(self, desk: Desk, size: tuple[int, int]) -> Places:
        """Share the window out, and place the maps."""
        look = Look.of(size, desk.theme)
        plays = desk.seat is not None and desk.seat.body is not None and not desk.over
        places = Places.of(size, look, len(desk.views), desk.panel, plays)
        for view, area in zip(desk.views, places.maps, strict=True):
            view.place(area, look.px(14))
        self.look, self.places = look, places
        return places

    def paint(self, surface: pygame.Surface, desk: Desk, now: float) -> None:
        """Draw everything."""
        places = self.arrange(desk, surface.get_size())
        look = self.look
        assert look is not None
        self._paint_maps(surface, desk, look, places, desk.playback.progress(now))
        if len(desk.views) > 1:
            self._paint_names(surface, desk, look, places)
        self._paint_header(surface, desk, look, places.header)
        self._paint_timeline(surface, desk, look, places.timeline)
        if places.panel is not None:
            self._paint_panel(surface, desk, look, places.panel)
        self._paint_overlays(surface, desk, look, places, now)

    def _paint_maps(
        self, surface: pygame.Surface, desk: Desk, look: Look, places: Places, progress: float
    ) -> None:
        """The maps; while nothing moves they are drawn once."""
        layers = desk.layers_now()
        for one, other in zip(places.maps, places.maps[1:], strict=False):
            surface.fill(desk.theme.rule, (one.right, one.top, other.left - one.right, one.height))
        for rank, (view, area) in enumerate(zip(desk.views, places.maps, strict=True)):
            part = 1.0 if view.slow else progress
            if desk.own_view and desk.seat is not None and desk.seat.body is not None:
                view.close_up(desk.seat.body, part * part * (3 - 2 * part))
            elif desk.following and desk.selected is not None:
                view.follow(desk.selected, part * part * (3 - 2 * part))
            if view.frame is None:
                surface.fill(desk.theme.ground, area)
                look.write(surface, area.center, "Getting ready …", SMALL, desk.theme.faint, (0.5, 0.5))
                continue
            key = (view.frame.round, view.camera, layers, look, area.size)
            known = self._kept.get(f"map {rank}")
            if known is not None and known[0] == key and part == 1.0:
                surface.blit(known[1], area)
                continue
            view.draw(surface, desk.theme, layers, part)
            if part == 1.0:
                self._kept[f"map {rank}"] = (key, surface.subsurface(area).copy())

    def _paint_overlays(
        self, surface: pygame.Surface, desk: Desk, look: Look, places: Places, now: float
    ) -> None:
        area = places.maps[-1]
        if words := desk.pointed():
            popups.draw_pointer(surface, places.timeline, look, words)
        if desk.seat is not None and places.question is not None:
            popups.draw_question(surface, places.question, look, desk.seat, desk.seat.asked)
        if desk.menu:
            popups.draw_layers(surface, area, look, desk.switches())
        if words := desk.notice(now):
            popups.draw_notice(surface, area, look, words)
        if desk.help:
            popups.draw_help(surface, look, desk.seat is not None and desk.seat.body is not None)

    def _paint_names(self, surface: pygame.Surface, desk: Desk, look: Look, places: Places) -> None:
        """Which film is which, where there are several."""
        for rank, (view, area) in enumerate(zip(desk.views, places.maps, strict=True)):
            if view.frame is None:
                continue
            words = f"{'AB'[rank]}  score {view.frame.score:g}  {view.frame.caption}"
            colour = CURVES[rank]
            room = area.width - look.px(16)
            rect = pygame.Rect(area.left + look.px(8), area.top + look.px(8), 0, look.px(26))
            rect.width = min(look.width(words, SMALL) + look.px(20), room)
            look.box(surface, rect, colour, radius=5)
            look.write(
                surface, rect.center, words, SMALL, ink_on(colour), (0.5, 0.5), rect.width - look.px(10)
            )

    def _paint_header(self, surface: pygame.Surface, desk: Desk, look: Look, area: pygame.Rect) -> None:
        frame, standing = desk.frame, standing_of(desk)
        moment = None if frame is None else (desk.active, frame.round, frame.status)
        key = (standing, look, area.size, moment)
        self._paste(
            surface, "header", key, area, lambda s: draw_header(s, s.get_rect(), look, frame, standing)
        )

    def _paint_timeline(self, surface: pygame.Surface, desk: Desk, look: Look, area: pygame.Rect) -> None:
        playback, frame = desk.playback, desk.frame
        track = Track.of(area, look, playback.first, desk.end)
        over = track.hit(desk.mouse, area) if desk.mouse is not None else ""
        times = Times(
            playback.first,
            playback.last,
            playback.at,
            desk.end,
            playback.paused,
            desk.marks,
            None if frame is None else frame.setting,
            over,
            desk.mouse[0] if desk.mouse is not None and over == "track" else None,
        )
        key = (replace(times, marks=(), setting=None), len(desk.marks), look, area.size)
        self._paste(surface, "timeline", key, area, lambda s: draw_timeline(s, s.get_rect(), look, times))

    def _paint_panel(self, surface: pygame.Surface, desk: Desk, look: Look, area: pygame.Rect) -> None:
        """Plots above, what is known of the agent or of all below."""
        surface.fill(look.theme.panel, area)
        pygame.draw.line(surface, look.theme.rule, area.topleft, area.bottomleft)
        inner = area.inflate(-look.px(28), -look.px(24))
        top = inner.top
        self.plot = None
        if not desk.own_view and inner.height > look.px(HEIGHT * 3):
            top = self._paint_plots(surface, desk, look, inner)
        room = pygame.Rect(inner.left, top, inner.width, max(inner.bottom - top, 1))
        sheet = self._sheet(desk, look, room.width)
        if sheet is None:
            return
        # What is wanted is kept: a sheet that is short while a prompt is looked up loses no place.
        self.scrolled = min(max(desk.scroll, 0), max(0, sheet.get_height() - room.height))
        surface.blit(sheet, room, pygame.Rect(0, self.scrolled, *room.size))
        if sheet.get_height() > room.height:
            part = room.height / sheet.get_height()
            bar = pygame.Rect(0, 0, look.px(4), max(look.px(16), round(room.height * part)))
            travel = (room.height - bar.height) * self.scrolled / (sheet.get_height() - room.height)
            bar.topright = (area.right - look.px(3), room.top + round(travel))
            look.box(surface, bar, look.theme.rule, radius=2)

    def _paint_plots(self, surface: pygame.Surface, desk: Desk, look: Look, inner: pygame.Rect) -> int:
        """Score and measure, or the score alone where the room is needed; where they end."""
        measured = bool(desk.measures) and (desk.selected is None or inner.height > look.px(ROOMY))
        rects = [
            pygame.Rect(inner.left, inner.top + rank * look.px(HEIGHT + 8), inner.width, look.px(HEIGHT))
            for rank in range(2 if measured else 1)
        ]
        curves = [Curve(points, colour) for points, colour in zip(desk.scores, CURVES, strict=False)]
        lengths = tuple(len(points) for points in desk.scores)
        at, end = desk.playback.at, desk.end
        key: Hashable = (at, end, lengths, look, rects[0].size)
        self._paste(
            surface,
            "score",
            key,
            rects[0],
            lambda s: draw_plot(s, s.get_rect(), look, "score", curves, at, end),
        )
        if not measured:
            return rects[0].bottom + look.px(14)
        name = desk.measures[desk.measure % len(desk.measures)]
        values = [series.values(name) for series in desk.series]
        others = [Curve(points, colour) for points, colour in zip(values, CURVES, strict=False)]
        title = name.replace("_", " ")
        key = (at, end, name, tuple(len(points) for points in values), look, rects[1].size)
        self._paste(
            surface, "plot", key, rects[1], lambda s: draw_plot(s, s.get_rect(), look, title, others, at, end)
        )
        self.plot = rects[1]
        return rects[1].bottom + look.px(14)

    def _sheet(self, desk: Desk, look: Look, width: int) -> pygame.Surface | None:
        """What is known of the selected agent, or of everybody."""
        frame, before = desk.frame, desk.view.before
        if frame is None:
            return None
        moment = (desk.active, frame.round, frame.status)
        agent = desk.seat.body if desk.own_view and desk.seat is not None else desk.selected
        if agent is not None and agent < len(frame.places):
            mind, who = desk.mind(), agent
            key: Hashable = (moment, agent, look, width, mind.now, mind.before, mind.thinking, mind.sought)
            return self._keep(
                "sheet", key, lambda: agent_sheet(look, width, frame, before, who, mind).surface()
            )
        return self._keep("sheet", (moment, look, width), lambda: team_sheet(look, width, frame).surface())

    def _paste(
        self,
        surface: pygame.Surface,
        name: str,
        key: Hashable,
        area: pygame.Rect,
        draw: Callable[[pygame.Surface], None],
    ) -> None:
        """Draw a part, or what was drawn of it before if nothing has changed."""

        def made() -> pygame.Surface:
            part = pygame.Surface(area.size)
            part.fill(self.look.theme.panel if self.look is not None else 0)
            draw(part)
            return part

        surface.blit(self._keep(name, key, made), area)

    def _keep(self, name: str, key: Hashable, make: Callable[[], pygame.Surface]) -> pygame.Surface:
        known = self._kept.get(name)
        if known is None or known[0] != key:
            known = (key, make())
            self._kept[name] = known
        return known[1]


def standing_of(desk: Desk) -> Standing:
    """What the header tells beside the frame."""
    playback = desk.playback
    state = "playing"
    if playback.held:
        state = "held"
    elif playback.live and not playback.following:
        state = "past"
    elif not playback.live and playback.at >= playback.last:
        state = "over"
    elif playback.paused:
        state = "paused"
    elif desk.seat is not None and desk.seat.asked is not None:
        state = "waiting"
    speed = f"{playback.speed:g} rounds/s" if playback.speed else "full speed"
    return Standing(state, speed, desk.thinking(), playback.last if state in ("held", "past") else None)
