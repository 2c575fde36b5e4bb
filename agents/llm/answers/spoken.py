"""What a model says to be read: its answer without thoughts, JSON objects taken out, quoted texts kept apart.

A tag or a brace counts only where the model itself speaks: not in the strings of a JSON object, not in the
line of a message ("MSG: …"), not in a <message> tag.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from swarm_env.agents.llm.answers.json_objects import read_object

REACH = 2000  # characters after an open tag, in which its closing tag is looked for
FAILURES = 16  # braces that begin no object, until no more are tried; also of tags that are never closed

MESSAGE_LABELS = (  # English, and as models translate it
    "msg|message|nachricht|mensaje|mensagem|messaggio|сообщение|повідомлення|消息|訊息|讯息|メッセージ|메시지"
)
_THOUGHT_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
_TAGS = (
    rf"(?P<final><\|channel\|>final<\|message\|>)|(?P<message><(?:message|msg)>)|"  # gpt-oss
    rf"<(?P<a>/?)(?:{_THOUGHT_TAGS})>|◁(?P<b>/?)think▷|\[(?P<c>/?)think\]|<\|(?P<d>/?)think\|>"
)
_TAG = re.compile(_TAGS, re.IGNORECASE)
_EVENT = re.compile(rf"(?P<brace>\{{)|{_TAGS}", re.IGNORECASE)
_MESSAGE_LINE = re.compile(
    r"(?:[^\w\n]|_)*+(?:\d{1,2}[.)、]?(?:[^\w\n]|_){1,6})?(?:(?:my|the|final|our|your)[ \t]{1,3}){0,2}"
    rf"(?:{MESSAGE_LABELS})s?(?!\w)"
    r"(?:[ \t]{0,3}\([^()\n]{0,40}\))?[ \t*_`\"'”’」』）)\]}]{0,6}"
    r"(?:[:：﹕∶=|]|->|=>|→)",
    re.IGNORECASE,
)
_MESSAGE_LINES = re.compile(f"^{_MESSAGE_LINE.pattern}", re.IGNORECASE | re.MULTILINE)
_MESSAGE_END = re.compile(r"</(?:message|msg)>", re.IGNORECASE)
_QUOTES = "\"'“”„‘’`«»「」『』"
_REPORTED = re.compile(
    r"(?<!\w)(?:said|says|saying|told|wrote|writes|heard|sent|sends|claims|claimed|shouts|shouted|suggested|suggests|"
    r"proposed|proposes|asked|asks)(?!\w)[^.!?{}\n]{0,60}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON object: where it begins, its value, and whether it quotes somebody."""

    start: int
    value: Any
    quoted: bool


@dataclass(slots=True)
class Spoken:
    """An answer without its thoughts.

    Attributes:
        text: The rest, with blanks in place of thoughts and objects: all positions stay.
        objects: The JSON objects, in order.
        asides: (start, end) of texts that are messages, in which nothing but a message is looked for.
    """

    text: str
    objects: list[Found] = field(default_factory=list)
    asides: list[tuple[int, int]] = field(default_factory=list)

    @property
    def own(self) -> str:
        """The text with blanks in place of messages."""
        return blanked(self.text, self.asides)

    def is_aside(self, at: int) -> bool:
        """Whether a position is in a message."""
        before = bisect_right(self.asides, at, key=lambda aside: aside[0]) - 1
        return before >= 0 and at < self.asides[before][1]


def spoken(text: str) -> Spoken:
    """Take thoughts and JSON objects out of an answer.

    An open tag that is never closed begins a thought to the end if it begins a line (the answer was cut off).
    A closing tag without an open one ends a thought that the prompt began, if it begins or ends a line and
    is not in quotes.
    """
    objects: list[Found] = []
    asides: list[tuple[int, int]] = []
    gone: list[tuple[int, int]] = []
    thought = -1  # start of the open one
    at, line, failures, tries, seen = 0, 0, 0, 0, False
    while event := (_EVENT if failures < FAILURES else _TAG).search(text, at):
        line = max(line, text.rfind("\n", at, event.start()) + 1)
        start, at = event.span()
        aside = None if thought >= 0 else _message_line(text, line, start)
        if aside:
            asides.append(aside)
            at = line = aside[1]
        elif failures < FAILURES and event["brace"]:
            found = read_object(text, start)
            if found is None:
                failures += 1
                continue
            at = line = found[1]
            gone.append((start, at))
            if thought < 0:
                objects.append(Found(start, found[0], _is_quoted(text, start)))
        elif event["message"]:
            end = _MESSAGE_END.search(text, at, at + REACH) if thought < 0 else None
            if end:
                asides.append((start, end.start()))
                at = end.start()
        elif event["final"]:
            gone, objects, asides, thought, seen = [(0, at)], [], [], -1, True
        elif any(event[name] for name in "abcd"):
            if thought >= 0:
                gone.append((thought, at))
                thought = -1
            elif not seen and _stands_alone(text, line, start, at):
                gone, objects, asides = [(0, at)], [], []
            seen = True
        elif thought < 0:
            if not text[line:start].strip() or (tries < FAILURES and _is_closed(text, start, at)):
                thought, seen = start, True
            else:
                tries += 1
    if thought >= 0:
        gone.append((thought, len(text)))
        objects = [one for one in objects if one.start < thought]
    rest = blanked(text, gone)
    lines = [(match.end(), _line_end(rest, match.end())) for match in _MESSAGE_LINES.finditer(rest)]
    return Spoken(rest, objects, sorted({*asides, *lines}))


def _message_line(text: str, line: int, at: int) -> tuple[int, int] | None:
    """Start and end of the message in whose line a position is; None if it is in no such line."""
    match = _MESSAGE_LINE.match(text, line, line + 200)
    if not match or match.end() > at:
        return None
    return match.end(), _line_end(text, at)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _is_closed(text: str, start: int, end: int) -> bool:
    """Whether an open tag within a line begins a thought: it is closed, and not in quotes."""
    closed = any(any(later[name] for name in "abcd") for later in _TAG.finditer(text, end, end + REACH))
    return closed and text[start - 1] not in _QUOTES


def _stands_alone(text: str, line: int, start: int, end: int) -> bool:
    """Whether a tag begins or ends a line, and is not in quotes."""
    before, after = text[line:start], text[end : _line_end(text, end)]
    quoted = any(part and part in _QUOTES for part in (before[-1:], after[:1]))
    return not quoted and not (before.strip() and after.strip())


def _is_quoted(text: str, start: int) -> bool:
    """Whether an object is what somebody is said to have said."""
    before = text[max(0, start - 200) : start].rpartition("\n")[2]
    return bool(_REPORTED.search(before.rstrip(_QUOTES + " :,")))


def blanked(text: str, gone: list[tuple[int, int]]) -> str:
    """The text with a line end and blanks in place of some parts."""
    pieces, end = [], 0
    for start, stop in sorted(gone):
        if stop > end:
            pieces += [text[end : max(start, end)], "\n" + " " * (stop - max(start, end) - 1)]
            end = stop
    return "".join([*pieces, text[end:]])
