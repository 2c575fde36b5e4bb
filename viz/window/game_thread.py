"""The game's thread."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from swarm_env.runtime.interrupts import Interrupts

T = TypeVar("T")


class Caught:
    """A context that keeps the error it ends with, to be told in another thread.

    Attributes:
        error: None if it ended well.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self.error = error
        return True


class Game(Generic[T]):
    """Plays in a thread of its own. What it ends with, a result or an error, is kept for who asks."""

    def __init__(self, play: Callable[[], T], interrupts: Interrupts) -> None:
        """Begin to play.

        Args:
            play: Plays to the end, and stops when `interrupts` is pressed.
            interrupts: How it is stopped.
        """
        self._play, self._interrupts = play, interrupts
        self._result: list[T] = []
        self._caught = Caught()
        # A thread that does not end (an agent that waits for something forever) must not keep the process.
        self._thread = threading.Thread(target=self._run, name="game", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return not self._thread.is_alive()

    @property
    def failed(self) -> bool:
        """Whether it has ended with an error, or was stopped."""
        return self.over and self._caught.error is not None

    def stop(self) -> None:
        """Stop it as Ctrl-C does; it ends soon."""
        self._interrupts.press()

    def result(self) -> T:
        """Wait for its end.

        Returns:
            What `play` gave back.

        Raises:
            BaseException: What `play` raised.
            KeyboardInterrupt: Ctrl-C, while it was waited for.
        """
        while self._thread.is_alive():
            self._thread.join(0.1)  # in pieces, since a wait without end shuts Ctrl-C out on some systems
        if self._caught.error is not None:
            raise self._caught.error
        return self._result[0]

    def _run(self) -> None:
        with self._caught:
            self._result.append(self._play())
