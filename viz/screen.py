"""A plain window that shows a moment after the other, as `render_mode="human"` opens it."""

from typing import Any

import pygame
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.frame_image import MARGIN, natural_size
from swarm_env.viz.draw.frame_pair import Pair
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.status_strip import HEIGHT, draw_strip
from swarm_env.viz.draw.style.theme import DARK, Theme

from swarm_env.frame import Frame

ROUNDS, STEPS = 8, 3  # rounds per second at most, and pictures per round: bodies glide from cell to cell
UNSEEN = ("dummy", "offscreen")  # SDL's names of displays that nobody looks at


class Screen:
    """A window that can be resized. It opens with the first frame; what the user closes stays closed."""

    def __init__(self, theme: Theme = DARK) -> None:
        """Choose the colours.

        Args:
            theme: In these.
        """
        self._theme, self._pair = theme, Pair()
        self._surface: pygame.Surface | None = None
        self._dismissed = False

    def open(self) -> None:
        """Nothing to do: the window opens with the first frame, whose map decides on its size."""

    def show(self, frame: Frame) -> None:
        """Show the way to a moment, and the moment. Takes its time where somebody can look.

        Args:
            frame: The moment.
        """
        if self._dismissed:
            return
        self._pair.take(frame)
        if self._surface is None:
            pygame.display.init()
            self._surface = pygame.display.set_mode(natural_size(frame), pygame.RESIZABLE)
            pygame.display.set_caption(f"swarm: {frame.scenario}")
            self._clock = pygame.time.Clock()
        before = self._pair.before
        moves = before is not None and before.round == frame.round - 1
        for step in range(1 if moves else STEPS, STEPS + 1):
            self._draw(frame, step / STEPS)
            if self._dismissed:
                return
            if pygame.display.get_driver() not in UNSEEN:
                self._clock.tick(ROUNDS * STEPS)

    def _draw(self, frame: Frame, progress: float) -> None:
        for event in pygame.event.get(pygame.QUIT):
            if event.type == pygame.QUIT:
                self._dismissed = True
                self.close()
                return
        pygame.event.pump()
        surface = pygame.display.get_surface()
        assert surface is not None
        width, height = surface.get_size()
        below = min(HEIGHT, height)
        camera = Camera.fit(frame, (0, 0, width, height - below), MARGIN)
        draw_map(surface, frame, camera, self._theme, before=self._pair.before, progress=progress)
        draw_strip(surface, (0, height - below, width, below), frame, self._theme)
        pygame.display.flip()

    def close(self) -> None:
        """Close the window, if it is open."""
        if self._surface is not None:
            pygame.display.quit()
            self._surface = None
        self._pair = Pair()

    def __reduce__(self) -> Any:
        """A copy is closed."""
        return Screen, (self._theme,)


RENDERER = Screen
