"""Between the game's thread and the window's: frames go one way, the pace the other."""

import threading
import time

from swarm_env.frame import Frame
from swarm_env.playback.live_playback import LivePlayback

KEPT = 64 * 2**20  # bytes of past moments; our choice: an hour at 8 rounds per second is more, and is let go
FEWEST = 8  # past moments, also of the largest worlds


class Feed:
    """The observer of a game that is played in another thread; it makes the game wait for its turn.

    A frame is shown when its turn has come; then, while the game is paused, the game waits before it decides
    again, so that nothing is decided (and no model asked) that has not been let go on. While nobody looks
    (the picture is held, the window is hidden) a game that is not paused goes on as fast as it can.

    Attributes:
        film: What has been shown so far; None before the first frame.
        moments: Frames that were handed over.
    """

    def __init__(self, speed: float) -> None:
        """Set the pace.

        Args:
            speed: Rounds per second; 0: as fast as the game goes.
        """
        self.film: LivePlayback | None = None
        self.moments = 0
        self._turn = threading.Condition()
        self._speed = speed
        self._due = 0.0
        self._paused = self._unseen = self._closed = False
        self._steps = 0

    def __call__(self, frame: Frame) -> None:
        """Hand a frame over, in the game's thread; gives back when the game may go on."""
        with self._turn:
            self._wait_to_show()
            if self.film is None:
                size = frame.cells.nbytes + 2 * frame.places.nbytes
                self.film = LivePlayback(frame, max(KEPT, FEWEST * size))
            else:
                self.film.add(frame)
            self.moments += 1
            if self._paused:
                self._turn.wait_for(lambda: self._closed or not self._paused or self._steps > 0)

    def pace(self, speed: float) -> None:
        """Choose the rounds per second; 0: as fast as the game goes."""
        with self._turn:
            self._speed, self._due = speed, 0.0
            self._turn.notify_all()

    def pause(self, paused: bool) -> None:
        """Stop the game, or let it go on."""
        with self._turn:
            self._paused, self._steps, self._due = paused, 0, 0.0
            self._turn.notify_all()

    def step(self) -> None:
        """Let a paused game go on by one round."""
        with self._turn:
            self._steps += 1
            self._turn.notify_all()

    def unseen(self, unseen: bool) -> None:
        """Say whether nobody looks, so that the game need not wait for its turn."""
        with self._turn:
            self._unseen = unseen
            self._turn.notify_all()

    def close(self) -> None:
        """Let the game go on without ever waiting again: whoever stops it does so elsewhere."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    def _wait_to_show(self) -> None:
        """Wait for the turn of a frame. The first one is shown at once."""
        while self.film is not None and not self._closed:
            if self._paused:
                if self._steps > 0:
                    self._steps -= 1
                    break
                self._turn.wait()
            elif self._unseen or self._speed <= 0 or self._due <= time.monotonic():
                break
            else:
                self._turn.wait(max(self._due - time.monotonic(), 0.0))
        if self._speed > 0 and not self._unseen:
            now, pause = time.monotonic(), 1 / self._speed
            self._due = (now if now > self._due + pause else self._due) + pause  # who is late does not hurry
