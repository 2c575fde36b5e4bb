"""Agents: discs with numbers and noses, dots where cells are small, chevrons behind those who were pushed."""

import numpy as np
import pygame
from swarm_env.viz.draw.items import sprites
from swarm_env.viz.draw.items.things import draw_chevrons
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import FREE, ink_on
from swarm_env.viz.draw.style.text import rendered
from swarm_env.viz.draw.style.theme import Colour

STEPS = np.array(
    [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)]
)  # rows and columns of STAY, UP, DOWN, LEFT, RIGHT


def draw_agents(scene: Scene) -> None:
    """All agents in the visible part."""
    if scene.detail == "dots":
        _dots(scene)
        return
    if scene.layers.facing:
        _pushed(scene)
    _leaving(scene)
    blits = []
    for a in scene.seen.tolist():
        picture = _picture(scene, a)
        x, y = scene.middle(*scene.places[a].tolist())
        half = picture.get_width() // 2
        blits.append((picture, (x - half, y - half)))
        if scene.layers.numbers:
            number = rendered(str(a), number_size(scene.side, a), ink_on(_colour(scene, a)))
            width, height = number.get_size()
            blits.append((number, (x - width // 2, y - height // 2)))
    scene.surface.fblits(blits)


def number_size(side: int, number: int) -> int:
    """Size of the font for an agent's number in a cell [pixels]."""
    share = (0.5, 0.48, 0.38, 0.3)[min(len(str(number)), 4) - 1]
    return max(
        7, round(side * share + min(1.0, 20 / side))
    )  # somewhat larger where they would be hard to read


def _colour(scene: Scene, a: int) -> Colour:
    """Of the kind that an agent is, by its mark."""
    code = scene.frame.setting.first_agent + int(scene.frame.marks[a])
    return scene.colours[min(code, len(scene.colours) - 1)]


def _picture(scene: Scene, a: int) -> pygame.Surface:
    frame = scene.frame
    move = int(frame.moves[a]) if scene.layers.facing else -1
    return sprites.agent(scene.side, _colour(scene, a), bool(frame.marks[a]), max(move, 0), scene.theme)


def _dots(scene: Scene) -> None:
    """Thousands of agents in a few milliseconds."""
    camera, setting, seen = scene.camera, scene.frame.setting, scene.seen
    codes = np.minimum(setting.first_agent + scene.frame.marks[seen], len(scene.colours) - 1)
    pictures = {
        code: sprites.dot(scene.side, scene.colours[code], code > setting.first_agent)
        for code in np.unique(codes).tolist()
    }
    corner = (camera.x(0.0), camera.y(0.0))
    whole = (
        camera.cell == scene.side
    )  # then the corners of all cells are whole pixels away from that of the first
    at = scene.places[seen] * camera.cell
    if whole:
        at += corner[::-1]
    else:
        at += (camera.area[1] + camera.area[3] / 2 - camera.row * camera.cell,
               camera.area[0] + camera.area[2] / 2 - camera.column * camera.cell)  # fmt: skip
    pixels = np.ceil(at - 0.5).astype(int)
    blits = [
        (pictures[code], (x, y))
        for code, y, x in zip(codes.tolist(), pixels[:, 0].tolist(), pixels[:, 1].tolist(), strict=True)
    ]
    scene.surface.fblits(blits)


def pushed(scene: Scene) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which agents came somewhere else than their own move leads."""
    moves = scene.frame.moves
    own = STEPS[np.where((moves > 0) & (moves < len(STEPS)), moves, 0)]
    walked = scene.walked
    result: np.ndarray[tuple[int], np.dtype[np.bool_]] = (walked != own).any(axis=1) & walked.any(axis=1)
    return result


def _pushed(scene: Scene) -> None:
    """Chevrons in the cells that pushed agents have left, unless somebody else stands there by now."""
    for a in np.intersect1d(np.flatnonzero(pushed(scene)), scene.seen).tolist():
        way = scene.walked[a]
        row, column = (scene.frame.places[a] - way).tolist()
        if scene.frame.cells[row, column] == FREE:
            draw_chevrons(scene, [[row, column]], (int(way[0]), int(way[1])))


def _leaving(scene: Scene) -> None:
    """Agents that left the map in this round fade out where they stood."""
    before, now = scene.before, scene.frame
    if before is None or before.present.shape != now.present.shape or before.round != now.round - 1:
        return
    for a in np.flatnonzero(before.present & ~now.present).tolist():
        picture = sprites.agent(scene.side, _colour(scene, a), bool(before.marks[a]), 0, scene.theme).copy()
        picture.set_alpha(round(255 * (1 - scene.eased)))
        x, y = scene.middle(*before.places[a].tolist())
        half = picture.get_width() // 2
        scene.surface.blit(picture, (x - half, y - half))
