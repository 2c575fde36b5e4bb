"""Everything except agents, in full detail: walls, fixed things (food, nests), movable things (boxes)."""

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.items import sprites
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import FREE, WALL, ink_on
from swarm_env.viz.draw.style.text import rendered
from swarm_env.viz.draw.style.theme import Colour

from swarm_env.frame import Frame

MOST_PUSHED = 2  # longest push in a round; farther things were teleported [cells]


def draw_fixed(scene: Scene) -> None:
    """Draw walls and everything that cannot be pushed."""
    walls = scene.codes == WALL
    _wall_shadows(scene, walls)
    _tiles(scene, WALL, np.argwhere(walls), gap=0.0)
    for code in range(WALL + 1, scene.frame.setting.first_movable):
        _things(scene, code, (0.0, 0.0))


def draw_movable(scene: Scene) -> None:
    """Draw what can be pushed, between two rounds, and chevrons behind it."""
    setting = scene.frame.setting
    for code in range(setting.first_movable, setting.first_agent):
        way, back = _push_of(scene, code), 1 - scene.eased
        _things(scene, code, (-way[0] * back, -way[1] * back))
        if way != (0, 0) and scene.layers.facing:
            _draw_push_marks(scene, code, way)


def _things(scene: Scene, code: int, offset: tuple[float, float]) -> None:
    """Draw all visible things of a kind, shifted by rows and columns."""
    at = np.argwhere(scene.codes == code)
    if not len(at):
        return
    kind, colour = scene.frame.setting.kinds[code], scene.colours[code]
    if kind.shape == "tile":
        _tiles(scene, code, at, sprites.GAP, offset)
        _letters(scene, at, kind.symbol, colour, offset)
        return
    picture = sprites.glyph(scene.side, kind.shape, colour, kind.symbol, scene.theme)
    cells = (at + scene.visible[:2] + offset).tolist()
    scene.surface.fblits([scene.centred(picture, *cell) for cell in cells])


def _tiles(
    scene: Scene, code: int, at: NDArray[np.intp], gap: float, offset: tuple[float, float] = (0.0, 0.0)
) -> None:
    """Draw cells of one kind, joined with their neighbours."""
    row, column, rows, columns = scene.visible
    same = np.pad(around(scene.frame, scene, 1) == code, 1, constant_values=code == WALL)
    top, left = int(row == 0), int(column == 0)  # the map ends on these sides
    same = same[1 - top :, 1 - left :][: rows + 2, : columns + 2]
    neighbours = ((1, 0), (0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0))  # clockwise from the left
    sides = np.zeros((rows, columns), np.int64)
    for bit, (r, c) in enumerate(neighbours):
        there = same[r : r + rows, c : c + columns]
        if bit % 2:  # a corner, visible if both adjacent sides are joined
            beside = same[1 : 1 + rows, c : c + columns] & same[r : r + rows, 1 : 1 + columns]
            there = there & beside & (gap > 0)
        sides |= there.astype(np.int64) << bit
    blits = []
    for (r, c), joined in zip(at.tolist(), sides[at[:, 0], at[:, 1]].tolist(), strict=True):
        x, y, width, height = scene.camera.rect_of(row + r + offset[0], column + c + offset[1])
        blits.append((sprites.tile(width, height, scene.colours[code], joined, gap), (x, y)))
    scene.surface.fblits(blits)


def _letters(
    scene: Scene, at: NDArray[np.intp], symbol: str, colour: Colour, offset: tuple[float, float]
) -> None:
    """Draw the symbol in the middle of each connected part."""
    row, column = scene.visible[:2]
    picture = rendered(symbol, max(8, round(scene.side * 0.44)), ink_on(colour))
    for part in connected_parts(at):
        r, c = part[np.argmin(np.abs(part - part.mean(axis=0)).sum(axis=1))]
        scene.surface.blit(*scene.centred(picture, row + r + offset[0], column + c + offset[1]))


def connected_parts(at: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Split cells, (M, 2) row and column, into 4-connected parts, in the order of their first cells."""
    left = dict.fromkeys(map(tuple, at.tolist()))
    found = []
    while left:
        part = [next(iter(left))]
        del left[part[0]]
        for r, c in part:  # grows during the loop
            for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if near in left:
                    del left[near]
                    part.append(near)
        found.append(np.array(part))
    return found


def around(frame: Frame, scene: Scene, margin: int) -> NDArray[np.uint8]:
    """Codes of the visible cells of a frame and of a margin around them, clipped to the map."""
    row, column, rows, columns = scene.visible
    top, left = max(0, row - margin), max(0, column - margin)
    return frame.cells[top : row + rows + margin, left : column + columns + margin]


def _push_of(scene: Scene, code: int) -> tuple[int, int]:
    """Rows and columns by which all things of a kind were pushed together; (0, 0) if they were not."""
    now, before = scene.frame, scene.previous
    if before is None:
        return 0, 0
    here, there = (around(frame, scene, MOST_PUSHED) == code for frame in (now, before))
    if (here == there).all():
        return 0, 0
    reach = range(-MOST_PUSHED, MOST_PUSHED + 1)
    ways = [(r, c) for r in reach for c in reach if 0 < abs(r) + abs(c) <= MOST_PUSHED]
    fitting = [way for way in ways if (_shifted(there, way) == here).all() and here.any()]
    return min(fitting, key=lambda way: abs(way[0]) + abs(way[1]), default=(0, 0))


def _shifted(cells: NDArray[np.bool_], way: tuple[int, int]) -> NDArray[np.bool_]:
    """Cells shifted by rows and columns; what leaves the array is lost."""
    moved = np.zeros_like(cells)
    (into_r, from_r), (into_c, from_c) = (
        (slice(max(0, by), length + min(0, by)), slice(max(0, -by), length - max(0, by)))
        for by, length in zip(way, cells.shape, strict=True)
    )
    moved[into_r, into_c] = cells[from_r, from_c]
    return moved


def _draw_push_marks(scene: Scene, code: int, way: tuple[int, int]) -> None:
    """Draw chevrons in the free cells that pushed things have left."""
    assert scene.before is not None
    row, column, rows, columns = scene.visible
    was = scene.before.cells[row : row + rows, column : column + columns]
    left = np.argwhere((was == code) & (scene.codes == FREE)) + (row, column)
    draw_chevrons(scene, left.tolist(), way)


def draw_chevrons(scene: Scene, cells: list[list[int]], way: tuple[int, int]) -> None:
    """Draw chevrons in cells, pointing in a direction of rows and columns."""
    turn = float(np.arctan2(way[1], -way[0]) / (2 * np.pi))
    picture = sprites.chevrons(scene.side, turn, scene.theme.pushed)
    scene.surface.fblits([scene.centred(picture, row, column) for row, column in cells])


def _wall_shadows(scene: Scene, walls: NDArray[np.bool_]) -> None:
    """Draw a soft shadow on the floor below each wall."""
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
