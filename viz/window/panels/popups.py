"""Popups over the map: help, layer menu, the question to the human, notices."""

import math
from collections.abc import Sequence

import pygame
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import Colour
from swarm_env.viz.window.human_keys import Question, WindowInput
from swarm_env.viz.window.keys import DRIVING, GROUPS, LAYERS
from swarm_env.viz.window.panels.style import NORMAL, SMALL, TINY, Style

from swarm_env.agent import Brief
from swarm_env.badge import Badge
from swarm_env.playing.human_input import own_moves

LEADING = 1.2  # distance of lines of the help [lines of text]
Groups = list[tuple[str, list[tuple[str, str]]]]  # heading, (keys, description)


def draw_card(surface: pygame.Surface, rect: pygame.Rect, style: Style) -> None:
    """Draw the background of a popup."""
    style.box(surface, rect, style.theme.panel, radius=10, edge=mixed(style.theme.rule, style.theme.ink, 0.2))


def draw_help(surface: pygame.Surface, style: Style, driving: bool) -> None:
    """Draw all keys in one or two columns; with those of the human if `driving`."""
    groups: Groups = [(name, [(b.label, b.description) for b in group]) for name, group in GROUPS.items()]
    if driving:
        groups.insert(0, ("Your agent", list(DRIVING)))
    width, height = surface.get_size()
    columns = 2 if width >= style.px(700) else 1
    rows = _tallest(groups, columns)
    while (
        style.px(40) + rows * round(style.line(SMALL) * LEADING) > height - style.px(24) and style.unit > 0.4
    ):
        style = Style(style.theme, style.unit * 0.95)  # smaller letters until everything fits
    step, across = round(style.line(SMALL) * LEADING), min(style.px(545), (width - style.px(24)) // columns)
    card = pygame.Rect(0, 0, columns * across + style.px(20), rows * step + style.px(48))
    card.center = (width // 2, height // 2)
    shade = pygame.Surface((width, height))
    shade.fill(style.theme.ground)
    shade.set_alpha(170)
    surface.blit(shade, (0, 0))
    draw_card(surface, card, style)
    column, y = 0, card.top + style.px(24)
    for name, lines in groups:
        full = y + (len(lines) + 1) * step > card.bottom - style.px(12)
        if y > card.top + style.px(24) and full and column + 1 < columns:
            column, y = column + 1, card.top + style.px(24)
        x = card.left + style.px(24) + column * across
        style.write(surface, (x, y), name, SMALL, style.theme.accent)
        for keys, description in lines:
            y += step
            style.write(surface, (x, y), keys, SMALL, room=style.px(126))
            at, room = (x + style.px(134), y), across - style.px(160)
            style.write(surface, at, description, SMALL, style.theme.faint, room=room)
        y += step + step // 2


def draw_task(surface: pygame.Surface, style: Style, brief: Brief, badges: Sequence[Badge] = ()) -> None:
    """Draw the task of the human, and what the map and the signs that they may see mean."""
    width, height = surface.get_size()
    symbols = [f"{symbol}: {meaning}" for symbol, meaning in brief.symbols.items()]
    signs = [f"{sign}: {meaning}" for one in badges if not one.secret for sign, meaning in one.legend]
    room = min(width - style.px(24), style.px(760))
    while True:  # smaller letters until everything fits
        wide = room - style.px(48)
        parts = [*brief.words.splitlines(), "", *symbols, *signs, "", "Any key begins."]
        lines = [line for part in parts for line in text.wrapped(part, style.px(SMALL), wide, 99) or [""]]
        card = pygame.Rect(0, 0, room, len(lines) * style.line(SMALL) + style.px(36))
        if card.height <= height - style.px(24) or style.unit <= 0.4:
            break
        style = Style(style.theme, style.unit * 0.95)
    card.center = (width // 2, height // 2)
    draw_card(surface, card, style)
    for rank, line in enumerate(lines):
        at = (card.left + style.px(24), card.top + style.px(18) + rank * style.line(SMALL))
        style.write(surface, at, line, SMALL, room=wide)


def _tallest(groups: Groups, columns: int) -> int:
    """Lines of the tallest column: the lowest limit at which the groups, in order, fit the columns."""
    heights = [len(lines) + 1.5 for _, lines in groups]
    limit = sum(heights) / columns
    while True:
        used, column = 0.0, 1
        for height in heights:
            if used and used + height > limit:
                used, column = 0.0, column + 1
            used += height
        if column <= columns:
            return math.ceil(limit)
        limit += 0.5


def layer_rows(area: pygame.Rect, style: Style) -> list[pygame.Rect]:
    """Areas of the rows of the layer menu, at the upper right of an area."""
    width, high = min(style.px(250), area.width - style.px(16)), style.px(28)
    left, top = area.right - width - style.px(8), area.top + style.px(8)
    return [pygame.Rect(left, top + rank * high, width, high) for rank in range(len(LAYERS))]


def draw_layers(surface: pygame.Surface, area: pygame.Rect, style: Style, switches: dict[str, bool]) -> None:
    """Draw the layer menu."""
    rows, theme = layer_rows(area, style), style.theme
    draw_card(surface, rows[0].unionall(rows).inflate(style.px(8), style.px(8)), style)
    for rank, (row, (name, description)) in enumerate(zip(rows, LAYERS, strict=True)):
        box = pygame.Rect(row.left + style.px(8), 0, style.px(14), style.px(14))
        box.centery = row.centery
        on = switches[name]
        style.box(surface, box, theme.accent if on else theme.rule, radius=3)
        at = (box.right + style.px(10), row.centery)
        style.write(surface, at, description, SMALL, theme.ink if on else theme.faint, (0, 0.5))
        at = (row.right - style.px(8), row.centery)
        style.write(surface, at, str(rank + 1), TINY, theme.faint, (1, 0.5))


def draw_notice(surface: pygame.Surface, area: pygame.Rect, style: Style, words: str) -> None:
    """Draw a notice of an agent or the game at the upper edge of the map."""
    room = min(area.width - style.px(24), style.px(620))
    lines = text.wrapped(words, style.px(SMALL), room - style.px(24), 4)
    width = max(style.width(line, SMALL) for line in lines) + style.px(24)
    rect = pygame.Rect(0, 0, width, len(lines) * style.line(SMALL) + style.px(14))
    rect.midtop = (area.centerx, area.top + style.px(8))
    draw_card(surface, rect, style)
    for rank, line in enumerate(lines):
        at = (rect.centerx, rect.top + style.px(7) + rank * style.line(SMALL))
        style.write(surface, at, line, SMALL, None, (0.5, 0))


def draw_pointer(surface: pygame.Surface, area: pygame.Rect, style: Style, words: str) -> None:
    """Describe the cell under the mouse, at the upper right of the timeline."""
    width = min(style.width(words, TINY) + style.px(12), area.width // 2)
    rect = pygame.Rect(area.right - style.px(18) - width, area.top + style.px(5), width, style.px(20))
    surface.fill(style.theme.panel, rect)
    style.write(surface, rect.center, words, TINY, style.theme.faint, (0.5, 0.5), width)


def draw_question(
    surface: pygame.Surface, area: pygame.Rect, style: Style, human: WindowInput, question: Question | None
) -> None:
    """Draw the question to the human and the keys that answer it."""
    surface.fill(style.theme.panel, area)
    pygame.draw.line(surface, style.theme.rule, area.topleft, area.topright)
    y = area.top + style.px(6)
    for words, size, colour in _question_lines(style, human, question):
        if y + style.line(size) > area.bottom:
            return
        style.write(surface, (area.centerx, y), words, size, colour, (0.5, 0), area.width - style.px(32))
        y += style.line(size)


def _question_lines(
    style: Style, human: WindowInput, question: Question | None
) -> list[tuple[str, int, Colour]]:
    theme = style.theme
    if human.typing is not None:
        return [
            (f"say: {human.typing}|", NORMAL, theme.ink),
            ("Enter keeps it for your move, Escape cancels", TINY, theme.faint),
        ]
    if question is None:
        return [(f"Agent {human.agent}: the other agents are deciding …", SMALL, theme.faint)]
    brief, seen = question.brief, question.perception
    talk = ["T writes a message"] if brief.message != "none" else []
    keys = ", ".join(["arrows or W A S D move", ". stays", *own_moves(brief.actions, "Space"), *talk])
    lines = [(human.hint or f"Your move, agent {question.agent}", NORMAL, theme.accent)]
    senses = [f"{name} {value}" for name, value in zip(brief.senses, seen.senses, strict=False)]
    details = [keys, "you sense: " + ", ".join(senses) if senses else ""]
    details.append("" if question.message is None else f"to say: {question.message}")
    details.append("heard: " + " / ".join(str(word) for word in seen.heard) if seen.heard else "")
    return lines + [(words, SMALL, theme.ink) for words in details if words]
