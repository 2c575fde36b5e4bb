"""uvicorn's server, stopped by an event instead of a signal."""

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI

_END_SECONDS = 0.5  # for requests to notice the disconnection


class HttpServer(uvicorn.Server):
    """Serves until `ended` is set, then closes all connections at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()  # set it in the server's event loop to stop

    async def main_loop(self) -> None:
        """Wait for the end; uvicorn's own method polls ten times a second."""
        await self.ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, let their requests end, and cancel the rest."""
        await self._stop_accepting(sockets or [])
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            transport: Any = connection.transport
            transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=_END_SECONDS)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)  # so that the transports close

    async def _stop_accepting(self, sockets: list[socket.socket]) -> None:
        """Stop accepting, and let asyncio finish the connections that it has accepted.

        A server that is closed in between would not know such a connection.
        """
        loop = asyncio.get_running_loop()
        for listener in sockets:
            try:
                loop.remove_reader(listener)
            except NotImplementedError:  # the loop of Windows
                pass
        accepting = asyncio.all_tasks() - {asyncio.current_task()} - set(self.server_state.tasks)
        if accepting:
            await asyncio.wait(accepting, timeout=_END_SECONDS)


def make_server(app: "FastAPI", keep_alive: int) -> HttpServer:
    """The server of an application; idle connections stay open for `keep_alive` seconds.

    `serve(sockets=[…])` runs it in the running event loop.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,  # the process sets up its logging
        log_level="critical",  # connections are cut on purpose
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=keep_alive,
    )
    return HttpServer(config)
