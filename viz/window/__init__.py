"""A window: a game as it is played, or recorded ones, with timeline, inspector and plots."""

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from swarm_env.viz.window.feed import Feed
from swarm_env.viz.window.game_thread import Game
from swarm_env.viz.window.human_keys import WindowInput
from swarm_env.viz.window.loop import Loop, close_screen, open_screen
from swarm_env.viz.window.panels.map_view import View
from swarm_env.viz.window.playhead import Playhead
from swarm_env.viz.window.window_state import Desk

from swarm_env.frame import Frame
from swarm_env.playback.playback import AnyPlayback, LivePlayback
from swarm_env.runtime.interrupts import Interrupts

T = TypeVar("T")
TITLE = "swarm"


class Window:
    """Shows games in a window. It must be used from the main thread.

    Attributes:
        moments: Frames that the last live game has handed over.
        loop: What goes on in the window; None while nothing is shown.
    """

    def __init__(self, speed: float = 8.0) -> None:
        """Choose the pace.

        Args:
            speed: Rounds shown per second; 0: as fast as it goes.
        """
        self._speed = speed
        self.moments = 0
        self.loop: Loop | None = None
        self._film: LivePlayback | None = None  # of what `show` is given
        self._dismissed = False

    def open(self) -> None:
        """Open the window.

        Raises:
            RunError: There is no display that it could open on.
        """
        open_screen(TITLE)

    def show(self, frame: Frame) -> None:
        """Show one moment, and see to what was pressed since the last one. Nothing more, once it was closed.

        Args:
            frame: What to show.
        """
        if self._dismissed:
            return
        if self.loop is None or self._film is None:
            self._film = LivePlayback(frame)
            self.loop = Loop(Desk(Playhead([self._film], 0.0), [View(self._film)]))
        else:
            self._film.add(frame)
        self.loop.desk.playback.go(frame.round)
        if not self.loop.turn():
            self._dismissed = True
            self.close()

    def close(self) -> None:
        """Close the window."""
        if self.loop is not None:
            self.loop.desk.close()
            self.loop = self._film = None
        close_screen()

    def live(self, play: Callable[..., T]) -> T:
        """Show a game while it is played, in another thread, and afterwards until the window is closed.

        Args:
            play: Plays the game, given the arguments `observer`, `interrupts`, `seat` and `notify` of
                `swarm_env.playing.runner.play`.

        Returns:
            What `play` gives back.

        Raises:
            BaseException: What `play` raises.
            RunInterrupted: The window was closed, or Ctrl-C was pressed, before the game was over.
        """
        feed, seat, interrupts = Feed(self._speed), WindowInput(), Interrupts()
        desk = Desk(Playhead([], self._speed, feed), [View()], seat)
        self.loop = loop = Loop(desk)
        game = Game(
            lambda: play(observer=feed, interrupts=interrupts, seat=seat, notify=desk.notify), interrupts
        )

        def failed() -> bool:
            if game.over and not desk.over:
                desk.finish(time.monotonic())
            return game.failed

        try:
            with contextlib.suppress(KeyboardInterrupt):  # told by the game, which is stopped
                loop.run(failed)
        finally:
            self.moments = feed.moments
            if not game.over:
                game.stop()
            feed.close()
            self.close()
        return game.result()

    def replay(self, films: Sequence[AnyPlayback], first: int = 0, last: int | None = None) -> None:
        """Show films in step until the window is closed.

        Args:
            films: One, or two side by side.
            first: The round that is shown first.
            last: The round at which they pause; None: their last.
        """
        playback = Playhead(films, self._speed, until=last)
        playback.go(first)
        self.loop = Loop(Desk(playback, [View(film) for film in films]))
        try:
            with contextlib.suppress(KeyboardInterrupt):
                self.loop.run()
        finally:
            self.close()


RENDERER: Any = Window
