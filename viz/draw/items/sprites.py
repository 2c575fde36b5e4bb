"""Small pictures of bodies, made once for each size and colour and then only copied.

As many are kept as a map needs at one size of its cells, so that zooming does not fill the memory.
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

BODY, MARKED_BODY = 0.37, 0.33  # radius of an agent [cells]
SMALL = 28  # pixels of a cell below which a mark is a square body, for want of room for a ring
NOSE = 0.50  # how far the nose reaches from the middle [cells]
GAP = 0.07  # between a tile's edge and the cell's [cells]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
TURNS = {1: 0.0, 2: 0.5, 3: 0.75, 4: 0.25}  # of UP, DOWN, LEFT, RIGHT, clockwise from up [turns]
# Sides and corners on which a tile goes on, clockwise from the left.
LEFT, UP_LEFT, UP, UP_RIGHT, RIGHT, DOWN_RIGHT, DOWN, DOWN_LEFT = (1 << i for i in range(8))


def pad(side: int) -> int:
    """Pixels of a sprite around its cell, for what reaches beyond it."""
    return math.ceil(side * 0.14) + 1


@lru_cache(maxsize=256)
def agent(side: int, colour: Colour, marked: bool, move: int, theme: Theme) -> pygame.Surface:
    """An agent: a disc with a nose towards its last move; in a ring, or a square, if it is marked.

    Args:
        side: Of the cell [pixels].
        colour: Of the body.
        marked: Whether its mark is set.
        move: The last move, as an index into `Setting.actions`; -1 for none. Moves of a scenario's own show
            as a spark.
        theme: The colours.
    """
    size = side + 2 * pad(side)
    canvas = Canvas(size, size)
    x, y = canvas.x, canvas.y
    small = side < SMALL
    radius = side * (MARKED_BODY if marked and not small else BODY)
    body = circle(x, y, radius)
    if marked and small:
        body = box(x, y, -radius, -radius, radius, radius, side * 0.1)
    if move in TURNS:
        points = [_turned((sx * radius * 0.72, -radius * 0.66), move) for sx in (-1, 1)]
        tip = _turned((0.0, -side * NOSE + side * 0.03), move)
        body = np.minimum(body, polygon(x, y, [points[0], tip, points[1]], side * 0.02))
    canvas.fill(circle(x, y - side * 0.05, radius), BLACK, theme.shadow / 255, blur=side * 0.22)
    if marked and not small:
        canvas.fill(circle(x, y, side * 0.5), colour, 0.30, blur=side * 0.2)
        canvas.fill(ring(x, y, side * 0.43, max(1.5, side * 0.05)), colour)
    canvas.fill(body, mixed(colour, BLACK, 0.25))
    canvas.fill(body + (0.0 if small else max(1.0, side * 0.025)), colour)
    if move > max(TURNS):
        at = side * 0.29
        canvas.fill(
            polygon(x - at, y + at, regular(4, side * 0.2, side * 0.07)), mixed(theme.floor, BLACK, 0.4)
        )
        canvas.fill(polygon(x - at, y + at, regular(4, side * 0.16, side * 0.05)), theme.accent)
    return canvas.surface()


@lru_cache(maxsize=128)
def dot(side: int, colour: Colour, marked: bool) -> pygame.Surface:
    """An agent in a cell of a few pixels: a disc, or a square if it is marked."""
    canvas = Canvas(side, side)
    if marked:
        edge = side * 0.46
        canvas.fill(box(canvas.x, canvas.y, -edge, -edge, edge, edge, side * 0.08), colour)
    else:
        canvas.fill(circle(canvas.x, canvas.y, side * 0.42), colour)
    return canvas.surface()


@lru_cache(maxsize=128)
def glyph(side: int, shape: Shape, colour: Colour, letter: str, theme: Theme) -> pygame.Surface:
    """A thing that stands alone, with its letter.

    Args:
        side: Of the cell [pixels].
        shape: Its shape.
        colour: Its colour.
        letter: Its symbol.
        theme: The colours.
    """
    size = side + 2 * pad(side)
    canvas = Canvas(size, size)
    body = outline(shape, canvas.x, canvas.y, side)
    below = outline(shape, canvas.x, canvas.y - side * 0.05, side)
    canvas.fill(below, BLACK, theme.shadow / 255, blur=side * 0.2)
    canvas.fill(body, mixed(colour, BLACK, 0.25))
    canvas.fill(body + (0.0 if side < SMALL else max(1.0, side * 0.03)), colour)
    surface = canvas.surface()
    picture = rendered(letter, max(8, round(side * 0.44)), ink_on(colour))
    surface.blit(picture, picture.get_rect(center=(size // 2, size // 2)))
    return surface


def outline(shape: Shape, x: Distance, y: Distance, side: float) -> Distance:
    """A shape that fills a cell around the origin, but for a small gap.

    Args:
        shape: Which.
        x: Of each pixel [pixels].
        y: Of each pixel [pixels].
        side: Of the cell [pixels].
    """
    unit = side
    if shape == "round":
        return circle(x, y, unit * 0.38)
    if shape == "diamond":
        return polygon(x, y, regular(4, unit * 0.42), unit * 0.06)
    if shape == "hexagon":
        return polygon(x, y, regular(6, unit * 0.38), unit * 0.06)
    if shape == "star":
        return polygon(x, y, regular(5, unit * 0.42, unit * 0.27), unit * 0.06)
    if shape == "house":
        corners = [
            (0.0, -0.38),
            (0.36, -0.08),
            (0.3, -0.08),
            (0.3, 0.34),
            (-0.3, 0.34),
            (-0.3, -0.08),
            (-0.36, -0.08),
        ]
        return polygon(x, y, [(cx * unit, cy * unit) for cx, cy in corners], unit * 0.05)
    edge = unit * (0.5 - GAP)
    return box(x, y, -edge, -edge, edge, edge, unit * 0.14)


@lru_cache(maxsize=256)
def tile(width: int, height: int, colour: Colour, joined: int, gap: float, theme: Theme) -> pygame.Surface:
    """A part of a body that goes on in some of the cells around it.

    Args:
        width: Of the cell [pixels].
        height: Of the cell [pixels].
        colour: Its colour.
        joined: Sides and corners on which it goes on: LEFT + UP_LEFT + UP + …
        gap: From the cell's edge to the body's, where it ends [cells].
        theme: The colours.
    """
    canvas = Canvas(width, height)
    side = min(width, height)
    left, up, right, down = (side if joined & bit else -side * gap for bit in (LEFT, UP, RIGHT, DOWN))
    body = box(
        canvas.x,
        canvas.y,
        -width / 2 - left,
        -height / 2 - up,
        width / 2 + right,
        height / 2 + down,
        side * 0.16,
    )
    for first, corner, second, sx, sy in _CORNERS:
        if joined & first and joined & second and not joined & corner and gap:
            notch = np.maximum(width / 2 - sx * canvas.x, height / 2 - sy * canvas.y) - side * gap
            body = np.maximum(body, -notch)
    canvas.fill(body, mixed(colour, BLACK, 0.22))
    canvas.fill(body + max(1.0, side * 0.035), colour)
    return canvas.surface()


_CORNERS = (
    (LEFT, UP_LEFT, UP, -1, -1), (UP, UP_RIGHT, RIGHT, 1, -1),
    (RIGHT, DOWN_RIGHT, DOWN, 1, 1), (DOWN, DOWN_LEFT, LEFT, -1, 1),
)  # fmt: skip


@lru_cache(maxsize=64)
def chevrons(side: int, turn: float, colour: Colour) -> pygame.Surface:
    """Two chevrons, one behind the other, that point where something was pushed to."""
    canvas = Canvas(side, side)
    for offset, opacity in ((0.14, 1.0), (-0.12, 0.5)):
        arrow = [(-0.3, 0.12), (0.0, -0.14), (0.3, 0.12), (0.3, 0.26), (0.0, 0.0), (-0.3, 0.26)]
        points = [_rotated((px * side * 0.8, (py * 0.8 - offset) * side), turn) for px, py in arrow]
        canvas.fill(polygon(canvas.x, canvas.y, points), colour, opacity)
    return canvas.surface()


def _turned(point: tuple[float, float], move: int) -> tuple[float, float]:
    return _rotated(point, TURNS[move])


def _rotated(point: tuple[float, float], turn: float) -> tuple[float, float]:
    """A point turned clockwise around the origin."""
    angle = 2 * math.pi * turn
    (x, y), cos, sin = point, math.cos(angle), math.sin(angle)
    return x * cos - y * sin, x * sin + y * cos
