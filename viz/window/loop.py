"""The window's event loop and its display."""

import os
import time
from collections.abc import Callable

import pygame
from swarm_env.viz.screen import start_display
from swarm_env.viz.window.input_events import InputHandler
from swarm_env.viz.window.panels.painter import Painter
from swarm_env.viz.window.panels.style import HEIGHT, WIDTH
from swarm_env.viz.window.window_state import WindowState

from swarm_env.errors import RunError

BUSY, IDLE, HIDDEN = 1 / 60, 0.03, 0.1  # seconds between iterations: moving, at rest, invisible
SMALLEST = 480  # width of a new window [pixels]


def open_display(title: str) -> None:
    """Open a window.

    Raises:
        RunError: There is no display.
    """
    os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "1")
    try:
        start_display()
        pygame.display.set_caption(title)
        pygame.display.set_mode(_initial_size(), pygame.RESIZABLE)
    except pygame.error as error:
        pygame.display.quit()
        raise RunError(f"No window can be opened ({error}).") from None
    pygame.key.set_repeat(300, 50)


def close_display() -> None:
    """Close the window, if it is open."""
    pygame.display.quit()


def _initial_size() -> tuple[int, int]:
    """(width, height) of a new window: 16:9, at most three quarters of the desktop [pixels]."""
    sizes = pygame.display.get_desktop_sizes()
    width, height = sizes[0] if sizes else (WIDTH, HEIGHT)
    side = max(min(width * 0.75, height * 0.75 * 16 / 9), SMALLEST)
    return min(round(side), width), min(round(side * 9 / 16), height)


class WindowLoop:
    """Handles input and draws the window state until the user closes the window."""

    def __init__(self, state: WindowState) -> None:
        self.state = state
        self.painter = Painter()
        self.input = InputHandler(state, self.painter)
        self.iterations = self.frames_drawn = 0  # completed iterations, and those that redrew the window
        self._shown: tuple[object, ...] | None = None

    def run(self, over: Callable[[], bool] = lambda: False) -> None:
        """Iterate until the window is closed or `over()` is true."""
        while not over() and self.step():
            pass

    def step(self) -> bool:
        """Wait for input, at most until the next redraw is due, and redraw if needed.

        Returns False if the window is to be closed.
        """
        for event in self._events():
            self.input.handle(event, time.monotonic())
        while self.input.requests:
            if self.input.requests.pop() == "quit":
                return False
            pygame.display.toggle_fullscreen()
        surface = pygame.display.get_surface()
        if surface is None:
            return False
        if not self._is_hidden():
            now = time.monotonic()
            self.state.tick(now)
            self._draw(surface, now)
        self.iterations += 1
        return True

    def _draw(self, surface: pygame.Surface, now: float) -> None:
        """Redraw if anything visible has changed."""
        moving = self.state.playhead.moving(now)
        shown = (*self.state.signature(now), surface.get_size(), moving)
        if shown == self._shown and not moving:
            return
        self.painter.paint(surface, self.state, now)
        pygame.display.flip()
        self.frames_drawn += 1
        # The signature from before drawing: what drawing or another thread has changed is drawn next.
        self._shown = shown

    def _events(self) -> list[pygame.event.Event]:
        playhead, now = self.state.playhead, time.monotonic()
        if self._is_hidden() or playhead.held:  # pygame.event.wait polls every millisecond on some systems
            time.sleep(HIDDEN)
            return pygame.event.get()
        busy = playhead.moving(now) or not playhead.paused
        first = pygame.event.wait(max(1, round((BUSY if busy else IDLE) * 1000)))
        return [first, *pygame.event.get()] if first.type != pygame.NOEVENT else pygame.event.get()

    def _is_hidden(self) -> bool:
        return not pygame.display.get_active()
