"""The strip above the map: what is played, how far it is, what it has cost, who is still thinking."""

from dataclasses import dataclass

import pygame
from swarm_env.viz.draw.style.kind_styles import ink_on, mixed
from swarm_env.viz.draw.style.theme import TRAILS, Colour
from swarm_env.viz.window.panels.style import LARGE, NORMAL, SMALL, TINY, Look

from swarm_env.frame import Frame

MOST_CHIPS = 8  # numbers of those who still think that are written out


@dataclass(frozen=True, slots=True)
class Standing:
    """What the header tells beside the frame.

    Attributes:
        state: "playing", "paused", "held", "past", "over", "waiting".
        speed: In words.
        thinking: Numbers of the bodies that models are asked for.
        now: Round that the game has reached, where an earlier one is shown; else None.
    """

    state: str
    speed: str
    thinking: tuple[int, ...] = ()
    now: int | None = None


def draw_header(
    surface: pygame.Surface, area: pygame.Rect, look: Look, frame: Frame | None, standing: Standing
) -> None:
    """Draw the strip."""
    theme = look.theme
    surface.fill(theme.panel, area)
    pygame.draw.line(surface, theme.rule, (area.left, area.bottom - 1), (area.right, area.bottom - 1))
    pad, middle = look.px(16), area.centery
    right = _right(surface, area, look, frame, standing)
    x = area.left + pad
    if frame is None:
        look.write(surface, (x, middle), "Getting ready …", LARGE, theme.faint, (0, 0.5))
        return
    x = look.write(surface, (x, middle), frame.scenario, LARGE, None, (0, 0.5), right - x).right + look.px(18)
    for name, value in (("round", f"{frame.round} / {frame.max_rounds}"), ("score", f"{frame.score:g}")):
        if x + look.width(value, NORMAL) > right:
            return
        x = _figure(surface, (x, middle), look, name, value) + look.px(20)
    for words, colour in _chips(look, standing):
        if x + look.width(words, TINY) + look.px(20) > right:
            return
        x = look.chip(surface, (x, middle), words, colour, ink_on(colour)).right + look.px(6)
    if standing.thinking:
        _draw_thinking(surface, (x + look.px(6), middle), right, look, standing.thinking)


def _figure(surface: pygame.Surface, at: tuple[int, int], look: Look, name: str, value: str) -> int:
    """A small word with its value; where it ends."""
    x, middle = at
    end = look.write(surface, (x, middle), name, SMALL, look.theme.faint, (0, 0.5)).right + look.px(6)
    return look.write(surface, (end, middle), value, NORMAL, None, (0, 0.5)).right


def _chips(look: Look, standing: Standing) -> list[tuple[str, Colour]]:
    """What is unusual now."""
    theme = look.theme
    words: dict[str, tuple[str, Colour]] = {
        "paused": ("PAUSED", theme.accent),
        "held": (f"HELD, the game is at {standing.now}", TRAILS[1]),
        "past": (f"EARLIER, the game is at {standing.now}", TRAILS[0]),
        "over": ("OVER", TRAILS[2]),
        "waiting": ("YOUR MOVE", theme.accent),
    }
    return [words[standing.state]] if standing.state in words else []


def _draw_thinking(
    surface: pygame.Surface, at: tuple[int, int], right: int, look: Look, thinking: tuple[int, ...]
) -> None:
    """Who is still thinking, as far as there is room."""
    theme, (x, middle) = look.theme, at
    words = "thinking"
    if x + look.width(words, SMALL) > right:
        return
    x = look.write(surface, (x, middle), words, SMALL, theme.faint, (0, 0.5)).right + look.px(6)
    for rank, agent in enumerate(thinking):
        left = len(thinking) - rank
        label = str(agent) if rank < MOST_CHIPS else f"+{left}"
        if x + look.width(label, TINY) + look.px(16) > right:
            look.write(surface, (x, middle), "…", SMALL, theme.faint, (0, 0.5))
            return
        colour = mixed(theme.panel, theme.accent, 0.35)
        x = look.chip(surface, (x, middle), label, colour, theme.ink).right + look.px(4)
        if rank >= MOST_CHIPS:
            return


def _right(
    surface: pygame.Surface, area: pygame.Rect, look: Look, frame: Frame | None, standing: Standing
) -> int:
    """Speed, cost and who plays, at the right end; where it begins."""
    x, middle = area.right - look.px(16), area.centery
    status = frame.status if frame else ""
    room = area.width // 3
    for words, shade in ((standing.speed, look.theme.ink), (status, look.theme.faint)):
        if words:
            x = look.write(surface, (x, middle), words, SMALL, shade, (1, 0.5), room).left - look.px(16)
    if frame is not None and frame.caption and x - area.left > area.width * 0.62:
        room = max(0, x - area.left - round(area.width * 0.55))
        x = look.write(surface, (x, middle), frame.caption, SMALL, look.theme.faint, (1, 0.5), room).left
    return x - look.px(8)
