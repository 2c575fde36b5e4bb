"""Parts of answers: text outside <think> tags, JSON objects with an action, and words that name an action."""

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_THOUGHT_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
_TAG = re.compile(
    rf"<(?P<a>/?)(?:{_THOUGHT_TAGS})>|◁(?P<b>/?)think▷|\[(?P<c>/?)think\]|<\|(?P<d>/?)think\|>", re.IGNORECASE
)
_FINAL = "<|channel|>final<|message|>"  # in raw answers of gpt-oss

FAILURES = 16  # braces that begin no object, until the search ends; each may cost a scan of the text
DEPTH = 4  # levels of nested objects and lists that are searched
ACTION_KEYS = ("action", "move", "final_action", "next_action", "chosen_action", "decision", "choice")
MESSAGE_KEYS = ("message", "msg", "final_message", "say")

_DECODER = json.JSONDecoder()

LONGEST = 200  # characters of a value that are read
LONGEST_CLAUSE = 80  # characters; a longer clause is prose and names no action

SYNONYMS = {
    "STAY": (
        "stay put", "stay still", "stay here", "stand still", "wait", "remain", "hold", "hold position",
        "idle", "pass", "noop", "no op", "no move", "no action", "do nothing", "none", "rest", "stop",
    ),
    "UP": ("north", "upward", "upwards", "↑", "⬆", "▲", "🔼", "👆"),
    "DOWN": ("south", "downward", "downwards", "↓", "⬇", "▼", "🔽", "👇"),
    "LEFT": ("west", "leftward", "leftwards", "←", "⬅", "◀", "👈"),
    "RIGHT": ("east", "rightward", "rightwards", "→", "➡", "▶", "👉"),
}  # fmt: skip
WEAK = {"none", "pass", "stop", "rest", "hold"}  # mean an action only if they are the whole value

_MARKUP = re.compile(r"[*`\"'“”„‘’«»「」『』《》<>\[\]{}|\\#~\ufe0f]+")
_BLANKS = re.compile(r"[\s_\-‐‑–—/]+")
_LIST_NUMBER = re.compile(r"^\(?\d{1,3}[.):]?\s+(?=\D)")
_CLAUSE_END = re.compile(
    r"[,.;:!?(。；！？、]|\b(?:because|since|so|as|then|in order|for|while|but|due|towards?)\b"
)
_NOT = re.compile(r"\b(?:not|never|cannot|avoid|without|dont|cant|wont|no longer)\b|n t\b")
_GOES_ON = re.compile(r"\s*(?:$|[,/|]|or\b|and\b)")
_EDGES = " .,;:!?()。，；：！？、"


def without_thoughts(text: str) -> str:
    """Remove the text inside <think> and similar tags.

    An unclosed tag removes everything after it (the answer was cut off); a closing tag without an opening one
    removes everything before it (the opening tag was part of the prompt).
    """
    if _FINAL in text:
        text = text.rpartition(_FINAL)[2]
    pieces: list[str] = []
    end, start = 0, -1  # end of the last thought; start of the open one
    for match in _TAG.finditer(text):
        closes = any(match.groups())
        if closes and start < 0 and end == 0 and not pieces:
            end = match.end()
        elif closes and start >= 0:
            end, start = match.end(), -1
        elif not closes and start < 0:
            start = match.start()
            pieces.append(text[end:start])
    if start < 0:
        pieces.append(text[end:])
    return "\n".join(pieces)


def json_answers(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Find every JSON object with an action in a text.

    Yields:
        Start and end of the object, its action, and its message ("" for none).
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
    """Action and message of a value; of several the last."""
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
    """A part; if it is a string of JSON, the value of the JSON."""
    if not isinstance(part, str) or not part.lstrip().startswith("{"):
        return part
    try:
        return json.loads(part)
    except (ValueError, RecursionError):
        return None


def _text(value: Any) -> str:
    """A field as text; of a list with one element, the element."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value) if isinstance(value, str) or abs(value) < 10**9 else ""


class Vocabulary:
    """The words for the actions of a scenario.

    The names of the actions take precedence over synonyms of the five common moves. A text that could mean
    two actions means none.
    """

    def __init__(self, actions: tuple[str, ...]) -> None:
        self._size = len(actions)
        self._words: dict[str, int] = {}
        for index, name in enumerate(actions):
            self._words.setdefault(plain(name), index)
        for index, name in enumerate(actions):
            for word in SYNONYMS.get(name, ()):
                self._words.setdefault(plain(word), index)
        found = [word for word in self._words if word not in WEAK]
        self._any = re.compile(_alternatives(found))
        self._own = re.compile(_alternatives(actions))
        self._names = {name: index for index, name in enumerate(actions)}

    def exact(self, value: str, weak: bool = True) -> int | None:
        """Index of the action if the value is a word for it (of `WEAK` only if `weak`), apart from markup."""
        word = _LIST_NUMBER.sub("", plain(value[:LONGEST])).strip(_EDGES)
        return self._words.get(word) if weak or word not in WEAK else None

    def number(self, value: str) -> int | None:
        """Index of the action if the value is its number; else None."""
        digits = plain(value[:LONGEST]).strip(_EDGES)
        if digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) < self._size:
            return int(digits)
        return None

    def choice(self, value: str) -> int | None:
        """Index of the one action that the value of a label ("ACTION: …") names.

        Returns:
            None if it names none or several, or negates the action.
        """
        index = self.exact(value)
        if index is None:
            index = self.number(value)
        if index is not None:
            return index
        words = _LIST_NUMBER.sub("", plain(value[:LONGEST], keep="|/")).strip(_EDGES)
        end = _CLAUSE_END.search(words)
        clause, rest = (words[: end.start()], words[end.end() :].lstrip()) if end else (words, "")
        if len(clause) > LONGEST_CLAUSE or _NOT.search(clause):
            return None
        another = self._any.match(rest)
        if another and _GOES_ON.match(rest, another.end()):  # a list to choose from
            return None
        return self.only(clause)

    def only(self, text: str) -> int | None:
        """Index of the only action that a lower-case text names; None if it names none or several."""
        named = {self._words[match[0]] for match in self._any.finditer(text)}
        return named.pop() if len(named) == 1 else None

    def own(self, text: str) -> set[int]:
        """Indices of the actions whose exact names occur in a text."""
        return {self._names[match[0]] for match in self._own.finditer(text)}


@lru_cache(maxsize=64)
def vocabulary(actions: tuple[str, ...]) -> Vocabulary:
    """The vocabulary of some actions, cached."""
    return Vocabulary(actions)


def plain(text: str, keep: str = "") -> str:
    """A short text in lower case, with single blanks and without markup other than `keep`."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _MARKUP.sub(lambda match: "".join(c if c in keep else " " for c in match[0]), text)
    blanks = _BLANKS.sub(lambda match: " / " if "/" in match[0] and "/" in keep else " ", text)
    return blanks.strip()


def _alternatives(words: tuple[str, ...] | list[str]) -> str:
    """A pattern for any of some whole words, the longest first."""
    return "|".join(
        rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words, key=lambda word: (-len(word), word))
    )
