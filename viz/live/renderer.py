"""Hands frames of a running game to a process that serves them.

The game only puts each frame into a slot. A thread takes the newest one, at most `RATE` times a second, and
writes it into the pipe of the other process; if that one is slow, frames are skipped.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from swarm_env.viz.live.packed_frames import header_of, line_of
from swarm_env.viz.web.server import check_libraries

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.frame import Frame
from swarm_env.playback.timeline_events import calls_made, marks_of_round

RATE = 30.0  # frames per second at most
_END_SECONDS = 5.0  # for the other process to tell the watchers that the game is over


class LivePage:
    """A renderer that shows a game in browsers.

    Attributes:
        link: Where to watch, with the token; "" before `open`.
    """

    def __init__(self, port: int = 0, announce: Callable[[str], object] = print) -> None:
        """Serve at a port of this machine (0: any free one); `announce` is called with the link."""
        self.link, self._port, self._announce = "", port, announce
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._header = b""  # not yet written
        self._last: Frame | None = None
        self._slot: tuple[Frame | None, Frame] | None = None
        self._filled = threading.Event()
        self._closing = False

    def open(self) -> None:
        """Start the process.

        Raises `MissingExtraError` if a library is not installed, `ConfigError` if the port is taken.
        """
        check_libraries()
        below = [str(Path(folder).parent) for folder in swarm_env.__path__[:1]]
        paths = os.pathsep.join([*below, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "swarm_env.viz.live.serve_frames", str(self._port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": paths},
            start_new_session=True,  # Ctrl-C is for the game; this process ends with its pipe
        )
        assert process.stdout is not None
        with process.stdout as stream:
            answer = stream.readline().decode().strip()
        if not answer.startswith("http"):
            self.close()
            raise ConfigError(answer or "The process that serves the page ended at once.")
        self.link = answer
        self._announce(answer)
        self._thread = threading.Thread(target=self._work, name="live page", daemon=True)
        self._thread.start()

    def show(self, frame: Frame) -> None:
        """Offer a frame to the watchers; it may be skipped. Raises `ConfigError` if the map is too large."""
        if self._last is None:
            self._header = header_of(frame)
        self._slot = (self._last, frame)
        self._last = frame
        self._filled.set()

    def close(self) -> None:
        """Send the last frame, say that the game is over, and end the process."""
        self._closing = True
        self._filled.set()
        if self._thread is not None:
            self._thread.join(_END_SECONDS)
        if self._process is None or self._process.stdin is None:
            return
        try:
            if self._thread is None or not self._thread.is_alive():  # else the pipe is stuck
                self._process.stdin.close()
            self._process.wait(_END_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def _work(self) -> None:
        while not self._closing:
            self._filled.wait()
            started = time.monotonic()
            self._send()
            if not self._closing:
                time.sleep(max(0.0, 1 / RATE - (time.monotonic() - started)))
        self._send()

    def _send(self) -> None:
        """Write the newest frame, if there is one that was not written."""
        self._filled.clear()
        taken, self._slot = self._slot, None
        if taken is None:
            return
        before, frame = taken
        calls = [] if before is None else calls_made(frame.model_calls, before)
        marks = [] if before is None else marks_of_round(before, frame, calls)
        header, self._header = self._header, b""
        self._write(header + line_of(frame, calls, marks))

    def _write(self, line: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except (OSError, ValueError):  # it ended, or is being closed: the game goes on unwatched
            pass
