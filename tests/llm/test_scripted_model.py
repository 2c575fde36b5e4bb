"""The scripted model: it reads prompts as a model would, and plays sensibly."""

import json
import random

import pytest
from swarm_env.agents.llm.answer_form import answer_schema
from swarm_env.agents.llm.parse import read_answer
from swarm_env.agents.llm.prompt import MEMORY, Moment, Style, Writer
from swarm_env.agents.mock_server.scripted_model import POLITE, answer

import swarm_env
from swarm_env import Decision
from tests.llm.histories import SCENARIOS, first, histories, write

scenarios = pytest.mark.parametrize("scenario", SCENARIOS)


def as_request(messages):
    return [{"role": role, "content": text} for role, text in messages]


def play(scenario, seed=1, rounds=40, message="text"):
    """A game of the scripted model; its score, and how often it said something."""
    env = swarm_env.parallel_env(scenario, message=message, max_rounds=rounds)
    env.reset(seed=seed)
    brief = env.brief()
    writer, said = Writer(brief), 0
    past: dict[str, list[Moment]] = {name: [] for name in env.agents}
    while not env.done:
        actions = {}
        for seen in env.perceptions():
            history = [*past[seen.name][-MEMORY:], Moment(seen)]
            read = read_answer(answer(as_request(writer.write(history))), brief.actions)
            past[seen.name].append(Moment(seen, Decision(read.move, read.message)))
            said += read.message is not None
            actions[seen.name] = (
                {"move": read.move, "message": read.message or ""} if message == "text" else read.move
            )
        env.step(actions)
    return env.score, said


@scenarios
@pytest.mark.parametrize("message", ["none", "text"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_it_answers_in_the_form_asked_for(scenario, message, form):
    brief, past = histories(scenario, message=message)
    request = as_request(write(brief, first(past), Style(form=form)))
    said = answer(request)
    read = read_answer(said, brief.actions)
    assert (read.message is not None) == (message == "text")
    assert len(read.message or "") <= 120
    if form == "json":
        assert set(json.loads(said)) == ({"action", "message"} if message == "text" else {"action"})
    schema = answer_schema(brief)
    assert list(json.loads(answer(request, schema))) == schema["required"]
    assert json.loads(answer(request, {"type": "object"}))["action"] == brief.actions[read.move]
    assert answer(request) == said  # the same again


@pytest.mark.parametrize(
    ("scenario", "least"),
    [("synchronization", 40), ("flocking", 5), ("foraging", 1), ("nest_site", 1), ("secrets", 1)],
)
def test_it_plays_sensibly(scenario, least):
    score, said = play(scenario)
    assert score >= least
    assert said > 0


def test_parts_of_a_message_are_joined():
    brief, past = histories("pursuit", message="none")
    (_, system), (_, user) = write(brief, past["agent_0"])
    parts = [{"type": "text", "text": system}, {"type": "image_url"}, {"type": "text", "text": user}]
    whole = as_request([("system", system), ("user", user)])
    assert answer([{"role": "user", "content": parts}]) == answer(whole)


@pytest.mark.parametrize("content", ["Hello!", "", None, 5, [], [{"text": 7}], "Task: pursuit"])
def test_other_texts_get_a_polite_answer(content):
    assert answer([{"role": "user", "content": content}]) == POLITE
    schema = {"type": "object", "properties": {"winner": {"enum": ["A", "B"]}, "why": {"type": "string"}}}
    assert json.loads(answer([{"role": "user", "content": content}], schema)) == {
        "winner": "A",
        "why": POLITE,
    }


def test_small_instances_of_schemas():
    schema = {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 2},
            "x": {"type": "number"},
            "b": {"type": "boolean"},
            "z": {"type": "null"},
            "l": {"type": "array", "items": {"type": ["string", "null"]}, "minItems": 2},
            "a": {"anyOf": [{"const": 3}, {"type": "string"}]},
            "o": {"type": "object", "properties": {"s": {}}},
            "q": True,
        },
    }
    assert json.loads(answer([], schema)) == {
        "n": 2, "x": 0, "b": False, "z": None, "l": [POLITE, POLITE], "a": 3, "o": {"s": POLITE}, "q": None,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_spoilt_prompts_are_answered_all_the_same(seed):
    chance = random.Random(seed)
    scenario = chance.choice(SCENARIOS)
    brief, past = histories(scenario, message="text")
    text = "\n".join(text for _, text in write(brief, first(past)))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(text))
        text = (
            text[:at]
            + chance.choice(["9", "99999999", "\n", "", "W", "-", "Task: foraging\n"])
            + text[at + 1 :]
        )
    assert isinstance(answer([{"role": "user", "content": text}]), str)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Task: flocking", "Task: ../../secret"),
        ("Task: flocking", "Task: os"),
        ("Task: flocking", "Task: /tmp/evil.py:Evil"),
        ("side = 3", "side = 1000000"),
        ("side = 3", 'side = "x"'),
        ("side = 3", "other = 3"),
        ("row 6", "row 99999999"),
    ],
)
def test_a_prompt_can_neither_load_files_nor_ask_for_endless_work(old, new):
    brief, past = histories("flocking", rounds=0, message="text")
    text = "\n".join(text for _, text in write(brief, past["agent_0"]))
    text = text.replace(old, new)
    assert read_answer(answer([{"role": "user", "content": text}]), brief.actions)
