"""Parse the preset's prompts: from the text back to what the agent knows.

As with the prompt released with the benchmark, an agent does not know its mark in past rounds, how many
rounds there are, and whether its moves succeeded, other than by the places of its views.
"""

import json
from collections.abc import Iterable, Sequence

from swarm_env.agents.llm.prompt import MARKED, UNMARKED
from swarm_env.agents.llm.prompt_reader import (
    COUNT,
    MAX_LINE,
    MAX_PROMPT,
    MAX_SIDE,
    ParsedPrompt,
    PastAction,
    UnreadablePrompt,
    line_pattern,
)
from swarm_env.agents.llm.swarmbench import preset_words as words
from swarm_env.agents.llm.swarmbench.preset_answer import ORDER
from swarm_env.agents.llm.swarmbench.preset_prompt import OWN_MARK

from swarm_env.agent import Brief, Perception
from swarm_env.config import PRESETS
from swarm_env.envs.channel.text_delivery import TEXT_LIMIT

_NAME = line_pattern(words.INTRODUCTION, name=r"\S{1,40}")
_ROUND = line_pattern(words.ROUND, round=COUNT)
_BEFORE = line_pattern(words.BEFORE, steps=COUNT)
_FACT = line_pattern(words.FACT, name=r"[a-z_ ]{1,40}")
_MESSAGE = line_pattern(words.MESSAGE, text='".*"')
_ACTED = line_pattern(words.ACTED, round=COUNT, action=r"[A-Z]+", text='".*"')
_TASKS = {text.split("\n", 1)[0]: name for name, text in words.TASKS.items()}
_SYMBOLS = {
    **words.SYMBOLS,
    "P": "prey",
    "F": "food",
    "N": "nest",
    MARKED: "agent",
    UNMARKED: "unmarked agent",
}
_MOVES = ("STAY", *(name for name in ORDER if name != "STAY"))


def is_preset_prompt(messages: Iterable[tuple[str, str]]) -> bool:
    """Whether the role and text of each message look like a prompt of the preset."""
    return ("system", words.SYSTEM) in messages


def read_preset_prompt(messages: Iterable[tuple[str, str]]) -> ParsedPrompt:
    """Parse the role and text of each message of a prompt.

    Raises:
        UnreadablePrompt: It is no prompt of the preset; the message says what is missing.
    """
    text = "\n".join(text for role, text in messages if role == "user")
    if len(text) > MAX_PROMPT:
        raise UnreadablePrompt(f"it has {len(text)} characters, more than {MAX_PROMPT}")
    lines = [line if len(line) <= MAX_LINE else "" for line in text.split("\n")]
    name = next((match["name"] for match in map(_NAME.fullmatch, lines) if match), None)
    time = next((int(match["round"]) for match in map(_ROUND.fullmatch, lines) if match), None)
    if name is None or time is None or words.NOW not in lines or "Task:" not in lines:
        raise UnreadablePrompt("it names no agent, no round or no task, or shows no view")
    brief = _brief(lines)
    own = dict(_own(lines))
    mark = int(own.get(OWN_MARK.get(brief.scenario, "")) == "True")
    perceptions = _perceptions(lines, brief, name, time, mark)
    return ParsedPrompt(
        brief=brief,
        perceptions=perceptions,
        actions=_actions(lines, brief, perceptions),
        form="text",
    )


def _brief(lines: Sequence[str]) -> Brief:
    task = lines[lines.index("Task:") + 1]
    scenario = _TASKS.get(task, "unknown")
    more: tuple[str, ...] = ("SWITCH",) if scenario == "synchronization" else ()
    if scenario == "unknown":
        more = tuple(
            line[2:] for line in _below(words.ACTIONS.rpartition("\n")[2], lines) if line[:2] == "- "
        )
    shape = [line for line in _below(task, lines) if line and set(line) <= set("A. ")]
    size = len(lines[lines.index(words.NOW) + 1].split())
    return Brief(
        scenario=scenario,
        words=task,
        actions=(*_MOVES, *more),
        symbols=_SYMBOLS,
        view_size=size,
        max_rounds=PRESETS["swarmbench"].world["max_rounds"],
        message="text" if words.HEARD in lines else "none",
        message_shape=(TEXT_LIMIT,) if words.HEARD in lines else (),
        message_range=size // 2,
        facts={"side": len(shape)} if scenario == "flocking" else {},
    )


def _below(heading: str, lines: Sequence[str]) -> list[str]:
    """The lines below a heading, up to the next empty line."""
    if heading not in lines:
        return []
    start = lines.index(heading) + 1
    return list(lines[start : lines.index("", start) if "" in lines[start:] else len(lines)])


def _own(lines: Sequence[str]) -> list[tuple[str, str]]:
    found = map(_FACT.fullmatch, _below(words.OWN, lines))
    return [(match["name"], match["value"]) for match in found if match]


def _perceptions(
    lines: Sequence[str], brief: Brief, name: str, time: int, mark: int
) -> tuple[Perception, ...]:
    """One for each view, the oldest first; the mark of past rounds is not known, so it is the present one."""
    number = name.rpartition("_")[2]
    me = f"${number}" if brief.scenario in OWN_MARK and not mark else number
    facts, heard = dict(_own(lines)), [match["text"] for match in map(_MESSAGE.fullmatch, lines) if match]
    seen = []
    for at, line in enumerate(lines):
        before = _BEFORE.fullmatch(line)
        if not before and line != words.NOW:
            continue
        view, corner = _table(lines, at + 1, brief.view_size)
        half = len(view) // 2
        rows = [list(row) for row in view]
        rows[half][half] = me
        seen.append(
            Perception(
                name=name,
                round=max(time - (int(before["steps"]) if before else 0), 0),
                position=(corner[0] + half, corner[1] + half),
                mark=mark,
                view=tuple(map(tuple, rows)),
                heard=() if before else _texts(heard),
                allowed=(True,) * len(brief.actions),
                score=_number(facts.get("score", "0")),
            )
        )
    return tuple(reversed(seen))


def _texts(quoted: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(str(json.loads(text)) for text in quoted)
    except ValueError:
        raise UnreadablePrompt("a message is not quoted") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _table(
    lines: Sequence[str], start: int, side: int
) -> tuple[tuple[tuple[str, ...], ...], tuple[int, int]]:
    """The cells of a view, and the row and column of its first cell."""
    rows = [line.split() for line in lines[start : start + 1 + side]]
    try:
        corner = int(rows[1][0]), int(rows[0][0])
    except (IndexError, ValueError):
        raise UnreadablePrompt("a view has no row or column numbers") from None
    cells = tuple(tuple(row[1:]) for row in rows[1:])
    if side % 2 == 0 or side > MAX_SIDE or len(cells) != side or any(len(row) != side for row in cells):
        raise UnreadablePrompt("a view is not square, or has no middle")
    return cells, corner


def _actions(lines: Sequence[str], brief: Brief, perceptions: Sequence[Perception]) -> tuple[PastAction, ...]:
    places = {seen.round: seen.position for seen in perceptions}
    found = []
    for match in filter(None, map(_ACTED.fullmatch, _below(words.HISTORY, lines))):
        number, named = int(match["round"]) - 1, match["action"] in brief.actions
        here, there = places.get(number), places.get(number + 1)
        found.append(
            PastAction(
                number,
                brief.actions.index(match["action"]) if named else 0,
                here is None or there is None or here != there,
                unread=not named,
                message=_texts([match["text"]])[0],
            )
        )
    return tuple(found)
