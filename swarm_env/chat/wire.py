"""HTTP/1.1 for many small calls at once: the transport beneath the `openai` client.

The pool that comes with the client looks at all its connections for every request, which costs a round of a
hundred questions more time than the endpoint takes to answer. Here a request takes the connection that was
used last, or opens one. Bodies are bounded. `h11` speaks the protocol.
"""

import asyncio
import ssl
import time
from typing import Any

import h11
import httpx2

LARGEST_BODY = 4 * 2**20  # no answer in chat completions comes near [bytes]
LONGEST_IDLE = 60.0  # a connection unused for longer may be dead without telling [s]


class BodyTooLarge(httpx2.TransportError):
    """An answer was longer than any answer should be."""


class _Connection(asyncio.Protocol):
    """One connection, with at most one request under way.

    Attributes:
        idle_since: When the last answer was complete.
        usable: Whether another request can be sent.
    """

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.usable = False
        self._state = h11.Connection(h11.CLIENT)
        self._answer: asyncio.Future[httpx2.Response] | None = None
        self._head: h11.Response | None = None
        self._body = bytearray()

    async def exchange(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and wait for the whole answer."""
        self.usable, self._head = False, None
        self._body.clear()
        self._answer = asyncio.get_running_loop().create_future()
        head = h11.Request(
            method=request.method,
            target=request.url.raw_path,
            headers=request.headers.raw,
            http_version=b"1.1",
        )
        try:
            parts = (
                self._state.send(event) for event in (head, h11.Data(request.content), h11.EndOfMessage())
            )
            self._transport.write(b"".join(part or b"" for part in parts))
            return await self._answer
        except BaseException:
            self.drop()
            raise
        finally:
            self._answer = None

    def drop(self) -> None:
        """Close at once."""
        self.usable = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # nobody asked: what is said here cannot be trusted
            self.drop()
        else:
            self._take(data)

    def eof_received(self) -> None:
        self._take(b"")

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        self._fail(
            httpx2.ReadError(f"the connection was lost ({error})" if error else "the connection was cut")
        )

    def _take(self, data: bytes) -> None:
        try:
            self._state.receive_data(data)
            while True:
                event = self._state.next_event()
                if isinstance(event, h11.Response):
                    self._head = event
                elif isinstance(event, h11.Data):
                    self._body += event.data
                    if len(self._body) > LARGEST_BODY:
                        raise BodyTooLarge(f"the answer is longer than {LARGEST_BODY:,} bytes")
                elif isinstance(event, h11.EndOfMessage):
                    return self._finish()
                elif not isinstance(event, h11.InformationalResponse):
                    return None  # more data is needed, or the end of the connection was noted
        except (h11.RemoteProtocolError, httpx2.TransportError) as error:
            if not isinstance(error, httpx2.TransportError):
                error = httpx2.RemoteProtocolError(f"the answer is no sound HTTP ({error})")
            self._fail(error)
            self.drop()

    def _finish(self) -> None:
        assert self._head is not None
        headers = self._head.headers.raw_items()
        if any(
            name.lower() == b"content-encoding" and value.lower() != b"identity" for name, value in headers
        ):
            raise httpx2.RemoteProtocolError("the answer is compressed although it must not be")
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(
                httpx2.Response(self._head.status_code, headers=headers, content=bytes(self._body))
            )
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
            self.usable, self.idle_since = True, time.monotonic()
        else:
            self.drop()

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


class Wire(httpx2.AsyncBaseTransport):
    """Connections to one server; lives in one event loop."""

    def __init__(self) -> None:
        self._idle: list[_Connection] = []
        self._encryption: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and give back the whole answer.

        Raises:
            httpx2.TransportError: The server cannot be reached, cuts the connection, speaks no HTTP or sends
                too much.
        """
        connection = self._waiting() or await self._open(request.url)
        response = await connection.exchange(request)
        if connection.usable:
            self._idle.append(connection)
        return response

    async def aclose(self) -> None:
        """Close all connections that wait for another request."""
        while self._idle:
            self._idle.pop().drop()

    def _waiting(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and time.monotonic() - connection.idle_since < LONGEST_IDLE:
                return connection
            connection.drop()
        return None

    async def _open(self, url: httpx2.URL) -> _Connection:
        encryption: dict[str, Any] = {}
        if url.scheme == "https":
            self._encryption = self._encryption or httpx2.create_ssl_context()
            encryption = {"ssl": self._encryption}
        port = url.port or (443 if encryption else 80)
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                _Connection, url.host, port, **encryption
            )
        except OSError as error:  # also those of names and of certificates
            raise httpx2.ConnectError(f"{url.host}:{port} cannot be reached ({error})") from None
        return connection
