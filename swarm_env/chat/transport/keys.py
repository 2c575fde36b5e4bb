"""Which environment variables may be sent as keys to which servers.

A key goes to a server only if something of the user's own binds the two: `OPENAI_API_KEY` to OpenAI, to the
server of `OPENAI_BASE_URL` and to that of `--base-url`; any variable by the command line or by the file
`~/.config/swarm-env/keys.toml`, which holds lines such as `ROUTER_KEY = ["openrouter.ai"]`. Recorded runs and
other files bind nothing.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from swarm_env.errors import ConfigError
from swarm_env.runtime.disk_files import open_regular
from swarm_env.runtime.loopback import is_loopback_name

OPENAI_HOST, OPENAI_KEY = "api.openai.com", "OPENAI_API_KEY"
BASE_URL = "OPENAI_BASE_URL"
EXAMPLE = "--allow-key ROUTER_KEY=openrouter.ai"
MAX_FILE = 2**20  # bytes of keys.toml

_PORTS = {"https": 443, "http": 80}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Server(NamedTuple):
    """A server that may have a key.

    Attributes:
        host: Name or address, in lower case.
        port: None: any port.
        scheme: "http" or "https"; None: https, and also http on this machine.
    """

    host: str
    port: int | None = None
    scheme: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Server":
        """Read "host", "host:port" or a URL, whose path is ignored.

        Raises:
            ConfigError: It has another form.
        """
        given = "://" in text
        try:
            parts = urlsplit(text if given else f"//{text}")
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            host, port = "", None
        if (
            not host
            or "@" in parts.netloc
            or re.search(r"[\s*,]", host)
            or (given and parts.scheme not in _PORTS)
        ):
            # Its text is not repeated: it may contain a password.
            raise ConfigError(f"A server that may have a key is named by its host alone, as in {EXAMPLE}.")
        if not given:
            return cls(host, port)
        return cls(host, port or _PORTS[parts.scheme], parts.scheme)

    def covers(self, url: str) -> bool:
        """Whether a URL leads to this server."""
        found = Server.parse(url)
        if found.host != self.host or (self.port is not None and found.port != self.port):
            return False
        return found.scheme == (self.scheme or "https") or (self.scheme is None and is_loopback(url))


@dataclass(frozen=True, slots=True)
class Keys:
    """Bindings of variables to servers, from the command line or from code.

    Those of the environment and of the user's file are added when a chat begins (`with_user`).

    Attributes:
        pairs: Names of variables, each with a server that may have its value.
        is_open: Whether every server may have the key that its endpoint names; the user's code wrote both.
    """

    pairs: frozenset[tuple[str, Server]] = frozenset()
    is_open: bool = False

    @classmethod
    def parse(cls, texts: list[str] | tuple[str, ...] | None) -> "Keys":
        """Read the values of `--allow-key`, each "VARIABLE=HOST".

        Raises:
            ConfigError: One has another form.
        """
        keys = cls()
        for text in texts or ():
            variable, equals, server = text.partition("=")
            if not equals:
                raise ConfigError(f"--allow-key {text!r:.100} must be VARIABLE=HOST, as in {EXAMPLE}.")
            keys = keys.allow(variable.strip(), server.strip())
        return keys

    def allow(self, variable: str, server: str) -> "Keys":
        """These bindings and one more.

        Args:
            variable: Name of an environment variable.
            server: "host", "host:port" or a URL. A host alone stands for https, on this machine also http.

        Raises:
            ConfigError: One of them has another form.
        """
        if not _VARIABLE.fullmatch(variable):
            raise ConfigError(f"{variable!r:.100} is not the name of an environment variable; see {EXAMPLE}.")
        return Keys(self.pairs | {(variable, Server.parse(server))}, self.is_open)

    def __or__(self, other: "Keys") -> "Keys":
        return Keys(self.pairs | other.pairs, self.is_open or other.is_open)

    def allows(self, variable: str, url: str) -> bool:
        """Whether a variable may be sent to a URL."""
        return self.is_open or any(name == variable and server.covers(url) for name, server in self.pairs)

    def with_user(self) -> "Keys":
        """These bindings, and those of the environment and of the user's file.

        Raises:
            ConfigError: The file cannot be used.
        """
        found = Keys().allow(OPENAI_KEY, OPENAI_HOST)
        try:
            found = found.allow(OPENAI_KEY, os.environ.get(BASE_URL) or OPENAI_HOST)
        except ConfigError:  # whoever uses the address reports it
            pass
        return self | found | _of_file(keys_file())


def keys_file() -> Path:
    """The user's own file of bindings."""
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(folder) if os.path.isabs(folder) else Path.home() / ".config"
    return base / "swarm-env" / "keys.toml"


def refusal(text: str, variable: str, url: str) -> ConfigError:
    """The error for a server that may not have a key; it names the flag that allows it.

    Args:
        text: Model and address, for the message.
        variable: Name of the variable.
        url: The resolved URL.
    """
    parts = urlsplit(url)
    bare = parts.scheme == "https" or is_loopback(url)
    server = parts.netloc if bare else f"{parts.scheme}://{parts.netloc}"
    why = f"{text}: a recorded run, a file or a team does not choose that {parts.netloc} gets {variable}."
    if variable == OPENAI_KEY:
        why = f"{text} needs a key, and {variable} is not for it: name one of its own (key_env)."
    return ConfigError(
        f"{why} If that server may have it, add --allow-key {variable}={server}, or the line "
        f'{variable} = ["{server}"] to {keys_file()}.'
    )


@lru_cache(maxsize=256)
def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return is_loopback_name(urlsplit(url).hostname or "")


def _of_file(file: Path) -> Keys:
    """The bindings of a file; none if it does not exist."""
    try:
        if not file.is_file():
            return Keys()
        with open_regular(file) as stream:
            content = stream.read(MAX_FILE + 1)
        table = tomllib.loads(content[:MAX_FILE].decode())
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror or error}).") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: is not TOML ({error}).") from None
    keys = Keys()
    for variable, servers in table.items():
        listed = [servers] if isinstance(servers, str) else servers
        if not isinstance(listed, list) or not all(isinstance(server, str) for server in listed):
            raise ConfigError(
                f'{file}: {variable} must be a list of hosts, as in ROUTER_KEY = ["openrouter.ai"].'
            )
        for server in listed:
            try:
                keys = keys.allow(variable, server)
            except ConfigError as error:
                raise ConfigError(f"{file}: {error}") from None
    return keys
