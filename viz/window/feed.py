"""Transfers frames from the game's thread to the window's, and paces the game."""

import threading
import time

from swarm_env.frame import Frame
from swarm_env.playback.live_playback import LivePlayback

KEPT = 64 * 2**20  # bytes of past frames; our choice: more than an hour at 8 rounds per second does not fit
FEWEST = 8  # past frames kept of the largest worlds


class Feed:
    """Observer of a game that is played in another thread. Each call blocks until the frame is due.

    While the game is paused, a call also blocks after its frame is shown, so that no agent decides and no
    model is called. While nothing is visible (the frame is held, the window is hidden), a game that is not
    paused runs at full speed.
    """

    def __init__(self, speed: float) -> None:
        """Set the pace in rounds per second; 0: as fast as the game can."""
        self.playback: LivePlayback | None = None  # the frames shown so far; None before the first
        self.frames_shown = 0  # number of frames received
        self._changed = threading.Condition()
        self._speed = speed
        self._due = 0.0
        self._paused = self._hidden = self._closed = False
        self._steps = 0

    def __call__(self, frame: Frame) -> None:
        """Add a frame, in the game's thread; return when the game may continue."""
        with self._changed:
            self._wait_until_due()
            if self.playback is None:
                size = frame.cells.nbytes + 2 * frame.places.nbytes
                self.playback = LivePlayback(frame, max(KEPT, FEWEST * size))
            else:
                self.playback.add(frame)
            self.frames_shown += 1
            if self._paused:
                self._changed.wait_for(lambda: self._closed or not self._paused or self._steps > 0)

    def set_speed(self, speed: float) -> None:
        """Set the rounds per second; 0: as fast as the game can."""
        with self._changed:
            self._speed, self._due = speed, 0.0
            self._changed.notify_all()

    def set_paused(self, paused: bool) -> None:
        """Pause or resume the game."""
        with self._changed:
            self._paused, self._steps, self._due = paused, 0, 0.0
            self._changed.notify_all()

    def step(self) -> None:
        """Let a paused game play one round."""
        with self._changed:
            self._steps += 1
            self._changed.notify_all()

    def set_hidden(self, hidden: bool) -> None:
        """Set whether frames are invisible, in which case the game need not be paced."""
        with self._changed:
            self._hidden = hidden
            self._changed.notify_all()

    def close(self) -> None:
        """Stop blocking. The game itself is stopped elsewhere (`GameThread.stop`)."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _wait_until_due(self) -> None:
        """Wait until the next frame is due. The first is due at once."""
        while self.playback is not None and not self._closed:
            if self._paused:
                if self._steps > 0:
                    self._steps -= 1
                    break
                self._changed.wait()
            elif self._hidden or self._speed <= 0 or self._due <= time.monotonic():
                break
            else:
                self._changed.wait(max(self._due - time.monotonic(), 0.0))
        if self._speed > 0 and not self._hidden:
            now, interval = time.monotonic(), 1 / self._speed
            late = now > self._due + interval  # lost time is not made up for
            self._due = (now if late else self._due) + interval
