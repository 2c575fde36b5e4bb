"""What was said: bubbles beside the speakers, and lines to those who heard them."""

from collections.abc import Iterator

import numpy as np
import pygame

from viz._draw import text
from viz._draw.looks import WALL, mixed
from viz._draw.scene import Scene
from viz._draw.theme import TRAILS

MOST_BUBBLES = 12  # more would hide the map: our choice
MOST_AVOIDED = 300
MOST_LINES = 400
LINES_OF_BUBBLE = 3
SAME = 100  # letters of a text by which it is recognised when it is heard; longer ones are cut on the way


def speakers(scene: Scene) -> list[tuple[int, str]]:
    """(number, text) of those in the visible part who spoke; the selected agent first."""
    if not scene.frame.messages:
        return []
    seen = set(scene.seen.tolist())
    said = [(int(who.rpartition("_")[2]), words) for who, words in scene.frame.messages if _is_agent(who)]
    said = [(a, words) for a, words in said if a in seen and words.strip()]
    return sorted(said, key=lambda pair: pair[0] != scene.layers.selected)


def _is_agent(name: str) -> bool:
    head, _, number = name.rpartition("_")
    return head == "agent" and number.isdecimal()


def heard_by(scene: Scene) -> Iterator[tuple[int, int]]:
    """(speaker, hearer) of what was said and has been heard."""
    frame = scene.frame
    reach, textual = frame.setting.hearing, frame.setting.message == "text"
    hearers = {int(name.rpartition("_")[2]): heard for name, heard in frame.heard.items() if _is_agent(name)}
    for a, words in speakers(scene):
        for b, heard in hearers.items():
            near = np.abs(frame.places[a] - frame.places[b]).max() <= reach
            if a != b and near and (not textual or any(words[:SAME] in one for one in heard)):
                yield a, b


def draw_hearing(scene: Scene) -> None:
    """A line from each speaker to each that heard it; of the selected agent clear, of the others faint."""
    selected = scene.layers.selected
    for number, (a, b) in enumerate(heard_by(scene)):
        if number >= MOST_LINES:
            return
        chosen = selected in (a, b)
        if selected is not None and not chosen:
            continue
        colour = mixed(scene.theme.floor, TRAILS[a % len(TRAILS)], 0.9 if chosen else 0.5)
        start, end = (scene.middle(*scene.places[who].tolist()) for who in (a, b))
        wide = max(1, round(scene.side * (0.06 if chosen else 0.03)))
        pygame.draw.aaline(scene.surface, colour, start, end, wide)
        share = min(
            0.44 * scene.camera.cell / max(1.0, float(np.hypot(end[0] - start[0], end[1] - start[1]))), 0.5
        )
        tip = (end[0] + (start[0] - end[0]) * share, end[1] + (start[1] - end[1]) * share)
        pygame.draw.aacircle(scene.surface, colour, tip, max(2.0, scene.side * 0.06))


def draw_bubbles(scene: Scene) -> None:
    """What was said, beside who said it, covering each other and agents as little as possible."""
    said = speakers(scene)
    size = min(20, max(14, round(scene.camera.cell * 0.25)))
    taken = _taken(scene) if said else []
    bubbles: list[pygame.Rect] = []
    for a, words in said[:MOST_BUBBLES]:
        lines = text.wrapped(words, size, min(240, max(90, int(scene.camera.cell * 2.6))), LINES_OF_BUBBLE)
        rect = _place(scene, a, lines, size, bubbles, taken)
        bubbles.append(rect)
        _bubble(scene, a, rect, lines, size)
    if len(said) > MOST_BUBBLES:
        left, top, width, _ = scene.camera.area
        more = f"+ {len(said) - MOST_BUBBLES} more speak"
        text.write(scene.surface, (left + width - 8, top + 6), more, 16, scene.theme.faint, (1.0, 0.0))


def _taken(scene: Scene) -> list[pygame.Rect]:
    """What bubbles should not cover: agents and things, if they are few enough to make room."""
    row, column = scene.visible[:2]
    things = np.argwhere(scene.codes > WALL) + (row, column)
    if len(scene.seen) + len(things) > MOST_AVOIDED:
        return []
    return [_body(scene, a) for a in scene.seen.tolist()] + [
        pygame.Rect(scene.camera.rect_of(r, c)) for r, c in things.tolist()
    ]


def _body(scene: Scene, a: int) -> pygame.Rect:
    x, y = scene.middle(*scene.places[a].tolist())
    side = round(scene.camera.cell * 0.8)
    return pygame.Rect(x - side // 2, y - side // 2, side, side)


def _place(
    scene: Scene, a: int, lines: list[str], size: int, bubbles: list[pygame.Rect], taken: list[pygame.Rect]
) -> pygame.Rect:
    """Where a bubble covers the least."""
    width = max(text.size_of(line, size)[0] for line in lines) + 16
    height = len(lines) * _leading(size) + 10
    body, area = _body(scene, a), pygame.Rect(scene.camera.area)
    gap = max(6, body.height // 5)
    best, least = pygame.Rect(0, 0, width, height), float("inf")
    for number, (right, down) in enumerate(_SPOTS):
        rect = pygame.Rect(0, 0, width, height)
        rect.centerx = body.centerx + round(right * (body.width / 2 + gap + width / 2))
        rect.centery = body.centery + round(down * (body.height / 2 + gap + height / 2))
        rect.clamp_ip(area)
        cost = 4.0 * sum(_shared(rect, other) for other in bubbles) + sum(
            _shared(rect, other) for other in taken
        )
        cost += number * 20 + 8.0 * _shared(rect, body)
        if cost < least:
            best, least = rect, cost
    return best


# Directions from a speaker that are tried for its bubble, the best first.
_SPOTS = (
    (0.0, -1.0), (0.55, -1.0), (-0.55, -1.0), (1.0, -0.3), (-1.0, -0.3), (0.0, 1.0), (0.55, 1.0),
    (-0.55, 1.0), (0.0, -2.2), (1.0, -1.6), (-1.0, -1.6), (1.0, 1.4), (-1.0, 1.4), (0.0, 2.2),
    (1.8, -0.6), (-1.8, -0.6),
)  # fmt: skip


def _shared(one: pygame.Rect, other: pygame.Rect) -> float:
    """Area that two rectangles share [pixels]."""
    part = one.clip(other)
    return float(part.width * part.height)


def _leading(size: int) -> int:
    return round(size * 0.86)


def _bubble(scene: Scene, a: int, rect: pygame.Rect, lines: list[str], size: int) -> None:
    """One bubble with its tail."""
    theme, surface = scene.theme, scene.surface
    body = _body(scene, a)
    edge = TRAILS[a % len(TRAILS)]
    start = pygame.Vector2(body.center)
    inside = pygame.Vector2(
        min(max(body.centerx, rect.left + 12), rect.right - 12),
        min(max(body.centery, rect.top + 8), rect.bottom - 8),
    )
    way = inside - start
    if way.length() > 1:
        tip = start + way * min(1.0, body.height * 0.55 / way.length())
        across = way.normalize().rotate(90) * min(7.0, body.height * 0.2 + 2)
        pygame.draw.polygon(surface, theme.bubble, [tip, inside + across, inside - across])
    shade = pygame.Surface(rect.size, pygame.SRCALPHA, 32)
    pygame.draw.rect(shade, (0, 0, 0, 50), shade.get_rect(), border_radius=8)
    surface.blit(shade, rect.move(0, 2))
    pygame.draw.rect(surface, theme.bubble, rect, border_radius=8)
    pygame.draw.rect(surface, edge, (rect.left, rect.top + 5, 3, rect.height - 10), border_radius=1)
    for number, line in enumerate(lines):
        text.write(
            surface, (rect.left + 9, rect.top + 6 + number * _leading(size)), line, size, theme.bubble_ink
        )
