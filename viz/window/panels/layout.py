"""Layout of the window: where its panels are."""

from dataclasses import dataclass

import pygame
from swarm_env.viz.window.panels.style import Style

NARROW = 760  # width below which there is no room for the side panel [units]
HEADER, TIMELINE, QUESTION, PANEL = 50, 58, 92, 340  # heights, and the width of the panel [units]


@dataclass(frozen=True, slots=True)
class Layout:
    """Areas of the window [pixels]."""

    header: pygame.Rect  # scenario, round, score
    maps: tuple[pygame.Rect, ...]  # one per playback
    panel: pygame.Rect | None  # plots and inspector; None if switched off or without room
    question: pygame.Rect | None  # the question to the human, below the map; None if no human plays
    timeline: pygame.Rect  # buttons and track

    @property
    def menu(self) -> pygame.Rect:
        """Where the layer menu is: over the panel, so that the map can be seen; without one over the map."""
        return self.panel or self.maps[-1]

    @classmethod
    def of(cls, size: tuple[int, int], style: Style, playbacks: int, panel: bool, question: bool) -> "Layout":
        """Divide a window of (width, height) pixels; `question`: whether a human plays."""
        width, height = size
        top, bottom = style.px(HEADER), style.px(TIMELINE)
        side = style.px(PANEL) if panel and width >= style.px(NARROW) else 0
        foot = style.px(QUESTION) if question else 0
        inner = max(height - top - bottom - foot, 1)
        gap = style.px(2) if playbacks > 1 else 0
        room = width - side
        edges = [round(room * i / playbacks) for i in range(playbacks + 1)]
        maps = tuple(
            pygame.Rect(left, top, max(right - left - (gap if i < playbacks - 1 else 0), 1), inner)
            for i, (left, right) in enumerate(zip(edges, edges[1:], strict=False))
        )
        return cls(
            pygame.Rect(0, 0, width, top),
            maps,
            pygame.Rect(room, top, side, inner + foot) if side else None,
            pygame.Rect(0, top + inner, room, foot) if foot else None,
            pygame.Rect(0, height - bottom, width, bottom),
        )
