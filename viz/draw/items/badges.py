"""Badges: signs over agents and things, for what decides and is not on the map."""

from collections.abc import Iterator

import numpy as np
import pygame
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.theme import TRAILS, Colour

CORNERS = (
    (-0.36, 0.34),
    (-0.36, -0.34),
    (0.36, 0.34),
    (0.36, -0.34),
)  # rows, columns from the middle of a cell
LEAST, MOST = 11, 24  # font size [pixels]


def draw_badges(scene: Scene) -> None:
    """Draw the badges of all visible agents and things; the secret ones only if the layers say so."""
    size = min(MOST, max(LEAST, round(scene.side * 0.34)))
    for number, sign, row, column in _signs(scene):
        down, right = CORNERS[number % len(CORNERS)]
        draw_sign(scene, sign, scene.centre(row + down, column + right), size, badge_colour(number))


def badge_colour(number: int) -> Colour:
    """Colour of the edge of a badge."""
    return TRAILS[number % len(TRAILS)]


def draw_sign(scene: Scene, sign: str, at: tuple[int, int], size: int, colour: Colour) -> None:
    """Draw a sign on a plate whose middle is at (x, y) [pixels]."""
    picture = text.rendered(sign, size, scene.theme.bubble_ink)
    plate = pygame.Rect(0, 0, picture.get_width() + size // 2, max(picture.get_height(), size - 2))
    plate.width, plate.center = max(plate.width, plate.height), at
    pygame.draw.rect(scene.surface, scene.theme.bubble, plate, border_radius=plate.height // 2)
    pygame.draw.rect(scene.surface, colour, plate, max(2, size // 8), border_radius=plate.height // 2)
    scene.surface.blit(picture, picture.get_rect(center=at))


def _signs(scene: Scene) -> Iterator[tuple[int, str, float, float]]:
    """Number of the badge, sign, row and column of everything that is shown."""
    frame, agents = scene.frame, scene.visible_agents.tolist()
    for number, (badge, values) in enumerate(zip(frame.setting.badges, frame.badges, strict=False)):
        if badge.secret and not scene.layers.secrets:
            continue
        if badge.kind is None:
            for a in agents:
                if sign := badge.sign(values[a]):
                    row, column = scene.positions[a].tolist()
                    yield number, sign, row, column
            continue
        for rank, value in enumerate(values):
            if sign := badge.sign(value):
                found = np.argwhere(scene.codes == badge.kind + rank) + scene.visible[:2]
                for row, column in found.tolist():
                    yield number, sign, row, column
