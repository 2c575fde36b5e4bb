"""Antialiased shapes as signed distance fields.

A shape is an array of the distance of each pixel's middle from its edge [pixels], negative inside. Formulas:
Quilez, "2D distance functions" (iquilezles.org).
"""

import math
from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.style.theme import Colour

Distance = NDArray[np.float64]  # (h, w) [pixels]
Point = tuple[float, float]  # x to the right, y down


class Canvas:
    """A transparent image that shapes are painted on.

    Attributes:
        x: (h, w) x of each pixel's middle, from the middle of the canvas to the right [pixels].
        y: (h, w) y of each pixel's middle, downward [pixels].
    """

    def __init__(self, width: int, height: int) -> None:
        self.x, self.y = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
        self._paint = np.zeros((height, width, 4))  # red, green, blue times opacity; opacity

    def fill(self, distance: Distance, colour: Colour, opacity: float = 1.0, blur: float = 0.0) -> None:
        """Paint a shape with an opacity, 0 to 1, and a soft edge of `blur` pixels (0: antialiased only)."""
        share = np.clip(0.5 - distance / max(blur, 1.0), 0.0, 1.0)
        if blur:  # smoothstep has no visible edge
            share = share * share * (3 - 2 * share)
        cover = opacity * share
        layer = cover[..., None] * np.array([*colour, 255.0])
        self._paint = layer + self._paint * (1 - cover[..., None])

    def surface(self) -> pygame.Surface:
        """The painting as a surface with an alpha channel."""
        alpha = self._paint[..., 3:]
        empty = np.zeros_like(self._paint[..., :3])
        straight = np.divide(self._paint[..., :3] * 255, alpha, out=empty, where=alpha > 0)
        parts = np.concatenate((alpha, straight), axis=2).round().clip(0, 255).astype(np.uint32)
        # pygame's own channel order: ten times as fast to blit as others.
        surface = pygame.Surface(parts.shape[1::-1], pygame.SRCALPHA, 32)
        pixels = pygame.surfarray.pixels2d(surface)
        pixels[...] = ((parts[..., 0] << 24) | (parts[..., 1] << 16) | (parts[..., 2] << 8) | parts[..., 3]).T
        return surface


def circle(x: Distance, y: Distance, radius: float) -> Distance:
    """A disc around the origin."""
    return np.hypot(x, y) - radius


def ring(x: Distance, y: Distance, radius: float, width: float) -> Distance:
    """A ring around the origin."""
    return np.abs(np.hypot(x, y) - radius) - width / 2


def box(
    x: Distance, y: Distance, left: float, top: float, right: float, bottom: float, radius: float
) -> Distance:
    """A rectangle between edges, with rounded corners."""
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    away_x = np.abs(x - middle_x) - (right - left) / 2 + radius
    away_y = np.abs(y - middle_y) - (bottom - top) / 2 + radius
    outside = np.hypot(np.maximum(away_x, 0), np.maximum(away_y, 0))
    return outside + np.minimum(np.maximum(away_x, away_y), 0) - radius


def polygon(x: Distance, y: Distance, points: Sequence[Point], radius: float = 0.0) -> Distance:
    """A polygon with corners rounded outward by a radius."""
    nearest = np.full(x.shape, np.inf)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        ex, ey, wx, wy = bx - ax, by - ay, x - ax, y - ay
        along = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
        nearest = np.minimum(nearest, np.hypot(wx - ex * along, wy - ey * along))
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) * ex / ey)
    return np.where(inside, -nearest, nearest) - radius


def regular(corners: int, radius: float, inner: float | None = None) -> list[Point]:
    """Corners of a regular polygon, from the top clockwise; with `inner`, the radius of notches, a star."""
    radii = [radius] if inner is None else [radius, inner]
    number = corners * len(radii)
    angles = [2 * math.pi * (i / number - 0.25) for i in range(number)]
    return [
        (radii[i % len(radii)] * math.cos(angle), radii[i % len(radii)] * math.sin(angle))
        for i, angle in enumerate(angles)
    ]
