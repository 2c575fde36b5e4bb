"""Controls of a team's messages: muted, and scrambled across seeds; their runs are runs like any other."""

import json
from typing import Any

import pytest

import swarm_env
from swarm_env import Decision
from swarm_env.bench.plan import read_plan
from swarm_env.envs.channel.controls import controlled
from swarm_env.errors import ConfigError
from swarm_env.playing.runner import fork, resume
from swarm_env.runs.recording import messages_of
from swarm_env.runs.verify import verify
from tests.bench.benches import write
from tests.cli.programs import swarm
from tests.docs.pages import ROOT

TEAMS = """
scenarios = ["scout"]
teams = ["scripted", "scripted?messages=muted", {agent = "scripted", messages = "scrambled"}]
seeds = 3
[settings.default]
message = "tokens"
max_rounds = 24
"""


def folder_of(bench, seed, control=""):
    runs = json.loads((bench / "bench.json").read_text())["runs"]
    team = f"scripted?messages={control}*3" if control else "scripted*3"
    return next(
        bench / "runs" / name for name, run in runs.items() if (run["team"], run["seed"]) == (team, seed)
    )


def moves_of(folder):
    return [json.loads(line)["actions"] for line in (folder / "rounds.jsonl").read_text().splitlines()]


def test_what_is_sent_is_nothing_or_what_was_sent_with_the_seed_before(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, TEAMS)
    done = swarm(capsys, "bench", "bench.toml", "--out", "done", "--json")
    assert done.status == 0, done.err
    bench = tmp_path / "done"
    for seed, before in ((0, 1), (1, 0), (2, 1)):
        talking, muted, scrambled = (folder_of(bench, seed, c) for c in ("", "muted", "scrambled"))
        assert any(messages_of(talking)) and not any(messages_of(muted))
        assert messages_of(scrambled) == messages_of(folder_of(bench, before))
        assert [verdict.rounds for verdict in verify(scrambled) if not verdict.error] == [24]
    rows = json.loads(done.out)["leaderboard"]["tables"][0]["rows"]
    assert {row["team"] for row in rows} == {
        "scripted", "scripted?messages=muted", "scripted?messages=scrambled",
    }  # fmt: skip
    assert max(rows, key=lambda row: row["mean"])["team"] == "scripted"


def test_runs_under_a_control_are_resumed_and_forked(tmp_path):
    world: dict[str, Any] = {"message": "tokens", "max_rounds": 24, "seed": 4}
    other: Any = swarm_env.play("scout", "scripted", out=tmp_path / "other", **{**world, "seed": 5})
    whole: Any = swarm_env.play(
        "scout", "scripted?messages=scrambled", out=tmp_path / "whole", messages_from=other.folder, **world
    )
    swarm_env.play(
        "scout", "scripted?messages=scrambled", out=tmp_path / "cut", messages_from=messages_of(other.folder),
        observer=lambda frame: frame.round < 9, **world,
    )  # fmt: skip
    with pytest.raises(ConfigError, match="messages_from"):
        resume(tmp_path / "cut")
    resume(tmp_path / "cut", messages_from=other.folder)
    assert (tmp_path / "cut/rounds.jsonl").read_bytes() == (whole.folder / "rounds.jsonl").read_bytes()
    again: Any = fork(whole.folder, 12, out=tmp_path / "fork", messages_from=other.folder)
    assert moves_of(again.folder) == moves_of(whole.folder) and again.score == whole.score


def test_a_muted_team_acts_as_one_whose_messages_are_all_lost(tmp_path):
    muted = swarm_env.play("scout", "scripted?messages=muted", seed=3, message="text", out=tmp_path / "a")
    lost = swarm_env.play("scout", "scripted", seed=3, message="text", message_loss=1.0, out=tmp_path / "b")
    assert moves_of(muted.folder) == moves_of(lost.folder)


def test_only_the_agents_of_the_entry_are_under_its_control(tmp_path):
    run: Any = swarm_env.play(
        "scout", "scripted*1, scripted?messages=muted", seed=1, message="tokens", out=tmp_path / "run"
    )
    assert {name for sent in messages_of(run.folder) for name in sent} == {"agent_0"}


def test_a_run_that_is_longer_than_the_other_is_silent_at_its_end():
    said = {"agent_0": Decision(1, "here"), "agent_1": Decision(2, "there")}
    others = [{"agent_1": "elsewhere"}]
    assert controlled(said, "scrambled", 0, others) == {
        "agent_0": Decision(1, None), "agent_1": Decision(2, "elsewhere"),
    }  # fmt: skip
    assert controlled(said, "scrambled", 1, others) == controlled(said, "muted", 0, None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("seeds = 3", "seeds = 1"), "two seeds or more"),
        (('["scripted", ', "["), "'scripted' among the teams"),
        (("muted", "whispered"), "must be 'muted' or 'scrambled'"),
    ],
)
def test_what_cannot_be_scrambled_is_refused_before_anything_is_played(tmp_path, change, words):
    write(tmp_path, TEAMS.replace(*change))
    with pytest.raises(ConfigError, match=words):
        read_plan(tmp_path / "bench.toml")


@pytest.mark.slow
def test_the_example_compares_a_model_with_itself_muted_and_scrambled(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "examples" / "talk.toml").read_text()
    text = text.replace('["scout", "hats", "profile"]', '["scout"]').replace("seeds = 8", "seeds = 2")
    write(tmp_path, text.replace('message = "text"', 'message = "text"\nmax_rounds = 8'))
    done = swarm(capsys, "bench", "bench.toml", "--json")
    assert done.status == 0, done.err
    board = json.loads(done.out)["leaderboard"]["tables"][0]
    assert len(board["rows"]) == 6 and all(row["n"] == 2 for row in board["rows"])
    model = next(row for row in board["rows"] if row["team"].endswith("messages=scrambled") and row["models"])
    assert model["difference"]["n"] == 2
