"""`MockServer`: the server in a thread of this process, for tests, notebooks and agents without a model."""

import asyncio
import atexit
import errno
import os
import socket
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from swarm_env.agents.mock_server.app import HOST, WHAT, create_app
from swarm_env.agents.mock_server.faults import Faults
from swarm_env.agents.mock_server.model_thread import AnswerFunction

from swarm_env.errors import ConfigError, RunError, needing

if TYPE_CHECKING:
    from fastapi import FastAPI

_BACKLOG = 2048
_KEEP_ALIVE = 3600  # [s]; idle connections stay open
_START_SECONDS = 30.0


class MockServer:
    """A mock server in a daemon thread with its own event loop; it handles no signals.

    As a context manager it starts on a free port and stops at the end. Stopping cuts off open requests. It
    can be started again; each start resets its counts.
    """

    def __init__(
        self, model: AnswerFunction | None = None, faults: Faults | None = None, *, host: str = HOST
    ) -> None:
        """Prepare a server; nothing runs before `start`. Model and faults: see `create_app`.

        With another host (name or address) than 127.0.0.1 other machines can connect.
        """
        self._model, self._faults, self._host = model, faults, host
        self._app: FastAPI | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Any = None
        self._pid = 0
        self._url = ""

    @property
    def url(self) -> str:
        """Base URL for clients, as in "http://127.0.0.1:8000/v1"; "" before the first start."""
        return self._url

    def start(self, port: int = 0) -> str:
        """Start the server at a port (0: any free one) and return its base URL. It then accepts connections.

        Raises:
            ConfigError: The port is in use or out of range, or the host is unknown.
            MissingExtraError: FastAPI or uvicorn is not installed.
            RunError: It is already running.
        """
        if self._runs():
            raise RunError(f"This server runs already, at {self._url}. Stop it first or make another.")
        app = create_app(self._model, self._faults, self._host)
        with needing(WHAT, "uvicorn", "serve"):
            from swarm_env.agents.mock_server.http_server import make_server
        server = make_server(app, _KEEP_ALIVE)
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
        """Close all connections and end the thread; does nothing if it is not running."""
        if not self._runs():
            self._thread = None
            return
        assert self._loop is not None and self._thread is not None and self._app is not None
        self._loop.call_soon_threadsafe(self._server.ended.set)
        self._thread.join()
        self._app.state.model_thread.close()
        self._thread = self._loop = self._server = None
        atexit.unregister(self.stop)

    def stats(self) -> dict[str, Any]:
        """The counts since the last start, as on the page `/stats`.

        Raises:
            RunError: It was never started.
        """
        if self._app is None:
            raise RunError("This server was never started. Start it first.")
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
        """Whether the thread exists; after a fork it does not."""
        return self._thread is not None and self._pid == os.getpid() and self._thread.is_alive()


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ConfigError(f"The port is {port}; ports are 0 (any free one) to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is given.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows it would let two programs share the port
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
    """Run the server; the target of the thread."""
    asyncio.set_event_loop(loop)
    loop.call_soon(ready.set)
    try:
        loop.run_until_complete(server.serve(sockets=[listener]))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        listener.close()
        loop.close()
        ready.set()
