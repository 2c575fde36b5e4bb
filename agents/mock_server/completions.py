"""Answers chat completions: reads the request, lets it meet its fate, asks the mind, sends the answer.

An ASGI application by itself, since a response model per answer would cost more than the answer.
"""

import asyncio
import hashlib
import json
import math
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from email.utils import formatdate
from typing import Any

from swarm_env.agents.mock_server import request_body, response_body
from swarm_env.agents.mock_server.api_error import Abandoned, Rejection
from swarm_env.agents.mock_server.faults import Fate, Faults
from swarm_env.agents.mock_server.model import served_models
from swarm_env.agents.mock_server.model.answer_forms import Wanted
from swarm_env.agents.mock_server.model.model_thread import Thinking
from swarm_env.agents.mock_server.model.token_count import PER_MESSAGE, count
from swarm_env.agents.mock_server.request_body import Question
from swarm_env.agents.mock_server.server_stats import Stats

from swarm_env.errors import ConfigError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FAULT_HEADER = b"x-swarm-fault"
MOST_DRAINED = 64 * 2**20  # bytes of a body that is too long that are read, so that its client hears why
BODY_SECONDS = 30.0  # for a whole body to come
MOST_PREFIXES = 10_000  # beginnings of prompts remembered at once
_STATUS_TEXTS = {
    401: ("Incorrect API key provided.", "invalid_api_key"),
    429: ("Rate limit reached for requests. Please try again later.", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request.", None),
    503: ("The engine is currently overloaded, please try again later.", None),
}


class ChatCompletions:
    """The page `/v1/chat/completions`.

    Attributes:
        faults: What goes wrong where a request does not ask for faults of its own.
        stats: What was served.
    """

    def __init__(self, thinking: Thinking, faults: Faults, stats: Stats) -> None:
        self.faults, self.stats = faults, stats
        self._thinking = thinking
        self._prefixes: dict[bytes, None] = {}
        self._open = 0  # requests of now, those that hang included

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.stats.note_request()
        self._open += 1
        try:
            await self._answer(scope, receive, send)
        except Rejection as rejection:
            self.stats.note_rejection(rejection.status)
            await send_error(send, rejection)
        except Abandoned:
            self.stats.note_abandoned()
        finally:
            self._open -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(scope, receive)
        asked = request_body.read(body)
        model, own = served_models.find(asked.model)
        faults = _faults_of_header(scope) or own or self.faults
        wanted = asked.wanted.given(model)
        digest = hashlib.blake2b(body, digest_size=16).digest()
        use = self.stats.note_body(digest)
        fate = self._fate(faults, digest, use)
        if fate.wait:
            self.stats.note_late()
            await _wait(receive, fate.wait)
        if fate.kind is not None and fate.kind.isdigit():
            self.stats.note_fault(fate.kind)
            return await send_error(send, _rejection(int(fate.kind)), _retry_after(int(fate.kind), faults))
        if fate.kind == "hang":
            self.stats.note_fault(fate.kind)
            return await _hang(receive)

        texts = [await self._think(asked, wanted) for _ in range(asked.choices)]
        choices = [response_body.finished(text, asked, wanted, model, fate.kind, fate.dice) for text in texts]
        usage = response_body.usage(asked, choices, model, self._cached(asked))
        name = f"chatcmpl-{digest[:12].hex()}{use:x}"
        reply = response_body.Reply(name, int(time.time()), asked, wanted, choices, usage, model.tells_usage)
        if fate.kind is None:
            self.stats.note_answer(digest, asked.model.partition("+")[0], usage, asked.stream)
        else:
            self.stats.note_fault(fate.kind)
        await (_send_events if asked.stream else _send_whole)(send, reply, fate.kind)

    async def _think(self, asked: Question, wanted: Wanted) -> str:
        try:
            return await self._thinking.ask(asked.messages, wanted.schema)
        except asyncio.CancelledError:  # the server stops
            self.stats.note_abandoned()
            raise

    def _fate(self, faults: Faults, digest: bytes, use: int) -> Fate:
        if faults.capacity is not None and self._open > faults.capacity:
            return Fate("429", 0.0, digest)
        return faults.fate(digest, use)

    def _cached(self, asked: Question) -> int:
        """Tokens of the beginning of the prompt (all before the first word of a user) if it came before."""
        tokens, digest = 0, hashlib.blake2b(asked.model.encode("utf-8", "surrogatepass"), digest_size=16)
        for message in asked.messages:
            if message["role"] not in ("system", "developer"):
                break
            digest.update(message["content"].encode("utf-8", "surrogatepass"))
            tokens += count(message["content"]) + PER_MESSAGE
        key = digest.digest()
        if not tokens or key in self._prefixes:
            return tokens
        if len(self._prefixes) >= MOST_PREFIXES:
            self._prefixes.clear()
        self._prefixes[key] = None
        return 0


async def send_error(send: Send, rejection: Rejection, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send an error in OpenAI's shape.

    Args:
        send: Of ASGI.
        rejection: The error.
        headers: More headers.
    """
    await _send(send, rejection.status, json.dumps(rejection.as_dict()).encode(), headers=headers)


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    """The body of the request, of at most `MOST_BYTES`.

    Raises:
        Rejection: It is longer, or does not come.
        Abandoned: The client left.
    """
    event = await receive()
    if event["type"] == "http.request" and not event.get("more_body"):
        body: bytes = event["body"]
        if len(body) > request_body.MOST_BYTES:
            raise _too_long()
        return body
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_pieces(event, receive)
    except TimeoutError:
        raise Rejection(408, f"The body of the request did not come within {BODY_SECONDS:g} s.") from None


async def _read_pieces(event: MutableMapping[str, Any], receive: Receive) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while True:
        if event["type"] != "http.request":
            raise Abandoned
        length += len(event["body"])
        if length > MOST_DRAINED:
            raise _too_long()
        if length <= request_body.MOST_BYTES:
            pieces.append(event["body"])
        if not event.get("more_body"):
            break
        event = await receive()
    if length > request_body.MOST_BYTES:
        raise _too_long()
    return b"".join(pieces)


def _too_long() -> Rejection:
    return Rejection(413, f"The body of the request is longer than {request_body.MOST_BYTES} bytes.")


def _faults_of_header(scope: Scope) -> Faults | None:
    for name, value in scope["headers"]:
        if name == FAULT_HEADER:
            try:
                return Faults.parse(value.decode("latin-1").split(","))
            except ConfigError as error:
                raise Rejection(400, f"The header X-Swarm-Fault: {error}") from None
    return None


async def _wait(receive: Receive, seconds: float) -> None:
    """Let time pass.

    Raises:
        Abandoned: The client left meanwhile.
    """
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
    raise Abandoned


async def _hang(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _rejection(status: int) -> Rejection:
    message, code = _STATUS_TEXTS.get(status, (f"A fault of status {status} was asked for.", None))
    return Rejection(status, message, code=code)


def _retry_after(status: int, faults: Faults) -> list[tuple[bytes, bytes]]:
    if status not in (429, 503) or faults.retry_after is None:
        return []
    if faults.retry_after_date:
        text = formatdate(math.ceil(time.time() + faults.retry_after), usegmt=True)
    else:
        text = f"{faults.retry_after:g}"
    return [(b"retry-after", text.encode())]


async def _send_whole(send: Send, reply: response_body.Reply, kind: str | None) -> None:
    body = response_body.whole(reply)
    if kind == "malformed":
        body = body[: len(body) // 2]
    await _send(send, 200, body, cut=kind == "cut")


async def _send_events(send: Send, reply: response_body.Reply, kind: str | None) -> None:
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    events = list(response_body.events(reply))
    middle = len(events) // 2
    if kind == "malformed":
        events[middle] = events[middle][: len(events[middle]) // 2] + b"\n\n"
    cut = kind == "cut"  # a body that is left without its end closes the connection
    body = b"".join(events[:middle] if cut else events)
    await send({"type": "http.response.body", "body": body, "more_body": cut})


async def _send(
    send: Send, status: int, body: bytes, *, cut: bool = False, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send JSON; cut: half of it, and then close the connection."""
    length = str(len(body)).encode()
    plain = [(b"content-type", b"application/json"), (b"content-length", length), *headers]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    if cut:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    else:
        await send({"type": "http.response.body", "body": body})
