"""Write the preset's prompt: a short system message, and one message with everything else, anew each round.

It shows the last views and the last own actions with their messages. Rounds are counted from 0, but from 1 in
the list of actions, as in the prompt released with the benchmark.
"""

from collections.abc import Sequence
from dataclasses import replace

from swarm_env.agents.llm.prompt import MARKED, UNMARKED, Messages, Moment, Style, Writer, quoted, table
from swarm_env.agents.llm.swarmbench import preset_words as words

from swarm_env.agent import Brief, Perception

YOU = "Y"
AGENTS = (MARKED, UNMARKED)
# What an agent observes besides its view, by scenario; of others their mark and senses.
OWN_MARK = {"synchronization": "light_on", "foraging": "carrying_food"}
TELLS_SCORE = ("pursuit",)


class PresetWriter(Writer):
    """Writes the prompts of one episode."""

    def __init__(self, brief: Brief, style: Style) -> None:
        """Write the parts that stay the same in the episode."""
        super().__init__(brief, style)
        self._memory = style.memory
        parts = [
            _legend(brief),
            _actions(brief),
            words.PHYSICS,
            _talking(brief),
            words.PLACES,
            _answer(brief),
        ]
        self._lasting = "\n\n".join(part for part in parts if part)

    def write(self, history: Sequence[Moment]) -> Messages:
        """The prompt of one round: role and text of each message; see `prompt.Writer.write`."""
        now, brief = history[-1].perception, self._brief
        parts = [
            words.INTRODUCTION.format(name=now.name),
            f"Task:\n{_task(brief)}",
            words.ROUND.format(round=now.round),
            _views([moment.perception for moment in history[-self._memory :]], self._memory),
            _section(words.OWN, _own(brief, now)),
        ]
        if brief.message == "text":
            parts.append(_section(words.HEARD, _heard(history)))
        past = [moment for moment in history[-self._memory - 1 : -1] if moment.decision is not None]
        parts += [_section(words.HISTORY, [_acted(brief, moment) for moment in past]), self._lasting]
        return ("system", words.SYSTEM), ("user", "\n\n".join(parts))


def _section(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([heading, *lines])


def _task(brief: Brief) -> str:
    if brief.scenario == "flocking":
        return words.TASKS["flocking"].format(shape=outline(int(brief.facts["side"])))
    return words.TASKS.get(brief.scenario, brief.words)


def outline(side: int) -> str:
    """The outline of a square, A for an agent."""
    edges = (0, side - 1)
    rows = [["A" if i in edges or j in edges else "." for j in range(side)] for i in range(side)]
    return "\n".join(" ".join(row) for row in rows)


def _views(seen: Sequence[Perception], memory: int) -> str:
    """The views, the latest first."""
    blocks = []
    for steps, perception in enumerate(reversed(seen)):
        heading = words.BEFORE.format(steps=steps) if steps else words.NOW
        blocks.append(f"{heading}\n{table(_with_you(perception))}")
    if seen[-1].map:
        whole = replace(seen[-1], view=seen[-1].map)
        blocks.append(f"{words.MAP}\n{table(whole, corner=(0, 0))}")
    return "\n\n".join([words.VIEWS.format(memory=memory), *blocks])


def _with_you(perception: Perception) -> Perception:
    """The same with Y instead of the own number in the middle."""
    middle = len(perception.view) // 2
    rows = [list(row) for row in perception.view]
    rows[middle][middle] = YOU
    return replace(perception, view=tuple(map(tuple, rows)))


def _own(brief: Brief, now: Perception) -> list[str]:
    facts: dict[str, object] = {}
    if brief.scenario in TELLS_SCORE:
        facts["score"] = f"{now.score:g}"
    elif brief.scenario in OWN_MARK:
        facts[OWN_MARK[brief.scenario]] = bool(now.mark)
    elif brief.scenario not in words.TASKS:
        if UNMARKED in brief.symbols:
            facts["your state"] = brief.symbols.get(MARKED if now.mark else UNMARKED, "marked")
        facts |= dict(zip(brief.senses, now.senses, strict=False))
    return [words.FACT.format(name=name, value=value) for name, value in facts.items()]


def _heard(history: Sequence[Moment]) -> list[str]:
    """What was heard, and the own last message: the released system delivers it to its sender too."""
    last = history[-2].decision if len(history) > 1 else None
    own = [last.message] if last is not None and last.message else []
    return [words.MESSAGE.format(text=quoted(str(text))) for text in (*history[-1].perception.heard, *own)]


def _acted(brief: Brief, moment: Moment) -> str:
    decision = moment.decision
    assert decision is not None
    action = words.NO_ACTION if moment.unread else brief.actions[decision.move]
    return words.ACTED.format(
        round=moment.perception.round + 1, action=action, text=quoted(str(decision.message or ""))
    )


def _legend(brief: Brief) -> str:
    symbols = dict(words.SYMBOLS)
    if brief.scenario not in words.TASKS:
        own = {key: text for key, text in brief.symbols.items() if key not in (*symbols, *AGENTS)}
        symbols |= own | {f"number ({name})": text for name, text in brief.senses.items()}
    lines = [words.SYMBOL.format(symbol=symbol, meaning=text) for symbol, text in symbols.items()]
    return "\n".join([words.LEGEND, *lines, words.MORE_SYMBOLS])


def _actions(brief: Brief) -> str:
    more = brief.actions[5:] if brief.scenario not in words.TASKS else ()
    lines = [words.ACTIONS, *[words.SPEAKING] * (brief.message == "text"), *(f"- {name}" for name in more)]
    return "\n".join([*lines, words.MORE_ACTIONS])


def _talking(brief: Brief) -> str:
    if brief.message != "text":
        return ""
    hearers = words.HEARERS[brief.message_topology]
    if brief.message_topology == "range" and brief.message_range != brief.view_size // 2:
        hearers = words.NEAR.format(reach=brief.message_range)
    talking = words.TALKING.format(hearers=hearers, limit=brief.message_shape[0])
    phrases = [f"{number}: {phrase}" for number, phrase in enumerate(brief.phrases, 1)]
    return "\n".join([talking, *[words.CHOOSING] * bool(phrases), *phrases])


def _answer(brief: Brief) -> str:
    talks = brief.message == "text"
    return words.ANSWER.format(message=words.ANSWER_MESSAGE * talks, ending=words.ANSWER_ENDING * talks)
