"""Which requests a server takes: a page that a browser shows must not use a server of this machine.

A page of a stranger can send requests to 127.0.0.1, either openly (its origin is in the header `Origin`) or
under a name of its own that it lets lead to 127.0.0.1 (that name is in the header `Host`).
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from swarm_env.agents.mock_server.api_error import Rejection

from swarm_env.runtime.loopback import is_loopback_name

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
FORBIDDEN = 403


class HostCheck:
    """An ASGI application that rejects requests for other hosts and from other origins."""

    def __init__(self, app: App, host: str) -> None:
        """Check before an application.

        Args:
            app: The application.
            host: Name or address that the server listens at. Names of this machine are taken always; with an
                address that stands for all, such as 0.0.0.0, every host is.
        """
        self.app, self._host = app, host.lower().strip("[]")
        self._takes_all = self._host in ("", "0.0.0.0", "::")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on, or reject it with status 403."""
        wrong = self._wrong(scope["headers"]) if scope["type"] == "http" else None
        if wrong is None:
            return await self.app(scope, receive, send)
        content = json.dumps(Rejection(FORBIDDEN, wrong).as_dict()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": FORBIDDEN, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _wrong(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        """What is wrong with a request; None if nothing is."""
        hosts = [_name(f"//{value.decode('latin-1')}") for name, value in headers if name == b"host"]
        for host in hosts:
            if not (self._takes_all or self._is_own(host)):
                return (
                    f"This server takes requests to names of this machine only, not to {host!r}. Use "
                    "http://localhost, or start it with --host."
                )
        for origin in (value.decode("latin-1") for name, value in headers if name == b"origin"):
            if not (self._is_own(_name(origin)) or _name(origin) in filter(None, hosts)):
                return f"This server takes no requests from pages of {origin!r}."
        return None

    def _is_own(self, name: str) -> bool:
        return bool(name) and (name == self._host or is_loopback_name(name))


def _name(url: str) -> str:
    """The host in a URL, in lower case; "" if there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
