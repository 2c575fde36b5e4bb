"""Speakers, and lines from speakers to hearers."""

from collections.abc import Iterator

import numpy as np
import pygame
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import TRAILS

MOST_LINES = 400  # our choice


def speakers(scene: Scene) -> list[tuple[int, str]]:
    """(number, text) of the visible agents that spoke; the selected agent first."""
    if not scene.frame.messages:
        return []
    visible = set(scene.visible_agents.tolist())
    said = [(agent_number(who), words) for who, words in scene.frame.messages if words.strip()]
    shown = [(a, words) for a, words in said if a is not None and a in visible]
    return sorted(shown, key=lambda pair: pair[0] != scene.layers.selected)


def agent_number(name: str) -> int | None:
    """The number in a name like "agent_3"; None for other names."""
    head, _, number = name.rpartition("_")
    return int(number) if head == "agent" and number.isdecimal() else None


def heard_by(scene: Scene) -> Iterator[tuple[int, int]]:
    """(speaker, hearer) of each message that was heard."""
    visible = {speaker for speaker, _ in speakers(scene)}
    return (pair for pair in scene.frame.hears if pair[0] in visible)


def draw_hearing(scene: Scene) -> None:
    """Draw a line from each speaker to each hearer; with a selection, only those of the selected agent."""
    selected = scene.layers.selected
    for number, (a, b) in enumerate(heard_by(scene)):
        if number >= MOST_LINES:
            return
        chosen = selected in (a, b)
        if selected is not None and not chosen:
            continue
        colour = mixed(scene.theme.floor, TRAILS[a % len(TRAILS)], 0.9 if chosen else 0.5)
        first, last = scene.positions[a], scene.positions[b]
        if scene.frame.setting.space == "torus":  # by the shorter way, over the edge
            last = last - np.rint((last - first) / scene.frame.cells.shape) * scene.frame.cells.shape
        start, end = (scene.centre(*place.tolist()) for place in (first, last))
        wide = max(1, round(scene.side * (0.06 if chosen else 0.03)))
        pygame.draw.aaline(scene.surface, colour, start, end, wide)
        length = max(1.0, float(np.hypot(end[0] - start[0], end[1] - start[1])))
        share = min(0.44 * scene.camera.cell / length, 0.5)
        tip = (end[0] + (start[0] - end[0]) * share, end[1] + (start[1] - end[1]) * share)
        pygame.draw.aacircle(scene.surface, colour, tip, max(2.0, scene.side * 0.06))
