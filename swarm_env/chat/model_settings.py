"""Options of a model in a team's text or in TOML: how it is reached, paid and paced, and what it is sent."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from swarm_env.chat.nested_options import flatten, from_text, nested
from swarm_env.chat.request import ChatRequest, Price
from swarm_env.chat.transport.headers import check_fields
from swarm_env.errors import ConfigError, did_you_mean

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")  # words of the servers we know of
PARTED = ("extra_body", "headers", "header_env", "query", "price")  # options that are tables
MODEL_OPTIONS = (
    "model", "base_url", "key_env", "temperature", "top_p", "max_tokens", "seed", "reasoning_effort", "stop",
    "extra_body", "headers", "header_env", "query", "attempt_time", "requests_per_minute",
    "tokens_per_minute", "price",
)  # fmt: skip
MOST_TEMPERATURE = 2.0
MOST_TOKENS = 1_000_000
MOST_SECONDS = 86_400
MOST_RATE = 1e12  # per minute
MOST_PRICE = 1e6  # US dollars per million tokens
MOST_STOPS = 16
ALIASES = {"api-version": "query.api-version", "api_version": "query.api-version"}  # as in Azure's URLs

# Fields of a request that the library writes itself: the answer could not be read, or would not be recorded.
_RESERVED = ("model", "messages", "stream", "n", "response_format", "tools", "tool_choice")


def check_names(place: str, given: Mapping[str, str], known: tuple[str, ...]) -> None:
    """Raise ConfigError unless all options are known; those of `PARTED` may have parts."""
    for name in given:
        root, dot, _ = name.partition(".")
        if root not in known or (dot and root not in PARTED):
            raise ConfigError(
                f"{place} has no option {name!r}.{did_you_mean(root, known)} Options: {', '.join(known)}."
            )


def canonical(given: Mapping[str, str]) -> dict[str, str]:
    """The same options with one text for each value of an option with parts.

    Raises:
        ConfigError: Such an option has another form.
    """
    given = {ALIASES.get(name, name): text for name, text in given.items()}
    plain = {name: text for name, text in given.items() if name.partition(".")[0] not in PARTED}
    for name in PARTED:
        plain |= flatten(name, nested(name, given))
    return plain


def request_options(place: str, given: Mapping[str, str]) -> ChatRequest:
    """A request without messages that has the options of the model.

    Args:
        place: Beginning of messages.
        given: Options by name; others than those of a request are ignored.

    Raises:
        ConfigError: A value is not allowed.
    """
    extra: dict[str, Any] = {}
    top_p = number(place, "top_p", given, float, 0.0, 1.0)
    if top_p is not None:
        extra["top_p"] = top_p
    if "reasoning_effort" in given:
        extra["reasoning_effort"] = one_of(place, "reasoning_effort", given, EFFORTS)
    if "stop" in given:
        extra["stop"] = _stop(place, given["stop"])
    more = nested("extra_body", given)
    check_fields("extra_body", more)
    own = {"temperature", "max_tokens", "seed"} & given.keys() | extra.keys()
    for name in more:
        if name in _RESERVED:
            raise ConfigError(f"{place}: extra_body.{name} cannot be set: the client sets it.")
        if name in own:
            raise ConfigError(f"{place}: {name} and extra_body.{name} are the same field. Name it once.")
    return ChatRequest(
        messages=(),
        temperature=number(place, "temperature", given, float, 0.0, MOST_TEMPERATURE),
        max_tokens=number(place, "max_tokens", given, int, 1, MOST_TOKENS),
        seed=number(place, "seed", given, int, -(2**63), 2**63 - 1),
        extra=extra | more,
        attempt_time=number(place, "attempt_time", given, float, 1e-3, MOST_SECONDS),
    )


def endpoint_options(place: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Fields of an `Endpoint` besides model and URL.

    Without `key_env`, a server with a `header_env` gets no other key.

    Raises:
        ConfigError: A value is not allowed.
    """
    found: dict[str, Any] = {
        name: number(place, name, given, float, 1e-6, MOST_RATE)
        for name in ("requests_per_minute", "tokens_per_minute")
    }
    for name in ("headers", "header_env", "query"):
        found[name] = tuple(
            (key, _plain(place, f"{name}.{key}", v)) for key, v in nested(name, given).items()
        )
    found["price"] = _price(place, given)
    if "key_env" in given:
        found["key_env"] = given["key_env"]
    elif found["header_env"]:
        found["key_env"] = ""
    return found


def one_of(place: str, name: str, given: Mapping[str, str], allowed: tuple[str, ...]) -> str:
    """An option with fixed values; the first is the default."""
    value = given.get(name, allowed[0])
    if value not in allowed:
        raise ConfigError(
            f"{place}: {name}={value!r}: must be one of {', '.join(allowed)}.{did_you_mean(value, allowed)}"
        )
    return value


def number(
    place: str, name: str, given: Mapping[str, str], kind: Callable[[str], Any], least: float, most: float
) -> Any:
    """An option that is a number; None if it is not given."""
    if name not in given:
        return None
    try:
        value = kind(given[name])
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        whole = "a whole number" if kind is int else "a number"
        raise ConfigError(f"{place}: {name}={given[name]!r:.80}: must be {whole} from {least} to {most}.")
    return value


def _stop(place: str, text: str) -> str | list[str]:
    """A text, or a list of texts in JSON."""
    value = from_text(text) if text.startswith("[") else text
    texts = value if isinstance(value, list) else [value]
    if not texts or len(texts) > MOST_STOPS or not all(isinstance(one, str) and one for one in texts):
        raise ConfigError(
            f"{place}: stop={text!r:.80}: must be a text, or a list of at most {MOST_STOPS}, as in "
            'stop=["a","b"].'
        )
    return value if isinstance(value, list) else text


def _plain(place: str, name: str, value: Any) -> str:
    """The value of a header, a variable or a parameter as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise ConfigError(f"{place}: {name}={value!r:.80}: must be a text.")


def _price(place: str, given: Mapping[str, str]) -> Price | None:
    parts = nested("price", given)
    if not parts:
        return None
    names = Price._fields
    for name in parts:
        if name not in names:
            raise ConfigError(
                f"{place}: price has no {name!r}.{did_you_mean(name, names)} Known: {', '.join(names)}."
            )
    if not {"input", "output"} <= parts.keys():
        raise ConfigError(f"{place}: price needs input and output, in US dollars per million tokens.")
    texts = {f"price.{name}": _plain(place, f"price.{name}", value) for name, value in parts.items()}
    return Price(*(number(place, f"price.{name}", texts, float, 0.0, MOST_PRICE) for name in names))
