"""The map of a frame, drawn on a surface."""

import pygame
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.items import agent_shapes, bubbles, map_overlays, speech_lines, things
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
    """Draw the part of a map that a camera looks at. Nothing outside `camera.area` changes.

    Cells of 14 pixels and more are drawn with numbers and letters; of 3.5 to 14 pixels agents are dots
    (squares if marked); of smaller cells each is a square, or a pixel the mean of several.

    Args:
        surface: A surface of 32 bits per pixel, on or off screen.
        frame: What to show.
        camera: Which part, how large and where.
        theme: In these colours.
        layers: What is drawn over it; None: `Layers()`.
        before: The frame of the round before. Bodies stand between both, and chevrons mark those that were
            pushed: who came elsewhere than its own move leads. None: everything stands still.
        progress: How far between both, 0 to 1.
        traces: For trails and the heat map.
    """
    scene = Scene(surface, frame, camera, theme, layers or Layers(), before, progress, traces)
    outer = surface.get_clip()
    surface.set_clip(outer.clip(pygame.Rect(camera.area)))
    surface.fill(theme.ground, camera.area)
    only = scene.layers.only_view_of
    if only is not None:
        gone = not (0 <= only < len(frame.present) and frame.present[only])
        view = pygame.Rect(0, 0, 0, 0) if gone else pygame.Rect(map_overlays.view_of(scene, only))
        surface.set_clip(surface.get_clip().clip(view))
    _draw(scene)
    surface.set_clip(outer)


def _draw(scene: Scene) -> None:
    """All layers, from the ground up."""
    layers, selected = scene.layers, scene.layers.selected
    if not scene.codes.size:
        return
    draw_ground(scene)
    if layers.trails:
        map_overlays.draw_trails(scene)
    if layers.hearing:
        speech_lines.draw_hearing(scene)
    if scene.detail == "full":
        things.draw_movable(scene)
    if scene.detail != "pixels":
        agent_shapes.draw_agents(scene)
    if selected is not None:
        map_overlays.draw_view(scene, selected)
        map_overlays.draw_halo(scene, selected)
    if layers.bubbles:
        bubbles.draw_bubbles(scene)
