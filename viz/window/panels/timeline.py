"""The timeline below the map: buttons, a track of all rounds, and marks of events."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pygame
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import TRAILS, Colour, Theme
from swarm_env.viz.window.panels.style import SMALL, TINY, Style

from swarm_env.frame import Setting
from swarm_env.playback.timeline_events import FALLBACK, Mark

BUTTONS = ("back", "pause", "step")
SHORT, LONG = 100, 400  # rounds on the track of a live game: the least, and the most shown from the start


@dataclass(frozen=True, slots=True)
class TimelineState:
    """What the timeline shows."""

    first: int  # first round that can be shown
    last: int  # last round that can be shown
    at: int  # shown round
    end: int  # round at the right end of the track
    paused: bool  # whether the pause button resumes
    marks: Sequence[Mark]  # events, in order
    setting: Setting | None  # of the game; None before it has begun
    over: str = ""  # name of the button under the mouse, "track", or ""
    pointed: int | None = None  # x of the mouse on the track [pixels]; None elsewhere


def track_end(last: int, most: int, live: bool) -> int:
    """Round at the right end of the track, given its last and its greatest possible round.

    The track of a long live game grows by doubling.
    """
    if not live:
        return max(last, 1)
    if most <= LONG:
        return most
    return min(most, max(SHORT, 1 << math.ceil(math.log2(last + 1))))


@dataclass(frozen=True, slots=True)
class Track:
    """Geometry of the timeline [pixels], for rounds 0 to `end`."""

    buttons: dict[str, pygame.Rect]
    line: pygame.Rect
    end: int

    @classmethod
    def of(cls, area: pygame.Rect, style: Style, end: int) -> "Track":
        """Divide the area of the timeline."""
        side, gap = style.px(34), style.px(4)
        top, left = area.centery - side // 2, area.left + style.px(12)
        buttons = {
            name: pygame.Rect(left + rank * (side + gap), top, side, side)
            for rank, name in enumerate(BUTTONS)
        }
        start = left + len(BUTTONS) * (side + gap) + style.px(14)
        width = max(area.right - style.px(24) - start, 1)
        return cls(buttons, pygame.Rect(start, area.centery + style.px(6), width, style.px(8)), max(end, 1))

    def x(self, number: int) -> int:
        """X of a round."""
        return self.line.left + round(self.line.width * min(max(number / self.end, 0.0), 1.0))

    def round_at(self, x: int) -> int:
        """The round nearest to an x."""
        return round(min(max((x - self.line.left) / self.line.width, 0.0), 1.0) * self.end)

    def hit(self, at: tuple[int, int], area: pygame.Rect) -> str:
        """Name of the button at a pixel, "track", or ""."""
        for name, rect in self.buttons.items():
            if rect.collidepoint(at):
                return name
        near = self.line.left - self.line.height <= at[0] <= self.line.right + self.line.height
        return "track" if near and area.collidepoint(at) else ""


def colour_of(name: str, setting: Setting | None) -> Colour:
    """Colour of the marks of an event."""
    names = [event.name for event in setting.events] if setting else []
    if name == FALLBACK or name not in names:
        return TRAILS[6]
    return TRAILS[(names.index(name) + 1) % (len(TRAILS) - 1)]


def draw_timeline(surface: pygame.Surface, area: pygame.Rect, style: Style, times: TimelineState) -> None:
    """Draw the timeline."""
    theme = style.theme
    surface.fill(theme.panel, area)
    pygame.draw.line(surface, theme.rule, area.topleft, (area.right, area.top))
    track = Track.of(area, style, times.end)
    for name, rect in track.buttons.items():
        over = name == times.over
        style.box(surface, rect, mixed(theme.panel, theme.ink, 0.16) if over else style.raised)
        _draw_icon(surface, rect, "go" if name == "pause" and times.paused else name, theme)
    _draw_line(surface, style, track, times)
    _draw_marks(surface, style, track, times)
    _draw_legend(surface, style, track, times)
    if times.over == "track" and times.pointed is not None:
        _draw_tooltip(surface, style, track, times, times.pointed)


def _draw_icon(surface: pygame.Surface, rect: pygame.Rect, icon: str, theme: Theme) -> None:
    """Draw the icon of a button: two bars, or a triangle with or without a bar."""
    x, y = rect.center
    r = rect.width // 5
    if icon == "pause":
        for side in (-1, 1):
            _draw_bar(surface, (x + side * r * 2 // 3, y), max(2, r * 2 // 3), r * 2, theme)
        return
    way = -1 if icon == "back" else 1
    shift = 0 if icon == "go" else -way * r // 3
    base = x + shift - way * r * 2 // 3
    points = [(base, y - r), (base, y + r), (x + shift + way * r, y)]
    pygame.draw.polygon(surface, theme.ink, points)
    pygame.draw.aalines(surface, theme.ink, True, points)
    if icon != "go":
        _draw_bar(surface, (x + shift + way * (r + max(2, r // 2)), y), max(2, r // 2), r * 2, theme)


def _draw_bar(
    surface: pygame.Surface, centre: tuple[int, int], width: int, height: int, theme: Theme
) -> None:
    bar = pygame.Rect(0, 0, width, height)
    bar.center = centre
    pygame.draw.rect(surface, theme.ink, bar, border_radius=1)


def _draw_line(surface: pygame.Surface, style: Style, track: Track, times: TimelineState) -> None:
    """Draw the track, the known and the played part of it, and the playhead."""
    theme, line, left = style.theme, track.line, track.x(times.first)
    style.box(surface, line, theme.rule, radius=4)
    for end, colour in (
        (times.last, mixed(theme.rule, theme.ink, 0.3)),
        (times.at, mixed(theme.rule, theme.accent, 0.8)),
    ):
        part = pygame.Rect(left, line.top, track.x(end) - left, line.height)
        if part.width > 0:
            style.box(surface, part, colour, radius=4)
    centre, radius = (track.x(times.at), line.centery), style.px(8)
    pygame.draw.aacircle(surface, theme.panel, centre, radius + style.px(2))
    pygame.draw.aacircle(surface, theme.accent, centre, radius)


def _draw_marks(surface: pygame.Surface, style: Style, track: Track, times: TimelineState) -> None:
    """Draw a tick at each pixel with an event."""
    seen = {(track.x(mark.round), mark.name) for mark in times.marks}
    high, width = style.px(8), max(2, style.px(2))
    for x, name in sorted(seen):
        tick = pygame.Rect(x - width // 2, track.line.top - high - style.px(3), width, high)
        pygame.draw.rect(surface, colour_of(name, times.setting), tick)


def _draw_legend(surface: pygame.Surface, style: Style, track: Track, times: TimelineState) -> None:
    """Draw name, colour and count of each event."""
    x, y = track.line.left, track.line.top - style.px(20)
    for name, count in sorted(Counter(mark.name for mark in times.marks).items()):
        words = f"{name} {count}"
        if x + style.width(words, TINY) + style.px(30) > track.line.right:
            return
        pygame.draw.aacircle(surface, colour_of(name, times.setting), (x + style.px(4), y), style.px(4))
        x = style.write(surface, (x + style.px(12), y), words, TINY, style.theme.faint, (0, 0.5)).right
        x += style.px(14)


def _draw_tooltip(surface: pygame.Surface, style: Style, track: Track, times: TimelineState, x: int) -> None:
    """Draw the round under the mouse, and the events there."""
    near = {mark.name for mark in times.marks if abs(track.x(mark.round) - x) <= style.px(3)}
    words = f"round {track.round_at(x)}" + "".join(f", {name}" for name in sorted(near))
    width = style.width(words, SMALL) + style.px(16)
    left = min(max(x - width // 2, track.line.left), max(track.line.right - width, track.line.left))
    rect = pygame.Rect(left, track.line.top - style.px(34), width, style.px(24))
    style.box(surface, rect, style.theme.bubble)
    style.write(surface, rect.center, words, SMALL, style.theme.bubble_ink, (0.5, 0.5))
