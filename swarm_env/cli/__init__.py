"""The command line `swarm`. Each command is one file that assigns `COMMAND` (see `swarm_env.registry`)."""

from __future__ import annotations

# `signal` takes long to import, and until `main` runs Ctrl-C prints a traceback.
import _signal as signal  # type: ignore[import-not-found]
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Run the command line and exit with its status."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell may let us ignore it
        signal.signal(signal.SIGINT, interrupted)
    from swarm_env.cli.app import run, show_crash

    try:
        run()
    finally:
        sys.excepthook = show_crash  # only now: typer sets its own hook
        if signal.getsignal(signal.SIGINT) is interrupted:
            signal.signal(signal.SIGINT, _stop)


def interrupted(_signal: int, frame: FrameType | None) -> None:
    """Raise `KeyboardInterrupt` at Ctrl-C; end the process if a library is being imported.

    Libraries that are interrupted there print tracebacks, or hide the exception.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _stop()
        frame = frame.f_back
    raise KeyboardInterrupt


def _stop(*_: object) -> None:
    os.write(2, b"Stopped.\n")
    os._exit(130)
