"""Draws the map of a frame."""

import pygame
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.items import (
    agent_shapes,
    badges,
    bubbles,
    map_overlays,
    particles,
    speech_lines,
    things,
)
from swarm_env.viz.draw.items.trails import Traces
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.static_layer import draw_ground
from swarm_env.viz.draw.style.theme import DARK, Theme

from swarm_env.frame import Frame


def draw_map(
    surface: pygame.Surface,
    frame: Frame,
    camera: Camera,
    theme: Theme = DARK,
    layers: Layers | None = None,
    before: Frame | None = None,
    progress: float = 1.0,
    traces: Traces | None = None,
) -> None:
    """Draw the visible part of a map. Pixels outside `camera.area` do not change.

    Cells of 14 pixels or more have numbers and letters. In cells of 3.5 to 14 pixels agents are dots (squares
    if marked). Smaller cells are squares; a pixel with several cells has their mean colour.

    Args:
        surface: A surface of 32 bits per pixel, on or off screen.
        frame: What to draw.
        camera: Visible part of the map, its scale and area.
        theme: Colours.
        layers: Optional layers; None: `Layers()`.
        before: Frame of the previous round, if motion is to be shown. Chevrons mark agents and things that
            were pushed, that is, did not end where their own move leads. None: everything stands still.
        progress: How far agents and things have moved from `before`, 0 to 1.
        traces: For trails and the heat map.
    """
    scene = Scene(surface, frame, camera, theme, layers or Layers(), before, progress, traces)
    outer = surface.get_clip()
    surface.set_clip(outer.clip(pygame.Rect(camera.area)))
    surface.fill(theme.ground, camera.area)
    only = scene.layers.only_view_of
    if only is not None:
        present = map_overlays.is_present(scene, only)
        view = pygame.Rect(map_overlays.view_of(scene, only) if present else (0, 0, 0, 0))
        surface.set_clip(surface.get_clip().clip(view))
    _draw(scene)
    surface.set_clip(outer)


def _draw(scene: Scene) -> None:
    """Draw all layers, the lowest first."""
    layers, selected = scene.layers, scene.layers.selected
    if not scene.codes.size:
        return
    draw_ground(scene)
    if layers.checks and layers.only_view_of is not None:
        map_overlays.draw_checks(scene, layers.only_view_of)
    if layers.trails:
        map_overlays.draw_trails(scene)
    if layers.hearing:
        speech_lines.draw_hearing(scene)
    if scene.detail == "full":
        things.draw_movable(scene)
    if len(scene.frame.points):
        particles.draw_particles(scene)
    elif scene.detail != "pixels":
        agent_shapes.draw_agents(scene)
    if layers.badges and scene.detail == "full":
        badges.draw_badges(scene)
    if selected is not None:
        map_overlays.draw_view(scene, selected)
        map_overlays.draw_halo(scene, selected)
    if layers.bubbles:
        bubbles.draw_bubbles(scene)
