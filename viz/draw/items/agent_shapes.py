"""Agents: discs with numbers and noses, dots where cells are small, chevrons behind pushed ones."""

import numpy as np
from swarm_env.viz.draw.items import sprites
from swarm_env.viz.draw.items.things import draw_chevrons
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import FREE, ink_on
from swarm_env.viz.draw.style.text import rendered
from swarm_env.viz.draw.style.theme import Colour

# Rows and columns of STAY, UP, DOWN, LEFT, RIGHT.
STEPS = np.array([(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)])


def draw_agents(scene: Scene) -> None:
    """Draw all visible agents."""
    if scene.detail == "dots":
        _draw_dots(scene)
        return
    if scene.layers.facing:
        _draw_push_marks(scene)
    _draw_leaving(scene)
    blits = []
    for a in scene.visible_agents.tolist():
        move = max(int(scene.frame.moves[a]), 0) if scene.layers.facing else 0
        sprite = sprites.agent(scene.side, colour_of(scene, a), bool(scene.frame.marks[a]), move, scene.theme)
        at = scene.positions[a].tolist()
        blits.append(scene.centred(sprite, *at))
        if scene.layers.numbers:
            number = rendered(str(a), number_size(scene.side, a), ink_on(colour_of(scene, a)))
            blits.append(scene.centred(number, *at))
    scene.surface.fblits(blits)


def number_size(side: int, number: int) -> int:
    """Font size of an agent's number in a cell [pixels]."""
    share = (0.5, 0.48, 0.38, 0.3)[min(len(str(number)), 4) - 1]
    return max(7, round(side * share + min(1.0, 20 / side)))  # slightly larger in small cells


def colour_of(scene: Scene, a: int) -> Colour:
    """Colour of an agent's kind, by its mark."""
    code = scene.frame.setting.first_agent + int(scene.frame.marks[a])
    return scene.colours[min(code, len(scene.colours) - 1)]


def _draw_dots(scene: Scene) -> None:
    """Draw dots: thousands of agents in a few milliseconds."""
    camera, setting, agents = scene.camera, scene.frame.setting, scene.visible_agents
    codes = np.minimum(setting.first_agent + scene.frame.marks[agents], len(scene.colours) - 1)
    dots = {
        code: sprites.dot(scene.side, scene.colours[code], code > setting.first_agent)
        for code in np.unique(codes).tolist()
    }
    corner = (camera.x(0.0), camera.y(0.0))
    at = scene.positions[agents] * camera.cell
    if camera.cell == scene.side:  # all corners are whole pixels away from the first
        at += corner[::-1]
    else:
        at += (camera.area[1] + camera.area[3] / 2 - camera.row * camera.cell,
               camera.area[0] + camera.area[2] / 2 - camera.column * camera.cell)  # fmt: skip
    pixels = np.ceil(at - 0.5).astype(int)
    blits = [
        (dots[code], (x, y))
        for code, y, x in zip(codes.tolist(), pixels[:, 0].tolist(), pixels[:, 1].tolist(), strict=True)
    ]
    scene.surface.fblits(blits)


def pushed(scene: Scene) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(N,) whether each agent ended elsewhere than its own move leads."""
    moves = scene.frame.moves
    own = STEPS[np.where((moves > 0) & (moves < len(STEPS)), moves, 0)]
    moved = scene.displacement
    result: np.ndarray[tuple[int], np.dtype[np.bool_]] = (moved != own).any(axis=1) & moved.any(axis=1)
    return result


def _draw_push_marks(scene: Scene) -> None:
    """Draw chevrons in the free cells that pushed agents have left."""
    for a in np.intersect1d(np.flatnonzero(pushed(scene)), scene.visible_agents).tolist():
        way = scene.displacement[a]
        row, column = (scene.frame.places[a] - way).tolist()
        if scene.frame.cells[row, column] == FREE:
            draw_chevrons(scene, [[row, column]], (int(way[0]), int(way[1])))


def _draw_leaving(scene: Scene) -> None:
    """Fade out the agents that left the map in this round."""
    before, now = scene.previous, scene.frame
    if before is None:
        return
    for a in np.flatnonzero(before.present & ~now.present).tolist():
        sprite = sprites.agent(scene.side, colour_of(scene, a), bool(before.marks[a]), 0, scene.theme).copy()
        sprite.set_alpha(round(255 * (1 - scene.eased)))
        scene.surface.blit(*scene.centred(sprite, *before.places[a].tolist()))
