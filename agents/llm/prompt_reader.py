"""Parse prompts: from the text back to what the agent perceived and did.

The scripted model of the mock server decides from the result, and tests check with it that prompts are
complete. The patterns are made from the lines in `wording.py` that `prompt.py` writes. Lines are found
wherever they stand, so prompts of other templates can be parsed too if they have the fields `scenario`,
`rounds`, `actions`, `state` and `views` (or `view`).

A prompt does not contain the messages heard, the moves that were not allowed and the payoff in past rounds,
the teams of others, and of the floor what is hidden and greatest amounts (see `floor_reader`).
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from swarm_env.agents.llm import wording
from swarm_env.agents.llm.floor_reader import read_floor
from swarm_env.agents.llm.prompt import EXAMPLE, MARKED, UNMARKED

from swarm_env.agent import Brief, Perception
from swarm_env.envs.channel.text_delivery import TEXT_LIMIT

MAX_PROMPT = 1_000_000  # characters
MAX_LINE = 4000  # characters; longer lines are ignored
MAX_SIDE = 255  # largest view [cells]
MAX_MEMORY = 1000  # views and own actions
SEVERAL = 9.0  # greatest amount assumed of a layer of the floor that has amounts: a prompt does not say it


def line_pattern(line: str, **parts: str) -> re.Pattern[str]:
    """The pattern of a line of `wording` with its fields as groups; `parts` are the fields' own patterns."""

    def group(field: re.Match[str]) -> str:
        return f"(?P<{field[1]}>{parts.get(field[1], '.*')})"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", group, re.escape(line)))


COUNT, _PLACE = r"[0-9]{1,10}", r"-?[0-9]{1,9}"
_TASK = line_pattern("Task: {scenario}", scenario=r"\S.*")
_ROUNDS = line_pattern("A game has at most {rounds} rounds.", rounds=COUNT)
_ROUND = line_pattern("Round {round} of {rounds}.{rest}", round=COUNT, rounds=COUNT)
_NUMBERS = line_pattern(wording.NUMBERS)
_ACTION = line_pattern(wording.ACTION, index="[0-9]{1,3}", name=r"\S+")
_SYMBOL = line_pattern(wording.SYMBOL, symbol=r"\S+")
_SENSE = line_pattern(wording.SENSE, name=r"\S+")
_TALKING = re.compile(
    r"Messages: .*?at most (?P<limit>\d{1,9}) characters.*?"
    r"(?:at most (?P<reach>\d{1,9}) rows and \d{1,9} columns.*)?"
)
_CHOOSING = line_pattern(wording.CHOOSING)
_PHRASE = line_pattern(wording.PHRASE, number=COUNT)
_STATE = line_pattern(
    wording.STATE + "{rest}", name=r"\S{1,40}", number=r"\d{1,9}", row=_PLACE, column=_PLACE
)
_AMOUNT = line_pattern(wording.AMOUNT)
_TEAM = line_pattern(wording.TEAM, team=r"\S{1,40}", symbols=r"\S+(?: or \S+)*")
_PAYOFF = line_pattern(wording.PAYOFF.replace(":g", ""), payoff=r"[-+.0-9e]{1,20}")
_VIEW = line_pattern(wording.VIEW, round=COUNT, now=r"(?: \(now\))?", row=_PLACE, column=_PLACE)
_SENSED = line_pattern(wording.SENSED)
_DID = line_pattern(wording.DID, round=COUNT, action=r"\S+", result=f"{wording.STAYED}|you came to row .*")
_BARRED = line_pattern(wording.BARRED)
_HEARD = re.compile(r'- (?P<text>".*")')
_NUMBERED = wording.NUMBERED.format(number=EXAMPLE)
_SENSE_VALUE = re.compile(r"[0-9]{1,3}")


class UnreadablePrompt(ValueError):
    """The text is not a prompt of ours."""


@dataclass(frozen=True, slots=True)
class PastAction:
    """An action of the agent in an earlier round."""

    round: int  # from 0
    move: int  # index of the action
    moved: bool  # whether the agent's position changed, as far as the prompt says
    unread: bool = False  # whether no action could be read, so that the agent stayed; `swarmbench` only
    message: str = ""  # what it said; `swarmbench` only


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """The content of a prompt."""

    brief: Brief  # the task; `words` is only the first line of the task
    perceptions: tuple[Perception, ...]  # the oldest first, the present one last
    actions: tuple[PastAction, ...]  # own actions, the oldest first
    form: str  # form of the answer: "json" or "text"
    reviewing: bool = False  # whether it is the second request of `reflect`
    debating: bool = False  # whether the way of thinking is `debate`


def read_prompt(messages: Iterable[tuple[str, str]]) -> ParsedPrompt:
    """Parse the role and text of each message of a prompt (see `prompt.write`), except the assistant's.

    Raises:
        UnreadablePrompt: It is not a prompt of ours; the message says what is missing.
    """
    text = "\n".join(text for role, text in messages if role != "assistant")
    if len(text) > MAX_PROMPT:
        raise UnreadablePrompt(f"it has {len(text)} characters, more than {MAX_PROMPT}")
    lines = [line if len(line) <= MAX_LINE else "" for line in text.split("\n")]
    brief = _brief(lines)
    return ParsedPrompt(
        brief=brief,
        perceptions=_perceptions(lines, brief),
        actions=_past_actions(lines, brief),
        form="json" if "one JSON object" in text else "text",
        reviewing=wording.REVIEW in text,
        debating=wording.THINKING["debate"] in text,
    )


def _brief(lines: Sequence[str]) -> Brief:
    task, talking = _first(_TASK, lines), _first(_TALKING, lines)
    choosing = _first(_CHOOSING, lines)
    phrases = [found["phrase"] for found in _list_below(choosing[0], _PHRASE, lines)] if choosing else []
    rounds = _first(_ROUNDS, lines) or _first(_ROUND, lines)
    views = [at for at, line in enumerate(lines) if _VIEW.fullmatch(line)]
    if not (task and rounds and views):
        raise UnreadablePrompt("it names no task, no number of rounds, or shows no view")
    legend, state = _legend(lines), _first(_STATE, lines)
    team = _TEAM.search(state["rest"]) if state else None
    below, at = lines.index(task[0]) + 1, lines.index(lines[views[-1]])
    return Brief(
        scenario=task["scenario"],
        words=lines[below] if below < len(lines) else "",
        actions=_actions(lines),
        symbols=legend.symbols,
        view_size=len(lines[at + 1].split()) if at + 1 < len(lines) else 0,
        max_rounds=int(rounds["rounds"]),
        message="text" if talking or phrases else "none",
        message_shape=(int(talking["limit"]),) if talking else (TEXT_LIMIT,) if phrases else (),
        message_range=int(talking["reach"] or 0) if talking else 0,
        phrases=tuple(phrases),
        facts=_facts(lines),
        senses={match["name"]: match["meaning"] for match in _list_below(wording.SENSES, _SENSE, lines)},
        teams={state["name"]: team["team"]} if state and team else {},
        floor=legend.floor,
        agent_symbols=legend.agents,
        private=bool(state and _PAYOFF.search(state["rest"])),
    )


def _actions(lines: Sequence[str]) -> tuple[str, ...]:
    """Names of the actions, from the list that begins with number 0."""
    names: list[str] = []
    for line in lines:
        match = _ACTION.fullmatch(line)
        if match and int(match["index"]) == len(names):
            names.append(match["name"])
        elif names:
            break
    if not names:
        raise UnreadablePrompt("it lists no actions")
    return tuple(names)


@dataclass(frozen=True, slots=True)
class _Legend:
    """What the symbols mean."""

    symbols: dict[str, str]  # with the symbols of agents instead of the examples
    agents: tuple[str, ...]  # `Brief.agent_symbols`
    floor: dict[str, float]  # `Brief.floor`; SEVERAL for a layer that has amounts


def _legend(lines: Sequence[str]) -> _Legend:
    legend = _Legend({}, (), {})
    agents: list[str] = []
    examples = {EXAMPLE: MARKED, f"${EXAMPLE}": UNMARKED}
    for match in _list_below(wording.SYMBOLS, _SYMBOL, lines):
        symbol, meaning = match["symbol"], match["meaning"]
        if symbol in examples:
            symbol, meaning = examples[symbol], meaning.rpartition(" (")[0]
        elif meaning.endswith(_NUMBERED) and symbol.endswith(EXAMPLE):
            symbol, meaning = symbol.removesuffix(EXAMPLE), meaning.removesuffix(_NUMBERED)
            agents.append(symbol)
        elif amount := _AMOUNT.fullmatch(meaning):
            symbol, meaning = symbol.removesuffix("1"), amount["name"]
            legend.floor[meaning] = SEVERAL
        elif meaning.endswith(wording.FLOOR):
            meaning = meaning.removesuffix(wording.FLOOR)
            legend.floor[meaning] = 1.0
        legend.symbols[symbol] = meaning
    return replace(legend, agents=tuple(agents))


def _facts(lines: Sequence[str]) -> dict[str, Any]:
    match = _first(_NUMBERS, lines)
    facts: dict[str, Any] = {}
    for part in match["facts"].split("; ") if match else ():
        name, equals, value = part.partition(" = ")
        try:
            facts[name] = json.loads(value) if equals else None
        except (ValueError, RecursionError):
            raise UnreadablePrompt(f"the number {name[:40]!r} of the task has no value") from None
    return facts


def _perceptions(lines: Sequence[str], brief: Brief) -> tuple[Perception, ...]:
    """One for each view."""
    state, barred = _first(_STATE, lines), _first(_BARRED, lines)
    if not state:
        raise UnreadablePrompt("it does not name the agent")
    barred_names = barred["names"].split(", ") if barred else []
    heard = _heard(lines) if brief.message == "text" else ()
    own, payoff = _own_symbols(state["rest"], brief), _payoff(state["rest"])
    found = [(at, match) for at, line in enumerate(lines) if (match := _VIEW.fullmatch(line))]
    seen = []
    for at, match in found[-MAX_MEMORY:]:
        is_now, view = at == found[-1][0], _table(lines, at + 1, brief.view_size)
        here = view[len(view) // 2][len(view) // 2]
        mark = int(UNMARKED in brief.symbols and not here.startswith("$"))
        if own:
            mark = own.index(symbol) if (symbol := here.rstrip("0123456789")) in own else 0
        seen.append(
            Perception(
                name=state["name"],
                round=int(match["round"]) - 1,
                position=(int(match["row"]), int(match["column"])),
                mark=mark,
                view=view,
                heard=heard if is_now else (),
                allowed=tuple(name not in barred_names for name in brief.actions) if is_now else (),
                senses=_sensed(lines, at + 2 + brief.view_size, brief),
                floor=read_floor(view, lines[at + 2 + brief.view_size :][:2], brief),
                may_speak=not (is_now and wording.MUTE in lines),
                payoff=payoff if is_now else 0.0,
            )
        )
    return tuple(seen)


def _own_symbols(rest: str, brief: Brief) -> tuple[str, ...]:
    """The symbols of the agent by mark, if its number stands behind one; `rest` follows its place."""
    team = _TEAM.search(rest)
    return tuple(team["symbols"].split(" or ")) if team else brief.agent_symbols


def _payoff(rest: str) -> float:
    """What the agent has got, if each is paid by itself; `rest` follows its place."""
    match = _PAYOFF.search(rest)
    try:
        return float(match["payoff"]) if match else 0.0
    except ValueError:
        raise UnreadablePrompt("what the agent has got is no number") from None


def _table(lines: Sequence[str], start: int, side: int) -> tuple[tuple[str, ...], ...]:
    """The cells of a view, without the row and column numbers."""
    rows = tuple(tuple(line.split()[1:]) for line in lines[start + 1 : start + 1 + side])
    if side % 2 == 0 or side > MAX_SIDE or len(rows) != side or any(len(row) != side for row in rows):
        raise UnreadablePrompt("a view is not square, or has no middle")
    return rows


def _sensed(lines: Sequence[str], at: int, brief: Brief) -> tuple[int, ...]:
    """The sense values in the line below a view; () if the line is anything else."""
    match = _SENSED.fullmatch(lines[at]) if at < len(lines) else None
    parts = [part.partition(" = ") for part in match["values"].split(", ")] if match else []
    known = [int(value) for name, _, value in parts if name in brief.senses and _SENSE_VALUE.fullmatch(value)]
    return tuple(known) if len(known) == len(brief.senses) else ()


def _past_actions(lines: Sequence[str], brief: Brief) -> tuple[PastAction, ...]:
    found = [match for line in lines if (match := _DID.fullmatch(line)) and match["action"] in brief.actions]
    return tuple(
        PastAction(int(m["round"]) - 1, brief.actions.index(m["action"]), m["result"] != wording.STAYED)
        for m in found[-MAX_MEMORY:]
    )


def _heard(lines: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(str(json.loads(match["text"])) for match in _list_below(wording.HEARD, _HEARD, lines))
    except ValueError:
        return ()


def _first(pattern: re.Pattern[str], lines: Sequence[str]) -> re.Match[str] | None:
    """The first line of a pattern."""
    return next((match for line in lines if (match := pattern.fullmatch(line))), None)


def _list_below(heading: str, pattern: re.Pattern[str], lines: Sequence[str]) -> list[re.Match[str]]:
    """The lines of a pattern directly below a heading."""
    start = lines.index(heading) + 1 if heading in lines else len(lines)
    matches = takewhile(lambda match: match is not None, map(pattern.fullmatch, lines[start:]))
    return [match for match in matches if match]
