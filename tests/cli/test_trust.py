"""Python files that recorded runs, bench files and settings files name: run only if they are trusted."""

import json
import shutil

import pytest

from swarm_env import trusted_code
from swarm_env.errors import ConfigError, RunError
from swarm_env.playback.recorded_prompts import Prompts
from swarm_env.playback.seek import SnapshotStore
from swarm_env.playing.runner import fork, play, resume
from swarm_env.runs.recording import open_recording
from tests.cli.programs import swarm

AGENT = """
from pathlib import Path
from swarm_env import Decision

Path({mark!r}).write_text("run")

class Calm:
    def reset(self, brief, agents, seed): ...
    def decide(self, perceptions):
        return [Decision(0)] * len(perceptions)

AGENT = Calm
"""
SCENARIO = """
from pathlib import Path
from swarm_env.scenarios.pursuit import SCENARIO as Pursuit

Path({mark!r}).write_text("run")

class Mine(Pursuit):
    name = "mine"

SCENARIO = Mine
"""
BENCH = 'scenarios = ["{}"]\nteams = ["{}"]\nseeds = 1\n[settings.small]\nnum_agents = 2\nmax_rounds = 1\n'


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "agent.py").write_text(AGENT.format(mark=str(tmp_path / "mark")))
    (tmp_path / "scenario.py").write_text(SCENARIO.format(mark=str(tmp_path / "mark")))
    return tmp_path


def stranger(place, *, team="scripted*2", scenario="pursuit", rounds=1):
    """A run folder that names a team and a scenario of files, made without running them."""
    folder = place / "stranger"
    shutil.rmtree(folder, ignore_errors=True)
    play("pursuit", "scripted*2", seed=1, num_agents=2, max_rounds=2, out=folder,
         observer=lambda frame: frame.round < rounds)  # fmt: skip
    info = json.loads((folder / "run.json").read_text())
    info["team"] = team
    info["config"]["scenario"] = scenario
    (folder / "run.json").write_text(json.dumps(info))
    return folder


def was_run(place):
    mark = place / "mark"
    there = mark.exists()
    mark.unlink(missing_ok=True)
    return there


def test_no_command_runs_a_scenario_of_a_stranger(capsys, place):
    file = place / "scenario.py"
    for rounds in (1, 2):
        run = stranger(place, scenario=str(file), rounds=rounds)
        if rounds == 2:
            result = json.loads((run / "result.json").read_text())
            (run / "result.json").write_text(json.dumps({**result, "status": "finished"}))
        commands = [
            (("verify", run), 1),
            (("replay", run), 2),
            (("replay", run, "--html", place / "page.html"), 2),
            (("replay", run, "--record", place / "picture.png"), 2),
            (("run", "--from", run, "--round", "0", "-q"), 2),
            (("run", "--from", run, "--round", "0", "-q", "--agents", "random"), 2),
        ]
        if rounds == 1:
            commands += [(("run", "--resume", run, "-q"), 2)]
        else:
            commands += [(("score", run, "--plots", place / "plots"), 2)]
        for command, status in commands:
            done = swarm(capsys, *command)
            assert not was_run(place), command
            assert done.status == status, (command, done)
            assert str(file) in done.out + done.err and "--trust-code" in done.out + done.err
    assert swarm(capsys, "score", run).status == 0  # needs no code
    assert not was_run(place)
    assert swarm(capsys, "verify", run, "--trust-code").status in (0, 1)
    assert was_run(place)
    assert not trusted_code.state_file().exists()  # allowed once, not for ever


def test_no_command_runs_an_agent_of_a_stranger(capsys, place):
    file = place / "agent.py"
    run = stranger(place, team=f"{file}:Calm*2")
    fork_ = ("run", "--from", run, "--round", "0", "-q")
    for command in (
        ("run", "--resume", run, "-q"),
        fork_,
        (*fork_, "--model", "m"),
        (*fork_, "--agents", ""),
    ):
        done = swarm(capsys, *command)
        assert done.status == 2 and not was_run(place), command
        assert command[-1] == "" or (str(file) in done.err and "--trust-code" in done.err)
    for call in (resume, lambda folder: fork(folder, 0)):
        with pytest.raises(ConfigError, match="--trust-code"):
            call(run)
    assert swarm(capsys, "verify", run).status == 0  # the agents are not needed
    assert not was_run(place)
    assert swarm(capsys, "run", "--resume", run, "-q", "--trust-code").status in (0, 2)
    assert was_run(place)


def test_a_team_is_read_without_running_the_file_it_names(capsys, place):
    team = f"{place / 'agent.py'}:some:argument, scripted"  # neither entry says how many agents it controls
    run = stranger(place, team=team)
    (place / "bench.toml").write_text(BENCH.format("pursuit", team))
    (place / "one.toml").write_text(f'agents = "{team}"\nscenario = "pursuit"\n')
    for command in (
        ("score", run),
        ("verify", run),
        ("run", "--resume", run, "-q"),
        ("run", "--from", run, "--round", "0", "-q"),
        ("bench", "bench.toml", "--dry-run"),
        ("run", "-c", "one.toml", "-q"),
    ):
        swarm(capsys, *command)
        assert not was_run(place), command


def test_the_inspector_writes_no_prompts_with_a_stranger_s_file(place):
    run = stranger(place, team=f"{place / 'agent.py'}:Calm*2")
    for trust_code in (False, True):
        prompts = Prompts(open_recording(run, trust_code), SnapshotStore(2**20))
        assert prompts.of("agent_0", 0) == []
        prompts.close()
        assert was_run(place) is trust_code


def test_a_run_with_links_out_of_its_folder_is_not_continued(capsys, place):
    run = stranger(place)
    private = place / "private"
    for name in ("rounds.jsonl", "calls.sqlite"):
        private.write_text("a private line")
        (run / name).rename(place / name) if (run / name).exists() else None
        (run / name).symlink_to(private)
        done = swarm(capsys, "run", "--resume", run, "-q")
        assert done.status != 0 and f"{name}: is a link" in done.err
        assert private.read_text() == "a private line"
        (run / name).unlink()
        (place / name).rename(run / name) if (place / name).exists() else None


def test_a_file_of_the_command_line_is_trusted_until_it_is_edited(capsys, place):
    small = ("--rounds", "1", "--seed", "1", "--num-agents", "2", "-q", "--out", "run")
    assert swarm(capsys, "run", "scenario.py", "--agents", "agent.py", *small).status == 0
    known = json.loads(trusted_code.state_file().read_text())
    files = [place / "scenario.py", place / "agent.py"]
    assert set(known) == set(map(str, files)) and all(len(digest) == 64 for digest in known.values())
    for file in files:
        assert known[str(file)] == trusted_code._digest(file)
    assert swarm(capsys, "verify", "run").status == 0
    with (place / "scenario.py").open("a") as file:
        file.write("# edited\n")
    assert trusted_code._remembered()[str(files[0])] != trusted_code._digest(files[0])


def test_an_edited_file_is_not_trusted(place):
    file = place / "never_loaded.py"
    file.write_text("A = 1\n")
    assert not trusted_code.is_trusted(file)
    trusted_code.remember([file])
    assert trusted_code.is_trusted(file)
    shutil.copy(file, place / "copy.py")
    assert not trusted_code.is_trusted(place / "copy.py")
    file.write_text("A = 2\n")
    assert not trusted_code.is_trusted(file)
    trusted_code.remember([file, place / "copy.py"])
    assert trusted_code.is_trusted(file) and trusted_code.is_trusted(place / "copy.py")
    assert [path.name for path in trusted_code.state_file().parent.iterdir()] == ["trusted.json"]


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff{", b'{"a": 5}', b"[" * 100_000])
def test_a_broken_state_trusts_nothing(place, content):
    file = place / "never_loaded.py"
    file.write_text("A = 1\n")
    trusted_code.remember([file])
    trusted_code.state_file().write_bytes(content)
    assert not trusted_code.is_trusted(file)
    trusted_code.remember([file])
    assert trusted_code.is_trusted(file)


def test_a_state_that_cannot_be_written_stops_nothing(place, monkeypatch):
    (place / "state").write_text("a file, not a folder")
    trusted_code.remember([place / "agent.py"])
    assert not trusted_code.is_trusted(place / "agent.py")


def test_files_of_a_bench_count_after_one_permission(capsys, place):
    (place / "bench.toml").write_text(BENCH.format(place / "scenario.py", place / "agent.py"))
    done = swarm(capsys, "bench", "bench.toml", "-q")
    assert done.status == 2 and str(place / "scenario.py") in done.err and not was_run(place)
    (place / "agents.toml").write_text(BENCH.format("pursuit", "agent.py"))
    done = swarm(capsys, "bench", "agents.toml", "--dry-run")
    assert done.status == 2 and str(place / "agent.py") in done.err and not was_run(place)
    assert swarm(capsys, "bench", "bench.toml", "-q", "--trust-code").status == 0
    assert was_run(place) and trusted_code._remembered().keys() == {
        str(place / "scenario.py"),
        str(place / "agent.py"),
    }


def test_a_settings_file_runs_no_file_of_its_choice(capsys, place):
    small = ("--rounds", "1", "--seed", "1", "--num-agents", "2", "-q")
    (place / "one.toml").write_text('agents = "agent.py"\nscenario = "pursuit"\n')
    (place / "two.toml").write_text('scenario = "scenario.py"\n')
    for file, named in (("one.toml", "agent.py"), ("two.toml", "scenario.py")):
        for more in ((), ("--dry-run",)):
            done = swarm(capsys, "run", "-c", file, *small, *more)
            assert done.status == 2 and str(place / named) in done.err and not was_run(place)
    assert swarm(capsys, "run", "-c", "one.toml", *small, "--trust-code").status == 0
    assert was_run(place)


def test_a_stranger_s_model_agent_reads_no_file_of_his_choice(capsys, place):
    (place / "private").write_text("a private text")
    run = stranger(place, team=f"llm:m@http://127.0.0.1:9/v1?prompt={place / 'private'}*2")
    done = swarm(capsys, "run", "--resume", run, "-q")
    assert done.status == 2 and str(place / "private") in done.err and "--trust-code" in done.err


def test_a_bench_folder_of_a_stranger_runs_nothing(capsys, place):
    (place / "bench.toml").write_text(BENCH.format("pursuit", "scripted"))
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 0
    file = place / "runs" / "bench" / "bench.json"
    planned = json.loads(file.read_text())
    for one in planned["runs"].values():
        one["scenario"] = str(place / "scenario.py")
    file.write_text(json.dumps(planned))
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 2
    assert not was_run(place)


def test_the_python_api_refuses_too(place):
    run = stranger(place, scenario=str(place / "scenario.py"))
    with pytest.raises(RunError, match="--trust-code"):
        open_recording(run)
    assert not was_run(place)
    assert open_recording(run, trust_code=True).config.scenario == str(place / "scenario.py")
    assert was_run(place)
