"""What a language model is told in a round: a pure function of what one body perceived and did.

Nothing goes in but the Brief and the Perceptions, the own decisions among them. The same history gives the
same text, on every machine; a run's ledger relies on it. What lasts through an episode stands in the first
message, the same for all bodies, so that endpoints that keep prefixes can reuse it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from swarm_env.agents.llm import wording
from swarm_env.agents.llm.template import Template, default_template

from swarm_env.agent import Brief, Decision, Perception

MEMORY = 5  # views, and own actions, that a prompt shows; the published benchmark's choice
MARKED, UNMARKED = "A", "a"  # symbols of agents in a scenario's legend; views show them as numbers
EXAMPLE = "7"  # number of an agent in the legend
FORMS = ("json", "text")

Messages = tuple[tuple[str, str], ...]  # role, text


@dataclass(frozen=True, slots=True)
class Moment:
    """One round of one body.

    Attributes:
        perception: What it perceived.
        decision: What it then did; None: it has to decide now.
    """

    perception: Perception
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How a prompt is put.

    Attributes:
        persona: One of `wording.PERSONAS`.
        thinking: One of `wording.THINKING`.
        form: Form of the answer that is asked for: "json" or "text".
        template: The text around the fields.
    """

    persona: str = "none"
    thinking: str = "plain"
    form: str = "json"
    template: Template = field(default_factory=default_template)


class Writer:
    """Writes the prompts of one episode."""

    def __init__(self, brief: Brief, style: Style | None = None) -> None:
        """Write down what lasts through the episode.

        Args:
            brief: The task.
            style: How it is put; None: the default.
        """
        self._brief, self._style = brief, style or Style()
        self._template = self._style.template.filled(_lasting(brief, self._style))

    def write(self, history: Sequence[Moment]) -> Messages:
        """The prompt of one round.

        Args:
            history: Of one body, the oldest first; the last one is the round to decide, those before are the
                rounds just before it. Of these the last 5 actions and, with the present one, 5 views are
                shown.

        Returns:
            Role and text of each message.
        """
        return self._template.write(lambda name: _PASSING[name](self._brief, history, self._style))

    def review(self, messages: Messages, draft: str) -> Messages:
        """The second question of the way of thinking `reflect`.

        Args:
            messages: The first question.
            draft: The answer to it.

        Returns:
            Both and the request to look at the draft again.
        """
        return (*messages, ("assistant", draft), ("user", wording.REVIEW))


def write(brief: Brief, history: Sequence[Moment], style: Style | None = None) -> Messages:
    """The prompt of one round; `Writer` writes many at less cost.

    Args:
        brief: The task.
        history: As `Writer.write` takes it.
        style: How it is put; None: the default.

    Returns:
        Role and text of each message.
    """
    return Writer(brief, style).write(history)


def answer_schema(brief: Brief) -> dict[str, Any]:
    """The JSON schema of an answer, of the kind that strict endpoints take."""
    properties: dict[str, Any] = {"action": {"type": "string", "enum": list(brief.actions)}}
    if brief.message == "text":
        limit = brief.message_shape[0]
        properties["message"] = {
            "type": "string",
            "description": f"at most {limit} characters; empty to say nothing",
        }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


# What lasts through an episode.


def _lasting(brief: Brief, style: Style) -> dict[str, str]:
    """The fields that are the same in all rounds."""
    return {
        "role": wording.ROLE,
        "persona": wording.PERSONAS[style.persona],
        "scenario": title(brief.scenario),
        "task": brief.words,
        "numbers": _numbers(brief),
        "rounds": str(brief.max_rounds),
        "places": wording.PLACES.format(k=brief.view_size),
        "legend": _legend(brief),
        "actions": _actions(brief),
        "pushing": wording.PUSHING,
        "talking": _talking(brief),
        "thinking": wording.THINKING[style.thinking],
        "format": _format(brief, style.form),
    }


def title(scenario: str) -> str:
    """A scenario's name; of a scenario from a file what follows the colon, or the file's own name."""
    return scenario.replace("\\", "/").rpartition("/")[2].rpartition(":")[2].removesuffix(".py")


def _numbers(brief: Brief) -> str:
    facts = "; ".join(f"{name} = {json.dumps(value)}" for name, value in brief.facts.items())
    return f"Numbers of the task: {facts}" if facts else ""


def _legend(brief: Brief) -> str:
    """Symbols and meanings; agents, which views show as numbers, by an example."""
    symbols = brief.symbols
    lines = [
        f"{symbol} = {meaning}" for symbol, meaning in symbols.items() if symbol not in (MARKED, UNMARKED)
    ]
    lines.append(f"{EXAMPLE} = {symbols.get(MARKED, 'agent')} (its number, here {EXAMPLE})")
    if UNMARKED in symbols:
        lines.append(f"${EXAMPLE} = {symbols[UNMARKED]} (its number after $)")
    if brief.senses:
        lines.append(wording.SENSES)
        lines += [f"- {name}: {meaning}" for name, meaning in brief.senses.items()]
    return "\n".join(["Symbols:", *lines])


def _actions(brief: Brief) -> str:
    lines = [
        f"{i} {name}: {wording.MOVES.get(name, wording.OWN_MOVE)}" for i, name in enumerate(brief.actions)
    ]
    return "\n".join(["Actions, one each round:", *lines])


def _talking(brief: Brief) -> str:
    if brief.message != "text":
        return ""
    return wording.TALKING.format(limit=brief.message_shape[0], reach=brief.message_range)


def _format(brief: Brief, form: str) -> str:
    talks, actions = brief.message == "text", " or ".join(brief.actions)
    if form == "text":
        lines = wording.ANSWER_TEXT.format(lines="these two lines" if talks else "this line", actions=actions)
        return lines + wording.ANSWER_TEXT_MESSAGE * talks
    return wording.ANSWER_JSON.format(actions=actions, message=wording.ANSWER_JSON_MESSAGE * talks)


# What is new in each round.


def _state(brief: Brief, history: Sequence[Moment], _: Style) -> str:
    me = history[-1].perception
    row, col = me.position
    state = f"You are {me.name} (number {me.name.rpartition('_')[2]}) at row {row}, column {col}."
    if UNMARKED in brief.symbols:
        meaning = brief.symbols.get(MARKED if me.mark else UNMARKED, "marked")
        state += f" Your state: {meaning}."
    return state


def table(perception: Perception) -> str:
    """A view as a table with row and column numbers at its edges."""
    view = perception.view
    half = len(view) // 2
    top, left = perception.position[0] - half, perception.position[1] - half
    columns = [str(col) for col in range(left, left + len(view))]
    rows = [str(row) for row in range(top, top + len(view))]
    wide = max(len(columns[0]), len(columns[-1]), max([max(map(len, cells)) for cells in view]))
    edge = max(len(rows[0]), len(rows[-1]))
    lines = [" " * edge + " " + " ".join([column.rjust(wide) for column in columns])]
    for row, cells in zip(rows, view, strict=True):
        lines.append(row.rjust(edge) + " " + " ".join([cell.rjust(wide) for cell in cells]))
    return "\n".join(lines)


def _one_view(brief: Brief, perception: Perception, now: str) -> str:
    row, col = perception.position
    text = f"Round {perception.round + 1}{now}, you at row {row}, column {col}:\n{table(perception)}"
    felt = zip(brief.senses, perception.senses, strict=False)
    senses = ", ".join([f"{name} = {value}" for name, value in felt])
    return f"{text}\nYou sense: {senses}" if senses else text


def _view(brief: Brief, history: Sequence[Moment], __: Style) -> str:
    return _one_view(brief, history[-1].perception, " (now)")


def _views(brief: Brief, history: Sequence[Moment], __: Style) -> str:
    past = [_one_view(brief, moment.perception, "") for moment in history[-MEMORY:-1]]
    return "\n\n".join(["What you saw:", *past, _one_view(brief, history[-1].perception, " (now)")])


def _taken(brief: Brief, history: Sequence[Moment], _: Style) -> str:
    """The last actions; the place may change by one's own move or because others pushed."""
    recent = history[-MEMORY - 1 :]
    lines = []
    for before, after in zip(recent, recent[1:], strict=False):
        if before.decision is not None:
            here, there = before.perception.position, after.perception.position
            came = "you did not move" if here == there else f"you came to row {there[0]}, column {there[1]}"
            lines.append(
                f"Round {before.perception.round + 1}: {brief.actions[before.decision.move]}, {came}"
            )
    return "\n".join(["What you did:", *lines]) if lines else ""


def _heard(brief: Brief, history: Sequence[Moment], _: Style) -> str:
    if brief.message != "text":
        return ""
    heard = history[-1].perception.heard
    lines = [f"- {quoted(str(text))}" for text in heard]
    return "\n".join(["What you hear:", *lines]) if lines else "What you hear: nothing"


def _said(brief: Brief, history: Sequence[Moment], style: Style) -> str:
    last = history[-2].decision if len(history) > 1 else None
    if style.thinking != "debate" or brief.message != "text" or last is None or not last.message:
        return ""
    return f"What you said last: {quoted(str(last.message))}"


def quoted(text: str) -> str:
    """A text in one line; what others say must not look like a part of the prompt."""
    return json.dumps(text, ensure_ascii=False)


def _barred(brief: Brief, history: Sequence[Moment], _: Style) -> str:
    allowed = history[-1].perception.allowed
    names = [name for name, legal in zip(brief.actions, allowed, strict=False) if not legal]
    return f"Not possible now: {', '.join(names)}" if names else ""


_PASSING: dict[str, Callable[[Brief, Sequence[Moment], Style], str]] = {
    "round": lambda brief, history, style: str(history[-1].perception.round + 1),
    "rounds_left": lambda brief, history, style: str(brief.max_rounds - history[-1].perception.round - 1),
    "name": lambda brief, history, style: history[-1].perception.name,
    "state": _state,
    "views": _views,
    "view": _view,
    "taken": _taken,
    "heard": _heard,
    "said": _said,
    "barred": _barred,
}
