"""Speech bubbles, placed so that they cover each other and agents as little as possible."""

from functools import lru_cache

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.items.speech_lines import speakers
from swarm_env.viz.draw.scene import CachedScene, Scene
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.kind_styles import WALL
from swarm_env.viz.draw.style.theme import TRAILS

MOST_BUBBLES = 12  # our choice
MOST_AVOIDED, MOST_CELLS = 300, 20_000  # agents and things, and cells, above which nothing is avoided
LINES = 3  # of a bubble at most
NARROW, WIDE = 90, 240  # limits of the line width [pixels]
EDGE_X, EDGE_Y = 8, 5  # padding [pixels]

Boxes = NDArray[np.float64]  # (M, 4) left, top, right, bottom [pixels]


def draw_bubbles(scene: Scene) -> None:
    """Draw the first bubbles, the selected agent's before all; write in the corner how many are left out."""
    said = speakers(scene)
    if not said:
        return
    size = min(20, max(14, round(scene.camera.cell * 0.25)))
    shown = tuple(said[:MOST_BUBBLES])
    ends = scene.frame.places[[a for a, _ in shown]].tobytes()
    key = (shown, size, scene.camera, scene.codes.tobytes() if _has_room(scene) else b"", ends)
    placed = _placed(CachedScene(key, scene))
    bubbles = [(a, _moved(scene, a, box), lines) for (a, _), (lines, box) in zip(shown, placed, strict=True)]
    for a, rect, _ in bubbles:  # all tails first: none covers the text of another bubble
        _draw_tail(scene, a, rect)
    for a, rect, lines in bubbles:
        _draw(scene, a, rect, lines, size)
    if len(said) > MOST_BUBBLES:
        left, top, across, _ = scene.camera.area
        more = f"+ {len(said) - MOST_BUBBLES} more speak"
        text.write(scene.surface, (left + across - 8, top + 6), more, 16, scene.theme.faint, (1.0, 0.0))


@lru_cache(maxsize=4)
def _placed(speech: CachedScene) -> list[tuple[list[str], NDArray[np.float64]]]:
    """Lines and box of each bubble at the end of the round."""
    scene, shown, size = speech.scene, speech.key[0], speech.key[1]
    assert isinstance(shown, tuple) and isinstance(size, int)
    width = min(WIDE, max(NARROW, int(scene.camera.cell * 2.6)))
    avoided, taken = _avoided(scene), np.zeros((0, 4))
    found = []
    for a, words in shown:
        lines = text.wrapped(words, size, width, LINES)
        box = _place(scene, a, lines, size, avoided, taken)
        taken = np.vstack((taken, box))
        found.append((lines, box))
    return found


def _box_of(scene: Scene, row: float, column: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an agent in a cell [pixels]."""
    x, y = scene.centre(row, column)
    half = scene.camera.cell * 0.42
    return x - half, y - half, x + half, y + half


def _has_room(scene: Scene) -> bool:
    """Whether few enough agents and things are visible to be avoided."""
    return scene.codes.size <= MOST_CELLS and int(np.count_nonzero(scene.codes > WALL)) <= MOST_AVOIDED


def _avoided(scene: Scene) -> Boxes:
    """Boxes that bubbles should not cover: agents and things at the end of the round."""
    if not _has_room(scene):
        return np.zeros((0, 4))
    cells = np.argwhere(scene.codes > WALL) + scene.visible[:2]
    return np.array([_box_of(scene, r, c) for r, c in cells.tolist()]).reshape(-1, 4)


# Candidate positions of bubbles: turns from straight up, and distances [cells]. The first best is taken.
_TURNS = np.array([0, 1, -1, 2, -2, 3, -3, 4, -4, 8, 7, -7, 6, -6, 5, -5]) / 16
_DISTANCES = (0.0, 0.7, 1.5, 2.4)


def _place(
    scene: Scene, a: int, lines: list[str], size: int, avoided: Boxes, taken: Boxes
) -> NDArray[np.float64]:
    """The cheapest box of a bubble at the end of the round, so that it does not jump while agents move."""
    width = max(text.size_of(line, size)[0] for line in lines) + 2 * EDGE_X
    height = len(lines) * _leading(size) + 2 * EDGE_Y
    own = np.array(_box_of(scene, *scene.frame.places[a].tolist()))
    middle, half = (own[:2] + own[2:]) / 2, (own[2] - own[0]) / 2
    angles = 2 * np.pi * np.tile(_TURNS, len(_DISTANCES))
    far = np.repeat(_DISTANCES, len(_TURNS)) * scene.camera.cell
    ways = np.stack((np.sin(angles), -np.cos(angles)), axis=1)
    # As far in each direction as the bubble needs to clear the agent, plus the distance.
    room = np.array((width / 2 + half, height / 2 + half)) + max(5.0, half * 0.25)
    clear = (room / np.maximum(np.abs(ways), 1e-9)).min(axis=1)
    centres = middle + ways * (clear + far)[:, None]
    left, top, across, down = scene.camera.area
    least = np.array((left + width / 2 + 2, top + height / 2 + 2))
    most = np.maximum(np.array((left + across - width / 2 - 2, top + down - height / 2 - 2)), least)
    centres = np.clip(centres, least, most)
    boxes = np.concatenate((centres - (width / 2, height / 2), centres + (width / 2, height / 2)), axis=1)
    cost = 4 * _shared(boxes, taken) + 2 * _shared(boxes, avoided) + 8 * _shared(boxes, own[None])
    cost += _crossed(middle, centres, avoided, own) * half * half
    cost += np.hypot(*(centres - middle).T) * half * 0.35 + np.arange(len(boxes)) * half * 0.15
    best: NDArray[np.float64] = boxes[cost.argmin()]
    return best


def _shared(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """(M,) total area that each box shares with the others [pixels²]."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    areas: NDArray[np.float64] = np.maximum(high - low, 0).prod(axis=2).sum(axis=1)
    return areas


def _crossed(
    start: NDArray[np.float64], ends: NDArray[np.float64], boxes: Boxes, own: Boxes
) -> NDArray[np.float64]:
    """(M,) number of boxes on the line from a speaker to each candidate position."""
    others = boxes[np.abs(boxes - own).max(axis=1, initial=0) > 1] if len(boxes) else boxes
    along = np.linspace(0.2, 1.0, 9)[None, :, None] * (ends - start)[:, None] + start  # (M, 9, 2)
    inside = (along[:, :, None] > others[:, :2]) & (along[:, :, None] < others[:, 2:])
    hit: NDArray[np.float64] = np.all(inside, axis=3).any(axis=1).sum(axis=1).astype(np.float64)
    return hit


def _moved(scene: Scene, a: int, box: NDArray[np.float64]) -> pygame.Rect:
    """Box of a bubble that moves with its speaker between two rounds."""
    (x, y), (end_x, end_y) = (scene.centre(*at[a].tolist()) for at in (scene.positions, scene.frame.places))
    left, top, right, bottom = np.round(box).astype(int).tolist()
    return pygame.Rect(left + x - end_x, top + y - end_y, right - left, bottom - top)


def _leading(size: int) -> int:
    """Distance of lines of text [pixels]."""
    return round(size * 0.86)


def _draw_tail(scene: Scene, a: int, rect: pygame.Rect) -> None:
    """Draw the tail of a bubble."""
    x, y = scene.centre(*scene.positions[a].tolist())
    start = pygame.Vector2(x, y)
    inside = pygame.Vector2(
        min(max(x, rect.left + 12), max(rect.right - 12, rect.left + 12)),
        min(max(y, rect.top + 8), max(rect.bottom - 8, rect.top + 8)),
    )
    way = inside - start
    if way.length() > 1:
        tip = start + way * min(1.0, scene.camera.cell * 0.46 / way.length())
        across = way.normalize().rotate(90) * min(6.0, scene.camera.cell * 0.16 + 2)
        ends = [tip, inside + across, inside - across]
        pygame.draw.polygon(scene.surface, scene.theme.bubble, ends)


def _draw(scene: Scene, a: int, rect: pygame.Rect, lines: list[str], size: int) -> None:
    """Draw a bubble without its tail."""
    theme, surface = scene.theme, scene.surface
    shade = pygame.Surface(rect.size, pygame.SRCALPHA, 32)
    pygame.draw.rect(shade, (0, 0, 0, 50), shade.get_rect(), border_radius=8)
    surface.blit(shade, rect.move(0, 2))
    pygame.draw.rect(surface, theme.bubble, rect, border_radius=8)
    edge = (rect.left + 1, rect.top + 6, 3, rect.height - 12)
    pygame.draw.rect(surface, TRAILS[a % len(TRAILS)], edge, border_radius=1)
    for number, line in enumerate(lines):
        at = (rect.left + EDGE_X + 1, rect.top + EDGE_Y + 1 + number * _leading(size))
        text.write(surface, at, line, size, theme.bubble_ink)
