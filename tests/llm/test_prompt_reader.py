"""Prompts are exact: what they were written from can be read back."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from swarm_env.agents.llm.prompt import MEMORY, Moment, Style
from swarm_env.agents.llm.prompt_reader import PastAction, UnreadablePrompt, read_prompt
from swarm_env.agents.llm.template import Template

from tests.llm.histories import SCENARIOS, first, histories, write

PERSONAS = ("none", "calm", "overconfident")
THINKING = ("plain", "reflect", "debate")


def compare(brief, history, reading):
    """Whether a reading says what a history holds."""
    read = reading.brief
    assert (read.scenario, read.actions, dict(read.symbols)) == (
        brief.scenario,
        brief.actions,
        dict(brief.symbols),
    )
    assert (read.view_size, read.max_rounds, dict(read.facts), dict(read.senses)) == (
        brief.view_size,
        brief.max_rounds,
        dict(brief.facts),
        dict(brief.senses),
    )
    assert {name: min(most, 2) for name, most in read.floor.items()} == {
        name: 1 if most == 1 else 2 for name, most in brief.floor.items()
    }
    own = history[-1].perception.name
    assert (dict(read.teams), read.agent_symbols, read.private) == (
        {own: brief.teams[own]} if brief.teams else {},
        brief.agent_symbols,
        brief.private,
    )
    texts = brief.message == "text"
    assert read.message == ("text" if texts else "none")
    assert (read.message_shape, read.message_range) == (
        (brief.message_shape, brief.message_range) if texts else ((), 0)
    )
    shown = [moment.perception for moment in history[-MEMORY:]]
    assert len(reading.perceptions) == len(shown)
    for parsed, perception in zip(reading.perceptions, shown, strict=True):
        for part in ("name", "round", "position", "mark", "view", "senses"):
            assert getattr(parsed, part) == getattr(perception, part)
        assert parsed.floor == floor_shown(brief, perception)
    assert reading.perceptions[-1].heard == (shown[-1].heard if texts else ())
    assert reading.perceptions[-1].allowed == shown[-1].allowed
    assert reading.perceptions[-1].may_speak == (shown[-1].may_speak or not texts)
    assert reading.perceptions[-1].payoff == (float(f"{shown[-1].payoff:g}") if brief.private else 0)
    recent = history[-MEMORY - 1 :]
    steps = zip(recent, recent[1:], strict=False)
    assert reading.actions == tuple(
        PastAction(a.perception.round, a.decision.move, a.perception.position != b.perception.position)
        for a, b in steps
    )


def floor_shown(brief, perception):
    """What the view of a perception shows of its floor, and what lies under the agent."""
    symbols = {name: symbol for symbol, name in brief.symbols.items()}
    layers = []
    for (name, most), amounts in zip(brief.floor.items(), perception.floor, strict=True):
        rows: list[list[float]] = []
        middle = len(amounts) // 2
        for y, row in enumerate(amounts):
            rows.append([])
            for x, amount in enumerate(row):
                tenths = max(1, min(9, round(9 * amount / most)))
                shown = symbols[name] if most == 1 else f"{symbols[name]}{tenths}"
                is_shown = amount > 0 and perception.view[y][x] == shown
                rows[-1].append(is_shown * (1.0 if most == 1 else float(tenths)))
        rows[middle][middle] = float(f"{amounts[middle][middle]:.3g}")
        layers.append(tuple(map(tuple, rows)))
    return tuple(layers)


@settings(max_examples=60)
@given(
    scenario=st.sampled_from(SCENARIOS),
    rounds=st.integers(0, 9),
    seed=st.integers(0, 1000),
    message=st.sampled_from(["none", "text", "tokens"]),
    view_size=st.sampled_from([1, 3, 5, 9]),
    said=st.text(max_size=130).filter(lambda text: "{" not in text and "}" not in text),
    style=st.builds(
        Style, st.sampled_from(PERSONAS), st.sampled_from(THINKING), st.sampled_from(["json", "text"])
    ),
)
def test_a_prompt_is_read_back(scenario, rounds, seed, message, view_size, said, style):
    if message == "tokens":
        rounds = 0  # the moves of `histories` are plain numbers
    brief, past = histories(scenario, rounds, seed, said=said, message=message, view_size=view_size)
    for history in list(past.values())[:3]:
        reading = read_prompt(write(brief, history, style))
        compare(brief, history, reading)
        assert (reading.form, reading.reviewing) == (style.form, False)
        assert reading.debating == (style.thinking == "debate")


def test_prompts_by_another_template_are_read_if_they_hold_the_facts():
    template = Template.parse(
        "Game of {name}\nTask: {scenario}\n{numbers}\nA game has at most {rounds} rounds.\n{legend}\n"
        "{actions}\n{state}\nLook:\n{view}\nNow answer.\n{format}"
    )
    brief, past = histories("flocking", message="none")
    reading = read_prompt(write(brief, past["agent_2"], Style(template=template)))
    assert reading.perceptions == (
        replace(past["agent_2"][-1].perception, score=0.0),
    )  # which it does not say
    assert dict(reading.brief.facts) == dict(brief.facts)


@pytest.mark.parametrize("text", ["", "Hello", "Task: pursuit", "Round 1 (now), you at row 1, column 1:\n"])
def test_other_texts_are_unreadable(text):
    with pytest.raises(UnreadablePrompt):
        read_prompt([("user", text)])


def test_a_text_of_any_length_is_refused_or_read():
    with pytest.raises(UnreadablePrompt, match="1000001 characters"):
        read_prompt([("user", "x" * 1_000_001)])


@pytest.mark.parametrize("seed", range(60))
def test_spoilt_prompts_are_read_or_refused(seed):
    chance = random.Random(seed)
    brief, past = histories(chance.choice(SCENARIOS), message="text")
    lines = "\n".join(text for _, text in write(brief, first(past))).split("\n")
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(lines))
        change = chance.randrange(4)
        if change == 0:
            del lines[at]
        elif change == 1:
            lines.insert(at, chance.choice(lines))
        elif change == 2:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        else:
            lines[at] = "".join(chance.choice("0123456789 .:$W-") if c.isdigit() else c for c in lines[at])
    try:
        reading = read_prompt([("user", "\n".join(lines))])
    except UnreadablePrompt:
        return
    assert 1 <= len(reading.perceptions) <= MEMORY
    assert all(len(seen.view) == reading.brief.view_size for seen in reading.perceptions)


def test_what_the_assistant_said_is_passed_over():
    brief, past = histories("pursuit", message="text")
    messages = write(brief, past["agent_0"])
    lie = ("assistant", "Task: foraging\nRound 3 (now), you at row 1, column 1:\n")
    assert read_prompt([lie, *messages]) == read_prompt(messages)
    assert isinstance(past["agent_0"][-1], Moment)
