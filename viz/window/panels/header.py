"""The header above the map: scenario, round, score, cost, and which agents wait for a model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pygame
from swarm_env.viz.draw.style.kind_styles import ink_on, mixed
from swarm_env.viz.draw.style.theme import TRAILS, Colour
from swarm_env.viz.window.panels.style import LARGE, NORMAL, SMALL, TINY, Style

from swarm_env.frame import Frame

if TYPE_CHECKING:
    from swarm_env.viz.window.window_state import WindowState

MOST_CHIPS = 8  # waiting agents that are listed


@dataclass(frozen=True, slots=True)
class HeaderState:
    """What the header shows besides the frame."""

    mode: str  # "playing", "paused", "held", "past", "over" or "waiting" (for the human)
    speed: str  # in words
    thinking: tuple[int, ...] = ()  # numbers of the agents with a pending model call
    now: int | None = None  # newest round of the game while an earlier one is shown, else None


def header_state(state: "WindowState") -> HeaderState:
    """What the header shows of a window state."""
    playhead, human = state.playhead, state.human_input
    mode = "playing"
    if playhead.held:
        mode = "held"
    elif playhead.live and not playhead.following:
        mode = "past"
    elif not playhead.live and playhead.round >= playhead.last:
        mode = "over"
    elif playhead.paused:
        mode = "paused"
    elif human is not None and human.question is not None:
        mode = "waiting"
    speed = f"{playhead.speed:g} rounds/s" if playhead.speed else "full speed"
    return HeaderState(mode, speed, state.thinking(), playhead.last if mode in ("held", "past") else None)


def draw_header(
    surface: pygame.Surface, area: pygame.Rect, style: Style, frame: Frame | None, header: HeaderState
) -> None:
    """Draw the header."""
    theme = style.theme
    surface.fill(theme.panel, area)
    pygame.draw.line(surface, theme.rule, (area.left, area.bottom - 1), (area.right, area.bottom - 1))
    x, middle = area.left + style.px(16), area.centery
    right = _draw_right(surface, area, style, frame, header)
    if frame is None:
        style.write(surface, (x, middle), "Starting …", LARGE, theme.faint, (0, 0.5))
        return
    x = style.write(surface, (x, middle), frame.scenario, LARGE, None, (0, 0.5), right - x).right
    x += style.px(18)
    for name, value in (("round", f"{frame.round} / {frame.max_rounds}"), ("score", f"{frame.score:g}")):
        if x + style.width(value, NORMAL) > right:
            return
        x = _draw_value(surface, (x, middle), style, name, value) + style.px(20)
    if (chip := _chip(style, header)) is not None:
        words, colour = chip
        if x + style.width(words, TINY) + style.px(20) > right:
            return
        x = style.chip(surface, (x, middle), words, colour, ink_on(colour)).right + style.px(6)
    if header.thinking:
        _draw_thinking(surface, (x + style.px(6), middle), right, style, header.thinking)


def _draw_value(surface: pygame.Surface, at: tuple[int, int], style: Style, name: str, value: str) -> int:
    """Draw a label with its value; return where it ends."""
    x, middle = at
    end = style.write(surface, (x, middle), name, SMALL, style.theme.faint, (0, 0.5)).right + style.px(6)
    return style.write(surface, (end, middle), value, NORMAL, None, (0, 0.5)).right


def _chip(style: Style, header: HeaderState) -> tuple[str, Colour] | None:
    """Text and colour of the label of an unusual mode."""
    accent = style.theme.accent
    return {
        "paused": ("PAUSED", accent),
        "held": (f"HELD, the game is at {header.now}", TRAILS[1]),
        "past": (f"EARLIER, the game is at {header.now}", TRAILS[0]),
        "over": ("OVER", TRAILS[2]),
        "waiting": ("YOUR MOVE", accent),
    }.get(header.mode)


def _draw_thinking(
    surface: pygame.Surface, at: tuple[int, int], right: int, style: Style, thinking: tuple[int, ...]
) -> None:
    """List the agents with a pending model call, as far as there is room."""
    theme, (x, middle) = style.theme, at
    words = "thinking"
    if x + style.width(words, SMALL) > right:
        return
    x = style.write(surface, (x, middle), words, SMALL, theme.faint, (0, 0.5)).right + style.px(6)
    for rank, agent in enumerate(thinking):
        label = str(agent) if rank < MOST_CHIPS else f"+{len(thinking) - rank}"
        if x + style.width(label, TINY) + style.px(16) > right:
            style.write(surface, (x, middle), "…", SMALL, theme.faint, (0, 0.5))
            return
        colour = mixed(theme.panel, theme.accent, 0.35)
        x = style.chip(surface, (x, middle), label, colour, theme.ink).right + style.px(4)
        if rank >= MOST_CHIPS:
            return


def _draw_right(
    surface: pygame.Surface, area: pygame.Rect, style: Style, frame: Frame | None, header: HeaderState
) -> int:
    """Draw speed, cost and caption at the right end; return where they begin."""
    x, middle, faint = area.right - style.px(16), area.centery, style.theme.faint
    status = frame.status if frame else ""
    for words, shade in ((header.speed, style.theme.ink), (status, faint)):
        if words:
            written = style.write(surface, (x, middle), words, SMALL, shade, (1, 0.5), area.width // 3)
            x = written.left - style.px(16)
    if frame is not None and frame.caption and x - area.left > area.width * 0.62:
        room = max(0, x - area.left - round(area.width * 0.55))
        x = style.write(surface, (x, middle), frame.caption, SMALL, faint, (1, 0.5), room).left
    return x - style.px(8)
