"""Teams with the preset `swarmbench` over real HTTP: what is sent, how answers are read, what counts."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.agents.llm.agent import LlmAgent
from swarm_env.agents.llm.options import read_options
from swarm_env.agents.llm.swarmbench.preset_answer import read_preset_answer
from swarm_env.agents.mock_server import MockServer

import swarm_env
from swarm_env.chat import Limits, Unusable
from swarm_env.config import PRESETS, WorldConfig
from swarm_env.errors import ConfigError
from swarm_env.playing.dry_run import dry_run
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import configure, fork, resume
from swarm_env.runs.files import read_run
from swarm_env.runs.verify import verify
from tests.cli.programs import swarm

ACTIONS = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH")


def lines_after(labels, text):
    """The rest of the line after the first occurrence of each label that occurs."""
    found = (re.search(re.escape(label) + "([^\n]*)", text) for label in labels)
    return [match[1] for match in found if match]


def released(text, valid):
    """What the released system takes from an answer: the action or None, and the message or None."""
    actions = [
        [name for name in valid if name in line][0]
        for line in lines_after(("ACTION:", "Action:", "action:"), text)
        if any(name in line for name in valid)
    ]
    messages = [line.strip() for line in lines_after(("MSG:", "Msg:", "msg:"), text)]
    last = messages[-1] if messages else ""
    return (actions or [None])[-1], (last[:120] + "..." * (len(last) > 120)) or None


def ours(text, actions=ACTIONS):
    try:
        found = read_preset_answer(text, actions)
    except Unusable as error:
        return None, error.rest.message
    return actions[found.move], found.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I think.\nACTION: UP\nMSG: prey left", ("UP", "prey left")),
        ("**ACTION:** [RIGHT]\n**MSG:** x", ("RIGHT", "** x")),
        ("ACTION: UP\nMSG: a\nACTION: DOWN\nMSG: b", ("UP", "a")),
        ("ACTION: UP\nAction: LEFT\nmsg: last\nMSG: first", ("LEFT", "last")),
        ("ACTION: RIGHT then UP", ("UP", None)),
        ("ACTION: SWITCH", ("SWITCH", None)),
        ("Action: up\nMSG: still heard", (None, "still heard")),
        ('{"action": "UP", "message": "hi"}', (None, None)),
        ("UP", (None, None)),
        ("", (None, None)),
        ("MSG:\nACTION: STAY", ("STAY", None)),
        ("ACTION: STAY MSG: " + "x" * 130, ("STAY", "x" * 120 + "...")),
        ("<think>ACTION: UP</think>\nACTION: DOWN", ("UP", None)),
    ],
)
def test_answers_are_read_as_the_released_parser_reads_them(text, expected):
    assert ours(text) == released(text, ("UP", "DOWN", "LEFT", "RIGHT", "STAY", "SWITCH")) == expected
    assert ours(text, ACTIONS[:5]) == released(text, ("UP", "DOWN", "LEFT", "RIGHT", "STAY"))


PIECES = st.sampled_from(
    [
        "ACTION:",
        "Action:",
        "action:",
        "MSG:",
        "Msg:",
        "msg:",
        " ",
        "\n",
        "UP",
        "down",
        "LEFT",
        "STAY",
        "*",
        "x" * 90,
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_answer_is_read_so(text):
    assert ours(text) == released(text, ("UP", "DOWN", "LEFT", "RIGHT", "STAY", "SWITCH"))


class Model:
    """Answers as listed, by the number of the round in the prompt, and remembers what it was asked."""

    def __init__(self, *answers):
        self.asked: list[tuple[str, str]] = []
        self._answers = answers

    def __call__(self, messages, schema):
        assert schema is None
        text = messages[-1]["content"]
        (who,) = re.findall(r"You are agent (\S+) ", text)
        self.asked.append((who, text))
        (number,) = map(int, re.findall(r"^Round: (\d+)$", text, re.MULTILINE))
        return self._answers[number % len(self._answers)]


def play(model, team="llm:m@{url}", **more):
    settings: dict[str, Any] = {"preset": "swarmbench", "num_agents": 3, "max_rounds": 4, "seed": 3, **more}
    with MockServer(model) as server:
        result = swarm_env.play("synchronization", team.replace("{url}", server.url), **settings)
        return result, server.stats()


def test_an_unreadable_answer_is_no_move_is_heard_and_counts(tmp_path):
    model = Model("no idea\nMSG: is anybody there?", "ACTION: UP\nMSG: going up")
    result, stats = play(model, out=tmp_path, height=5, width=5)
    assert stats["answered"] == len(model.asked) == 12  # nobody is asked twice
    assert result.usage.fallbacks == {"unparsable": 6} and result.valid
    assert result.counts["messages"] == 12
    lines = [json.loads(line) for line in (tmp_path / "rounds.jsonl").read_text().splitlines()]
    assert [line["actions"] for line in lines] == [[0, 0, 0], [1, 1, 1]] * 2
    assert lines[0]["messages"] == ["is anybody there?"] * 3
    last = model.asked[-1][1]
    assert 'Round 1: Action: NONE, Message: "is anybody there?"\nRound 2: Action: UP, Message' in last
    assert 'Message: "is anybody there?"' in last.partition("Messages that you received:")[2]
    assert [verdict.agrees for verdict in verify(tmp_path)] == [True]


def test_its_run_is_resumed_and_replayed_to_the_byte(tmp_path):
    answers = ("MSG: no move, but a word", "ACTION: LEFT", "?", "ACTION: SWITCH\nMSG: on")
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    with MockServer(Model(*answers)) as server:
        world: dict[str, Any] = {"preset": "swarmbench", "num_agents": 3, "max_rounds": 7, "seed": 3}
        team = f"llm:m@{server.url}"
        swarm_env.play("synchronization", team, out=whole, **world)
        swarm_env.play("synchronization", team, out=stopped, observer=lambda f: f.round < 5, **world)
        usage = resume(stopped).usage
        assert usage is not None and usage.fallbacks == {"unparsable": 12}
        assert server.stats()["answered"] == 2 * 21
    again = tmp_path / "again"
    fork(whole, 0, out=again, calls=Calls(mode="replay"))
    for folder in (stopped, again):
        assert (folder / "rounds.jsonl").read_bytes() == (whole / "rounds.jsonl").read_bytes()


def test_what_the_benchmark_fixes_is_set_and_stands_in_the_run_file(tmp_path):
    config, team = configure("pursuit", "llm:m@http://h/v1*4, scripted", {"preset": "swarmbench"})
    expected = {"num_agents": 10, "height": 10, "width": 10, "view_size": 5, "max_rounds": 100}
    assert {name: getattr(config, name) for name in expected} == expected and config.message == "text"
    assert str(team) == "llm:m@http://h/v1?preset=swarmbench*4, scripted"
    request = read_options("m@http://h/v1", {"preset": "swarmbench"}).request
    assert (request.temperature, request.extra, request.attempt_time) == (1.0, {"top_p": 1.0}, 600.0)
    assert (request.deadline, request.attempts) == (PRESETS["swarmbench"].deadline, 1)
    assert read_options("m@http://h/v1", {}).request.deadline is None
    play(Model("ACTION: STAY"), out=tmp_path, max_rounds=1)
    info = read_run(tmp_path).info
    assert (info.config["preset"], info.config["height"]) == ("swarmbench", 10)
    assert "preset=swarmbench" in info.team


def test_every_setting_can_be_overridden():
    changes = {"preset": "swarmbench", "num_agents": 16, "view_size": 7, "message": "none", "max_rounds": 9}
    config, team = configure("foraging", "llm:m@http://h/v1?preset=none", changes)
    assert (config.num_agents, config.view_size, config.message, config.max_rounds) == (16, 7, "none", 9)
    assert config.height == 10 and str(team) == "llm:m@http://h/v1?preset=none"
    options = {"preset": "swarmbench", "temperature": "0", "memory": "2", "attempt_time": "9", "top_p": "0.7"}
    read = read_options("m@http://h/v1", options)
    assert (read.request.temperature, read.request.extra, read.style.memory) == (0.0, {"top_p": 0.7}, 2)
    assert read.request.attempt_time == 9.0
    assert WorldConfig(scenario="pursuit", preset="swarmbench", width=11).width == 11
    assert swarm_env.parallel_env("pursuit", preset="swarmbench", height=14).config.height == 14


def test_a_deadline_of_the_run_goes_before_that_of_the_preset():
    def sleepy(messages, schema):
        return "ACTION: STAY"

    with MockServer(sleepy, faults=None) as server:
        url = server.url
    calls = Calls(limits=Limits(deadline=0.2), on_failure="stay", breaker=0)
    result = swarm_env.play(  # nobody listens there any more
        "pursuit", f"llm:m@{url}", preset="swarmbench", num_agents=2, max_rounds=1, seed=1, calls=calls
    )
    assert result.usage is not None and sum(result.usage.fallbacks.values()) == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [("persona", "calm"), ("thinking", "reflect"), ("thinking", "debate"), ("answer", "text")],
)
def test_options_of_the_default_prompt_are_refused(option, value):
    with pytest.raises(ConfigError, match=f"preset=swarmbench has its own prompt, so {option}='{value}'"):
        LlmAgent.from_argument("m@http://h/v1", preset="swarmbench", **{option: value})
    LlmAgent.from_argument("m@http://h/v1", preset="none", **{option: value})


def test_an_unknown_preset_is_refused():
    with pytest.raises(ConfigError, match="preset='x': must be one of none, swarmbench"):
        LlmAgent.from_argument("m@http://h/v1", preset="x")
    with pytest.raises(ConfigError, match="preset='x': must be one of swarmbench"):
        WorldConfig.build("pursuit", {"preset": "x"}, WorldConfig)


def test_one_word_on_the_command_line_and_in_a_file(tmp_path, capsys):
    flags = ["--agents", "llm", "--seed", "1", "--rounds", "2", "--num-agents", "3", "--quiet"]
    swarm(capsys, "run", "flocking", *flags, "--preset", "swarmbench", "--out", str(tmp_path / "a"))
    (tmp_path / "run.toml").write_text('preset = "swarmbench"\n')
    swarm(
        capsys,
        "run",
        "flocking",
        *flags,
        "--config",
        str(tmp_path / "run.toml"),
        "--out",
        str(tmp_path / "b"),
    )
    one, other = (read_run(tmp_path / name).info for name in "ab")
    assert (one.config, one.team) == (other.config, other.team)
    assert one.team == "llm:scripted@embedded?preset=swarmbench*3" and one.config["width"] == 10


def test_a_fork_with_other_models_keeps_the_preset(tmp_path):
    swarm_env.play("pursuit", "random", preset="swarmbench", num_agents=2, max_rounds=3, seed=1, out=tmp_path)
    model = Model("ACTION: UP")
    with MockServer(model) as server:
        fork(tmp_path, 1, f"llm:m@{server.url}", out=tmp_path / "fork")
    assert len(model.asked) == 4
    assert "preset=swarmbench" in read_run(tmp_path / "fork").info.team


def test_a_dry_run_plays_until_prompts_have_their_full_length():
    tokens = {}
    for memory, rounds in ((5, 30), (12, 13), (12, 30)):
        config, team = configure(
            "pursuit", f"llm?memory={memory}", {"preset": "swarmbench", "num_agents": 2, "max_rounds": rounds}
        )
        found = dry_run(config, team, 1)
        assert (found.rounds, found.calls) == (rounds, 2 * rounds)
        tokens[memory, rounds] = found.previews[0].messages[1][1].count("steps before:"), found.prompt_tokens
    assert tokens[5, 30][0] == 4 and tokens[12, 30][0] == tokens[12, 13][0] == 11
    assert tokens[12, 30][1] > 1.2 * tokens[5, 30][1]


def test_learners_get_the_same_prompts_and_readings():
    env = swarm_env.prompt_env("pursuit", preset="swarmbench", num_agents=2)
    prompts = env.reset(seed=1)
    assert prompts["agent_0"][1]["content"].startswith("You are agent agent_0 in a world with many agents.")
    _, _, _, _, readings = env.step({"agent_0": "MSG: only words", "agent_1": "ACTION: UP"})
    assert (readings["agent_0"].usable, readings["agent_0"].message) == (False, "only words")
    assert readings["agent_1"].action == "UP"
    prompts, *_ = env.step({"agent_0": "MSG: again", "agent_1": "ACTION: STAY"})
    assert 'Round 1: Action: NONE, Message: "only words"' in prompts["agent_0"][1]["content"]
    assert "Round 2: Action: NONE" in prompts["agent_0"][1]["content"]
    assert "NONE" not in prompts["agent_1"][1]["content"]
