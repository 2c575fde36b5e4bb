"""What lies over the map for a while: help, the menu of layers, the question to the person, notices."""

import math

import pygame
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import Colour
from swarm_env.viz.window.human_keys import OWN, Asked, WindowInput
from swarm_env.viz.window.keys import DRIVING, GROUPS
from swarm_env.viz.window.panels.style import NORMAL, SMALL, TINY, Look

AIR = 1.2  # of the lines of the help
LAYERS: tuple[tuple[str, str], ...] = (
    ("bubbles", "messages"),
    ("hearing", "lines to those who hear"),
    ("trails", "trails"),
    ("heat", "heat map of visits"),
    ("numbers", "numbers of agents"),
    ("facing", "facing and pushes"),
    ("lines", "grid lines"),
)


def card(surface: pygame.Surface, rect: pygame.Rect, look: Look) -> None:
    """A plate that stands out from the map."""
    look.box(surface, rect, look.theme.panel, radius=10, edge=mixed(look.theme.rule, look.theme.ink, 0.2))


def draw_help(surface: pygame.Surface, look: Look, driving: bool) -> None:
    """All keys, in one or two columns on a plate over everything."""
    groups = [(name, [(b.label, b.says) for b in bindings]) for name, bindings in GROUPS.items()]
    if driving:
        groups.insert(0, ("Your agent", list(DRIVING)))
    width, height = surface.get_size()
    columns = 2 if width >= look.px(700) else 1
    rows = _tallest(groups, columns)
    while look.px(40) + rows * round(look.line(SMALL) * AIR) > height - look.px(24) and look.unit > 0.4:
        look = Look(look.theme, look.unit * 0.95)  # smaller letters until everything fits
    step, across = round(look.line(SMALL) * AIR), min(look.px(545), (width - look.px(24)) // columns)
    plate = pygame.Rect(0, 0, columns * across + look.px(20), rows * step + look.px(48))
    plate.center = (width // 2, height // 2)
    shade = pygame.Surface((width, height))
    shade.fill(look.theme.ground)
    shade.set_alpha(170)
    surface.blit(shade, (0, 0))
    card(surface, plate, look)
    top = plate.top + look.px(24)
    column, y = 0, top
    for name, lines in groups:
        if y > top and y + (len(lines) + 1) * step > plate.bottom - look.px(12) and column + 1 < columns:
            column, y = column + 1, top
        x = plate.left + look.px(24) + column * across
        look.write(surface, (x, y), name, SMALL, look.theme.accent)
        y += step
        for keys, says in lines:
            look.write(surface, (x, y), keys, SMALL, room=look.px(126))
            room = across - look.px(160)
            look.write(surface, (x + look.px(134), y), says, SMALL, look.theme.faint, room=room)
            y += step
        y += step // 2


def _tallest(groups: list[tuple[str, list[tuple[str, str]]]], columns: int) -> int:
    """Lines of the tallest column that some groups take."""
    heights = [len(lines) + 1.5 for _, lines in groups]
    most = sum(heights) / columns
    least = most
    while True:  # the lowest limit at which the groups, in order, fit into the columns
        used, column = 0.0, 1
        for high in heights:
            if used and used + high > least:
                used, column = 0.0, column + 1
            used += high
        if column <= columns:
            return math.ceil(least)
        least += 0.5


def layer_rows(area: pygame.Rect, look: Look) -> list[pygame.Rect]:
    """Where the lines of the menu of layers are, at the upper right of the map."""
    width, high = min(look.px(250), area.width - look.px(16)), look.px(28)
    left, top = area.right - width - look.px(8), area.top + look.px(8)
    return [pygame.Rect(left, top + rank * high, width, high) for rank in range(len(LAYERS))]


def draw_layers(surface: pygame.Surface, area: pygame.Rect, look: Look, switched_on: dict[str, bool]) -> None:
    """The menu of layers."""
    rows = layer_rows(area, look)
    card(surface, rows[0].unionall(rows).inflate(look.px(8), look.px(8)), look)
    for rank, (row, (name, says)) in enumerate(zip(rows, LAYERS, strict=True)):
        box = pygame.Rect(row.left + look.px(8), 0, look.px(14), look.px(14))
        box.centery = row.centery
        on = switched_on[name]
        look.box(surface, box, look.theme.accent if on else look.theme.rule, radius=3)
        at = (box.right + look.px(10), row.centery)
        look.write(surface, at, says, SMALL, look.theme.ink if on else look.theme.faint, (0, 0.5))
        at = (row.right - look.px(8), row.centery)
        look.write(surface, at, str(rank + 1), TINY, look.theme.faint, (1, 0.5))


def draw_question(
    surface: pygame.Surface, area: pygame.Rect, look: Look, seat: WindowInput, asked: Asked | None
) -> None:
    """What the person is asked, and what the keys do, in a strip below the map."""
    surface.fill(look.theme.panel, area)
    pygame.draw.line(surface, look.theme.rule, area.topleft, area.topright)
    lines = _question_lines(look, seat, asked)
    y = area.top + look.px(6)
    for words, size, colour in lines:
        if y + look.line(size) > area.bottom:
            return
        look.write(surface, (area.centerx, y), words, size, colour, (0.5, 0), area.width - look.px(32))
        y += look.line(size)


def draw_notice(surface: pygame.Surface, area: pygame.Rect, look: Look, words: str) -> None:
    """A line that an agent or the game has to say, at the upper edge of the map."""
    room = min(area.width - look.px(24), look.px(620))
    lines = text.wrapped(words, look.px(SMALL), room - look.px(24), 4)
    width = max(look.width(line, SMALL) for line in lines) + look.px(24)
    rect = pygame.Rect(0, 0, width, len(lines) * look.line(SMALL) + look.px(14))
    rect.midtop = (area.centerx, area.top + look.px(8))
    card(surface, rect, look)
    for rank, line in enumerate(lines):
        at = (rect.centerx, rect.top + look.px(7) + rank * look.line(SMALL))
        look.write(surface, at, line, SMALL, None, (0.5, 0))


def draw_pointer(surface: pygame.Surface, area: pygame.Rect, look: Look, words: str) -> None:
    """What lies under the mouse, at the right end of the timeline's upper line."""
    width = min(look.width(words, TINY) + look.px(12), area.width // 2)
    rect = pygame.Rect(area.right - look.px(18) - width, area.top + look.px(5), width, look.px(20))
    surface.fill(look.theme.panel, rect)
    look.write(surface, rect.center, words, TINY, look.theme.faint, (0.5, 0.5), width)


def _question_lines(look: Look, seat: WindowInput, asked: Asked | None) -> list[tuple[str, int, Colour]]:
    theme = look.theme
    if seat.typing is not None:
        return [
            (f"say: {seat.typing}|", NORMAL, theme.ink),
            ("Enter keeps it for your move, Escape drops it", TINY, theme.faint),
        ]
    if asked is None:
        return [(f"Agent {seat.body}: the others are deciding …", SMALL, theme.faint)]
    brief, me = asked.brief, asked.perception
    own = [f"Space {brief.actions[OWN]}"] if len(brief.actions) > OWN else []
    more = [f"{number} {name}" for number, name in enumerate(brief.actions) if number > OWN]
    talk = ["T say something"] if brief.message != "none" else []
    felt = [f"{name} {value}" for name, value in zip(brief.senses, me.senses, strict=False)]
    lines = [
        (seat.hint or f"Your move, agent {asked.body}", NORMAL, theme.accent),
        (", ".join(["arrows or W A S D move", ". stays", *own, *more, *talk]), SMALL, theme.ink),
    ]
    if felt:
        lines.append(("you sense: " + ", ".join(felt), SMALL, theme.ink))
    if asked.message is not None:
        lines.append((f"to say: {asked.message}", SMALL, theme.ink))
    if me.heard:
        lines.append(("heard: " + " / ".join(str(word) for word in me.heard), SMALL, theme.ink))
    return lines
