"""Parse answers of language models: JSON, `ACTION:` / `MSG:` with any markup, or a single word.

Forms are tried from the clearest to the vaguest: JSON objects, XML tags and labels at the beginning of lines;
then labels anywhere; then boxed or single words; then sentences that decide on exactly one action. Of several
answers of the first kind the last one counts; steps of a plan, options and lists are no answer. Text inside
<think> tags is ignored, and so is everything in a message: an agent cannot spoil the answers of others by
being quoted.

The time is linear in the length of the text, and bounded.
"""

import json
import re
from dataclasses import dataclass, field
from typing import NoReturn

from swarm_env.agents.llm.answers.json_objects import answers
from swarm_env.agents.llm.answers.sentences import decided
from swarm_env.agents.llm.answers.single_words import bare_lines, boxed
from swarm_env.agents.llm.answers.spoken import MESSAGE_LABELS, Spoken, spoken
from swarm_env.agents.llm.answers.spoken import Found as FoundObject
from swarm_env.agents.llm.answers.vocabulary import Vocabulary, vocabulary

from swarm_env.chat import Unusable

MAX_TEXT = 200_000  # only the last characters of an answer are read
MAX_MESSAGE = 1000  # characters kept of a message; environments cut at 120
NEXT_LINES = 4  # lines below a label that may hold its value
REFUSAL = 2000  # first characters in which a refusal counts

_ACTIONS = "action|move|decision|choice"
_MARKUP = r"[ \t*_`\"'”’」』）)\]}]{0,6}"  # between a label and its colon
_SEPARATOR = r"[:：﹕∶=|]|->|=>|→|—|–|-(?=[ \t])|is(?=[ \t])"
_PREFIX = r"(?:my|the|final|next|chosen|selected|best|our|your|recommended)[ \t]{1,3}"
_LABEL = re.compile(
    rf"^(?:[^\w\n]|_)*+(?:(?P<number>\d{{1,2}})[.)、]?(?:[^\w\n]|_){{1,6}})?(?:{_PREFIX}){{0,3}}"
    rf"(?:(?P<action>{_ACTIONS})(?:\(s\)|s)?|(?P<message>{MESSAGE_LABELS})s?)(?!\w)"
    rf"(?:[ \t]{{0,3}}\([^()\n]{{0,40}}\))?(?P<markup>{_MARKUP})(?P<separator>{_SEPARATOR})?"
    r"(?P<value>[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_INNER_MESSAGE = re.compile(
    rf"[\W_]{{0,6}}(?<!\w)(?:{MESSAGE_LABELS}){_MARKUP}(?:[:：﹕∶=]|->|→)(?P<value>.*)", re.IGNORECASE
)
_INNER_ACTION = re.compile(
    rf"(?<!\w)(?:{_ACTIONS}){_MARKUP}(?:[:：﹕∶=]|->|=>|→|is(?=[ \t]))(?P<value>[^\n]{{0,200}})",
    re.IGNORECASE,
)
_TAG = re.compile(rf"<(?P<action>{_ACTIONS})>(?P<value>[^<]{{0,1000}})</", re.IGNORECASE)
_MESSAGE_TAG = re.compile(
    rf"<(?:{MESSAGE_LABELS})>(?P<value>(?:(?!</(?:{MESSAGE_LABELS})>).){{0,1000}})</", re.I | re.S
)
_LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_STEP = re.compile(r"\s*#?\d{1,2}\s*[:：.)](?P<value>.*)")  # "Action 2: …", a step of a plan
_REFUSAL = re.compile(
    r"\bi(?:['’]?m| am) sorry|\bi apologi[sz]e|\bas an ai\b|\bi(?:['’]m| am) (?:not able|unable) to|"
    r"\bi (?:can(?:['’]?t|not)|won['’]?t|will not|must decline|decline)(?: to)?"
    r" (?:help|assist|comply|participate|continue|do that|fulfil|provide|play|take part|engage|answer|"
    r"respond|complete|decide|support)|\bagainst my (?:guidelines|policy|programming)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f]")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "「": "」", "『": "』", "`": "`"}
_OBJECT = re.compile(r"\{[\s\\\"'“‘]*$")
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
    answer = _as_asked(text, actions)
    if answer is not None:
        return answer
    words = vocabulary(tuple(actions))
    heard = spoken(_unwrapped(text[-MAX_TEXT:]))
    rest = _with_line_ends(heard.text)
    if not heard.objects and not rest.strip():
        _fail("the answer is empty" if not text.strip() else "the answer is nothing but thoughts", "")
    found = _Found()
    _take_objects(heard.objects, words, found)
    _take_tags(rest, heard, words, found)
    _take_labels(rest, heard, words, found)
    if not found.actions and not found.spoilt:
        _take_inner_labels(rest, heard, words, found)
    answer = found.last()
    if answer is not None:
        return answer
    rest = _with_line_ends(heard.own)
    move = boxed(rest, words)
    if move is None:
        moves = bare_lines(rest, words)
        found.spoilt |= len(moves) > 1  # a list to choose from, or a plan
        move = moves.pop() if len(moves) == 1 else None
    if move is None and _REFUSAL.search(rest[:REFUSAL]):
        raise Unusable(f"the answer declines: {_shown(rest)}", "refused")
    if move is None and not found.spoilt:
        move = decided(rest, words)
    if move is None:
        _fail("the answer names no action, or several", text)
    return Answer(move, found.messages[-1][1] if found.messages else None)


def _as_asked(text: str, actions: tuple[str, ...]) -> Answer | None:
    """The answer, if it is the JSON that was asked for and nothing else: most answers are."""
    if text[:1] != "{":
        return None
    try:
        pairs = json.loads(text, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return None
    fields = dict(pairs)
    message = fields.get("message", "")
    if (
        len(fields) != len(pairs)
        or fields.keys() - {"action", "message", "logprobs"}
        or not isinstance(message, str)
    ):
        return None
    action = fields.get("action")
    return Answer(actions.index(action), _written(message)) if action in actions else None


def _with_line_ends(text: str) -> str:
    """The text with the same line end everywhere; all positions stay."""
    return _LINE_END.sub(lambda match: "\n" * len(match[0]), text)


def _unwrapped(text: str) -> str:
    """The text in a JSON string, if the whole answer is one."""
    whole = text.strip()
    if whole[:1] != '"' or whole[-1:] != '"':
        return text
    try:
        return str(json.loads(whole))
    except ValueError:
        return text


def _written(message: str) -> str | None:
    """A message in a field of its own; None if it means "no message"."""
    value = _CONTROL.sub(" ", message[: 4 * MAX_MESSAGE]).strip()[:MAX_MESSAGE]
    return None if _is_silent(value) else value


def _is_silent(value: str) -> bool:
    return value.strip(" .<>()[]{}*_-–—\"'").casefold() in _SILENT


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
    return None if _is_silent(value) else value


def _take_objects(objects: list[FoundObject], words: Vocabulary, found: _Found) -> None:
    """Take the answers in JSON; what somebody is said to have said is none."""
    for one in objects:
        for action, message in answers(one.value) if not one.quoted else ():
            move = words.choice(action)
            if move is not None:
                found.actions.append((one.start, move))
                found.messages.append((one.start + 1, _written(message)))
            else:
                found.spoilt = True


def _take_tags(text: str, heard: Spoken, words: Vocabulary, found: _Found) -> None:
    for match in _TAG.finditer(text):
        move = None if heard.is_aside(match.start()) else words.choice(match["value"])
        if move is not None:
            found.actions.append((match.start(), move))
    found.messages += [
        (match.start(), clean_message(match["value"]))
        for match in _MESSAGE_TAG.finditer(text)
        if not heard.is_aside(match.start() - 1)
    ]


def _take_labels(text: str, heard: Spoken, words: Vocabulary, found: _Found) -> None:
    """Take the values of labels at the beginning of lines."""
    steps: list[tuple[int, int]] = []  # numbered actions: of a plan, or to choose from
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
        step = None if match["separator"] else _STEP.match(value)
        value = step["value"] if step else value
        move = words.choice(value) if match["separator"] or step or bare else words.exact(value)
        if move is not None:
            (steps if step or match["number"] else found.actions).append((at, move))
            if inner:
                found.messages.append((at + 1, clean_message(inner["value"])))
        elif match["separator"] or step:
            found.spoilt = True
    if len({move for _, move in steps}) == 1:
        found.actions += steps
    elif steps:
        found.spoilt = True


def _take_inner_labels(text: str, heard: Spoken, words: Vocabulary, found: _Found) -> None:
    """Take the values of labels in the middle of lines."""
    start = found.messages[-1][0] if found.messages else len(text)
    stop = text.find("\n", start + 1)  # of the line of the last message, which ends where an action begins
    taken: list[tuple[int, int]] = []
    for match in _INNER_ACTION.finditer(text):
        value, at = match["value"], match.start()
        if _OBJECT.search(text[max(0, at - 20) : at]) and heard.is_aside(at):  # it is quoted in a message
            continue
        inner = _INNER_MESSAGE.search(value)
        move = words.choice(value[: inner.start()] if inner else value)
        if move is None:
            found.spoilt = True
            continue
        taken.append((at, move))
        if inner:
            found.messages.append((at + 1, clean_message(inner["value"])))
        elif start < at and (at < stop or stop < 0):
            head = _INNER_MESSAGE.search(text[start : min(at, start + 4 * MAX_MESSAGE)])
            if head:
                found.messages.append((at - 1, clean_message(head["value"].rstrip(" \t|,;-"))))
            start = len(text)
    if len({move for _, move in taken}) == 1:
        found.actions += taken
    else:
        found.spoilt |= bool(taken)


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


def _fail(why: str, text: str) -> NoReturn:
    raise Unusable(f"{why}: {_shown(text)}" if text else why, "unparsable")


def _shown(text: str) -> str:
    short = " ".join(text[:200].split())
    return repr(short if len(short) <= 80 else f"{short[:77]}…")
