"""The interactive window: shows a live game or recorded runs, with timeline, inspector and plots."""

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from swarm_env.viz.window.feed import Feed
from swarm_env.viz.window.game_thread import GameThread
from swarm_env.viz.window.human_keys import WindowInput
from swarm_env.viz.window.loop import WindowLoop, close_display, open_display
from swarm_env.viz.window.panels.map_view import MapView
from swarm_env.viz.window.playhead import Playhead
from swarm_env.viz.window.window_state import WindowState

from swarm_env.frame import Frame
from swarm_env.playback.playback import AnyPlayback, LivePlayback
from swarm_env.runtime.interrupts import Interrupts

T = TypeVar("T")
TITLE = "swarm"


class Window:
    """Shows games in a window. Use it from the main thread only.

    Attributes:
        frames_shown: Frames received from the last live game.
        loop: The event loop; None while nothing is shown.
    """

    def __init__(self, speed: float = 8.0) -> None:
        """Create a closed window that shows `speed` rounds per second; 0: as fast as possible."""
        self._speed = speed
        self.frames_shown = 0
        self.loop: WindowLoop | None = None
        self._playback: LivePlayback | None = None  # of the frames given to `show`
        self._dismissed = False

    def open(self) -> None:
        """Open the window.

        Raises:
            RunError: There is no display.
        """
        open_display(TITLE)

    def show(self, frame: Frame) -> None:
        """Show a frame and handle pending input. Does nothing after the user has closed the window."""
        if self._dismissed:
            return
        if self.loop is None or self._playback is None:
            self._playback = LivePlayback(frame)
            self.loop = WindowLoop(WindowState(Playhead([self._playback], 0.0), [MapView(self._playback)]))
        else:
            self._playback.add(frame)
        self.loop.state.playhead.seek(frame.round)
        if not self.loop.step():
            self._dismissed = True
            self.close()

    def close(self) -> None:
        """Close the window."""
        if self.loop is not None:
            self.loop.state.close()
            self.loop = self._playback = None
        close_display()

    def live(self, play: Callable[..., T]) -> T:
        """Run a game in another thread and show it; afterwards keep the window open until it is closed.

        Args:
            play: Plays the game. It is called with the arguments `observer`, `interrupts`, `human_input` and
                `notify` of `swarm_env.playing.runner.play`.

        Returns:
            The result of `play`.

        Raises:
            BaseException: The exception that `play` raised.
            RunInterrupted: The window was closed, or Ctrl-C was pressed, before the end of the game.
        """
        feed, human_input, interrupts = Feed(self._speed), WindowInput(), Interrupts()
        state = WindowState(Playhead([], self._speed, feed), [MapView()], human_input)
        self.loop = loop = WindowLoop(state)
        game = GameThread(
            lambda: play(observer=feed, interrupts=interrupts, human_input=human_input, notify=state.notify),
            interrupts,
        )

        def failed() -> bool:
            if game.over and not state.over:
                state.finish(time.monotonic())
            return game.failed

        try:
            with contextlib.suppress(KeyboardInterrupt):  # the game is stopped and raises RunInterrupted
                loop.run(failed)
        finally:
            self.frames_shown = feed.frames_shown
            if not game.over:
                game.stop()
            feed.close()
            self.close()
        return game.result()

    def replay(self, playbacks: Sequence[AnyPlayback], first: int = 0, last: int | None = None) -> None:
        """Show one playback, or two side by side in step, from round `first` until the window is closed.

        They pause at round `last`; None: their last.
        """
        playhead = Playhead(playbacks, self._speed, until=last)
        playhead.seek(first)
        self.loop = WindowLoop(WindowState(playhead, [MapView(playback) for playback in playbacks]))
        try:
            with contextlib.suppress(KeyboardInterrupt):
                self.loop.run()
        finally:
            self.close()


RENDERER: Any = Window
