"""Reads the body of a chat completion request. The body is hostile until every field is checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from swarm_env.agents.mock_server.api_error import Rejection
from swarm_env.agents.mock_server.model.answer_forms import Wanted, wanted

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
class Question:
    """A request that can be answered.

    Attributes:
        model: Name as given.
        messages: With role and content alone; the content is text.
        wanted: The form of the answer.
        choices: How many answers, at least 1.
        max_tokens: Most tokens of an answer, at least 1; None: any number.
        stops: Texts that end an answer.
        stream: Whether the answer is sent in pieces.
        stream_usage: Whether the pieces end with the count of tokens.
        logprobs: None, or how many other tokens are told for each, 0 to 20.
    """

    model: str
    messages: list[dict[str, str]]
    wanted: Wanted
    choices: int
    max_tokens: int | None
    stops: tuple[str, ...]
    stream: bool
    stream_usage: bool
    logprobs: int | None


def read(body: bytes) -> Question:
    """Read a body.

    Args:
        body: As it came, of any content.

    Returns:
        The request. Fields that this server does not know are let pass.

    Raises:
        Rejection: It is no JSON object, nested too deeply, or a field is missing or of the wrong kind.
    """
    fields = _load(body)
    _check_unused(fields)
    stream = _flag(fields, "stream")
    return Question(
        model=_model(fields),
        messages=_messages(fields),
        wanted=wanted(fields),
        choices=_whole(fields, "n", 1, MOST_CHOICES) or 1,
        max_tokens=_whole(fields, "max_completion_tokens", 1) or _whole(fields, "max_tokens", 1),
        stops=_stops(fields),
        stream=stream,
        stream_usage=_stream_usage(fields, stream),
        logprobs=_logprobs(fields),
    )


def _load(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):  # ValueError: no JSON, no UTF-8, or a number of thousands of digits
        raise Rejection(400, "The body of the request is no JSON that can be read.") from None
    if not isinstance(fields, dict):
        raise Rejection(400, f"The body of the request is a {_kind(fields)}; it must be an object.")
    if body.count(b"{") + body.count(b"[") > MOST_LEVELS and _levels(fields) > MOST_LEVELS:
        raise Rejection(400, f"The body of the request is nested more than {MOST_LEVELS} levels deep.")
    return fields


def _levels(value: Any) -> int:
    """How deep a value is nested; 0 for a plain one."""
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
    told = _flag(fields, "logprobs")
    others = _whole(fields, "top_logprobs", 0, 20)
    if others is not None and not told:
        raise Rejection(400, "`top_logprobs` needs `logprobs` to be true.", "top_logprobs")
    return (others or 0) if told else None


def _check_unused(fields: Mapping[str, Any]) -> None:
    """Check what changes nothing here, but would be refused elsewhere."""
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
    """What JSON calls a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
