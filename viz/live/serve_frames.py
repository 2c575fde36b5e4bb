"""The process that serves the frames of a running game: `python -m … PORT`.

It prints its link, or what is wrong, then reads lines from standard input: first the data of the page, then
`ROUND<tab>FRAME`. When the input ends the game is over; it tells the watchers and ends.
"""

import asyncio
import sys
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

from swarm_env.viz.page.template import render_page
from swarm_env.viz.web.gate import Gate
from swarm_env.viz.web.server import listen, make_server

from swarm_env.errors import SwarmEnvError

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

RATE = 30.0  # frames per second to each watcher, at most
MOST_KEPT = 64 * 2**20  # bytes of frames for those who come later: our choice
MOST_AT_ONCE = 4 * 2**20  # bytes of one message with frames from before
MOST_WATCHERS = 64
_GRACE = 1.0  # seconds for watchers to hear that the game is over


class Feed:
    """The frames so far, as JSON texts; every other old one is dropped when they take too much memory."""

    def __init__(self) -> None:
        self.page = ""
        self.over = False
        self.frames: list[tuple[int, str]] = []
        self._size = 0
        self.changed = asyncio.Event()  # replaced at each change, so that any number can wait for it

    def add(self, number: int, text: str) -> None:
        """Take a frame."""
        self.frames.append((number, text))
        self._size += len(text)
        if self._size > MOST_KEPT:
            self.frames = self.frames[-2::-2][::-1] + self.frames[-1:]
            self._size = sum(len(text) for _, text in self.frames)
        self.notify()

    def notify(self) -> None:
        """Wake those who wait."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def after(self, number: int, all_of_them: bool) -> list[str]:
        """The newest frame if it is later than a round, or the later ones that fit into a message."""
        if not self.frames or self.frames[-1][0] <= number:
            return []
        if not all_of_them:
            return [self.frames[-1][1]]
        later = [text for at, text in self.frames if at > number]
        step = 1 + sum(map(len, later)) // MOST_AT_ONCE
        return later[::-1][::step][::-1]


def make_app(feed: Feed) -> Any:
    """The page and its WebSocket."""
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocketDisconnect

    watchers: set[int] = set()

    async def page(_: Any) -> HTMLResponse:
        while not feed.page and not feed.over:
            await feed.changed.wait()
        return HTMLResponse(feed.page or "<!doctype html><p>The game ended before its first round.")

    async def live(socket: "WebSocket") -> None:
        if len(watchers) >= MOST_WATCHERS:
            await socket.close(1013, "too many watchers")
            return
        watchers.add(id(socket))
        try:
            await socket.accept()
            await _serve(feed, socket)
        except (WebSocketDisconnect, RuntimeError, ValueError):  # it left, or sent what is no number
            pass
        finally:
            watchers.discard(id(socket))

    return Starlette(routes=[Route("/", page, methods=["GET"]), WebSocketRoute("/live", live)])


async def _serve(feed: Feed, socket: "WebSocket") -> None:
    """Answer each request of a watcher (its last round) with a later frame: one at a time is sent."""
    is_first = True
    while True:
        number = int(await socket.receive_text())
        while not (found := feed.after(number, is_first)) and not feed.over:
            await feed.changed.wait()
        over = feed.over and not feed.after(number, False)
        await socket.send_text(f'{{"frames":[{",".join(found)}],"over":{"true" if over else "false"}}}')
        is_first = False
        await asyncio.sleep(1 / RATE)


def read_into(feed: Feed, stream: BinaryIO, loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Read frames in a thread and hand them to the loop, until the input ends."""
    import json

    header = stream.readline()
    if header:
        feed.page = render_page(json.loads(header), connect=True)
        loop.call_soon_threadsafe(feed.notify)
    for line in stream:
        number, _, text = line.rstrip(b"\n").decode().partition("\t")
        loop.call_soon_threadsafe(feed.add, int(number), text)
    loop.call_soon_threadsafe(ended.set)


async def serve(port: int) -> None:
    """Serve until the input has ended."""
    listener = listen(port)
    feed, ended = Feed(), asyncio.Event()
    gate = Gate(make_app(feed), listener.getsockname()[1])
    server = make_server(gate)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    sys.stdout.write(gate.link + "\n")
    sys.stdout.flush()
    arguments = (feed, sys.stdin.buffer, asyncio.get_running_loop(), ended)
    threading.Thread(target=read_into, args=arguments, daemon=True).start()
    await ended.wait()
    feed.over = True
    feed.notify()
    await asyncio.sleep(_GRACE)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    try:
        asyncio.run(serve(int(sys.argv[1])))
    except SwarmEnvError as error:
        sys.stdout.write(f"{error}\n")
