"""Headers, query parameters and extra fields of requests. They are recorded, so none may hold a secret.

A secret is named by its environment variable (`Endpoint.header_env`) and bound to servers as keys are.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from swarm_env.errors import ConfigError

LONGEST = 1000  # characters of a value

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110, section 5.6.2
_SECRET = re.compile(
    r"auth(?!or)|key|token|secret|passw|cookie|credential|signature|(?<![a-z])(?:sig|pwd)(?![a-z])", re.I
)
_SECRET_FIELD = re.compile(
    r"api_?key|authorization|passw|secret|credential|bearer|(?:access|auth)_?token", re.I
)
_SECRET_VALUE = re.compile(r"\s*(?:bearer|basic|digest)\s|\s*(?:sk|pk|gsk|hf|xai)[-_]\w", re.I)
_OWN = (
    "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection",
    "accept-encoding", "te", "trailer", "upgrade", "expect", "keep-alive",
)  # fmt: skip


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise ConfigError unless these headers may be sent and recorded."""
    for name, value in headers.items():
        check_name(name)
        if is_secret(name, value):
            raise ConfigError(
                f"headers.{name}: its value would be recorded, and looks like a credential. Put it into an "
                f"environment variable and name that: header_env.{name}=VARIABLE."
            )
        if not (value.isascii() and value.isprintable() and len(value) <= LONGEST):
            raise ConfigError(f"headers.{name} must be at most {LONGEST} printable characters of ASCII.")


def check_name(name: str) -> None:
    """Raise ConfigError unless a header may have this name."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r:.80} is not the name of a header, such as X-Title.")
    if name.lower() in _OWN or name.lower().startswith("proxy-"):
        raise ConfigError(f"The header {name!r} cannot be set: the client sets it.")


def check_query(query: Mapping[str, str]) -> None:
    """Raise ConfigError unless these parameters may be sent and recorded; no value is repeated."""
    for name, value in query.items():
        if is_secret(name, value):
            raise ConfigError(
                f"The query parameter {name!r:.80} would be recorded, and looks like a credential. Put it "
                "into an environment variable, and send that in a header: header_env.NAME=VARIABLE."
            )
        if not (value.isprintable() and len(value) <= LONGEST):
            raise ConfigError(f"query.{name} must be at most {LONGEST} printable characters.")


def check_fields(name: str, value: Any) -> None:
    """Raise ConfigError if a field of the body, or a part of it, seems to hold a secret."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            check_fields(f"{name}.{key}", part)
    elif isinstance(value, list):
        for part in value:
            check_fields(name, part)
    elif isinstance(value, str):
        last = name.rpartition(".")[2].replace("-", "_")
        if value and (_SECRET_FIELD.search(last) or _SECRET_VALUE.match(value)):
            raise ConfigError(
                f"{name} would be recorded, and looks like a credential. Put it into an environment "
                "variable, and send that in a header: header_env.NAME=VARIABLE."
            )


def is_secret(name: str, value: str) -> bool:
    """Whether a header or parameter of this name, or with this value, seems to hold a secret."""
    return bool(_SECRET.search(name) or _SECRET_VALUE.match(value))


def split_query(url: str) -> tuple[str, dict[str, str]]:
    """A URL without its query, and the parameters of the query.

    Raises:
        ConfigError: A parameter seems to hold a secret.
    """
    plain, mark, query = url.partition("?")
    if not mark:
        return url, {}
    query, hash_, fragment = query.partition("#")
    found = dict(parse_qsl(query, keep_blank_values=True))
    check_query(found)
    return f"{plain}{hash_}{fragment}", found
