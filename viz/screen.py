"""A plain window without controls, for `render_mode="human"`."""

import os
import sys
from typing import Any

import pygame
from swarm_env.viz.draw.frame_image import default_size, draw_frame
from swarm_env.viz.draw.frame_pair import FramePair
from swarm_env.viz.draw.style.theme import DARK, Theme

from swarm_env.frame import Frame

ROUNDS, STEPS = 8, 3  # rounds per second at most, and images per round, between which agents move
INVISIBLE = ("dummy", "offscreen")  # SDL drivers that show nothing


def start_display() -> None:
    """Start SDL's display.

    Raises:
        pygame.error: Nothing could be seen: SDL found no display, and `SDL_VIDEODRIVER` does not ask for a
            driver that shows nothing.
    """
    pygame.display.init()
    if pygame.display.get_driver() in INVISIBLE and not os.environ.get("SDL_VIDEODRIVER"):
        raise pygame.error("there is no display")


class PlainWindow:
    """A resizable window. It opens with the first frame and stays closed after the user has closed it."""

    def __init__(self, theme: Theme = DARK) -> None:
        self._theme, self._pair = theme, FramePair()
        self._surface: pygame.Surface | None = None
        self._dismissed = False

    def open(self) -> None:
        """Do nothing: the first frame determines the size of the window."""

    def show(self, frame: Frame) -> None:
        """Show the move to a frame, then the frame; on a visible display at most 8 rounds per second."""
        if self._dismissed:
            return
        self._pair.update(frame)
        if self._surface is None:
            self._open(frame)
            if self._dismissed:
                return
        before = self._pair.before
        moves = before is not None and before.round == frame.round - 1
        for step in range(1 if moves else STEPS, STEPS + 1):
            self._draw(frame, step / STEPS)
            if self._dismissed:
                return
            if pygame.display.get_driver() not in INVISIBLE:
                self._clock.tick(ROUNDS * STEPS)

    def _open(self, frame: Frame) -> None:
        """Open the window; without a display say so once, and show nothing."""
        try:
            start_display()
            self._surface = pygame.display.set_mode(default_size(frame), pygame.RESIZABLE)
        except pygame.error as error:
            pygame.display.quit()
            self._dismissed = True
            sys.stderr.write(
                f"No window can be opened ({error}). render_mode='rgb_array' needs no display.\n"
            )
            return
        pygame.display.set_caption(f"swarm: {frame.scenario}")
        self._clock = pygame.time.Clock()

    def _draw(self, frame: Frame, progress: float) -> None:
        if pygame.event.get(pygame.QUIT):
            self._dismissed = True
            self.close()
            return
        pygame.event.pump()
        surface = pygame.display.get_surface()
        assert surface is not None
        draw_frame(surface, frame, theme=self._theme, before=self._pair.before, progress=progress)
        pygame.display.flip()

    def close(self) -> None:
        """Close the window, if it is open."""
        if self._surface is not None:
            pygame.display.quit()
            self._surface = None
        self._pair = FramePair()

    def __reduce__(self) -> Any:
        """Copies start closed."""
        return PlainWindow, (self._theme,)


RENDERER = PlainWindow
