"""The agent that asks language models: options, ways of thinking, failures, memory; over real HTTP."""

import asyncio
import gc
import json
import sqlite3
from typing import Any

import pytest
from swarm_env.agents.llm import wording
from swarm_env.agents.llm.agent import LlmAgent
from swarm_env.agents.llm.prompt import MEMORY
from swarm_env.agents.mock_server import Faults, MockServer
from swarm_env.agents.mock_server.scripted_model import answer as think

import swarm_env
from swarm_env import Decision
from swarm_env.chat import REASONS, Budget, Limits
from swarm_env.errors import ConfigError, MissingExtraError, ReplayMissing
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import fork, resume
from swarm_env.runs.files import read_run
from tests.chat.server import Server, error, ok
from tests.llm.histories import histories


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


class Ear:
    """A model that remembers what it was asked."""

    def __init__(self, model_function=think):
        self.asked, self._function = [], model_function

    def __call__(self, messages, schema):
        self.asked.append([(message["role"], message["content"]) for message in messages])
        return self._function(messages, schema)


def play(function=think, agents="llm:scripted@{url}", faults=None, scenario="synchronization", **settings):
    """A short game against a server of its own; how it ended, and the server's counts."""
    settings = {"num_agents": 4, "max_rounds": 4, "seed": 3, **settings}
    server = MockServer(function, faults)
    url = server.start()
    try:
        result = swarm_env.play(scenario, agents.replace("{url}", url), **settings)
        return result, server.stats()
    finally:
        server.stop()


# Playing.


def test_all_bodies_are_asked_once_a_round():
    ear = Ear()
    result, stats = play(ear)
    assert (result.score, result.rounds) == (4, 4)
    assert stats["answered"] == len(ear.asked) == result.usage.calls == 16
    assert result.usage.fallbacks == {} and result.counts["messages"] == 16


def test_without_a_name_the_server_in_this_process_answers_and_says_so(tmp_path, monkeypatch):
    notices: list[str] = []
    world: dict[str, Any] = {"num_agents": 3, "max_rounds": 3, "seed": 1}
    result = swarm_env.play("synchronization", "llm", out=tmp_path, notify=notices.append, **world)
    assert result.score == 3 and result.usage is not None and result.usage.cost == 0.0
    assert len(notices) == 1 and "server inside this process" in notices[0]
    assert read_run(tmp_path).info.team == "llm:scripted@embedded*3"
    (tmp_path / "result.json").unlink()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another-shell")
    assert resume(tmp_path).score == 3


def test_the_first_failure_of_each_kind_is_reported():
    notices: list[str] = []
    play(faults=Faults({"nonsense": 0.5, "refusal": 0.5}, seed=1), notify=notices.append)
    assert len(notices) == 2
    assert "no usable answer (unparsable: " in "".join(notices)
    assert "no usable answer (refused: " in "".join(notices)


def test_a_run_that_cannot_ask_is_refused_before_it_begins(tmp_path):
    for team, calls, words in (
        ("llm:m@http://elsewhere.example/v1", None, "needs a key.*--allow-key OPENAI_API_KEY="),
        ("llm:m@http://127.0.0.1:9/v1", Calls(budget=Budget(dollars=1.0)), "price"),
    ):
        with pytest.raises(ConfigError, match=words):
            swarm_env.play("pursuit", team, out=tmp_path / "run", calls=calls)
        assert not (tmp_path / "run").exists()


def test_a_missing_server_is_named_with_the_line_that_installs_it(monkeypatch):
    from swarm_env.agents.llm import mock_endpoint

    monkeypatch.setattr(mock_endpoint, "NEEDED", ("no_such_library",))
    monkeypatch.setattr(mock_endpoint, "_running", {})
    with pytest.raises(MissingExtraError, match=r"no_such_library.*pip install '\.\[serve\]'"):
        swarm_env.play("pursuit", "llm", max_rounds=1)


@pytest.mark.parametrize("model", ["scripted", "scripted-tools", "scripted-json", "scripted-text"])
@pytest.mark.parametrize("answer", ["auto", "text"])
def test_whatever_form_of_answers_a_server_takes(model, answer):
    result, _ = play(agents=f"llm:{model}@{{url}}?answer={answer}")
    assert result.score == 4
    assert result.usage.fallbacks == {}


def test_a_mixed_team_plays_together():
    result, stats = play(agents="llm:scripted@{url}*2, scripted*1, random*1")
    assert stats["answered"] == 8
    assert result.usage.decisions == 8


# Ways of thinking, personas, templates.


def test_reflect_asks_twice_and_shows_the_draft():
    ear = Ear(
        lambda messages, schema: json.dumps({"action": "STAY" if len(messages) == 2 else "UP", "message": ""})
    )
    result, stats = play(ear, "llm:m@{url}?thinking=reflect", scenario="pursuit", max_rounds=1)
    assert stats["answered"] == 8
    reviews = [asked for asked in ear.asked if len(asked) == 4]
    assert len(reviews) == 4
    for *_, draft, review in reviews:
        assert draft == ("assistant", '{"action": "STAY", "message": ""}')
        assert review == ("user", wording.REVIEW)
    assert result.usage.calls == 8


def test_an_unreadable_draft_is_not_reviewed():
    result, stats = play(lambda *_: "???", "llm:m@{url}?thinking=reflect", max_rounds=1)
    assert stats["answered"] == 4 * 3  # three attempts each
    assert result.usage.fallbacks == {"unparsable": 4}


def test_debate_remembers_what_was_said_and_needs_texts():
    ear = Ear()
    play(ear, "llm:m@{url}?thinking=debate", max_rounds=2)
    assert sum("What you said last" in asked[-1][1] for asked in ear.asked) == 4
    with pytest.raises(ConfigError, match="debate.*--message text"):
        play(agents="llm:m@{url}?thinking=debate", message="none")


def test_personas_and_templates_reach_the_model(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("I greet you, {name}. {persona}\n{view}\n{format}")
    ear = Ear(lambda *_: "ACTION: STAY")
    play(ear, f"llm:m@{{url}}?persona=calm&prompt={file}", max_rounds=1)
    assert {asked[0][1].split(".")[0] for asked in ear.asked} == {f"I greet you, agent_{i}" for i in range(4)}
    assert all(wording.PERSONAS["calm"] in asked[0][1] for asked in ear.asked)


def test_options_that_the_server_rejects_are_named_once():
    notices: list[str] = []

    def picky(request):
        for name in ("temperature", "top_p"):
            if name in request.body:
                return error(400, f"Unsupported parameter: '{name}' is not supported with this model.")
        return ok('{"action": "UP", "message": ""}')

    with Server(picky) as server:
        swarm_env.play(
            "pursuit", f"llm:m@{server.url}?temperature=0&top_p=0.5", num_agents=2, max_rounds=3, seed=1,
            notify=notices.append,
        )  # fmt: skip
    (said,) = (line for line in notices if "does not take" in line)
    assert said.startswith(f"m@{server.url} does not take temperature, top_p: no longer sent")


def test_temperature_and_most_tokens_are_sent():
    with MockServer(think) as server:
        brief, past = histories("pursuit", rounds=0, message="text", num_agents=1)
        seen = [past["agent_0"][0].perception]
        for options in ({}, {"temperature": "0.5"}, {"temperature": "0.5"}, {"max_tokens": "77"}):
            agent = LlmAgent.from_argument(f"m@{server.url}", **options)
            agent.reset(brief, list(past), 0)
            asyncio.run(agent.decide(seen))
        assert server.stats()["answered"] == 4
        assert server.stats()["bodies"] == 3  # that differ


def test_a_limit_of_tokens_bounds_the_estimate():
    agent = LlmAgent.from_argument("m@embedded", max_tokens="7")
    brief, past = histories("pursuit", rounds=0, message="text")
    agent.reset(brief, list(past), 0)
    assert {preview.completion_tokens for preview in agent.preview([past["agent_0"][0].perception])} == {7}


# Failures.


@pytest.mark.parametrize(
    ("model_function", "reason"),
    [(lambda *_: "I'm sorry, I can't help with that.", "refused"), (lambda *_: "hm", "unparsable")],
)
def test_what_cannot_be_used_becomes_stay_and_is_counted(model_function, reason):
    result, stats = play(model_function, max_rounds=2)
    assert result.usage.fallbacks == {reason: 8}
    assert result.counts["messages"] == 0
    assert stats["answered"] == 24
    assert result.valid is True  # a failure of the model's is part of its score


def test_faults_of_the_server_become_stay_by_reason_and_the_counts_agree():
    faults = Faults(rates={"429": 0.1, "500": 0.05, "cut": 0.05, "nonsense": 0.1, "refusal": 0.1}, seed=5)
    calls = Calls(limits=Limits(deadline=5.0, attempt=2.0))
    result, stats = play(faults=faults, max_rounds=6, calls=calls)
    assert result.rounds == 6
    assert result.usage.calls == stats["requests"]
    assert set(result.usage.fallbacks) <= set(REASONS)
    assert result.usage.decisions == 24


# Memory, replays, forks.


def test_no_more_than_the_last_rounds_is_kept():
    agent = LlmAgent()
    brief, past = histories("pursuit", rounds=12, message="text")
    agent.reset(brief, list(past), 0)
    for number in range(12):
        moments = [history[number] for history in past.values()]
        agent.replay([m.perception for m in moments], [m.decision for m in moments])
    assert all(len(kept) == MEMORY for kept in agent._past.values())
    now = [history[-1].perception for history in past.values()]
    first, again = agent.preview(now), agent.preview(now)
    assert first == again
    assert first[0].messages[1][1].count("you at row") == MEMORY
    assert 500 < first[0].prompt_tokens < 2000


def test_a_fork_shows_models_what_others_did(tmp_path):
    swarm_env.play(
        "synchronization", "random", seed=3, num_agents=3, max_rounds=6, message="text", out=tmp_path / "a"
    )
    ear = Ear()
    with_server = MockServer(ear)
    url = with_server.start()
    try:
        fork(tmp_path / "a", 4, f"llm:m@{url}", out=tmp_path / "b")
    finally:
        with_server.stop()
    assert len(ear.asked) == 3 * 2
    assert all(asked[-1][1].count("you at row") >= 4 for asked in ear.asked)


def test_a_run_is_played_again_from_its_ledger_without_a_server(tmp_path):
    result, _ = play(out=tmp_path / "run")
    again = fork(tmp_path / "run", 0, out=tmp_path / "again", calls=Calls(mode="replay"))
    assert again.score == result.score
    assert (tmp_path / "again/rounds.jsonl").read_text() == (tmp_path / "run/rounds.jsonl").read_text()
    (tmp_path / "again/calls.sqlite").unlink()
    (tmp_path / "again/result.json").unlink()
    with pytest.raises(ReplayMissing):
        resume(tmp_path / "again", calls=Calls(mode="replay"))


def test_in_a_loop_of_ones_own():
    env = swarm_env.parallel_env("synchronization", num_agents=3, max_rounds=3, message="text")
    env.reset(seed=1)
    player: Any = swarm_env.make_agent("llm:scripted@embedded")
    player.reset(env.brief(), env.agents, seed=1)

    async def whole_game():
        while env.agents:
            seen = env.perceptions()
            decided = zip(seen, await player.decide(seen), strict=True)
            env.step({who.name: {"move": d.move, "message": d.message or ""} for who, d in decided})

    asyncio.run(whole_game())
    assert env.score == 3
    assert isinstance(Decision(0), Decision)


@pytest.mark.parametrize("closed", [True, False])
def test_an_agent_outside_a_run_closes_what_it_opened(closed, monkeypatch):
    """Python 3.13 warns of a connection that is freed open; here it notes so itself."""
    unclosed: list[str] = []

    class Watched(sqlite3.Connection):
        is_open = True

        def close(self):
            self.is_open = False
            super().close()

        def __del__(self):
            if self.is_open:
                unclosed.append("freed open")

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **more: connect(*given, factory=Watched, **more))
    env = swarm_env.parallel_env("synchronization", num_agents=2, message="text")
    env.reset(seed=1)
    player: Any = swarm_env.make_agent("llm:scripted@embedded")
    for _ in range(2):  # a new episode begins anew
        player.reset(env.brief(), env.agents, seed=1)
    if closed:
        player.close()
        player.close()
    del player
    gc.collect()
    assert unclosed == []


# Options.


@pytest.mark.parametrize(
    ("argument", "options", "address", "settled"),
    [
        ("", {}, "", ("scripted@embedded", {})),
        ("", {"persona": "calm"}, "", ("scripted@embedded", {"persona": "calm"})),
        ("", {"model": "m"}, "", ("", {"model": "m"})),
        ("m", {}, "", ("m", {})),
        ("m", {}, "http://h:1/v1/", ("m@http://h:1/v1", {})),
        ("", {"model": "m"}, "http://h:1/v1", ("", {"model": "m", "base_url": "http://h:1/v1"})),
        ("m@http://g:2/v1", {}, "http://h:1/v1", ("m@http://g:2/v1", {})),
        ("m@embedded", {}, "http://h:1/v1", ("m@embedded", {})),
        ("", {}, "http://h:1/v1", ("", {})),  # and refused: no model is named
    ],
)
def test_a_team_keeps_what_the_environment_says(argument, options, address, settled, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    assert LlmAgent.settled(argument, options) == settled


def test_an_address_of_the_environment_that_holds_a_secret_is_refused(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://u:hunter2@h/v1")
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL holds a user") as error:
        swarm_env.play("pursuit", "llm:m")
    assert "hunter2" not in str(error.value)


def test_what_is_named_is_taken(monkeypatch):
    agent = LlmAgent.from_argument("org/m:8b@http://localhost:1/v1", temperature="0.2", persona="calm")
    options = agent._options
    assert (options.endpoint.model, options.endpoint.base_url) == ("org/m:8b", "http://localhost:1/v1")
    request = options.request
    assert (request.temperature, request.max_tokens, options.style.persona) == (0.2, None, "calm")
    assert LlmAgent.from_argument("@cf/meta/m")._options.endpoint.model == "@cf/meta/m"
    assert LlmAgent.from_argument("@embedded")._options.embedded
    assert (
        LlmAgent.from_argument("", model="m", base_url="http://localhost:1/v1")._options.endpoint.model == "m"
    )
    assert not LlmAgent.from_argument("m", key_env="MY_KEY")._options.embedded


@pytest.mark.parametrize(
    ("argument", "options", "words"),
    [
        ("m", {"personna": "calm"}, ["no option 'personna'", "'persona'", "thinking"]),
        ("m", {"persona": "angry"}, ["persona='angry'", "none, calm, overconfident"]),
        ("m", {"thinking": "deep"}, ["thinking='deep'", "plain, reflect, debate"]),
        ("m", {"answer": "xml"}, ["answer='xml'", "auto, text"]),
        ("m", {"temperature": "hot"}, ["temperature='hot'", "a number from 0.0 to 2.0"]),
        ("m", {"temperature": "3"}, ["temperature='3'"]),
        ("m", {"temperature": "nan"}, ["temperature='nan'"]),
        ("m", {"max_tokens": "0"}, ["max_tokens='0'", "a whole number from 1"]),
        ("m", {"max_tokens": "1.5"}, ["max_tokens='1.5'"]),
        ("m", {"prompt": "/no/such/file"}, ["/no/such/file", "cannot be read", "views"]),
        ("m", {"model": "other"}, ["'m' and also 'other'"]),
        ("@http://localhost:1/v1", {}, ["no model is named", "llm:scripted@embedded"]),
        ("m@http://user:secret@host/v1", {}, ["environment"]),
        ("@http://user:secret@host/v1", {}, ["environment"]),
        ("", {"base_url": "http://host/v1?api_key=secret"}, ["environment"]),
        ("m@localhost:8000/v1", {}, ["must begin with http://"]),
        ("m@user:secret@host:8000/v1", {}, ["must begin with http://"]),
        ("m", {"key_env": "not a name"}, ["key_env"]),
    ],
)
def test_bad_options_say_what_is_allowed(argument, options, words):
    with pytest.raises(ConfigError) as error:
        LlmAgent.from_argument(argument, **options)
    assert all(word in str(error.value) for word in words)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_with_a_key_a_model_must_be_named(name, monkeypatch):
    monkeypatch.setenv(name, "sk-planted-in-the-tests")
    with pytest.raises(ConfigError, match=f"{name}, but no model is named") as error:
        LlmAgent()
    assert "planted" not in str(error.value)
