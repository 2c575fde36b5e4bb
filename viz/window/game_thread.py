"""The thread in which a live game is played."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from swarm_env.runtime.interrupts import Interrupts

T = TypeVar("T")


class GameThread(Generic[T]):
    """Plays a game in its own thread and keeps its result or exception."""

    def __init__(self, play: Callable[[], T], interrupts: Interrupts) -> None:
        """Start `play`, which stops when `interrupts` is pressed."""
        self._play, self._interrupts = play, interrupts
        self._result: list[T] = []
        self._error: BaseException | None = None
        # A daemon: an agent that never returns must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="game", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether the game has ended, successfully or not."""
        return not self._thread.is_alive()

    @property
    def failed(self) -> bool:
        """Whether the game has ended with an exception (also if it was stopped)."""
        return self.over and self._error is not None

    def stop(self) -> None:
        """Stop the game as Ctrl-C does; returns before it has ended."""
        self._interrupts.press()

    def result(self) -> T:
        """Wait for the end of the game and return the result of `play`.

        Raises:
            BaseException: The exception that `play` raised.
            KeyboardInterrupt: Ctrl-C was pressed while waiting.
        """
        while self._thread.is_alive():
            self._thread.join(0.1)  # an endless join blocks Ctrl-C on some systems
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self) -> None:
        try:
            self._result.append(self._play())
        except BaseException as error:  # noqa: BLE001 - raised by `result`
            self._error = error
