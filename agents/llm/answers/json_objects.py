"""JSON objects in answers, exact or nearly so, and the answers that they hold.

A quoted text is opaque: nothing inside the strings of an object is looked at.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

DEPTH = 6  # levels of nested objects and lists that are searched for an answer
DEEPEST = 40  # levels of an object that is nearly JSON
ACTION_KEYS = ("action", "move", "final_action", "next_action", "chosen_action", "decision", "choice")
MESSAGE_KEYS = ("message", "msg", "final_message", "say")
FINAL_KEYS = (
    "final",
    "final_answer",
    "answer",
    "response",
    "output",
    "result",
)  # before other nested answers
NAME_KEYS = ("name", "type", "direction", "value")  # of an action that is an object
GOING = ("move", "go", "step", "walk")  # actions that a direction completes
CALL_KEYS = ("arguments", "parameters", "input")  # their texts may be JSON

_CLOSING = {'"': '"', "'": "'", "“": "”", "„": "“", "”": "”", "‘": "’", "’": "’", "«": "»"}
_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BARE = re.compile(r"[^,:{}\[\]\"'“”„‘’«»\n]+")
_QUOTE_ENDS = re.compile(r"\s*(?:[,:}\]]|$)")
_NEXT_KEY = re.compile(r"\s+([\"'])\w{1,40}\1\s*:")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class _Pairs(dict[str, Any]):
    """An object. `twice`: whether an action is named twice, and not the same."""

    twice = False


def _object(pairs: list[tuple[Any, Any]]) -> _Pairs:
    found = _Pairs()
    for key, value in pairs:
        name = str(key).strip().casefold().replace(" ", "_")
        found.twice |= name in ACTION_KEYS and name in found and found[name] != value
        found[name] = value
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object, strict=False)


def read_object(text: str, start: int) -> tuple[Any, int] | None:
    """The object that begins with the brace at `start`, and where it ends; None if there is none.

    What models get wrong is understood: other quotes or none, commas too many or too few, comments, quotes
    and line ends inside texts.
    """
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    try:
        value, end = _near_value(text, start, 0)
    except ValueError:
        return None
    return (value, end) if value else None


def answers(value: Any, depth: int = DEPTH) -> list[tuple[str, str]]:
    """Action and message of an object; of several the last, but none if an action is named twice."""
    if depth == 0:
        return []
    if isinstance(value, _Pairs):
        actions = [_action(value, key) for key in ACTION_KEYS if key in value]
        action = next((text for text in actions if text), None)
        if value.twice:
            return [("", "")]
        if action:
            messages = [_text(value[key]) for key in MESSAGE_KEYS if key in value]
            return [(action, messages[0] if messages else "")]
        parts = [_opened(part) if key in CALL_KEYS else part for key, part in value.items()]
        final = [value[key] for key in FINAL_KEYS if key in value]
        parts = [part for part in final if answers(part, depth - 1)] or parts
    else:
        parts = value if isinstance(value, list) else []
    return [answer for part in parts[:64] for answer in answers(part, depth - 1)][-1:]


def _action(value: _Pairs, key: str) -> str:
    """The action under a key as text: of an object its name, of "move" with a direction the direction."""
    action = value[key]
    if isinstance(action, _Pairs):
        return next((_action(action, name) for name in NAME_KEYS if name in action), "")
    text = _text(action)
    return _text(value.get("direction")) or text if text.strip().casefold() in GOING else text


def _opened(part: Any) -> Any:
    """A part; if it is a text that is JSON, the value of the JSON."""
    if not isinstance(part, str) or not part.lstrip().startswith("{"):
        return part
    found = read_object(part, part.index("{"))
    return found[0] if found else None


def _text(value: Any) -> str:
    """A field as text; of a list with one element, the element."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value) if isinstance(value, str) or abs(value) < 10**9 else ""


# Nearly JSON.


def _near_value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends. Raises ValueError if there is none."""
    if depth > DEEPEST or at >= len(text):
        raise ValueError("no value")
    if text[at] == "{":
        return _near_object(text, at, depth)
    if text[at] == "[":
        return _near_list(text, at, depth)
    if text[at] in _CLOSING:
        return _near_string(text, at)
    match = _BARE.match(text, at)
    if not match or not match[0].strip():
        raise ValueError("no value")
    word = match[0].strip()
    return {"null": None, "none": None, "true": True, "false": False}.get(word.casefold(), word), match.end()


def _near_object(text: str, at: int, depth: int) -> tuple[_Pairs, int]:
    pairs = []
    at = _after_blank(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _near_value(text, at, depth + 1)
        at = _after_blank(text, at)
        if not isinstance(key, str) or text[at : at + 1] not in (":", "："):
            raise ValueError("no key")
        value, at = _near_value(text, _after_blank(text, at + 1), depth + 1)
        pairs.append((key, value))
        at = _after_comma(text, at)
    return _object(pairs), at + 1


def _near_list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found = []
    at = _after_blank(text, at + 1)
    while text[at : at + 1] != "]":
        value, at = _near_value(text, at, depth + 1)
        found.append(value)
        at = _after_comma(text, at)
    return found, at + 1


def _near_string(text: str, at: int) -> tuple[str, int]:
    """A text in quotes. It ends at a quote with a comma, a colon, a bracket or the next pair behind it."""
    closing, start = _CLOSING[text[at]], at + 1
    for end in _quotes(text, start, closing):
        if _QUOTE_ENDS.match(text, end + 1) or (
            text[end + 1 : end + 2].isspace() and _next_key(text, end + 1)
        ):
            return _ESCAPE.sub(_unescaped, text[start:end]), end + 1
    raise ValueError("no end")


def _quotes(text: str, at: int, closing: str) -> Iterator[int]:
    """Where a closing quote stands that is not escaped."""
    while (at := text.find(closing, at)) >= 0:
        before = at
        while text[before - 1] == "\\":
            before -= 1
        if (at - before) % 2 == 0:
            yield at
        at += 1


def _next_key(text: str, at: int) -> bool:
    """Whether a key in quotes follows, so that only the comma is missing."""
    return bool(_NEXT_KEY.match(text, at))


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _ESCAPED.get(match[2], match[2])


def _after_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _after_comma(text: str, at: int) -> int:
    at = _after_blank(text, at)
    return _after_blank(text, at + 1) if text[at : at + 1] in (",", "，") else at
