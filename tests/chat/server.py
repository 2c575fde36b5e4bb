"""A small server that answers, and fails, on request; it speaks HTTP by itself."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """What is sent back: after a delay, whole or cut after some bytes; or never."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str | None] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    hang: bool = False


@dataclass
class Request:
    """What arrived: its number from 0, when, and how many were under way with it."""

    number: int
    at: float
    under_way: int
    headers: dict[str, str]
    body: dict[str, Any]
    path: str = ""

    @property
    def text(self) -> str:
        return str(self.body["messages"][-1]["content"])


USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 60},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


def completion(message: dict[str, Any], finish: str = "stop", **fields: Any) -> bytes:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "served", "choices": [choice]}
    return json.dumps({**body, "usage": USAGE, **fields}).encode()


def ok(text: str = "yes", **fields: Any) -> Reply:
    return Reply(completion({"content": text}, **fields))


def error(status: int, message: str = "no", code: Any = None, **headers: str | None) -> Reply:
    body = {"error": {"message": message, "type": "some_error", "param": None, "code": code}}
    return Reply(json.dumps(body).encode(), status, headers)


_USED: set[int] = set()  # ports; the clients of a process remember what failed at an address


class Server:
    """A context manager. `answer` says what becomes of a request; it may be replaced at any time."""

    def __init__(self, answer: Callable[[Request], Reply] | None = None) -> None:
        self.answer = answer or (lambda request: ok())
        self.requests: list[Request] = []
        self.served: list[tuple[Request, Reply]] = []
        self.under_way = 0
        self.peak = 0
        self.accepted = 0
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.StreamWriter] = set()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _listen(self) -> asyncio.Server:
        while True:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
            port = server.sockets[0].getsockname()[1]
            if port not in _USED:
                _USED.add(port)
                return server
            server.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._listen())
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        path = head[0].split(" ")[1]
        request = Request(len(self.requests), time.monotonic(), self.under_way, headers, body, path)
        self.requests.append(request)
        try:
            reply = self.answer(request)
            self.served.append((request, reply))
            if reply.delay:
                await asyncio.sleep(reply.delay)
            while reply.hang:
                if not await reader.read(1):
                    return False
        finally:
            self.under_way -= 1
        given = {"content-type": "application/json", "content-length": str(len(reply.body)), **reply.headers}
        fields = [f"{name}: {value}" for name, value in given.items() if value is not None]
        lines = [f"HTTP/1.1 {reply.status} Whatever", *fields, "", ""]
        message = "\r\n".join(lines).encode("latin-1") + reply.body
        writer.write(message if reply.cut is None else message[: reply.cut])
        await writer.drain()
        return reply.cut is None
