"""uvicorn's server, ended by an event instead of a signal."""

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI

_END_SECONDS = 0.5  # for answers to notice that their client is gone


class Server(uvicorn.Server):
    """Serves until `ended` is set, then closes all connections at once.

    Attributes:
        ended: To be set from within the server's event loop.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for the end. uvicorn's own looks ten times a second."""
        await self.ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, let what waits for them end, and cancel the rest."""
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
        await asyncio.sleep(0)  # lets the transports say goodbye

    async def _stop_accepting(self, sockets: list[socket.socket]) -> None:
        """Accept nothing new, and let asyncio finish what it has accepted.

        A server that is closed while asyncio hands it a connection loses sight of that connection.
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


def make_server(app: "FastAPI", keep_alive: int) -> Server:
    """A server of an application.

    Args:
        app: What answers.
        keep_alive: Seconds that an idle connection is kept open.

    Returns:
        The server; `serve(sockets=[…])` runs it in the running event loop.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,  # logging of this process is not ours to set up
        log_level="critical",  # connections that are cut on purpose are no news
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=keep_alive,
    )
    return Server(config)
