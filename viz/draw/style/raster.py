"""Rasterises cells: each pixel gets the colour of its cell, or the mean colour of its cells."""

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.camera import Camera

from swarm_env.engine.compiler import kernel

RGBA = NDArray[np.int64]  # (256, 4) red, green, blue and weight (at least 1) of each code


@kernel(wrapped=True)
def shrink(
    codes: NDArray[np.uint8],
    table: RGBA,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    out: NDArray[np.uint32],
) -> None:
    """Fill pixels with the weighted mean colour of their cells.

    Args:
        codes: (H, W) codes of cells.
        table: Colour and weight of each code.
        rows: (2, h) first row of cells and last + 1 of each row of pixels.
        columns: (2, w) first column of cells and last + 1 of each column of pixels.
        out: (h, w) pixels, 0x00RRGGBB.
    """
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            red = green = blue = weight = np.int64(0)
            for r in range(rows[0, y], rows[1, y]):
                for c in range(columns[0, x], columns[1, x]):
                    code = codes[r, c]
                    w = table[code, 3]
                    red += w * table[code, 0]
                    green += w * table[code, 1]
                    blue += w * table[code, 2]
                    weight += w
            out[y, x] = ((red // weight) << 16) | ((green // weight) << 8) | (blue // weight)


def raster(codes: NDArray[np.uint8], first: tuple[int, int], camera: Camera, table: RGBA) -> pygame.Surface:
    """Rasterise the visible cells, (H, W) codes, the first of them at (row, column).

    Returns a surface to be drawn at `corner(first, camera)`.
    """
    y0, x0 = corner(first, camera)[::-1]
    height = min(camera.y(first[0] + codes.shape[0]), camera.area[1] + camera.area[3]) - y0
    width = min(camera.x(first[1] + codes.shape[1]), camera.area[0] + camera.area[2]) - x0
    surface = pygame.Surface((max(0, width), max(0, height)), 0, 32)
    if width <= 0 or height <= 0:
        return surface
    pixels = pygame.surfarray.pixels2d(surface).T  # (height, width) 0x00RRGGBB
    if camera.cell >= 1:
        rows = _cells_below(y0, height, [camera.y(first[0] + i) for i in range(codes.shape[0] + 1)])
        columns = _cells_below(x0, width, [camera.x(first[1] + i) for i in range(codes.shape[1] + 1)])
        flat = ((table[:, 0] << 16) | (table[:, 1] << 8) | table[:, 2]).astype(np.uint32)
        np.take(flat[codes].take(rows, axis=0), columns, axis=1, out=pixels, mode="clip")
    else:
        rows_at = np.array([camera.place(x0, y0 + i)[0] - first[0] for i in range(height + 1)])
        columns_at = np.array([camera.place(x0 + i, y0)[1] - first[1] for i in range(width + 1)])
        shrink(codes, table, _ranges(rows_at, codes.shape[0]), _ranges(columns_at, codes.shape[1]), pixels)
    del pixels  # unlocks the surface
    return surface


def corner(first: tuple[int, int], camera: Camera) -> tuple[int, int]:
    """(x, y) of the first pixel of the visible part, whose first cell is (row, column)."""
    return max(camera.x(first[1]), camera.area[0]), max(camera.y(first[0]), camera.area[1])


def _cells_below(start: int, length: int, edges: list[int]) -> NDArray[np.intp]:
    """Index of the cell of each pixel, given the first pixel of each cell."""
    found = np.searchsorted(np.array(edges[1:]), np.arange(start, start + length), side="right")
    return found.clip(0, len(edges) - 2)


def _ranges(at: NDArray[np.float64], number: int) -> NDArray[np.int64]:
    """(2, N) first cell and last + 1 of each pixel, given the (N + 1) edges of pixels; at least one cell."""
    low = np.clip(np.floor(at[:-1]), 0, number - 1).astype(np.int64)
    high = np.clip(np.floor(at[1:]), 0, number).astype(np.int64)
    return np.stack((low, np.maximum(high, low + 1)))
