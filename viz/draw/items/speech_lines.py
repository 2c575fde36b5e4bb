"""Who spoke, and lines to those who heard it."""

from collections.abc import Iterator

import numpy as np
import pygame
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import TRAILS

MOST_LINES = 400  # more would be a blur: our choice
SAME = 100  # letters of a text by which it is recognised when it is heard; longer ones are cut on the way


def speakers(scene: Scene) -> list[tuple[int, str]]:
    """(number, text) of those in the visible part who spoke; the selected agent first."""
    if not scene.frame.messages:
        return []
    seen = set(scene.seen.tolist())
    said = [(int(who.rpartition("_")[2]), words) for who, words in scene.frame.messages if _is_agent(who)]
    said = [(a, words) for a, words in said if a in seen and words.strip()]
    return sorted(said, key=lambda pair: pair[0] != scene.layers.selected)


def _is_agent(name: str) -> bool:
    head, _, number = name.rpartition("_")
    return head == "agent" and number.isdecimal()


def heard_by(scene: Scene) -> Iterator[tuple[int, int]]:
    """(speaker, hearer) of what was said and has been heard."""
    frame = scene.frame
    reach, textual = frame.setting.hearing, frame.setting.message == "text"
    hearers = {int(name.rpartition("_")[2]): heard for name, heard in frame.heard.items() if _is_agent(name)}
    for a, words in speakers(scene):
        for b, heard in hearers.items():
            near = np.abs(frame.places[a] - frame.places[b]).max() <= reach
            if a != b and near and (not textual or any(words[:SAME] in one for one in heard)):
                yield a, b


def draw_hearing(scene: Scene) -> None:
    """A line from each speaker to each that heard it; of the selected agent clear, of the others faint."""
    selected = scene.layers.selected
    for number, (a, b) in enumerate(heard_by(scene)):
        if number >= MOST_LINES:
            return
        chosen = selected in (a, b)
        if selected is not None and not chosen:
            continue
        colour = mixed(scene.theme.floor, TRAILS[a % len(TRAILS)], 0.9 if chosen else 0.5)
        start, end = (scene.middle(*scene.places[who].tolist()) for who in (a, b))
        wide = max(1, round(scene.side * (0.06 if chosen else 0.03)))
        pygame.draw.aaline(scene.surface, colour, start, end, wide)
        share = min(
            0.44 * scene.camera.cell / max(1.0, float(np.hypot(end[0] - start[0], end[1] - start[1]))), 0.5
        )
        tip = (end[0] + (start[0] - end[0]) * share, end[1] + (start[1] - end[1]) * share)
        pygame.draw.aacircle(scene.surface, colour, tip, max(2.0, scene.side * 0.06))
