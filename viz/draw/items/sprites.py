"""Sprites of agents and things, cached by size and colour.

The caches hold about what a map needs at one cell size, so that zooming does not fill the memory.
"""

import math
from functools import lru_cache

import numpy as np
import pygame
from swarm_env.viz.draw.style.kind_styles import ink_on, mixed
from swarm_env.viz.draw.style.shapes import Canvas, Distance, box, circle, polygon, regular, ring
from swarm_env.viz.draw.style.text import rendered
from swarm_env.viz.draw.style.theme import Colour, Theme

from swarm_env.frame import Shape

RADIUS, MARKED_RADIUS = 0.37, 0.33  # of an agent [cells]
SMALL = 28  # cells below this have no room for a ring: marked agents are squares [pixels]
NOSE = 0.50  # from the middle to the tip of the nose [cells]
GAP = 0.07  # between the edges of a tile and its cell [cells]
BLACK = (0, 0, 0)
# Corners around the middle of the cell [cells].
HOUSE = ((0, -0.38), (0.36, -0.08), (0.3, -0.08), (0.3, 0.34), (-0.3, 0.34), (-0.3, -0.08), (-0.36, -0.08))
TURNS = {1: 0.0, 2: 0.5, 3: 0.75, 4: 0.25}  # of UP, DOWN, LEFT, RIGHT, clockwise from up [turns]
# Sides and corners on which a tile is joined to its neighbours, clockwise from the left.
LEFT, UP_LEFT, UP, UP_RIGHT, RIGHT, DOWN_RIGHT, DOWN, DOWN_LEFT = (1 << i for i in range(8))


def pad(side: int) -> int:
    """Margin of a sprite around its cell [pixels]."""
    return math.ceil(side * 0.14) + 1


@lru_cache(maxsize=256)
def agent(side: int, colour: Colour, marked: bool, move: int, theme: Theme) -> pygame.Surface:
    """An agent: a disc with a nose towards its last move; with a ring, or a square, if it is marked.

    `side` is that of the cell [pixels]; `move` an index into `Setting.actions`, -1 for none. A scenario's own
    moves show a spark.
    """
    size = side + 2 * pad(side)
    canvas = Canvas(size, size)
    x, y = canvas.x, canvas.y
    small = side < SMALL
    radius = side * (MARKED_RADIUS if marked and not small else RADIUS)
    shape = circle(x, y, radius)
    if marked and small:
        shape = box(x, y, -radius, -radius, radius, radius, side * 0.1)
    if move in TURNS:
        points = [_rotated((sx * radius * 0.72, -radius * 0.66), TURNS[move]) for sx in (-1, 1)]
        tip = _rotated((0.0, -side * NOSE + side * 0.03), TURNS[move])
        shape = np.minimum(shape, polygon(x, y, [points[0], tip, points[1]], side * 0.02))
    canvas.fill(circle(x, y - side * 0.05, radius), BLACK, theme.shadow / 255, blur=side * 0.22)
    if marked and not small:
        canvas.fill(circle(x, y, side * 0.5), colour, 0.30, blur=side * 0.2)
        canvas.fill(ring(x, y, side * 0.43, max(1.5, side * 0.05)), colour)
    canvas.fill(shape, mixed(colour, BLACK, 0.25))
    canvas.fill(shape + (0.0 if small else max(1.0, side * 0.025)), colour)
    if move > max(TURNS):
        at, edge = side * 0.29, mixed(theme.floor, BLACK, 0.4)
        canvas.fill(polygon(x - at, y + at, regular(4, side * 0.2, side * 0.07)), edge)
        canvas.fill(polygon(x - at, y + at, regular(4, side * 0.16, side * 0.05)), theme.accent)
    return canvas.surface()


@lru_cache(maxsize=256)
def arrow(length: int, colour: Colour, turn: float) -> pygame.Surface:
    """An arrow of so many pixels, turned clockwise from up [turns]."""
    size = length + 4
    canvas = Canvas(size, size)
    corners = ((0.0, -0.5), (0.34, 0.5), (0.0, 0.26), (-0.34, 0.5))
    points = [_rotated((x * length, y * length), turn) for x, y in corners]
    canvas.fill(polygon(canvas.x, canvas.y, points), colour)
    return canvas.surface()


@lru_cache(maxsize=128)
def dot(side: int, colour: Colour, marked: bool) -> pygame.Surface:
    """An agent in a small cell: a disc, or a square if it is marked."""
    canvas = Canvas(side, side)
    if marked:
        edge = side * 0.46
        canvas.fill(box(canvas.x, canvas.y, -edge, -edge, edge, edge, side * 0.08), colour)
    else:
        canvas.fill(circle(canvas.x, canvas.y, side * 0.42), colour)
    return canvas.surface()


@lru_cache(maxsize=128)
def glyph(side: int, shape: Shape, colour: Colour, letter: str, theme: Theme) -> pygame.Surface:
    """A thing that is not a tile, with its letter, in a cell of `side` pixels."""
    size = side + 2 * pad(side)
    canvas = Canvas(size, size)
    edge = outline(shape, canvas.x, canvas.y, side)
    below = outline(shape, canvas.x, canvas.y - side * 0.05, side)
    canvas.fill(below, BLACK, theme.shadow / 255, blur=side * 0.2)
    canvas.fill(edge, mixed(colour, BLACK, 0.25))
    canvas.fill(edge + (0.0 if side < SMALL else max(1.0, side * 0.03)), colour)
    surface = canvas.surface()
    symbol = rendered(letter, max(8, round(side * 0.44)), ink_on(colour))
    surface.blit(symbol, symbol.get_rect(center=(size // 2, size // 2)))
    return surface


def outline(shape: Shape, x: Distance, y: Distance, side: float) -> Distance:
    """Signed distance of a shape that almost fills a cell of `side` pixels around the origin [pixels]."""
    if shape == "round":
        return circle(x, y, side * 0.38)
    if shape == "diamond":
        return polygon(x, y, regular(4, side * 0.42), side * 0.06)
    if shape == "hexagon":
        return polygon(x, y, regular(6, side * 0.38), side * 0.06)
    if shape == "star":
        return polygon(x, y, regular(5, side * 0.42, side * 0.27), side * 0.06)
    if shape == "house":
        return polygon(x, y, [(cx * side, cy * side) for cx, cy in HOUSE], side * 0.05)
    edge = side * (0.5 - GAP)
    return box(x, y, -edge, -edge, edge, edge, side * 0.14)


@lru_cache(maxsize=256)
def tile(width: int, height: int, colour: Colour, joined: int, gap: float) -> pygame.Surface:
    """A tile in a cell of width and height [pixels], joined on sides and corners (LEFT + UP + …).

    Elsewhere there is a gap between the edges of cell and tile [cells].
    """
    canvas = Canvas(width, height)
    side = min(width, height)
    left, up, right, down = (side if joined & bit else -side * gap for bit in (LEFT, UP, RIGHT, DOWN))
    x, y, edges = canvas.x, canvas.y, (width / 2, height / 2)
    shape = box(x, y, -edges[0] - left, -edges[1] - up, edges[0] + right, edges[1] + down, side * 0.16)
    for first, corner, second, sx, sy in _CORNERS:
        if joined & first and joined & second and not joined & corner and gap:
            notch = np.maximum(edges[0] - sx * x, edges[1] - sy * y) - side * gap
            shape = np.maximum(shape, -notch)
    canvas.fill(shape, mixed(colour, BLACK, 0.22))
    canvas.fill(shape + max(1.0, side * 0.035), colour)
    return canvas.surface()


_CORNERS = (
    (LEFT, UP_LEFT, UP, -1, -1), (UP, UP_RIGHT, RIGHT, 1, -1),
    (RIGHT, DOWN_RIGHT, DOWN, 1, 1), (DOWN, DOWN_LEFT, LEFT, -1, 1),
)  # fmt: skip


@lru_cache(maxsize=64)
def chevrons(side: int, turn: float, colour: Colour) -> pygame.Surface:
    """Two chevrons, one behind the other, turned clockwise from up [turns]."""
    canvas = Canvas(side, side)
    for offset, opacity in ((0.14, 1.0), (-0.12, 0.5)):
        arrow = [(-0.3, 0.12), (0.0, -0.14), (0.3, 0.12), (0.3, 0.26), (0.0, 0.0), (-0.3, 0.26)]
        points = [_rotated((px * side * 0.8, (py * 0.8 - offset) * side), turn) for px, py in arrow]
        canvas.fill(polygon(canvas.x, canvas.y, points), colour, opacity)
    return canvas.surface()


def _rotated(point: tuple[float, float], turn: float) -> tuple[float, float]:
    """A point rotated clockwise around the origin [turns]."""
    angle = 2 * math.pi * turn
    (x, y), cos, sin = point, math.cos(angle), math.sin(angle)
    return x * cos - y * sin, x * sin + y * cos
