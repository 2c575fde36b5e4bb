"""Where a model is: its name, its URL, the name of the environment variable that holds the key."""

import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from swarm_env.chat.scrub import keep_secret
from swarm_env.errors import ConfigError

DEFAULT_URL = "https://api.openai.com/v1"
DEFAULT_KEY_ENV = "OPENAI_API_KEY"
EMBEDDED = "embedded"

_embedded: list[Callable[[], str]] = []


def set_embedded(start: Callable[[], str]) -> None:
    """Say how the server inside this process is found.

    Args:
        start: Starts it if need be and gives back its base URL; it may be called often and from any thread.
    """
    _embedded[:] = [start]


def where(base_url: str | None) -> str:
    """The URL that is meant, without a slash at its end.

    Args:
        base_url: A URL; None for the environment variable `OPENAI_BASE_URL` or else OpenAI's; "embedded" for
            the server inside this process.

    Raises:
        ConfigError: There is no embedded server, or the environment variable holds no usable URL.
    """
    if base_url == EMBEDDED:
        if not _embedded:
            raise ConfigError("base_url 'embedded': no server runs inside this process. Give a URL.")
        return _embedded[0]().rstrip("/")
    if base_url is None:
        base_url = os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL
        _check_url(base_url, "OPENAI_BASE_URL")
    return base_url.rstrip("/")


@lru_cache(maxsize=256)
def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model that can be asked.

    Attributes:
        model: Its name, as the server calls it.
        base_url: Of the server, up to and with "/v1"; None and "embedded" as in `where`.
        key_env: Name of the environment variable that holds the key, never the key itself. A server on this
            machine needs none.

    Raises:
        ConfigError: The model has no name, or the URL is none, or holds a password, a query or a fragment.
    """

    model: str
    base_url: str | None = None
    key_env: str = DEFAULT_KEY_ENV

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ConfigError("An endpoint needs the name of a model, as its server calls it.")
        if not self.key_env.replace("_", "a").isalnum():
            raise ConfigError(
                "key_env is not the name of an environment variable. Put the key into a variable and give "
                "its name here."
            )
        if self.base_url not in (None, EMBEDDED):
            _check_url(self.base_url, "base_url")

    def text(self) -> str:
        """The model, and "@" and the URL if one was given."""
        return self.model if self.base_url is None else f"{self.model}@{self.base_url}"

    def key(self, url: str) -> str | None:
        """The key for a server, from the environment; whoever asks for it must not let it out.

        Args:
            url: Where the endpoint was found to be.

        Returns:
            None for servers on this machine without one.

        Raises:
            ConfigError: The variable holds no possible key, or is not set although the server is elsewhere.
        """
        if self.base_url == EMBEDDED:
            return None
        value = os.environ.get(self.key_env, "").strip()
        if value:
            if not (value.isascii() and value.isprintable()):
                raise ConfigError(
                    f"The environment variable {self.key_env} holds characters that no key has."
                )
            return keep_secret(value)
        if is_loopback(url):
            return None
        raise ConfigError(
            f"{self.text()} needs a key: set the environment variable {self.key_env}, or name another one "
            "that holds it (key_env)."
        )


def _check_url(url: str | None, name: str) -> None:
    """Refuse what is no plain URL; the message never repeats parts that may hold a secret."""
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
