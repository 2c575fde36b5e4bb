"""Ctrl-C that waits until a round is over, so that disk and memory hold the same rounds."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from types import FrameType
from typing import Any


class Interrupts:
    """A context in which stretches marked with `held` are not torn apart by Ctrl-C.

    Outside the main thread, or where somebody else handles the signal, nothing is held back. A run that is
    played in another thread is stopped by `press` instead, which does the same to it as Ctrl-C.
    """

    def __init__(self) -> None:
        self._installed = self._held = self._pending = False
        self._lock = threading.Lock()
        self._pressed = False
        self._awaited: Future[Any] | None = None

    def __enter__(self) -> "Interrupts":
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._handle)
            self._installed = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold Ctrl-C back; it takes effect at the end of the stretch.

        Raises:
            KeyboardInterrupt: At the end, if the key was pressed.
        """
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt
        self.check()

    def press(self) -> None:
        """Stop the run from any thread: it ends where it checks next, and what it waits for is given up."""
        with self._lock:
            self._pressed = True
            if self._awaited is not None:
                self._awaited.cancel()

    def check(self) -> None:
        """Let a `press` take effect, once.

        Raises:
            KeyboardInterrupt: If there was one.
        """
        with self._lock:
            pressed, self._pressed = self._pressed, False
        if pressed:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def waiting(self, future: "Future[Any]") -> Iterator[None]:
        """Wait for a future, which `press` cancels.

        Args:
            future: What is waited for in the stretch.

        Raises:
            KeyboardInterrupt: It was cancelled by that.
        """
        with self._lock:
            self._awaited = future
            if self._pressed:
                future.cancel()
        try:
            yield
        except CancelledError:
            self.check()
            raise
        finally:
            with self._lock:
                self._awaited = None

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._held:
            raise KeyboardInterrupt
        self._pending = True
