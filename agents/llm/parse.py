"""Parse answers of language models: JSON, `ACTION:` / `MSG:` with any markup, or a single word.

Forms are tried from the clearest to the vaguest: JSON objects, XML tags and labels at the beginning of lines;
then labels anywhere; then boxed or single words; then sentences that name exactly one action. Of several
answers of one kind the last one counts. Text inside <think> tags is ignored.

The time is linear in the length of the text, and bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from swarm_env.agents.llm.answer_parts import Vocabulary, json_answers, vocabulary, without_thoughts

from swarm_env.chat import Unusable

MAX_TEXT = 200_000  # only the last characters of an answer are read
MAX_MESSAGE = 1000  # characters kept of a message; environments cut at 120
NEXT_LINES = 4  # lines below a label that may hold its value
BARE_LINES = 40  # last lines in which a single word counts
PROSE = 2000  # last characters in which a sentence counts

_ACTIONS = "action|move|decision|choice"
_MESSAGES = "msg|message"
_MARKUP = r"[ \t*_`\"'”’」』）)\]}]{0,6}"  # between a label and its colon
_SEPARATOR = r"[:：﹕∶=|]|->|=>|→|—|–|-(?=[ \t])|is(?=[ \t])"
_PREFIX = r"(?:my|the|final|next|chosen|selected|best|our|your|recommended)[ \t]{1,3}"
_LABEL = re.compile(
    rf"^(?:[^\w\n]|_)*+(?:\d{{1,2}}[.)、]?(?:[^\w\n]|_){{1,6}})?(?:{_PREFIX}){{0,3}}"
    rf"(?:(?P<action>{_ACTIONS})(?:\(s\)|s)?|(?P<message>{_MESSAGES})s?)(?!\w)"
    rf"(?:[ \t]{{0,3}}\([^()\n]{{0,40}}\))?(?P<markup>{_MARKUP})(?P<separator>{_SEPARATOR})?"
    r"(?P<value>[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_INNER_MESSAGE = re.compile(
    rf"[\W_]{{0,6}}(?<!\w)(?:{_MESSAGES}){_MARKUP}(?:[:：﹕∶=]|->|→)(?P<value>.*)", re.IGNORECASE
)
_INNER_ACTION = re.compile(
    rf"(?<!\w)(?:{_ACTIONS}){_MARKUP}(?:[:：﹕∶=]|->|=>|→|is(?=[ \t]))(?P<value>[^\n]{{0,200}})",
    re.IGNORECASE,
)
_TAG = re.compile(rf"<(?:(?P<action>{_ACTIONS})|(?:{_MESSAGES}))>(?P<value>[^<]{{0,1000}})</", re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\{(?:\\text\w{0,2}\{)?([^{}\n]{1,40})\}")
_LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_VERB = re.compile(
    r"(?:move|moving|go|going|head|heading|step|stepping|choose|choosing|pick|select|do|i|ll|will)"
    r"(?: one)?(?: cell| step)?(?: to)?(?: the)?(?: action)? ([^\W_]{1,20})(?!\w)"
)
_NOT = re.compile(r"(?:not|never|cannot|can t|don t|won t|avoid|of)(?: to)? ?$")
_REFUSAL = re.compile(
    r"\bi(?:['’]?m| am) sorry|\bi apologi[sz]e|\bas an ai\b|\bi(?:['’]m| am) (?:not able|unable) to|"
    r"\bi (?:can(?:['’]?t|not)|won['’]?t|will not|must decline|decline)(?: to)?"
    r" (?:help|assist|comply|participate|continue|do that|fulfil|provide|play|take part|engage|answer|"
    r"respond|complete|decide|support)|\bagainst my (?:guidelines|policy|programming)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f]")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "「": "」", "『": "』", "`": "`"}
_SILENT = {
    "", "none", "no message", "no msg", "nothing", "null", "nil", "n/a", "na", "empty", "silence", "silent",
    "your message, or nothing", "your message", "blank",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer."""

    move: int  # index of the action
    message: str | None  # None: no message


@dataclass(slots=True)
class _Found:
    """Actions and messages found, with their positions; `spoilt`: a label named no action."""

    actions: list[tuple[int, int]] = field(default_factory=list)
    messages: list[tuple[int, str | None]] = field(default_factory=list)
    spoilt: bool = False

    def last(self) -> Answer | None:
        """The last action, with the last message after the previous action."""
        if not self.actions:
            return None
        self.actions.sort()
        before = self.actions[-2][0] if len(self.actions) > 1 else -1
        own = sorted((at, number) for number, (at, _) in enumerate(self.messages) if at > before)
        return Answer(self.actions[-1][1], self.messages[own[-1][1]][1] if own else None)


def read_answer(text: str, actions: tuple[str, ...]) -> Answer:
    """Parse an answer of any length and form, given the names of the actions.

    Raises:
        Unusable: It names no action or several ("unparsable"), or is a refusal ("refused").
    """
    words = vocabulary(tuple(actions))
    spoken = _LINE_END.sub("\n", without_thoughts(text[-MAX_TEXT:]))
    if not spoken.strip():
        _fail("the answer is empty" if not text.strip() else "the answer is nothing but thoughts", "")
    found = _Found()
    rest = _take_json(spoken, words, found)
    _take_tags(rest, words, found)
    _take_labels(rest, words, found)
    if not found.actions:
        _take_inner_labels(rest, words, found)
    answer = found.last()
    if answer is not None:
        return answer
    move = _boxed(rest, words)
    move = _bare(rest, words) if move is None else move
    if move is None and _REFUSAL.search(rest[:PROSE]):
        raise Unusable(f"the answer declines: {_shown(rest)}", "refused")
    if move is None and not found.spoilt:
        move = _prose(rest, words)
    if move is None:
        _fail("the answer names no action, or several", rest)
    return Answer(move, found.messages[-1][1] if found.messages else None)


def clean_message(value: str) -> str | None:
    """A message without quotes and markup around it; None if it means "no message"."""
    value = _CONTROL.sub(" ", value[: 4 * MAX_MESSAGE]).strip("* ")
    closing = _QUOTES.get(value[:1])
    if closing:
        inner = value[1:].rstrip(" \t,;}])*.").removesuffix(closing)
        end = value.find(closing, 1)
        if value.rstrip(" \t,;}])*.").endswith(closing) and len(value) > 1:
            value = inner
        elif end > 0:
            value = value[1:end]
    value = value.strip().rstrip("*`").rstrip()[:MAX_MESSAGE]
    return None if value.strip(" .<>()[]{}*_-–—\"'").casefold() in _SILENT else value


def _take_json(text: str, words: Vocabulary, found: _Found) -> str:
    """Take the answers in JSON; return the text with blanks in their place."""
    pieces, end = [], 0
    for start, stop, action, message in json_answers(text):
        move = words.choice(action)
        if move is not None:
            found.actions.append((start, move))
            found.messages.append((start + 1, clean_message(message)))
        pieces += [text[end:start], "\n" * min(stop - start, 1) + " " * (stop - start - 1)]
        end = stop
    return "".join([*pieces, text[end:]])


def _take_tags(text: str, words: Vocabulary, found: _Found) -> None:
    for match in _TAG.finditer(text):
        if not match["action"]:
            found.messages.append((match.start(), clean_message(match["value"])))
        elif (move := words.choice(match["value"])) is not None:
            found.actions.append((match.start(), move))


def _take_labels(text: str, words: Vocabulary, found: _Found) -> None:
    """Take the values of labels at the beginning of lines."""
    for match in _LABEL.finditer(text):
        value, at = match["value"], match.start()
        inner = _INNER_MESSAGE.search(value) if match["action"] else None
        if inner:
            value = value[: inner.start()]
        bare = not value.strip(" \t*_`\"':：#>|-")
        if match["message"]:
            if match["separator"] or bare:
                found.messages.append((at, clean_message(_below(text, match.end()) if bare else value)))
            continue
        if bare and not inner:
            value = _below(text, match.end())
        move = words.choice(value) if match["separator"] or bare else words.exact(value)
        if move is not None:
            found.actions.append((at, move))
            if inner:
                found.messages.append((at + 1, clean_message(inner["value"])))
        elif match["separator"]:
            found.spoilt = True


def _take_inner_labels(text: str, words: Vocabulary, found: _Found) -> None:
    """Take the values of labels in the middle of lines."""
    start = found.messages[-1][0] if found.messages else len(text)
    stop = text.find("\n", start + 1)  # of the line of the last message, which ends where an action begins
    for match in _INNER_ACTION.finditer(text):
        value, at = match["value"], match.start()
        inner = _INNER_MESSAGE.search(value)
        move = words.choice(value[: inner.start()] if inner else value)
        if move is None:
            found.spoilt = True
            continue
        found.actions.append((at, move))
        if inner:
            found.messages.append((at + 1, clean_message(inner["value"])))
        elif start < at and (at < stop or stop < 0):
            head = _INNER_MESSAGE.search(text[start : min(at, start + 4 * MAX_MESSAGE)])
            if head:
                found.messages.append((at - 1, clean_message(head["value"].rstrip(" \t|,;-"))))
            start = len(text)


def _below(text: str, end: int) -> str:
    """The next line with text, if it is near and not a label."""
    for _ in range(NEXT_LINES):
        if end < 0 or end >= len(text):
            return ""
        stop = text.find("\n", end + 1)
        line = text[end + 1 : stop if stop >= 0 else end + 1 + 4 * MAX_MESSAGE]
        if line.strip(" \t*_`\"'#>|-~") and not line.startswith("```"):
            return "" if _LABEL.match(line) else line
        end = stop
    return ""


def _boxed(text: str, words: Vocabulary) -> int | None:
    moves = [move for match in _BOXED.finditer(text) if (move := words.choice(match[1])) is not None]
    return moves[-1] if moves else None


def _bare(text: str, words: Vocabulary) -> int | None:
    """The last line that is only an action; a number counts only if it is the whole answer."""
    lines = list(_last_lines(text))
    for line in lines:
        move = words.exact(line, weak=False) if len(line) <= 60 else None
        if move is not None:
            return move
    return words.number(lines[0]) if len(lines) == 1 else None


def _last_lines(text: str) -> Iterator[str]:
    """The last lines that are not empty, last one first."""
    end = len(text)
    count = 0
    while end > 0 and count < BARE_LINES:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end].strip()
        if line:
            yield line
            count += 1
        end = start - 1


def _prose(text: str, words: Vocabulary) -> int | None:
    """The only action that sentences name."""
    tail = text[-PROSE:]
    own = words.own(tail)
    if own:
        return own.pop() if len(own) == 1 else None
    simple = re.sub(r"[^\w]+", " ", tail.casefold())
    moves = {
        words.exact(match[1]) for match in _VERB.finditer(simple) if not _NOT.search(simple[: match.start()])
    }
    moves.discard(None)
    return moves.pop() if len(moves) == 1 else None


def _fail(why: str, text: str) -> NoReturn:
    raise Unusable(f"{why}: {_shown(text)}" if text else why, "unparsable")


def _shown(text: str) -> str:
    short = " ".join(text[:200].split())
    return repr(short if len(short) <= 80 else f"{short[:77]}…")
