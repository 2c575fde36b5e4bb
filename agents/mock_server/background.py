"""The server in a thread of this process, for tests, notebooks and agents without a model."""

import asyncio
import atexit
import errno
import os
import socket
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from swarm_env.agents.mock_server.app import WHAT, create_app
from swarm_env.agents.mock_server.faults import Faults
from swarm_env.agents.mock_server.model.model_thread import Mind

from swarm_env.errors import ConfigError, MissingExtraError, RunError

if TYPE_CHECKING:
    from fastapi import FastAPI

HOST = "127.0.0.1"
_BACKLOG = 2048
_KEEP_ALIVE = 3600  # seconds; a client that leaves a connection idle finds it open again
_START_SECONDS = 30.0


class Background:
    """A server in a daemon thread with an event loop of its own; signals are left alone.

    As a context it starts on a free port and stops at the end. Whatever is still answered when it stops is
    cut off. One object serves one time after the other; its counts begin anew with each start.
    """

    def __init__(self, mind: Mind | None = None, faults: Faults | None = None, *, host: str = HOST) -> None:
        """Prepare a server; nothing runs before `start`.

        Args:
            mind: As in `create_app`.
            faults: As in `create_app`.
            host: Name or address to listen at. Others than 127.0.0.1 let other machines in.
        """
        self._mind, self._faults, self._host = mind, faults, host
        self._app: FastAPI | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Any = None
        self._pid = 0
        self._url = ""

    @property
    def url(self) -> str:
        """What clients take as base URL, as in "http://127.0.0.1:8000/v1"; "" before the first start."""
        return self._url

    def start(self, port: int = 0) -> str:
        """Serve, and return when it listens.

        Args:
            port: 0 to 65535; 0: any free one.

        Returns:
            The base URL for clients.

        Raises:
            ConfigError: The port is taken or not allowed, or the host is unknown.
            MissingExtraError: FastAPI or uvicorn is not installed.
            RunError: It is running already.
        """
        if self._runs():
            raise RunError(f"This server runs already, at {self._url}. Stop it first or make another.")
        app = create_app(self._mind, self._faults)
        server = _make_server(app)
        listener = _listen(self._host, port)
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._app, self._server, self._pid = app, server, os.getpid()
        self._thread = threading.Thread(
            target=_serve, args=(self._loop, server, listener, ready), name="swarm-serve", daemon=True
        )
        self._thread.start()
        ready.wait(_START_SECONDS)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._url = f"http://{host}:{listener.getsockname()[1]}/v1"
        atexit.register(self.stop)
        return self._url

    def stop(self) -> None:
        """Close all connections and end the thread. Does nothing where nothing runs."""
        if not self._runs():
            self._thread = None
            return
        assert self._loop is not None and self._thread is not None and self._app is not None
        self._loop.call_soon_threadsafe(self._server.ended.set)
        self._thread.join()
        self._app.state.thinking.close()
        self._thread = self._loop = self._server = None
        atexit.unregister(self.stop)

    def stats(self) -> dict[str, Any]:
        """What was served since the last start, as the page `/stats` tells it.

        Raises:
            RunError: It was never started.
        """
        if self._app is None:
            raise RunError("This server was never started, so that it has served nothing. Start it first.")
        counts: dict[str, Any] = self._app.state.stats.as_dict()
        return counts

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _runs(self) -> bool:
        """Whether the thread is there; after a fork it is not."""
        return self._thread is not None and self._pid == os.getpid() and self._thread.is_alive()


def _make_server(app: "FastAPI") -> Any:
    try:
        from swarm_env.agents.mock_server.http_server import make_server
    except ModuleNotFoundError as error:
        raise MissingExtraError(WHAT, error.name or "uvicorn", "serve") from None
    return make_server(app, _KEEP_ALIVE)


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ConfigError(f"The port is {port}; ports are 0 (any free one) to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small pieces at once (TCP_NODELAY) only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"Port {port} of {host} is taken. Give another with --port, or 0 for any free one."
            ) from None
        raise ConfigError(
            f"Nothing can listen at port {port} of {host!r}: {error.strerror or error}."
        ) from None
    return listener


def _serve(
    loop: asyncio.AbstractEventLoop, server: Any, listener: socket.socket, ready: threading.Event
) -> None:
    """What the thread does."""
    asyncio.set_event_loop(loop)
    loop.call_soon(ready.set)
    try:
        loop.run_until_complete(server.serve(sockets=[listener]))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        listener.close()
        loop.close()
        ready.set()
