"""Start a process per local model, on first use, and end it with this process."""

import atexit
import contextlib
import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from typing import IO

from swarm_env.agents.local_models import llama_process
from swarm_env.agents.local_models.weights import Weights, weights_of

from swarm_env.chat import serve_inside
from swarm_env.chat.transport.endpoint import LOCAL, LOCAL_SLOTS
from swarm_env.errors import ConfigError, MissingExtraError

LIBRARY = "xllamacpp"
CONTEXT = 4096  # tokens of a slot: prompt and answer; the longest prompts of the scenarios have 2 400
THREADS = 1  # two that wait for each other are a hundred times slower on a busy machine
LONGEST_END = 5.0  # [s]
LINES = 3  # last lines of the server's log in an error

_lock = threading.Lock()
_running: dict[tuple[int, Weights], "LocalServer"] = {}  # by process: a fork does not own the child


def offer() -> None:
    """Let endpoints with the URL "local" be answered by models on this machine."""
    serve_inside(LOCAL, address_of)


def address_of(name: str) -> tuple[str, str]:
    """Base URL and key of the server of a model; starts it if it does not run.

    Args:
        name: A name in the cache, or the path of a GGUF file.

    Raises:
        ConfigError: There is no such model, or its server does not start.
        MissingExtraError: llama.cpp is not installed.
    """
    weights = weights_of(name)
    with _lock:
        server = _running.get((os.getpid(), weights))
        if server is None or not server.is_running():
            server = _running[os.getpid(), weights] = LocalServer(weights, name)
        return server.url, server.key


class LocalServer:
    """The process of one model.

    Args:
        weights: Its files.
        name: Of the model, for its answers and errors.
        slots: Requests answered at once.
        context: Tokens of a slot.
        threads: Of the processor.

    Attributes:
        url: Base URL, including "/v1".
        key: What requests must carry, so that no other program of this machine is answered.

    Raises:
        ConfigError: The process ended before it served.
        MissingExtraError: llama.cpp is not installed.
    """

    def __init__(
        self,
        weights: Weights,
        name: str,
        slots: int = LOCAL_SLOTS,
        context: int = CONTEXT,
        threads: int = THREADS,
    ) -> None:
        if importlib.util.find_spec(LIBRARY) is None:
            raise MissingExtraError(f"The local model {name}", LIBRARY, "local")
        self.key = secrets.token_hex(16)
        given = {
            "model": str(weights.path),
            "adapter": None if weights.adapter is None else str(weights.adapter),
            "name": name,
            "slots": slots,
            "context": context,
            "threads": threads,
        }
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", llama_process.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
            atexit.register(self.close)
            line = self._address(json.dumps({**given, "key": self.key}))
            if line is None:
                raise ConfigError(f"The server of the local model {name} did not start: {self._reason(log)}")
            self.url = f"{line}/v1"

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        atexit.unregister(self.close)
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(LONGEST_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _address(self, settings: str) -> str | None:
        """The address that the process writes when it serves; None if it ended before."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(settings.encode() + b"\n")
            self._process.stdin.flush()
            return str(json.loads(self._process.stdout.readline())["address"])
        except (OSError, ValueError, KeyError):
            self.close()
            return None

    def _reason(self, log: IO[bytes]) -> str:
        status = self._process.returncode
        if status == -signal.SIGILL:
            return "the processor lacks instructions (AVX2) that the installed build of llama.cpp uses."
        log.seek(0)
        lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        ended = f"it was ended by signal {-status}" if status < 0 else f"it ended with status {status}"
        return f"{ended}. {' / '.join(lines[-LINES:])}".strip()[:600]
