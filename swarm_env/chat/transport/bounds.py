"""Answers of a bounded size, whatever a server sends."""

from collections.abc import AsyncIterator

import httpx2

LARGEST_BODY = 4 * 2**20  # no answer in chat completions comes near [bytes]


class BodyTooLarge(httpx2.TransportError):
    """An answer was longer than any answer should be."""


class _Bounded(httpx2.AsyncByteStream):
    """A stream that ends with an error when too much has come."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST_BODY:
                raise BodyTooLarge(f"the answer is longer than {LARGEST_BODY:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def bound(response: httpx2.Response) -> None:
    """Bound a response whose body is still to come; a hook of the HTTP client.

    Raises:
        RemoteProtocolError: The body is compressed, though that was not asked for: it may be of any size.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.RemoteProtocolError("the answer is compressed although it must not be")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)
