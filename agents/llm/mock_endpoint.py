"""The server inside this process that answers where no model is named."""

import importlib.util
import os
import threading
from typing import TYPE_CHECKING

from swarm_env.chat import set_embedded
from swarm_env.errors import MissingExtraError

if TYPE_CHECKING:
    from swarm_env.agents.mock_server import Background

NEEDED = ("fastapi", "uvicorn")
NOTICE = (
    "A scripted mind answers, from a server inside this process: no network, no cost. "
    "Name another model with --model and --base-url."
)

_lock = threading.Lock()
_running: dict[int, "Background"] = {}  # by process: a fork has no thread that serves


def offer() -> None:
    """Let endpoints with the address "embedded" find the server; it starts with the first question."""
    set_embedded(url)


def url() -> str:
    """Address of the server of this process; starts it if need be.

    Raises:
        MissingExtraError: What the server is made of is not installed.
    """
    with _lock:
        server = _running.get(os.getpid())
        if server is None:
            server = _start()
            _running[os.getpid()] = server
        return server.url


def _start() -> "Background":
    for library in NEEDED:
        if importlib.util.find_spec(library) is None:
            what = "The server inside this process, which answers for agent 'llm' where no model is named,"
            raise MissingExtraError(what, library, "serve")
    from swarm_env.agents.mock_server import Background

    server = Background()
    server.start()
    return server
