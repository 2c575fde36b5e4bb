"""Walls, food, nests, sites, and what can be pushed: all that is no agent, in full detail."""

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.items import sprites
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import FREE, WALL, ink_on
from swarm_env.viz.draw.style.text import rendered
from swarm_env.viz.draw.style.theme import Colour

from swarm_env.frame import Frame

MOST_PUSHED = 2  # cells that something is pushed in a round at most; what went farther was put somewhere


def draw_still(scene: Scene) -> None:
    """Walls and everything that cannot be pushed, in full detail."""
    codes = scene.codes
    setting = scene.frame.setting
    walls = codes == WALL
    _wall_shadows(scene, walls)
    _tiles(scene, WALL, np.argwhere(walls), gap=0.0)
    for code in range(WALL + 1, setting.first_movable):
        _things(scene, code, (0.0, 0.0))


def draw_movable(scene: Scene) -> None:
    """What can be pushed, on its way from the round before, with chevrons behind it."""
    setting = scene.frame.setting
    for code in range(setting.first_movable, setting.first_agent):
        way = _way(scene, code)
        back = 1 - scene.eased
        _things(scene, code, (-way[0] * back, -way[1] * back))
        if way != (0, 0) and scene.layers.facing:
            _pushed_body(scene, code, way)


def _things(scene: Scene, code: int, offset: tuple[float, float]) -> None:
    """All visible things of a kind, moved by rows and columns."""
    at = np.argwhere(scene.codes == code)
    if not len(at):
        return
    kind, colour = scene.frame.setting.kinds[code], scene.colours[code]
    if kind.shape == "tile":
        _tiles(scene, code, at, sprites.GAP, offset)
        _letters(scene, at, kind.symbol, colour, offset)
        return
    picture = sprites.glyph(scene.side, kind.shape, colour, kind.symbol, scene.theme)
    row, column = scene.visible[:2]
    half = picture.get_width() // 2
    blits = []
    for r, c in (at + (row, column)).tolist():
        x, y = scene.middle(r + offset[0], c + offset[1])
        blits.append((picture, (x - half, y - half)))
    scene.surface.fblits(blits)


def _tiles(
    scene: Scene, code: int, at: NDArray[np.intp], gap: float, offset: tuple[float, float] = (0.0, 0.0)
) -> None:
    """Cells of one kind, grown together."""
    row, column, rows, columns = scene.visible
    same = np.pad(around(scene.frame, scene, 1) == code, 1, constant_values=code == WALL)
    top, left = int(row == 0), int(column == 0)  # there is no cell around the visible ones on these sides
    same = same[1 - top :, 1 - left :][: rows + 2, : columns + 2]
    neighbours = ((1, 0), (0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0))  # clockwise from the left
    sides = np.zeros((rows, columns), np.int64)
    for bit, (r, c) in enumerate(neighbours):
        there = same[r : r + rows, c : c + columns]
        if bit % 2:  # a corner, which is seen where both sides beside it go on
            beside = same[1 : 1 + rows, c : c + columns] & same[r : r + rows, 1 : 1 + columns]
            there = there & beside & (gap > 0)
        sides |= there.astype(np.int64) << bit
    blits = []
    for (r, c), joined in zip(at.tolist(), sides[at[:, 0], at[:, 1]].tolist(), strict=True):
        x, y, width, height = scene.camera.rect_of(row + r + offset[0], column + c + offset[1])
        blits.append((sprites.tile(width, height, scene.colours[code], joined, gap, scene.theme), (x, y)))
    scene.surface.fblits(blits)


def _letters(
    scene: Scene, at: NDArray[np.intp], symbol: str, colour: Colour, offset: tuple[float, float]
) -> None:
    """The symbol in the middle of each body."""
    row, column = scene.visible[:2]
    picture = rendered(symbol, max(8, round(scene.side * 0.44)), ink_on(colour))
    for body in bodies(at):
        middle = body.mean(axis=0)
        r, c = body[np.argmin(np.abs(body - middle).sum(axis=1))]
        x, y = scene.middle(row + r + offset[0], column + c + offset[1])
        scene.surface.blit(picture, picture.get_rect(center=(x, y)))


def bodies(at: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Cells parted into those that hang together by their sides.

    Args:
        at: (M, 2) row, column.

    Returns:
        Parts of `at`, in the order of their first cells.
    """
    left = dict.fromkeys(map(tuple, at.tolist()))
    found = []
    while left:
        body = [next(iter(left))]
        del left[body[0]]
        for r, c in body:  # grows while it is walked
            for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if near in left:
                    del left[near]
                    body.append(near)
        found.append(np.array(body))
    return found


def around(frame: Frame, scene: Scene, margin: int) -> NDArray[np.uint8]:
    """The visible cells of a frame and some around them, as far as the map goes."""
    row, column, rows, columns = scene.visible
    top, left = max(0, row - margin), max(0, column - margin)
    return frame.cells[top : row + rows + margin, left : column + columns + margin]


def _way(scene: Scene, code: int) -> tuple[int, int]:
    """Rows and columns by which the things of a kind were moved; (0, 0) if not all as one."""
    now, before = scene.frame, scene.before
    if before is None or before.cells.shape != now.cells.shape or before.round != now.round - 1:
        return 0, 0
    here, there = (around(frame, scene, MOST_PUSHED) == code for frame in (now, before))
    if (here == there).all():
        return 0, 0
    reach = range(-MOST_PUSHED, MOST_PUSHED + 1)
    ways = [(r, c) for r in reach for c in reach if 0 < abs(r) + abs(c) <= MOST_PUSHED]
    fitting = [way for way in ways if (_shifted(there, way) == here).all() and here.any()]
    return min(fitting, key=lambda way: abs(way[0]) + abs(way[1]), default=(0, 0))


def _shifted(cells: NDArray[np.bool_], way: tuple[int, int]) -> NDArray[np.bool_]:
    """Cells moved by rows and columns; what leaves the part is gone."""
    moved = np.zeros_like(cells)
    (into_r, from_r), (into_c, from_c) = (
        (slice(max(0, by), length + min(0, by)), slice(max(0, -by), length - max(0, by)))
        for by, length in zip(way, cells.shape, strict=True)
    )
    moved[into_r, into_c] = cells[from_r, from_c]
    return moved


def _pushed_body(scene: Scene, code: int, way: tuple[int, int]) -> None:
    """Chevrons in the free cells that a body has left behind."""
    assert scene.before is not None
    row, column, rows, columns = scene.visible
    was = scene.before.cells[row : row + rows, column : column + columns]
    left = np.argwhere((was == code) & (scene.codes == FREE)) + (row, column)
    draw_chevrons(scene, left.tolist(), way)


def draw_chevrons(scene: Scene, cells: list[list[int]], way: tuple[int, int]) -> None:
    """Chevrons in cells that point by rows and columns."""
    turn = float(np.arctan2(way[1], -way[0]) / (2 * np.pi))
    picture = sprites.chevrons(scene.side, turn, scene.theme.pushed)
    half = picture.get_width() // 2
    for r, c in cells:
        x, y = scene.middle(r, c)
        scene.surface.blit(picture, (x - half, y - half))


def _wall_shadows(scene: Scene, walls: NDArray[np.bool_]) -> None:
    """A soft shadow on the floor below each wall."""
    below = np.argwhere(walls[:-1] & ~walls[1:]) + (1, 0)
    row, column = scene.visible[:2]
    deep = max(2, round(scene.side * 0.14))
    blits = []
    for r, c in below.tolist():
        x, y, width, _ = scene.camera.rect_of(row + r, column + c)
        blits.append((_shade(width, deep, scene.theme.shadow), (x, y)))
    scene.surface.fblits(blits)


def _shade(width: int, height: int, opacity: int) -> pygame.Surface:
    surface = pygame.Surface((width, height), pygame.SRCALPHA, 32)
    for y in range(height):
        surface.fill((0, 0, 0, round(opacity * 0.5 * (1 - y / height) ** 2)), (0, y, width, 1))
    return surface
