"""The route `/v1/chat/completions`: read the request, draw its fault, ask the model, send the answer.

It is a plain ASGI application, since FastAPI's response models would cost more than the answer.
"""

import asyncio
import hashlib
import json
import math
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from email.utils import formatdate
from typing import Any

from swarm_env.agents.mock_server import response_writer
from swarm_env.agents.mock_server.api_error import Abandoned, Rejection
from swarm_env.agents.mock_server.faults import DrawnFault, Faults
from swarm_env.agents.mock_server.model_thread import ModelThread
from swarm_env.agents.mock_server.request_reader import MOST_BYTES, CompletionRequest, read_request
from swarm_env.agents.mock_server.response_writer import PER_MESSAGE, Completion, count_tokens
from swarm_env.agents.mock_server.served_models import WantedForm, find_model
from swarm_env.agents.mock_server.server_stats import ServerStats

from swarm_env.errors import ConfigError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FAULT_HEADER = b"x-swarm-fault"
MOST_DRAINED = 64 * 2**20  # bytes read of a request that is too long, so that the client gets the error
TOO_LONG = 413
DRAIN_SECONDS = 5.0  # for reading on after the error
READ_SECONDS = 30.0  # for a complete request
MOST_PREFIXES = 10_000  # prefixes of prompts that are remembered
_STATUS_TEXTS = {
    401: ("Incorrect API key provided.", "invalid_api_key"),
    429: ("Rate limit reached for requests. Please try again later.", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request.", None),
    503: ("The engine is currently overloaded, please try again later.", None),
}


class ChatCompletions:
    """The route `/v1/chat/completions`; `faults` are for requests that do not bring their own."""

    def __init__(self, model_thread: ModelThread, faults: Faults, stats: ServerStats) -> None:
        self.faults, self.stats = faults, stats
        self._model_thread = model_thread
        self._prefixes: dict[bytes, None] = {}
        self._open = 0  # concurrent requests, including those that hang

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.stats.note_request()
        self._open += 1
        try:
            await self._answer(scope, receive, send)
        except Rejection as rejection:
            self.stats.note_rejection(rejection.status)
            if rejection.status == TOO_LONG:
                await _refuse(receive, send, rejection)
            else:
                await send_error(send, rejection)
        except Abandoned:
            self.stats.note_abandoned()
        finally:
            self._open -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        content = await _read_content(scope, receive)
        asked = read_request(content)
        model, own = find_model(asked.model)
        faults = _faults_of_header(scope) or own or self.faults
        wanted = asked.wanted.given(model)
        digest = hashlib.blake2b(content, digest_size=16).digest()
        use = self.stats.note_valid(digest)
        fault = self._fault(faults, digest, use)
        if fault.wait:
            self.stats.note_late()
            await _wait(receive, fault.wait)
        if fault.kind is not None and fault.kind.isdigit():
            self.stats.note_fault(fault.kind)
            return await send_error(send, _rejection(int(fault.kind)), _retry_after(int(fault.kind), faults))
        if fault.kind == "hang":
            self.stats.note_fault(fault.kind)
            return await _hang(receive)

        texts = [await self._think(asked, wanted) for _ in range(asked.choices)]
        choices = [response_writer.finished(text, asked, wanted, model, fault) for text in texts]
        usage = response_writer.usage(asked, choices, model, self._cached(asked))
        name = f"chatcmpl-{digest[:12].hex()}{use:x}"
        created = int(time.time())
        reply = Completion(name, created, asked, wanted, choices, usage, model.reports_usage)
        if fault.kind is None:
            self.stats.note_answer(digest, asked.model.partition("+")[0], usage, asked.stream)
        else:
            self.stats.note_fault(fault.kind)
        await (_send_events if asked.stream else _send_whole)(send, reply, fault.kind)

    async def _think(self, asked: CompletionRequest, wanted: WantedForm) -> str:
        try:
            return await self._model_thread.ask(asked.messages, wanted.schema)
        except asyncio.CancelledError:  # the server stops
            self.stats.note_abandoned()
            raise

    def _fault(self, faults: Faults, digest: bytes, use: int) -> DrawnFault:
        if faults.capacity is not None and self._open > faults.capacity:
            return DrawnFault("429", 0.0, digest)
        return faults.draw(digest, use)

    def _cached(self, asked: CompletionRequest) -> int:
        """Tokens of the prompt before the first user message if this prefix is known, else 0."""
        tokens, digest = 0, hashlib.blake2b(asked.model.encode("utf-8", "surrogatepass"), digest_size=16)
        for message in asked.messages:
            if message["role"] not in ("system", "developer"):
                break
            digest.update(message["content"].encode("utf-8", "surrogatepass"))
            tokens += count_tokens(message["content"]) + PER_MESSAGE
        key = digest.digest()
        if not tokens or key in self._prefixes:
            return tokens
        if len(self._prefixes) >= MOST_PREFIXES:
            self._prefixes.clear()
        self._prefixes[key] = None
        return 0


async def send_error(send: Send, rejection: Rejection, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send an error in OpenAI's format, with extra headers."""
    await _send(send, rejection.status, json.dumps(rejection.as_dict()).encode(), headers=headers)


async def _refuse(receive: Receive, send: Send, rejection: Rejection) -> None:
    """Send an error at once, then read on for a while: a client that is still sending would else lose it."""
    content, length = json.dumps(rejection.as_dict()).encode(), 0
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": rejection.status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": True})
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while length < MOST_DRAINED:
                event = await receive()
                length += len(event.get("body", b""))
                if not event.get("more_body"):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})


async def _read_content(scope: Scope, receive: Receive) -> bytes:
    """The content of the request, at most `MOST_BYTES`.

    Raises:
        Rejection: It is longer, which its header may say before anything of it is read, or does not come in
            time.
        Abandoned: The client disconnected.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and (len(value) > 15 or int(value) > MOST_BYTES):
            raise _too_long()
    event = await receive()
    if event["type"] == "http.request" and not event.get("more_body"):
        content: bytes = event["body"]
        if len(content) > MOST_BYTES:
            raise _too_long()
        return content
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _read_pieces(event, receive)
    except TimeoutError:
        raise Rejection(408, f"The request did not come within {READ_SECONDS:g} s.") from None


async def _read_pieces(event: MutableMapping[str, Any], receive: Receive) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while True:
        if event["type"] != "http.request":
            raise Abandoned
        length += len(event["body"])
        if length > MOST_BYTES:
            raise _too_long()
        pieces.append(event["body"])
        if not event.get("more_body"):
            return b"".join(pieces)
        event = await receive()


def _too_long() -> Rejection:
    return Rejection(TOO_LONG, f"The request is longer than {MOST_BYTES} bytes.")


def _faults_of_header(scope: Scope) -> Faults | None:
    for name, value in scope["headers"]:
        if name == FAULT_HEADER:
            try:
                return Faults.parse(value.decode("latin-1").split(","))
            except ConfigError as error:
                raise Rejection(400, f"The header X-Swarm-Fault: {error}") from None
    return None


async def _wait(receive: Receive, seconds: float) -> None:
    """Wait.

    Raises:
        Abandoned: The client disconnected meanwhile.
    """
    try:
        async with asyncio.timeout(seconds):
            await _hang(receive)
    except TimeoutError:
        return
    raise Abandoned


async def _hang(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _rejection(status: int) -> Rejection:
    message, code = _STATUS_TEXTS.get(status, (f"A fault of status {status} was requested.", None))
    return Rejection(status, message, code=code)


def _retry_after(status: int, faults: Faults) -> list[tuple[bytes, bytes]]:
    if status not in (429, 503) or faults.retry_after is None:
        return []
    if faults.retry_after_date:
        text = formatdate(math.ceil(time.time() + faults.retry_after), usegmt=True)
    else:
        text = f"{faults.retry_after:g}"
    return [(b"retry-after", text.encode())]


async def _send_whole(send: Send, reply: Completion, kind: str | None) -> None:
    content = response_writer.whole(reply)
    if kind == "malformed":
        content = content[: len(content) // 2]
    await _send(send, 200, content, cut=kind == "cut")


async def _send_events(send: Send, reply: Completion, kind: str | None) -> None:
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    events = list(response_writer.events(reply))
    middle = len(events) // 2
    if kind == "malformed":
        events[middle] = events[middle][: len(events[middle]) // 2] + b"\n\n"
    cut = kind == "cut"  # an incomplete response closes the connection
    content = b"".join(events[:middle] if cut else events)
    await send({"type": "http.response.body", "body": content, "more_body": cut})


async def _send(
    send: Send, status: int, content: bytes, *, cut: bool = False, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send JSON; with `cut` send half of it and close the connection."""
    length = str(len(content)).encode()
    plain = [(b"content-type", b"application/json"), (b"content-length", length), *headers]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    if cut:
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    else:
        await send({"type": "http.response.body", "body": content})
