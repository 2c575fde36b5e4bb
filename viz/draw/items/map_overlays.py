"""Overlays: trails, the view of the selected agent, its highlight."""

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.camera import Rect
from swarm_env.viz.draw.scene import JUMP, Scene
from swarm_env.viz.draw.style.kind_styles import FREE, mixed
from swarm_env.viz.draw.style.theme import TRAILS

VEIL = 140  # opacity over what the selected agent does not see, 0 to 255
TRAIL_SPREAD = 0.045  # distance of the trails of agents on the same way [cells]


def draw_trails(scene: Scene) -> None:
    """Draw the last positions of agents as lines that fade with age."""
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
        ends = [scene.centre(r + shift, c + shift) for r, c in trails[t : t + 2, a].tolist()]
        pygame.draw.aaline(scene.surface, colour, ends[0], ends[1], wide)
        if wide > 2:
            for end in ends:
                pygame.draw.aacircle(scene.surface, colour, end, wide / 2 - 0.5)


def is_present(scene: Scene, agent: int) -> bool:
    """Whether there is an agent of this number on the map."""
    return 0 <= agent < len(scene.frame.present) and bool(scene.frame.present[agent])


def view_of(scene: Scene, agent: int) -> Rect:
    """Area of an agent's view on the surface [pixels]."""
    half = scene.frame.setting.view_size // 2
    row, column = scene.positions[agent].tolist()
    x, y = scene.camera.x(column - half), scene.camera.y(row - half)
    return x, y, scene.camera.x(column + half + 1) - x, scene.camera.y(row + half + 1) - y


def draw_checks(scene: Scene, agent: int) -> None:
    """Mark every other free cell in an agent's view, so that its steps can be seen where nothing else is."""
    if not is_present(scene, agent):
        return
    half, size = scene.frame.setting.view_size // 2 + 1, max(2, scene.side // 7)
    row, column = np.round(scene.positions[agent]).astype(int).tolist()
    for r in range(max(0, row - half), min(scene.frame.cells.shape[0], row + half + 1)):
        for c in range(max(0, column - half), min(scene.frame.cells.shape[1], column + half + 1)):
            if (r + c) % 2 and scene.frame.cells[r, c] == FREE:
                spot = pygame.Rect(scene.camera.x(c) + size, scene.camera.y(r) + size, size, size)
                scene.surface.fill(mixed(scene.theme.floor, scene.theme.ink, 0.3), spot)


def draw_view(scene: Scene, agent: int) -> None:
    """Draw a border around an agent's view and dim the rest of the map, if the agent is present."""
    if not is_present(scene, agent):
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
    """Draw a ring around an agent, if it is present."""
    if is_present(scene, agent):
        x, y = scene.centre(*scene.positions[agent].tolist())
        radius = max(4.0, scene.camera.cell * 0.48)
        wide = max(2, round(min(scene.camera.cell, 60) * 0.05))
        pygame.draw.aacircle(scene.surface, scene.theme.accent, (x, y), radius + wide / 2, wide)


def _around(area: pygame.Rect, inner: pygame.Rect) -> list[pygame.Rect]:
    """Up to four rectangles that cover an area except for an inner rectangle."""
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
