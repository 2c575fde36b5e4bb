"""The floor with its heat map; where cells are small, also what stands on it."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import FREE, OUTSIDE, SHADES, WALL, floor_codes, mixed, shades_of
from swarm_env.viz.draw.style.raster import RGBA, corner, raster

LEVELS = 15  # shades of a heat map
LINES_FROM = 8.0  # smallest cells with grid lines [pixels]
WEIGHT = 4  # weight of things relative to the floor where several cells share a pixel


def draw_floor(scene: Scene) -> None:
    """Draw free cells, coloured by visits; where cells are small, all cells."""
    codes, levels = scene.codes, heat(scene)
    first_level = len(scene.colours)
    if scene.detail != "pixels":  # agents and things are drawn later
        setting = scene.frame.setting
        first_drawn = setting.first_movable if scene.detail == "full" else setting.first_agent
        codes = np.where(codes >= first_drawn, np.uint8(FREE), codes)
    codes = _with_layers(codes, scene)
    if levels is not None:
        codes = np.where((codes == FREE) & (levels > 0), levels + np.uint8(first_level - 1), codes)
    at = scene.visible[:2]
    floor = raster(codes, at, scene.camera, _table(scene))
    scene.surface.blit(floor, corner(at, scene.camera))
    if scene.layers.lines and scene.camera.cell >= LINES_FROM:
        _lines(scene, levels is not None)
        if scene.detail == "dots":  # things are a part of the floor: draw them over the lines again
            floor.set_colorkey(scene.theme.floor)
            scene.surface.blit(floor, corner(at, scene.camera))


def _with_layers(codes: NDArray[np.uint8], scene: Scene) -> NDArray[np.uint8]:
    """Codes in which free cells with something on their floor have those of its layer and amount."""
    row, column, rows, columns = scene.visible
    first = len(scene.colours) + LEVELS
    layers = scene.frame.setting.floor
    if first + SHADES * len(layers) > 256:
        return codes
    seen = [amounts[row : row + rows, column : column + columns] for amounts in scene.frame.floor]
    shades = floor_codes(layers, seen)
    if shades is None:
        return codes
    return np.where((codes == FREE) & (shades > 0), shades + np.uint8(first - 1), codes)


def _table(scene: Scene) -> RGBA:
    """Colour and weight of each code, followed by those of the heat levels and of the layers of the floor."""
    theme, count = scene.theme, len(scene.colours)
    table = np.ones((256, 4), np.int64)
    table[:count, :3] = scene.colours
    table[WALL + 1 : count, 3] = WEIGHT
    if scene.detail == "full":  # everything else is drawn later
        table[WALL:count, :3] = theme.floor
    table[OUTSIDE, :3] = theme.ground
    shades = [theme.floor, *theme.heat]
    for level in range(1, LEVELS + 1):
        low, share = divmod(level / LEVELS * (len(shades) - 1), 1.0)
        high = min(int(low) + 1, len(shades) - 1)
        table[count - 1 + level, :3] = mixed(shades[int(low)], shades[high], share)
    for number, layer in enumerate(scene.frame.setting.floor):
        start = count + LEVELS + SHADES * number
        if start + SHADES <= 256:
            table[start : start + SHADES, :3] = shades_of(layer, theme.floor)
    return table


def heat(scene: Scene) -> NDArray[np.uint8] | None:
    """Heat level of each visible cell, from 0 (never visited) to LEVELS; None without a heat map."""
    traces = scene.traces
    if len(scene.colours) + LEVELS > 256:  # no codes left for the levels
        return None
    if not scene.layers.heat or traces is None or traces.visits.shape != scene.frame.cells.shape:
        return None
    row, column, rows, columns = scene.visible
    visits = traces.visits[row : row + rows, column : column + columns]
    most = max(1, int(traces.visits.max(initial=0)))
    levels: NDArray[np.uint8] = np.ceil(LEVELS * np.sqrt(visits / most)).astype(np.uint8)
    return levels


def _lines(scene: Scene, over_heat: bool) -> None:
    """Draw grid lines along the upper and left edges of cells."""
    camera, surface = scene.camera, scene.surface
    row, column, rows, columns = scene.visible
    colour = scene.theme.line
    x0, y0 = corner((row, column), camera)
    width, height = camera.x(column + columns) - x0, camera.y(row + rows) - y0
    wide = 1 if over_heat else max(1, scene.side // 40)
    for c in range(column, column + columns + 1):
        surface.fill(colour, (camera.x(c) - wide // 2, y0, wide, height))
    for r in range(row, row + rows + 1):
        surface.fill(colour, (x0, camera.y(r) - wide // 2, width, wide))
