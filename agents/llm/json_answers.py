"""Finds answers written as JSON objects, in any text around them."""

import json
from collections.abc import Iterator
from typing import Any

FAILURES = 16  # braces that open no object before the search is given up; each may cost the whole text
DEPTH = 4  # levels of objects and lists that are looked into
ACTION_KEYS = ("action", "move", "final_action", "next_action", "chosen_action", "decision", "choice")
MESSAGE_KEYS = ("message", "msg", "final_message", "say")

_DECODER = json.JSONDecoder()


def json_answers(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Every JSON object with an action.

    Args:
        text: Any text.

    Yields:
        Where the object begins and ends, its action, and its message ("" for none).
    """
    position, failures = 0, 0
    while failures < FAILURES and (start := text.find("{", position)) >= 0:
        try:
            value, position = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            failures, position = failures + 1, start + 1
            continue
        for action, message in _answers(value, DEPTH):
            yield start, position, action, message
            start = position


def _answers(value: Any, depth: int) -> list[tuple[str, str]]:
    """Actions and messages in a value; the last of several only."""
    if depth == 0:
        return []
    if isinstance(value, dict):
        fields = {str(key).strip().casefold().replace(" ", "_"): part for key, part in value.items()}
        actions = [_text(fields[key]) for key in ACTION_KEYS if key in fields]
        action = next((text for text in actions if text), None)
        if action:
            messages = [_text(fields[key]) for key in MESSAGE_KEYS if key in fields]
            return [(action, messages[0] if messages else "")]
        parts = list(fields.values())
    else:
        parts = value if isinstance(value, list) else []
    if isinstance(value, str) and value.lstrip().startswith("{"):  # arguments of a tool call
        return [(action, message) for _, _, action, message in json_answers(value)][-1:]
    found = [answer for part in parts[:64] for answer in _answers(_opened(part), depth - 1)]
    return found[-1:]


def _opened(part: Any) -> Any:
    """A part; a text that holds JSON as what it holds."""
    if not isinstance(part, str) or not part.lstrip().startswith("{"):
        return part
    try:
        return json.loads(part)
    except (ValueError, RecursionError):
        return None


def _text(value: Any) -> str:
    """A field as text; of a list with one element the element."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value) if isinstance(value, str) or abs(value) < 10**9 else ""
