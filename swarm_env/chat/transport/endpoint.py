"""Endpoints: model name, server URL and API key; keys are removed from everything shown or stored."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from swarm_env.chat.request import Price
from swarm_env.chat.transport.headers import check_headers, check_name, check_query
from swarm_env.chat.transport.keys import BASE_URL, OPENAI_HOST, OPENAI_KEY, Keys, is_loopback, refusal
from swarm_env.errors import ConfigError

DEFAULT_URL = f"https://{OPENAI_HOST}/v1"
DEFAULT_KEY_ENV = OPENAI_KEY
EMBEDDED, LOCAL = "embedded", "local"
INSIDE = (EMBEDDED, LOCAL)  # servers that this process starts: a scripted model, and models of this machine
LOCAL_SLOTS = 4  # requests that a local model answers at once
MARK = "[key]"  # stands where a key was
SHORTEST = 6  # characters; shorter values are no keys, and replacing them would damage every text
LONGEST_WORD = 20  # characters; a shorter key may be a word of the game, such as OPENAI_API_KEY=anything

_starters: dict[str, Callable[[str], tuple[str, str]]] = {}
_inside_keys: dict[str, str] = {}  # by resolved URL
_secrets: set[str] = set()


def serve_inside(name: str, start: Callable[[str], tuple[str, str]]) -> None:
    """Register a server that this process starts.

    Args:
        name: The base URL that stands for it, one of `INSIDE`.
        start: Starts the server of a model if necessary, and returns its base URL and its key ("": none); may
            be called often, from any thread.
    """
    _starters[name] = start


def where(base_url: str | None, model: str = "") -> str:
    """Resolve a base URL; the result has no slash at its end.

    Args:
        base_url: A URL; None for the environment variable `OPENAI_BASE_URL` or else OpenAI's; "embedded" for
            the server inside this process; "local" for that of a model on this machine.
        model: The model, which the servers that this process starts need.

    Raises:
        ConfigError: There is no embedded server, a local model cannot be served, or `OPENAI_BASE_URL` is not
            a usable URL.
    """
    if base_url in INSIDE:
        if base_url not in _starters:
            raise ConfigError(f"base_url {base_url!r}: no server runs inside this process. Give a URL.")
        url, key = _starters[base_url](model)
        url = url.rstrip("/")
        _inside_keys[url] = key
        if key:
            _secrets.add(key)
        return url
    if base_url is None:
        base_url = os.environ.get(BASE_URL) or DEFAULT_URL
        check_url(base_url, BASE_URL)
    return base_url.rstrip("/")


def scrub(text: str) -> str:
    """Replace every known API key in a text: keys used in this process, and the value of `OPENAI_API_KEY`."""
    default = os.environ.get(DEFAULT_KEY_ENV, "").strip()
    known = {*_secrets, default} if len(default) >= SHORTEST else _secrets
    for secret in tuple(known):
        if secret in text:
            text = text.replace(secret, MARK)
    return text


def scrub_answer(text: str) -> str:
    """`scrub` for the text of an answer, which is part of the game: only what no text holds by chance."""
    long = any(len(secret) >= LONGEST_WORD and secret in text for secret in tuple(_secrets))
    return scrub(text) if long else text


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at a server.

    Attributes:
        model: Its name, as the server calls it.
        base_url: URL of the server including "/v1"; None, "embedded" and "local" as in `where`.
        key_env: Name of the environment variable that holds the key, never the key itself. A server on this
            machine needs no key. "": no key is sent.
        headers: (name, value) of more headers. They are recorded: none may hold a secret.
        header_env: (name, variable) of headers whose values are in environment variables. The variables are
            bound to servers as keys are, and only their names are recorded.
        query: (name, value) of parameters in the URL of each request, as "api-version".
        price: What its tokens cost; None: as `swarm_env.chat.price` knows.
        requests_per_minute: Maximum requests to this model; None: that of `Limits` (also the next).
        tokens_per_minute: Maximum tokens, estimated before each call.
        keys: Which servers may have which keys; None: this one may have this key, because the user's own code
            names both. `Chat` fills in its own.

    Raises:
        ConfigError: The model has no name, `base_url` is not http(s) or has a password, query or fragment, or
            a header or a parameter cannot be sent or seems to hold a secret.
    """

    model: str
    base_url: str | None = None
    key_env: str = DEFAULT_KEY_ENV
    keys: Keys | None = field(default=None, compare=False, repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    header_env: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    price: Price | None = None
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ConfigError("An endpoint needs the name of a model, as its server calls it.")
        for what, variable in (("key_env", self.key_env or "A"), *self.header_env):
            if not variable.replace("_", "a").isalnum():
                raise ConfigError(
                    f"{what} is not the name of an environment variable. Put the key into a variable and "
                    "give its name here."
                )
        if self.headers:
            check_headers(dict(self.headers))
        if self.query:
            check_query(dict(self.query))
        for name, _ in self.header_env:
            check_name(name)
        if self.base_url not in (None, *INSIDE):
            check_url(self.base_url, "base_url")

    def text(self) -> str:
        """The model, and "@" and the URL if one was given."""
        return self.model if self.base_url is None else f"{self.model}@{self.base_url}"

    def key(self, url: str) -> str | None:
        """Read the API key from the environment; `scrub` knows it from then on.

        Args:
            url: The resolved base URL.

        Returns:
            None for servers on this machine without a key.

        Raises:
            ConfigError: The variable holds no possible key, is not set although the server is remote, or is
                not for this server.
        """
        if self.base_url in INSIDE:
            return _inside_keys.get(url) or None
        if not self.key_env:
            return None
        if self.key_env == DEFAULT_KEY_ENV and is_loopback(url) and not self._may_have(self.key_env, url):
            return None
        value = self._secret(self.key_env, url)
        if value or is_loopback(url):
            return value or None
        raise ConfigError(
            f"{self.text()} needs a key: set the environment variable {self.key_env}, or name another one "
            "that holds it (key_env)."
        )

    def all_headers(self, url: str) -> dict[str, str]:
        """The headers, those with values from the environment included; `scrub` knows these from then on.

        Args:
            url: The resolved base URL.

        Raises:
            ConfigError: A variable holds no possible key, is not set, or is not for this server.
        """
        found = dict(self.headers)
        for name, variable in self.header_env if self.base_url not in INSIDE else ():
            found[name] = self._secret(variable, url)
            if not found[name]:
                raise ConfigError(
                    f"{self.text()}: set the environment variable {variable}, which header_env.{name} names."
                )
        return found

    def answer_options(self) -> dict[str, dict[str, str]]:
        """What requests carry besides their content, and answers may depend on; empty for most endpoints."""
        return {k: dict(pairs) for k, pairs in (("query", self.query), ("headers", self.headers)) if pairs}

    def sent_options(self) -> dict[str, dict[str, str]]:
        """The same with the names of variables in place of secrets."""
        return self.answer_options() | ({"header_env": dict(self.header_env)} if self.header_env else {})

    def _may_have(self, variable: str, url: str) -> bool:
        return self.keys is None or self.keys.allows(variable, url)

    def _secret(self, variable: str, url: str) -> str:
        """The value of a variable for this server; "" if it is not set."""
        if not self._may_have(variable, url):
            raise refusal(self.text(), variable, url)
        value = os.environ.get(variable, "").strip()
        if not (value.isascii() and value.isprintable()):
            raise ConfigError(f"The environment variable {variable} holds characters that no key has.")
        if len(value) >= SHORTEST:
            _secrets.add(value)
        return value


def check_url(url: str | None, name: str) -> None:
    """Raise ConfigError unless it is a plain http(s) URL; the message repeats no part that may be secret."""
    try:
        parts = urlsplit(url or "")
        wrong = parts.scheme not in ("http", "https") or not parts.hostname
        secret = "@" in parts.netloc or bool(parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        wrong, secret = True, False
    if secret:
        raise ConfigError(
            f"{name} holds a user, a password, a query or a fragment. Give the plain URL; a key belongs in "
            "an environment variable (key_env)."
        )
    if wrong:
        raise ConfigError(f"{name} {url!r} is no URL like 'http://localhost:11434/v1'.")
