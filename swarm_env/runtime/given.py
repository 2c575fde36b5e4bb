"""Check paths and texts that come from outside: arguments, command lines, files."""

import os
from pathlib import Path
from typing import Any

from swarm_env.errors import ConfigError


def given_text(name: str, value: Any, example: str) -> str:
    """Return a text unchanged. Raises `ConfigError` if `value` is not a string; `example` shows what is."""
    if not isinstance(value, str):
        raise ConfigError(f"{name}={value!r:.80}: must be a text such as {example!r}.")
    return value


def given_path(value: Any, name: str = "path") -> Path:
    """Convert a path to an absolute one: "~" is expanded, symbolic links are followed. It need not exist.

    Raises `ConfigError` if it is no path, names an unknown user, contains a null character, or is too long.
    """
    if not isinstance(value, str | os.PathLike):
        raise ConfigError(f"{name}={value!r:.80}: must be the path of a file or folder.")
    try:
        path = Path(value).expanduser().resolve()
        path.exists()  # raises if the system allows no such name
        str(path).encode(errors="surrogateescape")
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it is no path"
        raise ConfigError(f"{name}={value!r:.80} cannot be used as a path ({reason.rstrip('.')}).") from None
    return path
