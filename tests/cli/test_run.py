"""`swarm run`: what it shows, what it records, what it says when it cannot."""

import json
import os
import pty
import subprocess

import pytest

from tests.cli.programs import SWARM, swarm, swarm_process

SMALL = ("--rounds", "5", "--seed", "7")
# An agent that stops the program in round 3, the first time it gets there.
STOPPER = """
'''Stay, and press Ctrl-C once.'''
import os, pathlib, signal
from swarm_env.agent import Decision

class Stopper:
    def reset(self, brief, agents, seed):
        pass

    def decide(self, perceptions):
        once = pathlib.Path(__file__).with_suffix(".stopped")
        if perceptions[0].round == 3 and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGINT)
        return [Decision(0) for _ in perceptions]

AGENT = Stopper
"""


def last_json(text):
    return json.loads(text.splitlines()[-1])


def test_a_newcomer_types_one_command(tmp_path):
    done = swarm_process("run", "pursuit", *SMALL, folder=tmp_path)
    assert done.status == 0, done.err
    assert "pursuit over after 5 rounds with score" in done.out
    assert "(seed 7)" in done.out
    assert "\x1b" not in done.out + done.err
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"swarm replay runs/{folder.name}" in done.err
    assert "round 5/5" in done.err


@pytest.mark.slow
def test_the_last_line_is_json(tmp_path):
    done = swarm_process(
        "run",
        "foraging",
        *SMALL,
        "--out",
        "here",
        "--json",
        folder=tmp_path,
        FORCE_COLOR="1",
        TTY_COMPATIBLE="1",
    )
    assert done.status == 0, done.err
    reported = last_json(done.out)
    assert (reported["scenario"], reported["seed"], reported["rounds"], reported["folder"]) == (
        "foraging",
        7,
        5,
        "here",
    )
    assert isinstance(reported["score"], int | float)
    assert "\x1b" not in done.out + done.err


def test_quiet_says_only_how_it_ended(capsys, tmp_path):
    done = swarm(capsys, "run", "pursuit", *SMALL, "--quiet", "--out", tmp_path / "run")
    assert done.err == ""
    assert done.out.startswith("pursuit over after 5 rounds with score ")
    assert done.out.count("\n") == 1
    done = swarm(capsys, "run", "pursuit", *SMALL, "-q", "--json", "--out", tmp_path / "other")
    assert done.err == ""
    assert last_json(done.out)["rounds"] == 5


def in_terminal(folder, *arguments):
    """Call the program with standard error on a terminal; what it shows there, and its status."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "30"}
    command = [str(SWARM), *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stderr=theirs, stdout=subprocess.PIPE
    ) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        assert process.stdout
        assert process.stdout.read().startswith(b"pursuit over after 5 rounds")
    os.close(ours)
    return shown.decode(), process.returncode


@pytest.mark.slow
def test_the_live_view_in_a_terminal(tmp_path):
    text, status = in_terminal(tmp_path, "run", "pursuit", *SMALL, "--fps", "0", "--out", "run")
    assert status == 0
    assert all(f"round {number}/5" in text for number in range(6))
    assert "scripted*10, seed 7" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor is shown again"


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: the other side is closed
        return b""


def test_flags_reach_the_world_and_the_record(capsys, tmp_path):
    out = tmp_path / "run"
    flags = ["--num-agents", 3, "--size", "9x11", "--view", 7, "--message", "text", "--reward", "shaped"]
    flags += ["--set", "message_range=1", "--agents", "random*2, scripted"]
    done = swarm(capsys, "run", "synchronization", *SMALL, *flags, "--out", out, "-q")
    assert done.status == 0, done.err
    info = json.loads((out / "run.json").read_text())
    expected = {"num_agents": 3, "height": 9, "width": 11, "view_size": 7, "max_rounds": 5, "message": "text"}
    expected |= {"reward": "shaped", "message_range": 1}
    assert expected.items() <= info["config"].items()
    assert info["team"] == "random*2, scripted*1"
    assert info["seed"] == 7


def test_a_settings_file_and_a_picture(capsys, tmp_path):
    (tmp_path / "run.toml").write_text('scenario = "pursuit"\nagents = "random"\nseed = 9\nmax_rounds = 4\n')
    rows = [
        "WWWWWWWWW",
        "W.......W",
        "W.A...A.W",
        "W.......W",
        "W...P...W",
        "W.......W",
        "W..A....W",
        "WWWWWWWWW",
    ]
    (tmp_path / "map.txt").write_text("\n".join(rows))
    out = tmp_path / "run"
    done = swarm(
        capsys,
        "run",
        "-c",
        tmp_path / "run.toml",
        "--layout",
        tmp_path / "map.txt",
        "-o",
        out,
        "-q",
        "--json",
    )
    assert done.status == 0, done.err
    assert last_json(done.out)["rounds"] == 4
    info = json.loads((out / "run.json").read_text())
    assert (info["config"]["height"], info["config"]["width"], info["config"]["num_agents"]) == (8, 9, 3)
    assert (info["seed"], info["team"]) == (9, "random*3")
    assert swarm(capsys, "verify", out).status == 0


def test_the_same_seed_is_the_same_run(capsys, tmp_path):
    runs = []
    for name in ("one", "two"):
        swarm(capsys, "run", "pursuit", *SMALL, "-q", "--out", tmp_path / name)
        runs.append((tmp_path / name / "rounds.jsonl").read_bytes())
    assert runs[0] == runs[1]


def test_a_folder_that_is_not_empty(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = swarm(capsys, "run", "pursuit", *SMALL, "--out", tmp_path)
    assert done.status == 2
    assert "is not empty" in done.err
    assert "--force" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert swarm(capsys, "run", "pursuit", *SMALL, "-q", "--out", tmp_path, "--force").status == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.slow
def test_a_run_stopped_by_ctrl_c_can_be_resumed(capsys, tmp_path):
    (tmp_path / "stopper.py").write_text(STOPPER)
    arguments = (
        "run",
        "pursuit",
        "--agents",
        "stopper.py",
        "--rounds",
        "6",
        "--seed",
        "1",
        "--out",
        "run",
        "--json",
    )
    done = swarm_process(*arguments, folder=tmp_path)
    assert done.status == 130, done.err
    assert "Traceback" not in done.err
    assert "swarm run --resume run" in done.err
    reported = last_json(done.out)
    assert (reported["rounds"], reported["interrupted"]) == (3, True)
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "interrupted"
    assert swarm(capsys, "verify", tmp_path / "run", "-q").status == 0
    done = swarm(capsys, "run", "--resume", tmp_path / "run", "--json", "-q")
    assert done.status == 0, done.err
    assert (last_json(done.out)["rounds"], last_json(done.out)["interrupted"]) == (6, False)
    assert swarm(capsys, "verify", tmp_path / "run").out.endswith("all 6 rounds agree\n")
    done = swarm(capsys, "run", "--resume", tmp_path / "run")
    assert done.status == 2
    assert "finished" in done.err


def test_a_fork_differs_from_its_round_on(capsys, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    swarm(capsys, "run", "pursuit", "--rounds", 8, "--seed", 3, "-q", "--out", old)
    done = swarm(
        capsys, "run", "--from", old, "--round", 4, "--agents", "random", "-q", "--json", "--out", new
    )
    assert done.status == 0, done.err
    before, after = ((folder / "rounds.jsonl").read_text().splitlines() for folder in (old, new))
    assert before[:4] == after[:4]
    assert before[4:] != after[4:]
    assert len(after) == 8
    assert swarm(capsys, "verify", old, new).status == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say which scenario"),
        (["pursiut"], "No scenario named 'pursiut'. Did you mean 'pursuit'?"),
        (["pursuit", "--agents", "scriptd"], "No agent named 'scriptd'. Did you mean 'scripted'?"),
        (["pursuit", "--agents", ""], "empty"),
        (["pursuit", "--agents", "random*3"], "10"),
        (["pursuit", "--agents", "missing.py:X"], "missing.py"),
        (["missing.py"], "missing.py"),
        (["pursuit", "--size", "big"], "rows x columns"),
        (["pursuit", "--size", "1"], "small"),
        (["pursuit", "--num-agents", "0"], "num_agents=0"),
        (["pursuit", "--num-agents", "1000"], "1000"),
        (["pursuit", "--view", "4"], "must be odd"),
        (["pursuit", "--rounds", "-1"], "max_rounds=-1"),
        (["pursuit", "--message", "smoke"], "message='smoke'"),
        (["pursuit", "--reward", "gold"], "reward='gold'"),
        (["pursuit", "--seed", "-1"], "seed=-1"),
        (["pursuit", "--set", "num_agent=3"], "Did you mean 'num_agents'?"),
        (["pursuit", "--set", "num_agents=lots"], "num_agents='lots'"),
        (["pursuit", "--set", "message_loss=NaN"], "message_loss"),
        (["pursuit", "--set", "out=x"], "no setting 'out'"),
        (["pursuit", "--set", "broken"], "key=value"),
        (["pursuit", "--config", "missing.toml"], "missing.toml: cannot be read"),
        (["pursuit", "--layout", "missing.txt"], "missing.txt: cannot be read"),
        (["pursuit", "--round", "3"], "--from"),
        (["--from", "missing"], "--round"),
        (["--from", "missing", "--round", "3"], "missing"),
        (["--resume", "missing"], "missing"),
        (["pursuit", "--resume", "missing"], "leave out scenario"),
        (["--resume", "a", "--from", "b"], "cannot go together"),
        (["--from", "b", "--round", "1", "--size", "5"], "leave out height, width"),
    ],
)
def test_wrong_input_is_one_clear_line_and_leaves_nothing(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = swarm(capsys, "run", *arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("Error: ")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    done = swarm(capsys, "run", "pursuit", *SMALL, "--out", tmp_path / "file" / "run")
    assert done.status == 2
    assert done.err.startswith("Error: ")


def test_an_agent_that_breaks_its_contract(capsys, tmp_path):
    code = STOPPER.replace(
        "[Decision(0) for _ in perceptions]",
        "[Decision(99)] if perceptions[0].round == 2 else [Decision(0)] * 10",
    )
    (tmp_path / "wild.py").write_text(code.replace("== 3", "== -1"))
    done = swarm(capsys, "run", "pursuit", *SMALL, "-a", tmp_path / "wild.py", "--out", tmp_path / "run")
    assert done.status == 2
    first, second = done.err.splitlines()[-2:]
    assert first == f"The rounds before are recorded in {tmp_path / 'run'}."
    assert second.startswith("Error: ")
    assert "in round 2" in second
    assert swarm(capsys, "verify", tmp_path / "run").out.endswith("all 2 rounds agree\n")


@pytest.mark.slow
def test_an_agent_may_take_the_terminal(tmp_path):
    code = STOPPER.replace("class Stopper:", "class Stopper:\n    takes_terminal = True\n").replace(
        "== 3", "== -1"
    )
    (tmp_path / "mine.py").write_text(code)
    text, status = in_terminal(tmp_path, "run", "pursuit", *SMALL, "--agents", "mine.py", "--out", "run")
    assert status == 0
    assert "\x1b" not in text
    assert "round 5/5" in text
