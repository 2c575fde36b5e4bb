"""Serving an application on this machine, at a port that is free or was asked for."""

import importlib.util
import socket
from typing import TYPE_CHECKING

from swarm_env.viz.web.gate import App

from swarm_env.errors import ConfigError, needing

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
WHAT, EXTRA = "Showing runs in a browser", "serve"
MAX_MESSAGE = 4096  # bytes of a message that a watcher sends
MOST_CONNECTIONS = 256


def listen(port: int) -> socket.socket:
    """A socket that listens at a port of this machine; 0: any that is free.

    Raises `ConfigError` if the port is taken or not allowed.
    """
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise ConfigError(
            f"--port {port}: cannot listen there ({error.strerror or error}). Give another one; 0: any that "
            "is free."
        ) from None


def check_libraries() -> None:
    """Raise `MissingExtraError` if a library that serves pages is not installed."""
    for library in ("starlette", "uvicorn", "wsproto"):
        with needing(WHAT, library, EXTRA):
            if importlib.util.find_spec(library) is None:
                raise ImportError(library)


def make_server(app: App) -> "uvicorn.Server":
    """The server of an application; `run(sockets=[…])` serves until Ctrl-C.

    Raises `MissingExtraError` if a library is not installed.
    """
    check_libraries()
    import uvicorn

    config = uvicorn.Config(
        app,
        lifespan="off",
        http="h11",
        ws="wsproto",
        ws_max_size=MAX_MESSAGE,
        ws_per_message_deflate=False,
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
