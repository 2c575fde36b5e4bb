"""Write the prompt of a round: a pure function of what one agent perceived and did.

The input is the Brief, the Perceptions and the agent's own decisions. The same history gives the same text on
every machine; the ledger of a run relies on it. Everything that stays the same in an episode is in the first
message, equal for all agents, so that endpoints can cache this prefix.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from swarm_env.agents.llm import compact, wording
from swarm_env.agents.llm.answer_form import format_of
from swarm_env.agents.llm.template import Template, default_template

from swarm_env.agent import Brief, Decision, Perception

MEMORY = 5  # default number of views, and of own actions; the published benchmark's choice
MOST_MEMORY = 1000
MARKED, UNMARKED = "A", "a"  # symbols of agents in a scenario's legend; views show them as numbers
EXAMPLE = "7"  # number of an agent in the legend

Messages = tuple[tuple[str, str], ...]  # role, text


@dataclass(frozen=True, slots=True)
class Moment:
    """One round of one agent."""

    perception: Perception
    decision: Decision | None = None  # its decision; None: the one that is asked for
    unread: bool = False  # whether no move could be read, so that it stayed


@dataclass(frozen=True, slots=True)
class Style:
    """Variants of a prompt."""

    persona: str = "none"  # one of `wording.PERSONAS`
    thinking: str = "plain"  # one of `wording.THINKING`
    form: str = "json"  # form of the answer: one of `answer_form.FORMS`
    template: Template = field(default_factory=default_template)  # the text around the fields
    memory: int = MEMORY  # views, and own actions, that are shown; at least 1
    preset: str = ""  # "swarmbench": prompt and parser of `agents.llm.swarmbench`


class Writer:
    """Writes the prompts of one episode."""

    def __init__(self, brief: Brief, style: Style | None = None) -> None:
        """Write the parts that stay the same in the episode."""
        self._brief, self._style = brief, style or Style()
        self._template = self._style.template.filled(_lasting(brief, self._style))

    def write(self, history: Sequence[Moment]) -> Messages:
        """The prompt of one round: role and text of each message.

        The history has consecutive rounds of one agent, the oldest first; the last one is to be decided. The
        prompt shows the last `Style.memory` actions and, with the present one, as many views.
        """
        return self._template.write(lambda name: _PASSING[name](self._brief, history, self._style))

    def review(self, messages: Messages, draft: str) -> Messages:
        """The second request of `reflect`: the prompt, the draft that answered it, the task to review it."""
        return (*messages, ("assistant", draft), ("user", wording.REVIEW))


# Fields that stay the same in an episode.


def _lasting(brief: Brief, style: Style) -> dict[str, str]:
    """The fields that are the same in all rounds."""
    return {
        "role": _role(brief),
        "persona": wording.PERSONAS[style.persona],
        "scenario": title(brief.scenario),
        "task": brief.words,
        "numbers": _numbers(brief),
        "rounds": str(brief.max_rounds),
        "places": wording.PLACES.format(k=brief.view_size),
        "legend": _legend(brief),
        "actions": _actions(brief),
        "pushing": wording.PUSHING,
        "talking": "" if style.form == "scored" else _talking(brief),
        "thinking": wording.THINKING[style.thinking],
        "format": format_of(brief, style.form),
    }


def _role(brief: Brief) -> str:
    if brief.message_topology == "commander":
        return wording.ROLE_COMMANDED
    return wording.ROLE_TEAMS if brief.teams else wording.ROLE_ALONE if brief.private else wording.ROLE


def title(scenario: str) -> str:
    """The name of a scenario; of one in a file, the part after the colon or the file name."""
    return scenario.replace("\\", "/").rpartition("/")[2].rpartition(":")[2].removesuffix(".py")


def _numbers(brief: Brief) -> str:
    facts = "; ".join(f"{name} = {json.dumps(value)}" for name, value in brief.facts.items())
    return wording.NUMBERS.format(facts=facts) if facts else ""


def _legend(brief: Brief) -> str:
    """Symbols and meanings; agents, which views show as numbers, as an example."""
    symbols = brief.symbols
    lines = [
        wording.SYMBOL.format(symbol=symbol, meaning=meaning)
        for symbol, meaning in symbols.items()
        if symbol not in (MARKED, UNMARKED, *brief.agent_symbols) and meaning not in brief.floor
    ]
    for symbol, meaning in symbols.items():
        if meaning in brief.floor:
            several = brief.floor[meaning] != 1
            shown = wording.AMOUNT.format(name=meaning) if several else meaning + wording.FLOOR
            lines.append(wording.SYMBOL.format(symbol=f"{symbol}1" if several else symbol, meaning=shown))
    if brief.agent_symbols:
        number = wording.NUMBERED.format(number=EXAMPLE)
        lines += [f"{s}{EXAMPLE} = {symbols[s]}{number}" for s in brief.agent_symbols]
    else:
        lines.append(f"{EXAMPLE} = {symbols.get(MARKED, 'agent')} (its number, here {EXAMPLE})")
    if UNMARKED in symbols:
        lines.append(f"${EXAMPLE} = {symbols[UNMARKED]} (its number after $)")
    if brief.senses:
        lines.append(wording.SENSES)
        lines += [wording.SENSE.format(name=name, meaning=text) for name, text in brief.senses.items()]
    return "\n".join([wording.SYMBOLS, *lines])


def _actions(brief: Brief) -> str:
    lines = [
        wording.ACTION.format(index=i, name=name, meaning=wording.MOVES.get(name, wording.OWN_MOVE))
        for i, name in enumerate(brief.actions)
    ]
    return "\n".join(["Actions, one each round:", *lines])


def _talking(brief: Brief) -> str:
    if brief.message != "text":
        return ""
    low, high = brief.message_delay
    when = wording.LATER.format(low=low + 1, high=high + 1) if high else wording.NEXT
    hearers = wording.HEARERS[brief.message_topology].format(reach=brief.message_range, when=when)
    sender = wording.SIGNED if brief.sender else wording.ANONYMOUS
    if brief.phrases:
        talking = wording.CHOOSING.format(hearers=hearers, sender=sender)
    else:
        talking = wording.TALKING.format(limit=brief.message_shape[0], hearers=hearers, sender=sender)
    talking += wording.NOISY * (brief.message_noise > 0)
    talking += wording.COSTS.format(cost=brief.message_cost) * (brief.message_cost > 0)
    phrases = [wording.PHRASE.format(number=i + 1, phrase=phrase) for i, phrase in enumerate(brief.phrases)]
    return "\n".join([talking, *phrases])


# Fields of one round.


def _state(brief: Brief, history: Sequence[Moment], _: Style) -> str:
    me = history[-1].perception
    row, col = me.position
    number = me.name.rpartition("_")[2]
    state = wording.STATE.format(name=me.name, number=number, row=row, column=col)
    if UNMARKED in brief.symbols:
        meaning = brief.symbols.get(MARKED if me.mark else UNMARKED, "marked")
        state += f" Your state: {meaning}."
    if brief.teams:
        team, own = brief.teams[me.name], own_symbols(brief, me.name)
        state += wording.TEAM.format(team=team, symbols=" or ".join(own))
    if brief.private:
        state += " " + wording.PAYOFF.format(payoff=me.payoff)
    return state


def own_symbols(brief: Brief, name: str) -> tuple[str, ...]:
    """The symbols of the agents of an agent's own team, by mark."""
    teams = list(dict.fromkeys(brief.teams.values()))
    looks = len(brief.agent_symbols) // len(teams)
    first = teams.index(brief.teams[name]) * looks
    return brief.agent_symbols[first : first + looks]


def table(perception: Perception, corner: tuple[int, int] | None = None) -> str:
    """A view as a table with row and column numbers; `corner` is its first row and column if not a view."""
    view = perception.view
    half = len(view) // 2
    top, left = corner or (perception.position[0] - half, perception.position[1] - half)
    columns = [str(col) for col in range(left, left + len(view[0]))]
    rows = [str(row) for row in range(top, top + len(view))]
    wide = max(len(columns[0]), len(columns[-1]), max([max(map(len, cells)) for cells in view]))
    edge = max(len(rows[0]), len(rows[-1]))
    lines = [" " * edge + " " + " ".join([column.rjust(wide) for column in columns])]
    for row, cells in zip(rows, view, strict=True):
        lines.append(row.rjust(edge) + " " + " ".join([cell.rjust(wide) for cell in cells]))
    return "\n".join(lines)


def _one_view(brief: Brief, perception: Perception, now: str) -> str:
    row, col = perception.position
    head = wording.VIEW.format(round=perception.round + 1, now=now, row=row, column=col)
    values = ", ".join(
        [f"{name} = {value}" for name, value in zip(brief.senses, perception.senses, strict=False)]
    )
    lines = [head, table(perception)] + [wording.SENSED.format(values=values)] * bool(values)
    middle = len(perception.view) // 2
    floor = zip(brief.floor, perception.floor, strict=False)
    under = ", ".join([f"{name} = {amounts[middle][middle]:.3g}" for name, amounts in floor])
    lines += [wording.UNDER.format(values=under)] * bool(under)
    return "\n".join(lines)


def _view(brief: Brief, history: Sequence[Moment], __: Style) -> str:
    now = history[-1].perception
    views = [_one_view(brief, now, " (now)")]
    if now.map:
        views.append(f"{wording.MAP}\n{table(replace(now, view=now.map), corner=(0, 0))}")
    return "\n\n".join(views)


def _views(brief: Brief, history: Sequence[Moment], style: Style) -> str:
    past = [_one_view(brief, moment.perception, "") for moment in history[-style.memory : -1]]
    return "\n\n".join(["What you saw:", *past, _view(brief, history, style)])


def _taken(brief: Brief, history: Sequence[Moment], style: Style) -> str:
    """The last actions; an agent changes its position by its own move or when others push it."""
    recent = history[-style.memory - 1 :]
    lines = []
    for before, after in zip(recent, recent[1:], strict=False):
        if before.decision is not None:
            here, there = before.perception.position, after.perception.position
            came = wording.STAYED if here == there else f"you came to row {there[0]}, column {there[1]}"
            number, action = before.perception.round + 1, brief.actions[before.decision.move]
            lines.append(wording.DID.format(round=number, action=action, result=came))
    return "\n".join(["What you did:", *lines]) if lines else ""


def _heard(brief: Brief, history: Sequence[Moment], _: Style) -> str:
    if brief.message != "text":
        return ""
    heard = history[-1].perception.heard
    lines = [f"- {quoted(str(text))}" for text in heard]
    return "\n".join([wording.HEARD, *lines]) if lines else f"{wording.HEARD} nothing"


def _said(brief: Brief, history: Sequence[Moment], style: Style) -> str:
    last = history[-2].decision if len(history) > 1 else None
    if style.thinking != "debate" or brief.message != "text" or last is None or not last.message:
        return ""
    return f"What you said last: {quoted(str(last.message))}"


def quoted(text: str) -> str:
    """A text as a JSON string in one line, so that no message can imitate a part of the prompt."""
    return json.dumps(text, ensure_ascii=False)


def _barred(brief: Brief, history: Sequence[Moment], _: Style) -> str:
    allowed = history[-1].perception.allowed
    names = [name for name, legal in zip(brief.actions, allowed, strict=False) if not legal]
    lines = [wording.BARRED.format(names=", ".join(names))] if names else []
    if brief.message == "text" and not history[-1].perception.may_speak:
        lines.append(wording.MUTE)
    return "\n".join(lines)


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
    "mark": compact.mark,
    "position": compact.position,
    "near": compact.near,
    "sensed": compact.sensed,
    "last": compact.last,
    "can": compact.can,
    "hears": compact.hears,
}
