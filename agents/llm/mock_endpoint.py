"""The mock server inside this process, used when no model is named."""

import importlib.util
import os
import threading
from typing import TYPE_CHECKING

from swarm_env.chat import serve_inside
from swarm_env.errors import MissingExtraError

if TYPE_CHECKING:
    from swarm_env.agents.mock_server import MockServer

NEEDED = ("fastapi", "uvicorn")
NOTICE = (
    "A scripted model answers, from a server inside this process: no network, no cost. "
    "Name another model with --model and --base-url."
)

_lock = threading.Lock()
_running: dict[int, "MockServer"] = {}  # by process: a fork does not inherit the server's thread


def offer() -> None:
    """Register the server for endpoints with the URL "embedded"; it starts with the first request."""
    serve_inside("embedded", lambda model: (url(), ""))


def url() -> str:
    """Base URL of the server of this process; starts it if necessary.

    Raises:
        MissingExtraError: FastAPI or uvicorn is not installed.
    """
    with _lock:
        server = _running.get(os.getpid())
        if server is None:
            server = _start()
            _running[os.getpid()] = server
        return server.url


def _start() -> "MockServer":
    for library in NEEDED:
        if importlib.util.find_spec(library) is None:
            what = "The server inside this process, which answers for agent 'llm' where no model is named,"
            raise MissingExtraError(what, library, "serve")
    from swarm_env.agents.mock_server import MockServer

    server = MockServer()
    server.start()
    return server
