"""Agents in continuous space: arrows where they are, as they head; dots if they are many or small."""

import numpy as np
import pygame
from swarm_env.viz.draw.items.agent_shapes import colour_of
from swarm_env.viz.draw.items.sprites import arrow
from swarm_env.viz.draw.scene import Scene

LONG, LEAST, MOST = 0.35, 5.0, 18.0  # length of an arrow [cells], and its bounds [pixels]
DIRECTIONS = 64  # of the sprites
MANY = 5000  # visible agents; more are drawn as dots of two by two pixels


def draw_particles(scene: Scene) -> None:
    """Draw all visible agents."""
    agents = scene.visible_agents
    length = min(max(scene.camera.cell * LONG, LEAST), MOST)
    if len(agents) > MANY or scene.camera.cell * LONG < 1.0:
        _draw_dots(scene)
        return
    headings = np.asarray(scene.frame.headings)[agents]
    turns = np.rint(np.arctan2(headings[:, 1], -headings[:, 0]) / (2 * np.pi) * DIRECTIONS).astype(int)
    blits = []
    for a, turn in zip(agents.tolist(), (turns % DIRECTIONS).tolist(), strict=True):
        sprite = arrow(round(length), colour_of(scene, a), turn / DIRECTIONS)
        blits.append(scene.centred(sprite, *scene.positions[a].tolist()))
    scene.surface.fblits(blits)


def _draw_dots(scene: Scene) -> None:
    """Draw two by two pixels of each: a hundred thousand in a few milliseconds."""
    camera, agents = scene.camera, scene.visible_agents
    middle = np.array([camera.area[1] + camera.area[3] / 2, camera.area[0] + camera.area[2] / 2])
    corner = np.array([camera.row, camera.column])
    at = np.floor((scene.positions[agents] + 0.5 - corner) * camera.cell + middle).astype(np.intp)
    clip = scene.surface.get_clip()
    inside = (at[:, 0] >= clip.top) & (at[:, 0] < clip.bottom - 1)
    inside &= (at[:, 1] >= clip.left) & (at[:, 1] < clip.right - 1)
    rows, columns = at[inside].T
    first = scene.frame.setting.first_agent
    codes = np.minimum(first + scene.frame.marks[agents[inside]], len(scene.colours) - 1)
    colours = np.array([scene.surface.map_rgb(colour) for colour in scene.colours])[codes]
    pixels = pygame.surfarray.pixels2d(scene.surface)
    for down in (0, 1):
        for right in (0, 1):
            pixels[columns + right, rows + down] = colours
