"""A whole frame, map and status strip, on a surface or as an array."""

from typing import Unpack

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.layers import MapOptions
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.status_strip import draw_strip, strip_height
from swarm_env.viz.draw.style.theme import DARK

from swarm_env.frame import Frame

# If no size is given [pixels].
LONGER_SIDE = 768  # of the map
LARGEST_CELL = 64
MARGIN = 8  # around the map


def draw_image(
    frame: Frame, size: tuple[int, int] | None = None, strip: bool = True, **how: Unpack[MapOptions]
) -> NDArray[np.uint8]:
    """Draw a frame as an array. The same arguments give the same bytes.

    Args:
        frame: What to draw.
        size: (width, height) [pixels]; None: `default_size`.
        strip: Whether to draw the status strip.
        how: Options of `draw_map`.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    surface = new_surface(size or default_size(frame, strip))
    draw_frame(surface, frame, strip, **how)
    width, height = surface.get_size()
    array = np.empty((height, width, 3), np.uint8)
    pygame.image.frombuffer(array.data.cast("B"), (width, height), "RGB").blit(surface, (0, 0))
    return array


def draw_frame(surface: pygame.Surface, frame: Frame, strip: bool = True, **how: Unpack[MapOptions]) -> None:
    """Draw the whole map and the status strip on a surface, filling it (arguments: see `draw_image`)."""
    width, height = surface.get_size()
    below = min(strip_height(frame), height) if strip else 0
    camera = Camera.fit(frame, (0, 0, width, height - below), MARGIN)
    draw_map(surface, frame, camera, **how)
    if strip:
        draw_strip(surface, (0, height - below, width, below), frame, how.get("theme", DARK))


def new_surface(size: tuple[int, int]) -> pygame.Surface:
    """A surface of (width, height) pixels with 32 bits each."""
    return pygame.Surface(size, 0, 32)


def default_size(frame: Frame, strip: bool = True, largest_cell: int = LARGEST_CELL) -> tuple[int, int]:
    """(width, height) of an image of a frame, both even, as videos need it [pixels].

    Cells have `largest_cell` pixels, or fewer so that the map does not exceed 768 pixels.
    """
    rows, columns = frame.cells.shape
    cell = min(largest_cell, LONGER_SIDE / max(rows, columns))
    cell = int(cell) if cell >= 1 else cell
    width, height = round(columns * cell) + 2 * MARGIN, round(rows * cell) + 2 * MARGIN
    height += strip_height(frame) if strip else 0
    return max(width, 320) + width % 2, max(height, 2) + height % 2
