"""Ctrl-C that waits until a round is over, so that disk and memory hold the same rounds."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interrupts:
    """A context in which stretches marked with `held` are not torn apart by Ctrl-C.

    Outside the main thread, or where somebody else handles the signal, nothing is held back.
    """

    def __init__(self) -> None:
        self._installed = self._held = self._pending = False

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

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._held:
            raise KeyboardInterrupt
        self._pending = True
