"""The one client of this process for each server, with its limiter and what was learned of its models."""

import logging
import time
from typing import TYPE_CHECKING, Any

from swarm_env.chat.scrub import scrub
from swarm_env.chat.transport.endpoint import Endpoint, is_loopback
from swarm_env.chat.transport.forms import Forms
from swarm_env.chat.transport.limiter import MOST, Limiter
from swarm_env.chat.transport.reply import Reply
from swarm_env.runtime.event_loop import shared

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LONGEST_IDLE = 30.0  # of a connection [s]

_LOGGERS = ("openai", "openai._base_client", "openai._response", "openai._legacy_response", "httpx2")


class Unreachable(Exception):
    """No complete reply came: no connection, or one that was lost. The message holds no key."""


class TooLong(Exception):
    """The reply was longer than any answer."""


class Line:
    """The line to one server, for all runs of this process; lives in the shared event loop.

    Attributes:
        url: Of the server.
        limiter: Of all calls to it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.limiter = Limiter()
        self._forms: dict[str, Forms] = {}
        self._clients: dict[str | None, AsyncOpenAI] = {}

    @classmethod
    def to(cls, url: str) -> "Line":
        """The line to a server. Call it in the shared event loop only."""
        belongings = shared().belongings
        line = belongings.get(("chat", url))
        if not isinstance(line, Line):
            line = belongings["chat", url] = Line(url)
        return line

    def forms(self, model: str) -> Forms:
        """What is known of a model."""
        return self._forms.setdefault(model, Forms())

    async def post(self, endpoint: Endpoint, body: dict[str, Any]) -> Reply:
        """Send one call and wait for the whole reply; how long is the caller's matter.

        Raises:
            Unreachable: No complete reply came.
            TooLong: It was too long.
            ConfigError: The key is missing.
        """
        import httpx2
        from aiohttp import ClientError
        from openai import APIConnectionError, APIStatusError

        from swarm_env.chat.transport.bounds import BodyTooLarge

        client = self.client(endpoint)
        started = time.perf_counter()
        try:
            response = await client.post("/chat/completions", cast_to=httpx2.Response, body=body)
        except APIStatusError as error:
            response = error.response
        except (APIConnectionError, ClientError, OSError) as error:
            cause = error.__cause__ or error
            if isinstance(cause, BodyTooLarge):
                raise TooLong(str(cause)) from None
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

    def client(self, endpoint: Endpoint) -> "AsyncOpenAI":
        """The client that holds the endpoint's key; the key is in no variable here, so in no traceback.

        The first one loads the library, so it is made before any clock runs.

        Raises:
            ConfigError: The key is missing.
        """
        client = self._clients.get(endpoint.key(self.url))
        if client is None:
            client = self._clients[endpoint.key(self.url)] = _new_client(endpoint, self.url)
        return client


def _new_client(endpoint: Endpoint, url: str) -> "AsyncOpenAI":
    from httpx2 import Limits
    from openai import AsyncOpenAI, DefaultAioHttpClient

    from swarm_env.chat.transport.bounds import bound

    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if _scrub_record not in logger.filters:
            logger.addFilter(_scrub_record)
    return AsyncOpenAI(
        api_key=endpoint.key(url) or "none",  # the client insists on one
        base_url=url,
        max_retries=0,
        timeout=None,
        http_client=DefaultAioHttpClient(
            timeout=None,
            trust_env=not is_loopback(url),  # a proxy is no way to this machine
            headers={"Accept-Encoding": "identity"},
            limits=Limits(
                max_connections=MOST, max_keepalive_connections=MOST, keepalive_expiry=LONGEST_IDLE
            ),
            event_hooks={"response": [bound]},
            follow_redirects=False,
        ),
    )


def _scrub_record(record: logging.LogRecord) -> bool:
    """A filter for the loggers of libraries that handle keys."""
    message = record.getMessage()
    clean = scrub(message)
    if clean != message:
        record.msg, record.args = clean, ()
    return True
