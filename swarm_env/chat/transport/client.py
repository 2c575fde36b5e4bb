"""One HTTP client per server: its connections, its limiter, and the answer forms that its models support.

Forms of structured answers, best first: a JSON schema, a tool call, any JSON object, plain text.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from aiohttp import ClientError
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient

from swarm_env.chat.request import ChatRequest
from swarm_env.chat.transport.endpoint import Endpoint, scrub
from swarm_env.chat.transport.keys import OPENAI_KEY, is_loopback
from swarm_env.chat.transport.limiter import MOST, Limiter
from swarm_env.chat.transport.reply import Reply
from swarm_env.runtime.event_loop import shared

LONGEST_IDLE = 30.0  # of a connection [s]
LARGEST_REPLY = 4 * 2**20  # far more than any chat completion [bytes]
FORMS = ("json_schema", "tool", "json_object", "text")
HEAD_START = 1.0  # of the first request over others that wait to learn the form [s]

_LOGGERS = ("openai", "openai._base_client", "openai._response", "openai._legacy_response", "httpx2")
_NEW_TOKENS_FIELD = "max_completion_tokens"  # of OpenAI's newer models
_REJECTIONS = (400, 404, 422)
_SIGNS = ("response_format", "json", "schema", "tool", "function call", "structured", "grammar", "guided")


class Unreachable(Exception):
    """No complete reply: the connection failed or was lost. The message holds no key."""


class ReplyTooLarge(httpx2.TransportError):
    """The reply exceeds `LARGEST_REPLY`."""


class ServerClient:
    """The client of one server, for all runs of this process; lives in the shared event loop.

    Attributes:
        url: Base URL of the server.
        limiter: Limits all calls to it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.limiter = Limiter()
        self._forms: dict[str, AnswerForms] = {}
        self._clients: dict[tuple[str | None, bool], AsyncOpenAI] = {}

    @classmethod
    def of(cls, url: str) -> "ServerClient":
        """The client of a server. Call it in the shared event loop only."""
        belongings = shared().belongings
        client = belongings.get(("chat", url))
        if not isinstance(client, ServerClient):
            client = belongings["chat", url] = ServerClient(url)
        return client

    def forms(self, model: str) -> "AnswerForms":
        """The answer forms known for a model."""
        return self._forms.setdefault(model, AnswerForms())

    async def post(self, endpoint: Endpoint, payload: dict[str, Any]) -> Reply:
        """Send one call and wait for the complete reply; the caller sets the timeout.

        Raises:
            Unreachable: No complete reply came.
            ReplyTooLarge: It was too large.
            ConfigError: The key is missing.
        """
        client = self.connect(endpoint)
        started = time.perf_counter()
        try:
            response = await client.post("/chat/completions", cast_to=httpx2.Response, body=payload)
        except APIStatusError as error:
            response = error.response
        except (APIConnectionError, ClientError, OSError) as error:
            cause = error.__cause__ or error
            if isinstance(cause, ReplyTooLarge):
                raise cause from None
            raise Unreachable(f"no complete answer: {scrub(str(cause)) or type(cause).__name__}") from None
        return Reply(
            response.status_code,
            response.headers.get("retry-after"),
            response.content,
            time.perf_counter() - started,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()

    def connect(self, endpoint: Endpoint) -> AsyncOpenAI:
        """The client with the endpoint's key; no variable here holds the key, so no traceback shows it.

        Raises:
            ConfigError: The key is missing.
        """
        owned = endpoint.keys is None or endpoint.keys.allows(OPENAI_KEY, self.url)
        client = self._clients.get((endpoint.key(self.url), owned))
        if client is None:
            client = self._clients[endpoint.key(self.url), owned] = _new_client(endpoint, self.url)
            if not owned:  # what the environment holds for OpenAI goes where its key may go
                client.organization = client.project = None
                client._custom_headers = {}
        return client


class AnswerForms:
    """The answer forms that one model at one server supports; lives in one event loop.

    Until the form is known, one request goes first and the others wait for its result.

    Attributes:
        best: Index into `FORMS` of the form to begin with.
        tokens_field: Name of the field for the maximum tokens of an answer.
    """

    def __init__(self) -> None:
        self.best = 0
        self.tokens_field = "max_tokens"
        self._known = False
        self._probing: asyncio.Event | None = None

    async def turn(self) -> bool:
        """Wait until the form is known, at most `HEAD_START`.

        Returns:
            Whether the caller goes first; it must call `returned` when its attempt is over.
        """
        if self._known:
            return False
        try:
            async with asyncio.timeout(HEAD_START):
                while not self._known:
                    if self._probing is None:
                        self._probing = asyncio.Event()
                        return True
                    await self._probing.wait()
        except TimeoutError:
            pass
        return False

    def returned(self) -> None:
        """The first request is over; if the form is still unknown, another one goes."""
        if self._probing is not None:
            self._probing.set()
            self._probing = None

    def worked(self, form: int) -> None:
        """Note that a request in some form was answered."""
        self.best = max(self.best, form) if self._known else form
        self._known = True

    def is_renamed(self, status: int | None, error: str) -> bool:
        """Whether an error asks for the newer name of the tokens field; it is used from then on."""
        if status != 400 or self.tokens_field == _NEW_TOKENS_FIELD or _NEW_TOKENS_FIELD not in error:
            return False
        self.tokens_field = _NEW_TOKENS_FIELD
        return True

    def is_rejected(self, form: int, status: int | None, error: str) -> bool:
        """Whether an error may concern the form, so that the next form is worth a try.

        Until a form is known to work, every error about the request may.
        """
        if status not in _REJECTIONS:
            return False
        last = form == len(FORMS) - 1
        about = any(sign in error.lower() for sign in _SIGNS) or (not self._known and status != 404)
        if about and not self._known:
            self.best = 0 if last else form + 1
        return about and not last


def call_payload(
    model: str, request: ChatRequest, form: int, tokens_field: str, retries: int
) -> dict[str, Any]:
    """The JSON of a call.

    Args:
        model: Name of the model.
        request: The request.
        form: Index into `FORMS`; unused without a schema.
        tokens_field: As in `AnswerForms`.
        retries: Unusable answers so far; added to the seed.
    """
    fields: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in request.messages],
    }
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    if request.max_tokens is not None:
        fields[tokens_field] = request.max_tokens
    if request.seed is not None:
        fields["seed"] = request.seed + retries
    if request.schema is not None:
        _add_form(fields, request, FORMS[form])
    return {**fields, **request.extra}


def _add_form(fields: dict[str, Any], request: ChatRequest, form: str) -> None:
    name, schema = request.schema_name, request.schema
    if form == "json_schema":
        wanted = {"name": name, "schema": schema, "strict": True}
        fields["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif form == "tool":
        tool = {"name": name, "description": "Gives the answer.", "parameters": schema}
        fields["tools"] = [{"type": "function", "function": tool}]
        fields["tool_choice"] = {"type": "function", "function": {"name": name}}
    elif form == "json_object":
        fields["response_format"] = {"type": "json_object"}
        last = fields["messages"][-1]
        last["content"] += f"\n\nAnswer with one JSON object of this JSON schema: {json.dumps(schema)}"


def _new_client(endpoint: Endpoint, url: str) -> AsyncOpenAI:
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if _scrub_record not in logger.filters:
            logger.addFilter(_scrub_record)
    return AsyncOpenAI(
        api_key=endpoint.key(url) or "none",  # the client requires one
        base_url=url,
        max_retries=0,
        timeout=None,
        http_client=DefaultAioHttpClient(
            timeout=None,
            trust_env=not is_loopback(url),  # no proxy to this machine
            headers={"Accept-Encoding": "identity"},
            limits=httpx2.Limits(
                max_connections=MOST, max_keepalive_connections=MOST, keepalive_expiry=LONGEST_IDLE
            ),
            event_hooks={"response": [_limit_size]},
            follow_redirects=False,
        ),
    )


class _LimitedStream(httpx2.AsyncByteStream):
    """A stream that raises `ReplyTooLarge` when too much has come."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST_REPLY:
                raise ReplyTooLarge(f"the answer is longer than {LARGEST_REPLY:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _limit_size(response: httpx2.Response) -> None:
    """Limit the size of a response; a hook of the HTTP client, called before the content is read.

    Raises:
        RemoteProtocolError: The content is compressed although that was not requested: it may be of any size.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.RemoteProtocolError("the answer is compressed although it must not be")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _LimitedStream(response.stream)


def _scrub_record(record: logging.LogRecord) -> bool:
    """Remove keys from a log record of a library that handles them."""
    message = record.getMessage()
    clean = scrub(message)
    if clean != message:
        record.msg, record.args = clean, ()
    return True
