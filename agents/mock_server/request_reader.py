"""Read the JSON of a chat completion request; every field is checked, since the input may be hostile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from swarm_env.agents.mock_server.api_error import Rejection
from swarm_env.agents.mock_server.served_models import WantedForm, wanted_form

MOST_BYTES = 8 * 2**20
MOST_LEVELS = 64  # of lists and objects within each other
MOST_MESSAGES, MOST_CHOICES, MOST_STOPS, LONGEST_NAME = 10_000, 128, 4, 256
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_RANGES = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A valid request."""

    model: str  # name as given
    messages: list[dict[str, str]]  # with role and content only; the content is text
    wanted: WantedForm  # form of the answer
    choices: int  # number of answers, at least 1
    max_tokens: int | None  # maximum tokens of an answer, at least 1; None: no limit
    stops: tuple[str, ...]  # texts that end an answer
    stream: bool  # whether the answer is streamed
    stream_usage: bool  # whether the stream ends with the token counts
    logprobs: int | None  # number of alternatives for each token, 0 to 20; None: no log-probabilities


def read_request(content: bytes) -> CompletionRequest:
    """Read a request; unknown fields are ignored.

    Raises:
        Rejection: It is not a JSON object, nested too deeply, or a field is missing or invalid.
    """
    fields = _load(content)
    _check_unused(fields)
    stream = _flag(fields, "stream")
    return CompletionRequest(
        model=_model(fields),
        messages=_messages(fields),
        wanted=wanted_form(fields),
        choices=_whole(fields, "n", 1, MOST_CHOICES) or 1,
        max_tokens=_whole(fields, "max_completion_tokens", 1) or _whole(fields, "max_tokens", 1),
        stops=_stops(fields),
        stream=stream,
        stream_usage=_stream_usage(fields, stream),
        logprobs=_logprobs(fields),
    )


def _load(content: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(content)
    except (
        ValueError,
        RecursionError,
    ):  # ValueError also of bad UTF-8 and numbers of thousands of digits
        raise Rejection(400, "The request is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise Rejection(400, f"The request is a {_kind(fields)}; it must be an object.")
    if content.count(b"{") + content.count(b"[") > MOST_LEVELS and _levels(fields) > MOST_LEVELS:
        raise Rejection(400, f"The request is nested more than {MOST_LEVELS} levels deep.")
    return fields


def _levels(value: Any) -> int:
    """Depth of nested lists and objects; 0 for a scalar."""
    levels, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, dict | list) and item]:
        levels += 1
        layer = [inner for item in layer for inner in (item.values() if isinstance(item, dict) else item)]
    return levels


def _model(fields: Mapping[str, Any]) -> str:
    model = fields.get("model")
    if not isinstance(model, str) or not 0 < len(model) <= LONGEST_NAME:
        raise Rejection(400, f"A text of 1 to {LONGEST_NAME} characters must name the model.", "model")
    return model


def _messages(fields: Mapping[str, Any]) -> list[dict[str, str]]:
    messages = fields.get("messages")
    if not isinstance(messages, list) or not 0 < len(messages) <= MOST_MESSAGES:
        raise Rejection(400, f"`messages` must be a list of 1 to {MOST_MESSAGES} messages.", "messages")
    return [_message(message, f"messages[{index}]") for index, message in enumerate(messages)]


def _message(message: Any, path: str) -> dict[str, str]:
    if not isinstance(message, dict):
        raise Rejection(400, f"A message is an object, not a {_kind(message)}.", path)
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise Rejection(400, f"The role must be one of {', '.join(ROLES)}.", f"{path}.role")
    if content is None and role == "assistant":
        content = ""
    elif isinstance(content, list):
        content = "".join(_part(part, f"{path}.content[{index}]") for index, part in enumerate(content))
    elif not isinstance(content, str):
        raise Rejection(
            400, f"The content is a text or a list of parts, not a {_kind(content)}.", f"{path}.content"
        )
    return {"role": role, "content": content}


def _part(part: Any, path: str) -> str:
    if isinstance(part, dict) and part.get("type") in ("text", "refusal"):
        text = part.get(part["type"])
        if isinstance(text, str):
            return text
    raise Rejection(
        400, "A part of a content must be {'type': 'text', 'text': '…'}; this server reads text only.", path
    )


def _stops(fields: Mapping[str, Any]) -> tuple[str, ...]:
    stops = fields.get("stop")
    if stops is None:
        return ()
    stops = [stops] if isinstance(stops, str) else stops
    if (
        not isinstance(stops, list)
        or len(stops) > MOST_STOPS
        or not all(isinstance(s, str) and s for s in stops)
    ):
        raise Rejection(
            400, f"`stop` must be a text or a list of at most {MOST_STOPS} texts, none empty.", "stop"
        )
    return tuple(stops)


def _stream_usage(fields: Mapping[str, Any], stream: bool) -> bool:
    options = fields.get("stream_options")
    if options is None:
        return False
    if not stream or not isinstance(options, dict):
        raise Rejection(
            400, "`stream_options` must be an object and needs `stream` to be true.", "stream_options"
        )
    return _flag(options, "include_usage", "stream_options.")


def _logprobs(fields: Mapping[str, Any]) -> int | None:
    wanted = _flag(fields, "logprobs")
    others = _whole(fields, "top_logprobs", 0, 20)
    if others is not None and not wanted:
        raise Rejection(400, "`top_logprobs` needs `logprobs` to be true.", "top_logprobs")
    return (others or 0) if wanted else None


def _check_unused(fields: Mapping[str, Any]) -> None:
    """Check fields that have no effect here but that other servers would reject."""
    for name, (low, high) in _RANGES.items():
        value = fields.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Rejection(400, f"`{name}` must be a number, not a {_kind(value)}.", name)
        if not low <= value <= high:  # nor is NaN
            raise Rejection(400, f"`{name}` must be between {low:g} and {high:g}.", name)
    seed = fields.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise Rejection(400, f"`seed` must be a whole number, not a {_kind(seed)}.", "seed")


def _whole(fields: Mapping[str, Any], name: str, least: int, most: int = 2**31) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Rejection(400, f"`{name}` must be a whole number, not a {_kind(value)}.", name)
    if not least <= value <= most:
        raise Rejection(400, f"`{name}` must be between {least} and {most}.", name)
    return value


def _flag(fields: Mapping[str, Any], name: str, path: str = "") -> bool:
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise Rejection(400, f"`{path}{name}` must be true or false, not a {_kind(value)}.", path + name)


def _kind(value: Any) -> Literal["null", "boolean", "number", "string", "array", "object"]:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
