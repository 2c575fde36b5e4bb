"""The status strip below a map: scenario, round, score, cost of language models, caption."""

import pygame
from swarm_env.viz.draw.camera import Rect
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.theme import DARK, Theme

from swarm_env.frame import Frame

HEIGHT = 52  # without the task [pixels]
LINE, LINES = 17, 2  # height [pixels] and number of lines of the task, and of the legend of signs
BIG, SMALL = 22, 17  # font sizes [pixels]
EDGE = 14  # margin at both ends [pixels]
FIRST_THING = 3  # code of the first thing that is no wall


def strip_height(frame: Frame) -> int:
    """Height of the strip, with the task in words and the signs if the scenario has them [pixels]."""
    setting = frame.setting
    return HEIGHT + LINE * LINES * (bool(setting.task) + bool(setting.badges))


def draw_strip(surface: pygame.Surface, area: Rect, frame: Frame, theme: Theme = DARK) -> None:
    """Draw the strip in an area (x, y, width, height of `HEIGHT` or more) [pixels].

    Texts that do not fit are cut or left out, the least important first.
    """
    x, y, width, height = area
    surface.fill(theme.panel, area)
    if height >= strip_height(frame) > HEIGHT:
        height = HEIGHT
        _write_task(surface, (x + EDGE, y + HEIGHT - 2), width - 2 * EDGE, frame, theme)
    surface.fill(theme.rule, (x, y, width, 3))
    done = frame.round / frame.max_rounds if frame.max_rounds else 1.0
    surface.fill(theme.accent, (x, y, round(width * min(done, 1.0)), 3))
    room = width - 2 * EDGE
    upper, lower = y + height // 2 - 10, y + height // 2 + 13
    if not (frame.status or frame.caption):
        upper = y + height // 2 + 1
    room = _right(surface, x + width - EDGE, upper, room, f"score {frame.score:g}", BIG, theme)
    at = x + EDGE
    for words, size, colour in (
        (frame.scenario.replace("_", " "), BIG, theme.ink),
        (f"round {frame.round} of {frame.max_rounds}", SMALL, theme.faint),
        (frame.teams_line, SMALL, theme.ink),
    ):
        shown = text.shortened(words, size, max(0, room - 12))
        used = text.write(surface, (at, upper), shown, size, colour, (0.0, 0.5)).width + 12 if shown else 0
        at, room = at + used, room - used
    room = _right(surface, x + width - EDGE, lower, width - 2 * EDGE, frame.status, SMALL, theme)
    caption = text.shortened(frame.caption, SMALL, max(0, room - 12))
    text.write(surface, (x + EDGE, lower), caption, SMALL, theme.faint, (0.0, 0.5))


def _first_sentence(task: str) -> str:
    return " ".join(task.split()).partition(". ")[0].rstrip(".")


def _legend(frame: Frame) -> str:
    """What the letters of things and the signs mean. Agents are discs with their numbers."""
    setting = frame.setting
    things = [f"{kind.symbol} {kind.name}" for kind in setting.kinds[FIRST_THING : setting.first_agent]]
    signs = [f"{sign} {meaning}" for badge in setting.badges for sign, meaning in badge.legend]
    return ", ".join(things + signs)


def _write_task(surface: pygame.Surface, at: tuple[int, int], width: int, frame: Frame, theme: Theme) -> None:
    """Write the first sentence of the task, and the legend, below the rest; what does not fit is cut."""
    (x, y), most = at, (strip_height(frame) - HEIGHT) // LINE
    task = text.wrapped(_first_sentence(frame.setting.task), LINE, width, LINES) if frame.setting.task else []
    room = most - len(task)
    legend = text.wrapped(_legend(frame), LINE, width, room) if room else []
    lines = [(line, theme.ink) for line in task] + [(line, theme.faint) for line in legend]
    for rank, (line, colour) in enumerate(lines):
        text.write(surface, (x, y + rank * LINE), line, LINE, colour)


def _right(surface: pygame.Surface, x: int, y: int, room: int, words: str, size: int, theme: Theme) -> int:
    """Write right-aligned text; return the width that is left [pixels]."""
    shown = text.shortened(words, size, room)
    colour = theme.ink if size == BIG else theme.faint
    return room - text.write(surface, (x, y), shown, size, colour, (1.0, 0.5)).width
