"""Reads prompts back: from the text to what the body perceived and did.

For the scripted mind behind the local server, and for tests: what can be rebuilt from the text was said in
it. Lines are found by their form wherever they stand, so that prompts by other templates can be read too if
they hold the fields `scenario`, `rounds`, `actions`, `state` and `views` (or `view`).

A prompt does not say: what was heard and what was barred in past rounds.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from swarm_env.agents.llm import wording
from swarm_env.agents.llm.prompt import EXAMPLE, MARKED, MEMORY, UNMARKED

from swarm_env.agent import Brief, Perception

MAX_PROMPT = 1_000_000  # characters read
MAX_LINE = 4000  # characters; longer lines are none of ours
MAX_SIDE = 255  # largest view [cells]
NUMBER = re.compile(r"[0-9]{1,3}")  # a number that is sensed

_TASK = re.compile(r"Task: (\S.*)")
_NUMBERS = re.compile(r"Numbers of the task: (.*)")
_ROUNDS = re.compile(r"A game has at most (\d{1,10}) rounds\.|Round \d{1,10} of (\d{1,10})\..*")
_ACTION = re.compile(r"(\d{1,3}) (\S+): .*")
_SYMBOL = re.compile(r"(\S+) = (.*)")
_REACH = re.compile(r"Messages: .*at most (\d{1,9}) characters.*at most (\d{1,9}) rows and \d{1,9} columns.*")
_STATE = re.compile(r"You are (\S{1,40}) \(number \d{1,9}\) at row .*")
_VIEW = re.compile(r"Round (\d{1,10})(?: \(now\))?, you at row (-?\d{1,9}), column (-?\d{1,9}):")
_SENSE = re.compile(r"- (\S+): (.*)")
_SENSED = re.compile(r"You sense: (.*)")
_DID = re.compile(r"Round (\d{1,10}): (\S+), (you did not move|you came to row .*)")
_BARRED = re.compile(r"Not possible now: (.*)")
_TEXT = re.compile(r'- (".*")')


class Unreadable(ValueError):
    """The text is no prompt of ours."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An action of the body that a prompt tells of.

    Attributes:
        round: When, from 0.
        move: Index of the action.
        moved: Whether the place then changed.
    """

    round: int
    move: int
    moved: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt says.

    Attributes:
        brief: The task; its words only as far as the line below the scenario's name.
        perceptions: Up to 5, the oldest first; the last one is the present.
        deeds: Own actions, the oldest first, up to 5.
        form: Form of the answer asked for: "json" or "text".
        reviewing: Whether this is the second question of `reflect`.
        debating: Whether the way of thinking is `debate`.
    """

    brief: Brief
    perceptions: tuple[Perception, ...]
    deeds: tuple[Deed, ...]
    form: str
    reviewing: bool = False
    debating: bool = False


def read_prompt(messages: Iterable[tuple[str, str]]) -> Reading:
    """Rebuild what a prompt was written from.

    Args:
        messages: Role and text of each, as `prompt.write` gives them; what the assistant said is passed over.

    Returns:
        What it says.

    Raises:
        Unreadable: It is no prompt of ours; the message says what is missing.
    """
    text = "\n".join(text for role, text in messages if role != "assistant")
    if len(text) > MAX_PROMPT:
        raise Unreadable(f"it has {len(text)} characters, more than {MAX_PROMPT}")
    lines = [line if len(line) <= MAX_LINE else "" for line in text.split("\n")]
    brief = _brief(lines)
    return Reading(
        brief=brief,
        perceptions=_perceptions(lines, brief),
        deeds=_deeds(lines, brief),
        form="json" if "one JSON object" in text else "text",
        reviewing=wording.REVIEW in text,
        debating=wording.THINKING["debate"] in text,
    )


def _brief(lines: Sequence[str]) -> Brief:
    """The task."""
    rounds, reach = _first(_ROUNDS, lines), _first(_REACH, lines)
    task = _first(_TASK, lines)
    views = [line for line in lines if _VIEW.fullmatch(line)]
    if not (task and rounds and views):
        raise Unreadable("it names no task, no number of rounds, or shows no view")
    at = lines.index(views[-1])
    below = lines.index(task[0]) + 1
    return Brief(
        scenario=task[1],
        words=lines[below] if below < len(lines) else "",
        actions=_actions(lines),
        symbols=_symbols(lines),
        view_size=len(lines[at + 1].split()) if at + 1 < len(lines) else 0,
        max_rounds=int(rounds[1] or rounds[2]),
        message="text" if reach else "none",
        message_shape=(int(reach[1]),) if reach else (),
        message_range=int(reach[2]) if reach else 0,
        facts=_facts(lines),
        senses=_senses(lines),
    )


def _actions(lines: Sequence[str]) -> tuple[str, ...]:
    """Names of the actions, from the list that begins with number 0."""
    names: list[str] = []
    for line in lines:
        match = _ACTION.fullmatch(line)
        if match and int(match[1]) == len(names):
            names.append(match[2])
        elif names:
            break
    if not names:
        raise Unreadable("it lists no actions")
    return tuple(names)


def _symbols(lines: Sequence[str]) -> dict[str, str]:
    """The legend, with the agents' symbols in place of the examples."""
    symbols: dict[str, str] = {}
    start = lines.index("Symbols:") + 1 if "Symbols:" in lines else len(lines)
    for line in lines[start:]:
        match = _SYMBOL.fullmatch(line)
        if not match:
            break
        symbol, meaning = match[1], match[2]
        if symbol in (EXAMPLE, f"${EXAMPLE}"):
            symbol = MARKED if symbol == EXAMPLE else UNMARKED
            meaning = meaning.rpartition(" (")[0]
        symbols[symbol] = meaning
    return symbols


def _senses(lines: Sequence[str]) -> dict[str, str]:
    """Names and meanings of what one senses."""
    senses: dict[str, str] = {}
    start = lines.index(wording.SENSES) + 1 if wording.SENSES in lines else len(lines)
    for line in lines[start:]:
        match = _SENSE.fullmatch(line)
        if not match:
            break
        senses[match[1]] = match[2]
    return senses


def _facts(lines: Sequence[str]) -> dict[str, Any]:
    """Numbers of the task."""
    match = _first(_NUMBERS, lines)
    facts: dict[str, Any] = {}
    for part in match[1].split("; ") if match else ():
        name, equals, value = part.partition(" = ")
        try:
            facts[name] = json.loads(value) if equals else None
        except (ValueError, RecursionError):
            raise Unreadable(f"the number {name[:40]!r} of the task has no value") from None
    return facts


def _perceptions(lines: Sequence[str], brief: Brief) -> tuple[Perception, ...]:
    """One for each view."""
    state = _first(_STATE, lines)
    if not state:
        raise Unreadable("it does not say who is asked")
    barred = _first(_BARRED, lines)
    not_now = set(barred[1].split(", ")) if barred else set()
    found = [(at, match) for at, line in enumerate(lines) if (match := _VIEW.fullmatch(line))]
    now = found[-1][0]
    return tuple(
        _perception(
            state[1],
            match,
            _table(lines, at + 1, brief.view_size),
            _heard(lines) if at == now and brief.message == "text" else (),
            tuple(name not in not_now for name in brief.actions) if at == now else (),
            UNMARKED in brief.symbols,
            _sensed(lines, at + 2 + brief.view_size, brief),
        )
        for at, match in found[-MEMORY:]
    )


def _perception(
    name: str,
    head: re.Match[str],
    view: tuple[tuple[str, ...], ...],
    heard: tuple[str, ...],
    allowed: tuple[bool, ...],
    has_marks: bool,
    senses: tuple[int, ...],
) -> Perception:
    own = view[len(view) // 2][len(view) // 2]
    return Perception(
        name=name,
        round=int(head[1]) - 1,
        position=(int(head[2]), int(head[3])),
        mark=int(has_marks and not own.startswith("$")),
        view=view,
        heard=heard,
        allowed=allowed,
        senses=senses,
    )


def _sensed(lines: Sequence[str], at: int, brief: Brief) -> tuple[int, ...]:
    """What the line below a view says was sensed; nothing if it says anything else."""
    match = _SENSED.fullmatch(lines[at]) if at < len(lines) else None
    parts = [part.partition(" = ") for part in match[1].split(", ")] if match else []
    known = [int(value) for name, _, value in parts if name in brief.senses and NUMBER.fullmatch(value)]
    return tuple(known) if len(known) == len(brief.senses) else ()


def _table(lines: Sequence[str], start: int, side: int) -> tuple[tuple[str, ...], ...]:
    """The cells of a view, without the numbers at its edges."""
    rows = tuple(tuple(line.split()[1:]) for line in lines[start + 1 : start + 1 + side])
    if side % 2 == 0 or side > MAX_SIDE or len(rows) != side or any(len(row) != side for row in rows):
        raise Unreadable("a view is not square, or has no middle")
    return rows


def _deeds(lines: Sequence[str], brief: Brief) -> tuple[Deed, ...]:
    """The own actions told of."""
    found = [match for line in lines if (match := _DID.fullmatch(line)) and match[2] in brief.actions]
    return tuple(
        Deed(int(match[1]) - 1, brief.actions.index(match[2]), match[3] != "you did not move")
        for match in found[-MEMORY:]
    )


def _heard(lines: Sequence[str]) -> tuple[str, ...]:
    """What others said, from the lines below the heading."""
    start = lines.index("What you hear:") + 1 if "What you hear:" in lines else len(lines)
    texts = []
    for line in lines[start:]:
        match = _TEXT.fullmatch(line)
        if not match:
            break
        try:
            texts.append(str(json.loads(match[1])))
        except ValueError:
            break
    return tuple(texts)


def _first(pattern: re.Pattern[str], lines: Sequence[str]) -> re.Match[str] | None:
    """The first line of a form."""
    return next((match for line in lines if (match := pattern.fullmatch(line))), None)
