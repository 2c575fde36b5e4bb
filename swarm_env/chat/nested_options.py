"""Options with parts: tables in TOML, and `name.part=value` in the text of a team.

A value below a dot is JSON, or a text if it is not JSON, as with `--set`:

    extra_body.provider.order=["azure"]      {"provider": {"order": ["azure"]}}
    headers.X-Title=swarm                    {"X-Title": "swarm"}
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from swarm_env.errors import ConfigError

DEEPEST = 20  # levels of a nested option

_PART = re.compile(r"[A-Za-z0-9_-]+")


def flatten(name: str, value: Any, depth: int = 0) -> dict[str, str]:
    """An option as texts by dotted name; a table without parts has none.

    Args:
        name: Name of the option.
        value: A table, a list, or a single value.
        depth: Number of tables around it.

    Raises:
        ConfigError: It is nested too deeply, or JSON cannot hold it.
    """
    if depth > DEEPEST:
        raise ConfigError(f"{name}: is nested more than {DEEPEST} levels deep.")
    if not (isinstance(value, Mapping) and all(_PART.fullmatch(str(key)) for key in value)):
        return {name: _as_text(name, value)}
    if not value and depth:
        return {name: "{}"}
    found: dict[str, str] = {}
    for key, part in value.items():
        found |= flatten(f"{name}.{key}", part, depth + 1)
    return found


def nested(name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The value of an option with parts, out of `name=JSON` and `name.part=value`; empty if not given.

    Raises:
        ConfigError: It is no table, or two of its values contradict each other.
    """
    found: dict[str, Any] = {}
    for key, text in given.items():
        parts = key.split(".")
        if parts[0] != name:
            continue
        if len(parts) - 1 > DEEPEST:
            raise ConfigError(f"{key}: is nested more than {DEEPEST} levels deep.")
        value = from_text(text)
        for part in reversed(parts[1:]):
            value = {part: value}
        if not isinstance(value, dict):
            raise ConfigError(
                f"{name}={text!r:.80}: must be a table, as in {name}.part=value, or in TOML "
                f"{name} = {{part = value}}."
            )
        _merge(name, found, value)
    return found


def from_text(text: str) -> Any:
    """The value of a text: JSON, or else the text itself."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _merge(name: str, found: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        old = found.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge(f"{name}.{key}", old, value)
        elif key in found:
            raise ConfigError(f"{name}.{key} is given twice.")
        else:
            found[key] = value


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, str) and isinstance(from_text(value), str) and from_text(value) == value:
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        raise ConfigError(
            f"{name}={value!r:.40}: must be a text, a number, true or false, a list or a table."
        ) from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
