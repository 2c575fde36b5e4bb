"""Layers over the map: trails, the view of the selected agent, and what an agent's own view hides."""

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.camera import Rect
from swarm_env.viz.draw.scene import JUMP, Scene
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import TRAILS

VEIL = 140  # opacity of what is not in the selected agent's view, 0 to 255
TRAIL_SPREAD = 0.045  # cells between the trails of agents that walk the same way


def draw_trails(scene: Scene) -> None:
    """Where agents have been, fading with time."""
    if scene.traces is None or len(scene.traces.trails) < 2:
        return
    trails = np.stack(scene.traces.trails)  # (T, M, 2)
    wide = max(1, round(scene.side * 0.07))
    row, column, rows, columns = scene.visible
    low, high = np.array((row, column)) - 1, np.array((row + rows, column + columns))
    steps = np.abs(np.diff(trails, axis=0)).max(axis=2)
    inside: NDArray[np.bool_] = np.all((trails >= low) & (trails <= high) & (trails >= 0), axis=2)
    drawn = (steps > 0) & (steps <= JUMP) & inside[1:] & inside[:-1]
    for t, a in np.argwhere(drawn).tolist():
        age = (t + 1) / len(steps)
        colour = mixed(scene.theme.floor, TRAILS[a % len(TRAILS)], 0.2 + 0.8 * age)
        shift = (a % len(TRAILS) - len(TRAILS) // 2) * TRAIL_SPREAD
        ends = [scene.middle(r + shift, c + shift) for r, c in trails[t : t + 2, a].tolist()]
        pygame.draw.aaline(scene.surface, colour, ends[0], ends[1], wide)
        if wide > 2:
            for end in ends:
                pygame.draw.aacircle(scene.surface, colour, end, wide / 2 - 0.5)


def view_of(scene: Scene, agent: int) -> Rect:
    """What an agent sees, on the surface [pixels]."""
    half = scene.frame.setting.view_size // 2
    row, column = scene.places[agent].tolist()
    x, y = scene.camera.x(column - half), scene.camera.y(row - half)
    return x, y, scene.camera.x(column + half + 1) - x, scene.camera.y(row + half + 1) - y


def draw_view(scene: Scene, agent: int) -> None:
    """A frame around what an agent sees; the rest of the map is dimmed."""
    frame = scene.frame
    if not (0 <= agent < len(frame.present) and frame.present[agent]):
        return
    inner = pygame.Rect(view_of(scene, agent))
    area = pygame.Rect(scene.camera.area)
    for part in _around(area, inner):
        veil = pygame.Surface(part.size, 0, 32)
        veil.fill(scene.theme.veil)
        veil.set_alpha(VEIL)
        scene.surface.blit(veil, part)
    wide = max(2, round(min(scene.camera.cell, 60) * 0.06))
    pygame.draw.rect(
        scene.surface, scene.theme.accent, inner.inflate(2 * wide, 2 * wide), wide, border_radius=2 * wide
    )


def draw_halo(scene: Scene, agent: int) -> None:
    """A ring around the selected agent."""
    frame = scene.frame
    if 0 <= agent < len(frame.present) and frame.present[agent]:
        x, y = scene.middle(*scene.places[agent].tolist())
        radius = max(4.0, scene.camera.cell * 0.48)
        wide = max(2, round(min(scene.camera.cell, 60) * 0.05))
        pygame.draw.aacircle(scene.surface, scene.theme.accent, (x, y), radius + wide / 2, wide)


def _around(area: pygame.Rect, inner: pygame.Rect) -> list[pygame.Rect]:
    """An area without a rectangle in it, in up to four parts."""
    hole = inner.clip(area)
    if not hole.width or not hole.height:
        return [area]
    parts = [
        pygame.Rect(area.left, area.top, area.width, hole.top - area.top),
        pygame.Rect(area.left, hole.bottom, area.width, area.bottom - hole.bottom),
        pygame.Rect(area.left, hole.top, hole.left - area.left, hole.height),
        pygame.Rect(hole.right, hole.top, area.right - hole.right, hole.height),
    ]
    return [part for part in parts if part.width > 0 and part.height > 0]
