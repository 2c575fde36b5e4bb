"""Delay Ctrl-C until a round is over, so that disk and memory hold the same rounds."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from types import FrameType
from typing import Any

OURS = "interrupted"  # name of the handler in `swarm_env.cli`, which is above this layer


class Interrupts:
    """A context manager that keeps Ctrl-C out of the blocks marked with `held`.

    It has no effect outside the main thread or where the signal has another handler than Python's or that of
    the program `swarm`. A run in another thread
    is stopped by `press` instead, which has the same effect as Ctrl-C.
    """

    def __init__(self) -> None:
        self._held = self._pending = False
        self._before: Any = None  # the handler that was replaced
        self._lock = threading.Lock()
        self._pressed = False
        self._awaited: Future[Any] | None = None

    def __enter__(self) -> "Interrupts":
        in_main = threading.current_thread() is threading.main_thread()
        before = signal.getsignal(signal.SIGINT)
        if in_main and (before is signal.default_int_handler or getattr(before, "__name__", "") == OURS):
            signal.signal(signal.SIGINT, self._handle)
            self._before = before
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Delay Ctrl-C and `press` to the end of the block, where they raise `KeyboardInterrupt`."""
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
        """Stop the run from any thread: it ends at its next `check`, and what it waits for is cancelled."""
        with self._lock:
            self._pressed = True
            if self._awaited is not None:
                self._awaited.cancel()

    def check(self) -> None:
        """Apply a pending `press`, once. Raises `KeyboardInterrupt` if a press is pending."""
        with self._lock:
            pressed, self._pressed = self._pressed, False
        if pressed:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def waiting(self, future: "Future[Any]") -> Iterator[None]:
        """Let `press` cancel a future that the block waits for; it then raises `KeyboardInterrupt`."""
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
