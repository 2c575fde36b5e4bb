"""Cache for the part of a map that does not move: floor, walls and fixed things."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pygame
from swarm_env.viz.draw.items.ground import draw_floor, heat
from swarm_env.viz.draw.items.things import around, draw_fixed
from swarm_env.viz.draw.scene import CachedScene, Scene
from swarm_env.viz.draw.style.kind_styles import FREE

KEPT = 2  # surfaces: a window with two playbacks draws two maps in turn


def draw_ground(scene: Scene) -> None:
    """Draw the floor and the fixed things on it."""
    if scene.detail != "full":
        draw_floor(scene)
        return
    codes, levels = around(scene.frame, scene, 1), heat(scene)
    codes = np.where(codes < scene.frame.setting.first_movable, codes, np.uint8(FREE))
    place = scene.camera.within((0, 0, *scene.camera.area[2:]))
    key = (
        codes.tobytes(), codes.shape, scene.visible, place, scene.theme, scene.frame.setting,
        scene.layers.lines, None if levels is None else levels.tobytes(),
    )  # fmt: skip
    # `_drawn` must not read anything of the scene that is not in the key.
    surface = _drawn(CachedScene(key, replace(scene, camera=place, before=None)))
    scene.surface.blit(surface, scene.camera.area[:2])


@lru_cache(maxsize=KEPT)
def _drawn(static: CachedScene) -> pygame.Surface:
    camera, theme = static.scene.camera, static.scene.theme
    surface = pygame.Surface(camera.area[2:], 0, 32)
    surface.fill(theme.ground)
    scene = replace(static.scene, surface=surface)
    draw_floor(scene)
    draw_fixed(scene)
    return surface
