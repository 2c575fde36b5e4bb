"""Who may ask a server of this machine: whoever has the token of its link, under a name of this machine.

The token of the link is exchanged at once for a cookie that other sites cannot make a browser send
(SameSite=Strict); the page that sets it sends no referrer. Pages of other sites, and of other servers on this
machine, are refused by `Origin` and `Host`, also for WebSockets, which browsers open across origins.
"""

import hmac
import html
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from swarm_env.runtime.loopback import is_loopback_name

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
MAX_QUERY = 8192  # bytes of a query: our choice
REFUSED_SOCKET = 1008  # code of a WebSocket that is closed because of a rule (RFC 6455, 7.4.1)
HEADERS = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_ENTER = (
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta http-equiv="refresh" content="0; url={path}"><title>swarm</title><a href="{path}">Open</a>'
)


class Refusal(Exception):
    """A request that is not taken: status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Gate:
    """An ASGI application that lets only the owner's requests through to another.

    Attributes:
        token: Secret of the link.
    """

    def __init__(self, app: App, port: int) -> None:
        """Guard an application that is served at a port of this machine."""
        self.token = secrets.token_urlsafe(24)
        self._app, self._cookie, self._secret = app, f"swarm-{port}", secrets.token_urlsafe(24)
        self.link = f"http://127.0.0.1:{port}/?token={self.token}"

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on, exchange the token for a cookie, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            return
        try:
            self._check_sender(scope)
            if scope["type"] == "http" and self._brings_token(scope):
                await self._answer(send, 200, _ENTER.format(path=html.escape(scope["path"])), set_cookie=True)
                return
            self._check_cookie(scope)
        except Refusal as refusal:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": REFUSED_SOCKET, "reason": refusal.reason})
            else:
                await self._answer(send, refusal.status, f"<!doctype html><p>{html.escape(refusal.reason)}")
            return
        await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)

    def _check_sender(self, scope: MutableMapping[str, Any]) -> None:
        """Raise `Refusal` for other methods, hosts and origins, and for overlong queries."""
        hosts, origins = _all_of(scope, b"host"), _all_of(scope, b"origin")
        if len(hosts) != 1 or not is_loopback_name(_parts(f"//{hosts[0]}")[0]):
            raise Refusal(403, "This server takes requests to names of this machine only, as localhost.")
        if any(_parts(origin) != _parts(f"//{hosts[0]}") for origin in origins):
            raise Refusal(403, "This server takes no requests from other pages.")
        if scope["type"] == "websocket" and not origins:
            raise Refusal(403, "A WebSocket must say its origin.")
        if scope.get("method", "GET") not in ("GET", "HEAD"):
            raise Refusal(405, "This server only shows: GET and HEAD.")
        if len(scope.get("query_string", b"")) > MAX_QUERY:
            raise Refusal(414, f"A query has at most {MAX_QUERY} bytes.")

    def _brings_token(self, scope: MutableMapping[str, Any]) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if not given:
            return False
        if not hmac.compare_digest(given[0].encode(), self.token.encode()):
            raise Refusal(403, "The token is wrong: open the link that was printed last.")
        return True

    def _check_cookie(self, scope: MutableMapping[str, Any]) -> None:
        """Raise `Refusal` unless the request has the cookie."""
        for text in _all_of(scope, b"cookie"):
            try:
                morsel = SimpleCookie(text).get(self._cookie)
            except CookieError:
                continue
            if morsel is not None and hmac.compare_digest(morsel.value.encode(), self._secret.encode()):
                return
        raise Refusal(401, "Open the link that was printed when this server was started: it has a token.")

    async def _answer(self, send: Any, status: int, text: str, set_cookie: bool = False) -> None:
        content = text.encode()
        headers = [*HEADERS, (b"content-type", b"text/html; charset=utf-8")]
        headers += [(b"content-length", str(len(content)).encode())]
        headers += [(b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")]
        if set_cookie:
            cookie = f"{self._cookie}={self._secret}; Path=/; HttpOnly; SameSite=Strict"
            headers.append((b"set-cookie", cookie.encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _with_headers(send: Any) -> Any:
    """A `send` that adds `HEADERS` to answers."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return sending


def _all_of(scope: MutableMapping[str, Any], header: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == header]


def _parts(url: str) -> tuple[str, int]:
    """Host in lower case and port of a URL without a path; ("", 0) if there are none."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", 0
