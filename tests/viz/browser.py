"""A headless Chromium that opens files, spoken to through a pair of pipes (its DevTools protocol)."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="not installed: chromium")
# No sandbox: it refuses to run as root. The rest keeps it from looking for the network at its start.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--window-size=1280,860",
)  # fmt: skip
WATCHED = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
READY = "document.body && document.body.dataset.ready"
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


class Browser:
    """One browser with one tab.

    Attributes:
        complaints: Errors and whatever else was written to the console, since the last `open`.
        requests: Addresses that were asked for, since the last `open`.
    """

    def __init__(self, into: int, out: int) -> None:
        self._into, self._out = os.fdopen(into, "wb", 0), os.fdopen(out, "rb")
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self.complaints: list[Any] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of the protocol and wait for its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": arguments}
        if self._session:
            message["sessionId"] = self._session
        self._into.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def open(
        self, page: Path | str, dark: bool = True, scale: float = 1, fragment: str = "", width: int = 1280
    ) -> None:
        """Open a file or an address and wait until it plays."""
        self.complaints, self.requests = [], []
        screen = {"width": width, "height": 860, "deviceScaleFactor": scale, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=(page if isinstance(page, str) else page.as_uri()) + fragment)
        self.wait(READY)
        self.value(DRAWN)

    def wait(self, expression: str) -> None:
        """Wait until an expression is true; a failure that the page shows ends it, and so does a minute."""
        until = time.monotonic() + 30
        while not self._is_true(expression):
            if self._is_true("document.getElementById('failure')?.textContent"):
                raise AssertionError(self.value("document.getElementById('failure').textContent"))
            assert time.monotonic() < until, f"{expression} is still false"

    def _is_true(self, expression: str) -> bool:
        try:
            return bool(self.value(f"Boolean({expression})"))
        except AssertionError as error:
            if "navigated" in str(error):  # the page was left in the meantime
                return False
            raise

    def value(self, expression: str) -> Any:
        """Evaluate an expression; promises are awaited."""
        how = {"awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", expression=expression, **how)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, shift: bool = False) -> None:
        """Press a key and let it go; wait until what it does is drawn."""
        text = {"text": {"Enter": "\r"}.get(key, key)} if len(key) == 1 or key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=8 * shift, **text)
        self.value(DRAWN)

    def click(self, x: float, y: float) -> None:
        """Click on a place of the page [CSS pixels]; wait until what it does is drawn."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.value(DRAWN)

    def picture(self, path: Path) -> None:
        """Save what the page shows as a PNG file."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """Close the pipes."""
        self._into.close()
        self._out.close()

    def _read(self) -> Any:
        while b"\0" not in self._rest:
            more = os.read(self._out.fileno(), 2**20)
            assert more, "Chromium has ended."
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)

    def _note(self, event: Any) -> None:
        if event.get("method") in WATCHED:
            self.complaints.append(event["params"])
        elif event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])


@contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """Start a browser with its profile in a folder."""
    read_here, write_there = os.pipe()
    read_there, write_here = os.pipe()
    os.set_inheritable(read_there, True)
    os.set_inheritable(write_there, True)
    script = f'exec "$@" 3<&{read_there} 4>&{write_there}'  # it reads from 3 and writes to 4
    command = [
        "bash",
        "-c",
        script,
        "bash",
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    started = subprocess.Popen(
        command, pass_fds=(read_there, write_there), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    os.close(read_there)
    os.close(write_there)
    browser = Browser(write_here, read_here)
    try:
        yield browser
    finally:
        browser.close()
        started.terminate()
        started.wait(timeout=30)
