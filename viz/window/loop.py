"""The window's loop: events, time, drawing; and the screen it draws on."""

import os
import time
from collections.abc import Callable

import pygame
from swarm_env.viz.window.input_events import Hands
from swarm_env.viz.window.panels.painter import Painter
from swarm_env.viz.window.panels.style import HEIGHT, SMALLEST, WIDTH
from swarm_env.viz.window.window_state import Desk

from swarm_env.errors import RunError

FRAME, IDLE, ASLEEP = 1 / 60, 0.03, 0.1  # between two looks: something moves, all rests, nobody looks [s]
NO_SCREEN = ("dummy", "offscreen")  # drivers that show nothing


def open_screen(title: str) -> None:
    """Open a window.

    Raises:
        RunError: There is no display that it could open on.
    """
    os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "1")
    try:
        pygame.display.init()
        if pygame.display.get_driver() in NO_SCREEN and not os.environ.get("SDL_VIDEODRIVER"):
            raise pygame.error("there is no display")
        pygame.display.set_caption(title)
        pygame.display.set_mode(_size(), pygame.RESIZABLE)
    except pygame.error as error:
        pygame.display.quit()
        raise RunError(f"No window can be opened ({error}).") from None
    pygame.key.set_repeat(300, 50)


def close_screen() -> None:
    """Close the window, if it is open."""
    pygame.display.quit()


def _size() -> tuple[int, int]:
    """Of a new window: most of the desktop, and as wide as it is high times 16 / 9."""
    sizes = pygame.display.get_desktop_sizes()
    width, height = sizes[0] if sizes else (WIDTH, HEIGHT)
    side = max(min(width * 0.75, height * 0.75 * 16 / 9), SMALLEST[0])
    return min(round(side), width), min(round(side * 9 / 16), height)


class Loop:
    """Shows a desk until the person closes the window.

    Attributes:
        desk: What is shown.
        painter: Draws it.
        hands: Takes keys and mouse.
        looks: How often it has looked whether something is to be shown.
        drawn: Pictures drawn.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.painter = Painter()
        self.hands = Hands(desk, self.painter)
        self.looks = self.drawn = 0
        self._shown: tuple[object, ...] | None = None

    def run(self, over: Callable[[], bool] = lambda: False) -> None:
        """Go on until the window is closed, or `over`."""
        while not over() and self.turn():
            pass

    def turn(self) -> bool:
        """Wait for something to happen, at most until the next picture is due, and show it.

        Returns:
            False when the window is to be closed.
        """
        for event in self._events():
            self.hands.take(event, time.monotonic())
        while self.hands.wants:
            if self.hands.wants.pop() == "quit":
                return False
            pygame.display.toggle_fullscreen()
        surface = pygame.display.get_surface()
        if surface is None:
            return False
        if not self._is_hidden():
            now = time.monotonic()
            self.desk.tick(now)
            self._show(surface, now)
        self.looks += 1
        return True

    def _show(self, surface: pygame.Surface, now: float) -> None:
        """Draw, if something else is to be seen than before."""
        moving = self.desk.playback.moving(now)
        sight = (*self.desk.signature(now), surface.get_size(), moving)
        if sight == self._shown and not moving:
            return
        self.painter.paint(surface, self.desk, now)
        pygame.display.flip()
        self.drawn += 1
        # As it was before: what has changed meanwhile, by drawing or in another thread, is shown next.
        self._shown = sight

    def _events(self) -> list[pygame.event.Event]:
        now = time.monotonic()
        rests = self._is_hidden() or self.desk.playback.held
        if rests:  # pygame's own waiting asks a thousand times a second on some systems
            time.sleep(ASLEEP)
            return pygame.event.get()
        wait = FRAME if self._is_busy(now) else IDLE
        first = pygame.event.wait(max(1, round(wait * 1000)))
        return [first, *pygame.event.get()] if first.type != pygame.NOEVENT else pygame.event.get()

    def _is_busy(self, now: float) -> bool:
        playback = self.desk.playback
        return playback.moving(now) or not (playback.paused or playback.held)

    def _is_hidden(self) -> bool:
        return not pygame.display.get_active()
