"""Benches of models that answer badly, slowly or not at all, over real HTTP."""

import json
import signal
import subprocess
import time

import pytest
from swarm_env.agents.mock_server import Faults, MockServer

from swarm_env.runs.files import ROUNDS_FILE
from tests.cli.programs import SWARM, swarm
from tests.docs.pages import ROOT

TEXT = """
scenarios = ["pursuit"]
teams = [{teams}]
seeds = 2
[settings.default]
num_agents = 3
height = 8
width = 8
max_rounds = 4
"""


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(tmp_path, *teams):
    (tmp_path / "bench.toml").write_text(TEXT.replace("{teams}", ", ".join(f'"{team}"' for team in teams)))


@pytest.mark.slow
def test_the_counts_of_a_bench_are_those_of_the_server(tmp_path, capsys):
    rates = {"429": 0.1, "500": 0.1, "wrong_schema": 0.1, "malformed": 0.05}
    with MockServer(None, Faults(rates, retry_after=0.01, capacity=4)) as server:
        write(tmp_path, f"llm:a@{server.url}", f"llm:b@{server.url}", "scripted")
        done = swarm(capsys, "bench", "bench.toml", "--json", "-q")
        served = server.stats()
    assert done.status == 0, done.err
    rows = json.loads(done.out)["leaderboard"]["tables"][0]["rows"]
    asked = [row for row in rows if row["models"]]
    assert sorted(model for row in asked for model in row["models"]) == ["a", "b"]
    assert sum(row["per_run"]["calls"] * row["n"] for row in asked) == served["requests"]
    assert all(row["per_run"]["decisions"] == 12 and row["seconds_per_decision"] > 0 for row in asked)


def test_a_model_that_refuses_is_ranked_with_the_score_that_it_gets(tmp_path, capsys):
    write(tmp_path, "llm:scripted+refusal@embedded", "llm:scripted@embedded", "random")
    done = swarm(capsys, "bench", "bench.toml", "--json", "-q")
    assert done.status == 0 and "First failure of the kind refused" in done.err
    statuses = {run["team"]: run["status"] for run in json.loads(done.out)["runs"]}
    assert set(statuses.values()) == {"finished"}
    rows = {row["team"]: row for row in json.loads(done.out)["leaderboard"]["tables"][0]["rows"]}
    refusing = rows["llm:scripted+refusal@embedded"]
    assert (refusing["valid"], refusing["fallback_rate"], refusing["answered"]) == (True, 1.0, None)
    assert refusing["rank"] is not None and refusing["endpoint_failure_rate"] == 0.0
    assert rows["llm:scripted@embedded"]["valid"] and rows["random"]["valid"]
    assert swarm(capsys, "score", "runs/bench").status == 0
    strict = swarm(capsys, "score", "runs/bench", "--strict")
    assert strict.status == 0 and "100.0%" in strict.out and "Invalid" not in strict.out


@pytest.mark.slow
def test_ctrl_c_twice_does_not_wait_for_who_never_answers(tmp_path):
    write(tmp_path, f"{ROOT / 'tests' / 'bench' / 'bench_agents.py'}:Stuck")
    process = subprocess.Popen(
        [SWARM, "bench", "bench.toml"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        limit = time.monotonic() + 60
        files = tmp_path / "runs" / "bench" / "runs"
        while sum(path.stat().st_size > 0 for path in files.glob(f"*/{ROUNDS_FILE}")) < 2:
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None  # it waits for the rounds under way
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "run the same command again" in err
    assert all(len(path.read_bytes().splitlines()) == 1 for path in files.glob(f"*/{ROUNDS_FILE}"))
