"""A frame as a picture: what `rgb_array` returns and recordings are made of."""

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.items.trails import Traces
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.status_strip import HEIGHT, draw_strip
from swarm_env.viz.draw.style.theme import DARK, Theme

from swarm_env.frame import Frame

LONGER_SIDE = 768  # pixels of a map's longer side, if no size is given
LARGEST_CELL = 64  # pixels, if no size is given
MARGIN = 8  # pixels around the map, if no size is given


def picture(
    frame: Frame,
    size: tuple[int, int] | None = None,
    theme: Theme = DARK,
    layers: Layers | None = None,
    strip: bool = True,
    before: Frame | None = None,
    progress: float = 1.0,
    traces: Traces | None = None,
) -> NDArray[np.uint8]:
    """Draw a frame.

    Args:
        frame: What to show.
        size: (width, height) [pixels]; None: `natural_size`.
        theme: In these colours.
        layers: What is drawn over the map; None: `Layers()`.
        strip: Whether a strip tells scenario, round and score below.
        before: As in `draw_map`.
        progress: As in `draw_map`.
        traces: As in `draw_map`.

    Returns:
        (height, width, 3) uint8, red, green, blue. The same arguments give the same bytes.
    """
    width, height = size or natural_size(frame, strip)
    surface = blank((width, height))
    below = min(HEIGHT, height) if strip else 0
    surface.fill(theme.ground)
    camera = Camera.fit(frame, (0, 0, width, height - below), MARGIN)
    draw_map(surface, frame, camera, theme, layers, before, progress, traces)
    if strip:
        draw_strip(surface, (0, height - below, width, below), frame, theme)
    return pixels(surface)


def blank(size: tuple[int, int]) -> pygame.Surface:
    """A surface to draw on, (width, height) pixels of 32 bits."""
    return pygame.Surface(size, 0, 32)


def natural_size(frame: Frame, strip: bool = True, largest_cell: int = LARGEST_CELL) -> tuple[int, int]:
    """(width, height) of a picture that shows a frame well [pixels]; both even, as videos need it.

    Args:
        frame: Its map decides: cells of 64 pixels, fewer where the map would exceed 768.
        strip: Whether there is a strip below.
        largest_cell: Instead of 64 [pixels].
    """
    rows, columns = frame.cells.shape
    cell = min(largest_cell, LONGER_SIDE / max(rows, columns))
    cell = int(cell) if cell >= 1 else cell
    width, height = round(columns * cell) + 2 * MARGIN, round(rows * cell) + 2 * MARGIN + HEIGHT * strip
    return max(width, 320) + width % 2, max(height, 2) + height % 2


def pixels(surface: pygame.Surface) -> NDArray[np.uint8]:
    """A surface as (height, width, 3) uint8, red, green, blue."""
    width, height = surface.get_size()
    array = np.empty((height, width, 3), np.uint8)
    pygame.image.frombuffer(array.data.cast("B"), (width, height), "RGB").blit(surface, (0, 0))
    return array
