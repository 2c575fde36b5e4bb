"""The part of a drawing that stays the same from round to round, kept as long as it does."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pygame
from swarm_env.viz.draw.items.ground import draw_floor, heat
from swarm_env.viz.draw.items.things import around, draw_still
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import FREE

KEPT = 2  # surfaces: a window that compares two runs draws two maps in turn


@dataclass(frozen=True)
class _Still:
    """A drawing of what stands still: `key` says all that it depends on."""

    key: tuple[object, ...]
    scene: Scene = field(compare=False)


def draw_ground(scene: Scene) -> None:
    """The floor and what stands still on it."""
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
    # Nothing of the scene that is not in the key may be looked at.
    still = _drawn(_Still(key, replace(scene, camera=place, before=None)))
    scene.surface.blit(still, scene.camera.area[:2])


@lru_cache(maxsize=KEPT)
def _drawn(still: _Still) -> pygame.Surface:
    camera, theme = still.scene.camera, still.scene.theme
    surface = pygame.Surface(camera.area[2:], 0, 32)
    surface.fill(theme.ground)
    scene = replace(still.scene, surface=surface)
    draw_floor(scene)
    draw_still(scene)
    return surface
