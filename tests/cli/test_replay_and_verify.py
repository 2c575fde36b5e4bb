import json
import shutil
from pathlib import Path

import pytest

from tests.cli.programs import swarm, swarm_process

GAMES = Path(__file__).resolve().parents[1] / "data" / "swarmbench"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    from swarm_env.playing.runner import play

    play("pursuit", "random", seed=5, out=folder, max_rounds=6, message="text")
    return folder


@pytest.fixture(scope="module")
def native():
    return sorted(GAMES.iterdir())[0]


def test_replay_writes_every_moment_where_there_is_no_terminal(capsys, run_folder):
    done = swarm(capsys, "replay", run_folder)
    assert done.status == 0, done.err
    heads = [line for line in done.out.splitlines() if line.startswith("pursuit  round")]
    assert [head.split()[2] for head in heads] == [f"{number}/6" for number in range(7)]
    assert done.out.count("W" * 12) == 2 * 7
    assert "\x1b" not in done.out


def test_replay_of_a_part(capsys, run_folder):
    done = swarm(capsys, "replay", run_folder, "--round", 2, "--until", 3)
    assert done.out.count("pursuit  round") == 2
    done = swarm(capsys, "replay", run_folder, "--round", 99)
    assert done.status == 2
    assert "has no round 99" in done.err


def test_replay_of_a_native_log(capsys, native):
    done = swarm(capsys, "replay", native, "--until", 2)
    assert done.status == 0, done.err
    assert done.out.count("  round ") == 3


@pytest.mark.slow
def test_verify_says_for_each_whether_it_agrees(run_folder, native, tmp_path):
    done = swarm_process("verify", run_folder, native, folder=tmp_path)
    assert done.status == 0, done.out + done.err
    assert "all 6 rounds agree" in done.out
    assert done.err.endswith("2 of 2 agree.\n")


def test_verify_finds_an_altered_move(capsys, run_folder, tmp_path):
    shutil.copytree(run_folder, tmp_path / "run")
    file = tmp_path / "run" / "rounds.jsonl"
    lines = file.read_text().splitlines()
    record = json.loads(lines[3])
    record["actions"][0] = (record["actions"][0] + 1) % 5
    lines[3] = json.dumps(record)
    file.write_text("\n".join(lines) + "\n")
    done = swarm(capsys, "verify", tmp_path / "run", "--json")
    assert done.status == 1
    (reported,) = json.loads(done.out.splitlines()[-1])["recordings"]
    assert reported["agrees"] is False
    assert reported["difference"]["round"] >= 4
    done = swarm(capsys, "verify", run_folder, tmp_path)
    assert done.status == 1
    assert "1 of 2 agree" in done.err


@pytest.mark.parametrize("command", ["replay", "verify", "import"])
@pytest.mark.parametrize("what", ["missing", "empty", "file"])
def test_folders_with_nothing_in_them(capsys, tmp_path, monkeypatch, command, what):
    monkeypatch.chdir(tmp_path)
    if what == "empty":
        Path("empty").mkdir()
    elif what == "file":
        Path("file").write_text("")
    done = swarm(capsys, command, what)
    assert done.status == 2
    assert done.err.startswith("Error: ")
    assert what in done.err


def test_import_makes_runs_of_native_logs(capsys, native, tmp_path):
    done = swarm(capsys, "import", native, "--out", tmp_path / "imported", "--json")
    assert done.status == 0, done.err
    (reported,) = json.loads(done.out.splitlines()[-1])["runs"]
    assert swarm(capsys, "verify", reported["folder"]).status == 0
    assert swarm(capsys, "replay", reported["folder"], "--until", 1).status == 0
    again = swarm(capsys, "import", native, "--out", tmp_path / "imported")
    assert again.status == 2


def test_perf_stands_beside_the_floor(capsys):
    done = swarm(capsys, "perf", "foraging", "--worlds", 8, "--seconds", 0.02, "--json", "-q")
    assert done.status == 0, done.err
    rows = json.loads(done.out.splitlines()[-1])
    assert [(row["scenario"], row["face"], row["worlds"]) for row in rows] == [
        ("foraging", "vector", 8),
        ("foraging", "parallel", 1),
    ]
    assert all(row["times_floor"] == pytest.approx(row["floor"] / row["rate"]) for row in rows)
    done = swarm(capsys, "perf", "forage")
    assert done.status == 2
    assert "Did you mean 'foraging'?" in done.err
