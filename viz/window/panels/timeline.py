"""The bar below the map: buttons, the track of rounds, and marks where something happened."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pygame
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import TRAILS, Colour, Theme
from swarm_env.viz.window.panels.style import SMALL, TINY, Look

from swarm_env.frame import Setting
from swarm_env.playback.timeline_events import FALLBACK, Mark

BUTTONS = ("back", "pause", "step")
SHORT, LONG = 100, 400  # rounds: the least that the track of a game spans, and what it spans at once


@dataclass(frozen=True, slots=True)
class Times:
    """What the timeline shows.

    Attributes:
        first: First round that can be shown.
        last: Last round that can be shown.
        at: Round that is shown.
        end: Round at the right end of the track.
        paused: Whether a button to go on is shown, not one to pause.
        marks: What has happened, in order.
        setting: Of the game; None before it has begun.
        over: What the mouse is over: the name of a button, "track", or "".
        pointed: Where the mouse is, from the left [pixels]; None if it is elsewhere.
    """

    first: int
    last: int
    at: int
    end: int
    paused: bool
    marks: Sequence[Mark]
    setting: Setting | None
    over: str = ""
    pointed: int | None = None


def end_of(last: int, most: int, live: bool) -> int:
    """Round at the right end of the track.

    Args:
        last: Last round known.
        most: Rounds after which the game ends.
        live: Whether it goes on: a long game then gets a track that grows by doubling.
    """
    if not live:
        return max(last, 1)
    if most <= LONG:
        return most
    return min(most, max(SHORT, 1 << math.ceil(math.log2(last + 1))))


@dataclass(frozen=True, slots=True)
class Track:
    """Where things are on the timeline [pixels]."""

    buttons: dict[str, pygame.Rect]
    line: pygame.Rect
    end: int

    @classmethod
    def of(cls, area: pygame.Rect, look: Look, first: int, end: int) -> "Track":
        """Share the bar out."""
        side, gap = look.px(34), look.px(4)
        top = area.centery - side // 2
        left = area.left + look.px(12)
        buttons = {
            name: pygame.Rect(left + rank * (side + gap), top, side, side)
            for rank, name in enumerate(BUTTONS)
        }
        start = left + len(BUTTONS) * (side + gap) + look.px(14)
        line = pygame.Rect(
            start, area.centery + look.px(6), max(area.right - look.px(24) - start, 1), look.px(8)
        )
        return cls(buttons, line, max(end, 1))

    def x(self, number: int) -> int:
        """Where a round is."""
        return self.line.left + round(self.line.width * min(max(number / self.end, 0.0), 1.0))

    def round_at(self, x: int) -> int:
        """The round at a place."""
        return round(min(max((x - self.line.left) / self.line.width, 0.0), 1.0) * self.end)

    def hit(self, at: tuple[int, int], area: pygame.Rect) -> str:
        """What lies at a pixel: the name of a button, "track" or ""."""
        for name, rect in self.buttons.items():
            if rect.collidepoint(at):
                return name
        near = self.line.left - self.line.height <= at[0] <= self.line.right + self.line.height
        return "track" if near and area.collidepoint(at) else ""


def colour_of(name: str, setting: Setting | None) -> Colour:
    """The colour of the marks of an event."""
    names = [event.name for event in setting.events] if setting else []
    if name == FALLBACK or name not in names:
        return TRAILS[6]
    return TRAILS[(names.index(name) + 1) % (len(TRAILS) - 1)]


def draw_timeline(surface: pygame.Surface, area: pygame.Rect, look: Look, times: Times) -> None:
    """Draw the bar."""
    theme = look.theme
    surface.fill(theme.panel, area)
    pygame.draw.line(surface, theme.rule, area.topleft, (area.right, area.top))
    track = Track.of(area, look, times.first, times.end)
    for name, rect in track.buttons.items():
        over = name == times.over
        look.box(surface, rect, mixed(theme.panel, theme.ink, 0.16) if over else look.raised)
        _draw_sign(surface, rect, "go" if name == "pause" and times.paused else name, theme)
    _draw_line(surface, look, track, times)
    _draw_marks(surface, look, track, times)
    _draw_names(surface, look, track, times)
    if times.over == "track" and times.pointed is not None:
        _draw_pointed(surface, look, track, times, times.pointed)


def _draw_sign(surface: pygame.Surface, rect: pygame.Rect, sign: str, theme: Theme) -> None:
    """What a button does, as a shape."""
    x, y = rect.center
    r = rect.width // 5
    if sign == "pause":
        for side in (-1, 1):
            bar = pygame.Rect(0, 0, max(2, r * 2 // 3), r * 2)
            bar.center = (x + side * r * 2 // 3, y)
            pygame.draw.rect(surface, theme.ink, bar, border_radius=1)
        return
    way = -1 if sign == "back" else 1
    shift = 0 if sign == "go" else -way * r // 3
    points = [
        (x + shift - way * r * 2 // 3, y - r),
        (x + shift - way * r * 2 // 3, y + r),
        (x + shift + way * r, y),
    ]
    pygame.draw.polygon(surface, theme.ink, points)
    pygame.draw.aalines(surface, theme.ink, True, points)
    if sign != "go":
        bar = pygame.Rect(0, 0, max(2, r // 2), r * 2)
        bar.center = (x + shift + way * (r + max(2, r // 2)), y)
        pygame.draw.rect(surface, theme.ink, bar, border_radius=1)


def _draw_line(surface: pygame.Surface, look: Look, track: Track, times: Times) -> None:
    theme, line = look.theme, track.line
    look.box(surface, line, theme.rule, radius=4)
    known = pygame.Rect(
        track.x(times.first), line.top, track.x(times.last) - track.x(times.first), line.height
    )
    if known.width > 0:
        look.box(surface, known, mixed(theme.rule, theme.ink, 0.3), radius=4)
    played = pygame.Rect(known.left, line.top, track.x(times.at) - known.left, line.height)
    if played.width > 0:
        look.box(surface, played, mixed(theme.rule, theme.accent, 0.8), radius=4)
    centre, radius = (track.x(times.at), line.centery), look.px(8)
    pygame.draw.aacircle(surface, theme.panel, centre, radius + look.px(2))
    pygame.draw.aacircle(surface, theme.accent, centre, radius)


def _draw_marks(surface: pygame.Surface, look: Look, track: Track, times: Times) -> None:
    """A tick for each pixel in which something has happened, a row for each kind of event."""
    seen = {(track.x(mark.round), mark.name) for mark in times.marks}
    high, width = look.px(8), max(2, look.px(2))
    for x, name in sorted(seen):
        tick = pygame.Rect(x - width // 2, track.line.top - high - look.px(3), width, high)
        pygame.draw.rect(surface, colour_of(name, times.setting), tick)


def _draw_names(surface: pygame.Surface, look: Look, track: Track, times: Times) -> None:
    """What the colours of the marks mean, and how often it has happened."""
    x, y = track.line.left, track.line.top - look.px(20)
    counts = Counter(mark.name for mark in times.marks)
    for name, count in sorted(counts.items()):
        words = f"{name} {count}"
        if x + look.width(words, TINY) + look.px(30) > track.line.right:
            return
        pygame.draw.aacircle(surface, colour_of(name, times.setting), (x + look.px(4), y), look.px(4))
        x = look.write(
            surface, (x + look.px(12), y), words, TINY, look.theme.faint, (0, 0.5)
        ).right + look.px(14)


def _draw_pointed(surface: pygame.Surface, look: Look, track: Track, times: Times, x: int) -> None:
    """The round under the mouse, and what happened there."""
    number = track.round_at(x)
    near = {mark.name for mark in times.marks if abs(track.x(mark.round) - x) <= look.px(3)}
    words = f"round {number}" + "".join(f", {name}" for name in sorted(near))
    width = look.width(words, SMALL) + look.px(16)
    left = min(max(x - width // 2, track.line.left), max(track.line.right - width, track.line.left))
    rect = pygame.Rect(left, track.line.top - look.px(34), width, look.px(24))
    look.box(surface, rect, look.theme.bubble)
    look.write(surface, rect.center, words, SMALL, look.theme.bubble_ink, (0.5, 0.5))
