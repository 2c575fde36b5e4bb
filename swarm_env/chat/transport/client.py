"""One HTTP client per server: its connections, its limiter, and what is known of its models."""

import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from aiohttp import ClientConnectorError, ClientError
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, omit

from swarm_env.chat.transport.endpoint import Endpoint, scrub
from swarm_env.chat.transport.keys import OPENAI_KEY, is_loopback
from swarm_env.chat.transport.limiter import MOST, Limiter, Pace
from swarm_env.chat.transport.payload import AnswerForms
from swarm_env.chat.transport.reply import Reply
from swarm_env.runtime.event_loop import shared

LONGEST_IDLE = 30.0  # of a connection [s]
LARGEST_REPLY = 4 * 2**20  # far more than any chat completion [bytes]

_LOGGERS = ("openai", "openai._base_client", "openai._response", "openai._legacy_response", "httpx2")


class Unreachable(Exception):
    """No complete reply: the connection failed or was lost. The message holds no key.

    Attributes:
        sent: Whether the request may have been sent, and so may cost something.
    """

    def __init__(self, detail: str, sent: bool) -> None:
        super().__init__(detail)
        self.sent = sent


class ReplyTooLarge(httpx2.TransportError):
    """The reply exceeds `LARGEST_REPLY`."""


class ServerClient:
    """The client of one server, for all runs of this process; lives in the shared event loop.

    Attributes:
        url: Base URL of the server.
        limiter: Limits all calls to it.
        pace: Spaces all calls to it.
        answered: Time of the last answer from it [s of the event loop].
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.limiter, self.pace = Limiter(), Pace()
        self._paces: dict[str, Pace] = {}
        self.answered = float("-inf")
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

    def pace_of(self, model: str) -> Pace:
        """Spaces the calls to a model that has limits of its own."""
        return self._paces.setdefault(model, Pace())

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
            response = await client.post(
                "/chat/completions", cast_to=httpx2.Response, body=payload, options=self._options(endpoint)
            )
        except APIStatusError as error:
            response = error.response
        except (APIConnectionError, ClientError, OSError) as error:
            cause = error.__cause__ or error
            if isinstance(cause, ReplyTooLarge):
                raise cause from None
            sent = not isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | ClientConnectorError)
            detail = f"no complete answer: {scrub(str(cause)) or type(cause).__name__}"
            raise Unreachable(detail, sent) from None
        return Reply(
            response.status_code,
            response.headers,
            response.content,
            time.perf_counter() - started,
        )

    def _options(self, endpoint: Endpoint) -> Any:
        """Headers and query of a call; {} for most endpoints."""
        if not (endpoint.headers or endpoint.header_env or endpoint.query or not endpoint.key_env):
            return {}
        headers: dict[str, Any] = dict(endpoint.all_headers(self.url))
        if not endpoint.key_env and "authorization" not in map(str.lower, headers):
            headers["Authorization"] = omit  # the library would send the key "none"
        return {"headers": headers, "params": dict(endpoint.query)}

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
