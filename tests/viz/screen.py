"""A virtual screen (Xvfb): real keys and mouse by xdotool, and screenshots out of its memory."""

import os
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

TOOLS = ("Xvfb", "xdotool")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
needs_screen = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
PATIENCE = 40.0  # timeout of waits [s]
POLL = 0.005  # between two checks of a condition [s]


class VirtualScreen:
    """A virtual screen."""

    def __init__(self, display: str, memory: Path) -> None:
        self.display, self._memory = display, memory

    def do(self, *arguments: object) -> str:
        """Call xdotool."""
        done = subprocess.run(
            ["xdotool", *map(str, arguments)],
            env=os.environ | {"DISPLAY": self.display},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout.strip()

    def image(self) -> np.ndarray:
        """(H, W, 3) uint8: what is on the screen, from its memory (an XWD file)."""
        raw = self._memory.read_bytes()
        head = struct.unpack(">25I", raw[:100])
        header_size, width, height, line, colours = head[0], head[4], head[5], head[12], head[19]
        start = header_size + 12 * colours
        pixels = np.frombuffer(raw, np.uint8, height * line, start).reshape(height, line)
        return pixels[:, : 4 * width].reshape(height, width, 4)[:, :, 2::-1]

    def place(self, window: str) -> tuple[int, int]:
        """Where a window's upper left corner is."""
        geometry = dict(
            line.split("=") for line in self.do("getwindowgeometry", "--shell", window).splitlines()
        )
        return int(geometry["X"]), int(geometry["Y"])


@contextmanager
def screen(folder: Path, size: str = "1280x720x24") -> Iterator[VirtualScreen]:
    """A new virtual screen on a free display number."""
    reading, writing = os.pipe()
    # Without -noreset the server resets whenever the last window closes, and misses the next one.
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-fbdir", str(folder), "-noreset"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as answer:
        display = f":{answer.readline().strip()}"
    try:
        yield VirtualScreen(display, folder / "Xvfb_screen0")
    finally:
        process.terminate()
        process.wait(PATIENCE)


def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait until a condition holds; fail after `PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"timed out waiting for {what or condition}"
        threading.Event().wait(POLL)


class User(threading.Thread):
    """A simulated user, while the main thread has the window; `check` raises what failed."""

    def __init__(self, act: Callable[[], None], leave: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._act, self._leave = act, leave
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._act()
        except BaseException as error:  # noqa: BLE001 - raised by `check`
            self._error = error
            self._leave()

    def check(self) -> None:
        self.join(PATIENCE)
        if self._error is not None:
            raise self._error
