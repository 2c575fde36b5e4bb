"""`swarm bench` with language models: what they take, budgets, keys, a process that is killed."""

import csv
import json
import time

import pytest
from swarm_env.agents.mock_server import Faults, MockServer

from tests.bench.benches import WORLD, by_rote, calls_in, rounds_of, start, write
from tests.chat.server import Reply as ServerReply
from tests.chat.server import Server, completion
from tests.cli.programs import swarm, swarm_process

MODELS = f"""
scenarios = ["pursuit"]
teams = ["llm:m@embedded", "scripted"]
seeds = 2
{WORLD}max_rounds = 3
"""


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_models_are_called_and_their_usage_is_reported(tmp_path, capsys):
    write(tmp_path, MODELS)
    done = swarm(capsys, "bench", "bench.toml", "--json")
    assert done.status == 0, done.err
    reported = json.loads(done.out)
    row = next(row for row in reported["leaderboard"]["tables"][0]["rows"] if row["models"])
    assert row["models"] == ["m"] and row["channel"] == "text"
    assert row["fallback_rate"] == 0.0 and row["per_run"]["decisions"] == 9.0
    assert row["per_run"]["prompt_tokens"] > 1000 and row["per_run"]["cost"] == 0.0
    assert row["seconds_per_decision"] > 0
    tokens = [run["tokens"] for run in reported["runs"]]
    assert sum(token is not None and token > 0 for token in tokens) == 2
    assert "tokens, $0.0000 so far" in done.err


@pytest.mark.slow
def test_the_total_may_be_limited_and_raised(tmp_path, capsys):
    text = MODELS.replace("max_rounds = 3", "max_rounds = 40").replace("seeds = 2", "seeds = 2\nparallel = 1")
    write(tmp_path, f"{text}[total]\nmax_tokens = 2000\n")
    done = swarm(capsys, "bench", "bench.toml")
    assert done.status == 3 and "total.max_tokens is 2000" in done.err
    assert "swarm run --resume" in done.out and "0 of 4 runs are finished" not in done.err.splitlines()[0]
    write(tmp_path, text.replace("max_rounds = 40", "max_rounds = 40\n[total]\nmax_tokens = 9000000"))
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 0


@pytest.mark.parametrize(
    ("team", "more", "words"),
    [
        ("llm:m@http://127.0.0.1:9/v1", "[total]\nmax_dollars = 1.0\n", "price"),
        ("llm:m@http://127.0.0.1:9/v1", "[calls]\nmax_dollars = 1.0\n", "price"),
        ("llm:m@http://elsewhere.example/v1", "", "needs a key"),
    ],
)
def test_what_no_run_could_do_is_refused_before_any_is_played(
    tmp_path, capsys, monkeypatch, team, more, words
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write(tmp_path, MODELS.replace("llm:m@embedded", team) + more)
    done = swarm(capsys, "bench", "bench.toml")
    assert done.status == 2 and words in done.err
    assert not list((tmp_path / "runs" / "bench" / "runs").iterdir())


def test_a_budget_of_a_run_stops_it_and_can_be_raised(tmp_path, capsys):
    write(tmp_path, f"{MODELS}\n[calls]\nmax_calls = 4\n")
    done = swarm(capsys, "bench", "bench.toml")
    assert done.status == 3 and "its budget is spent" in done.err and "2 of 4 runs are finished" in done.err
    write(tmp_path, f"{MODELS}\n[calls]\nmax_calls = 400\n")
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 0


@pytest.mark.slow
def test_a_key_is_nowhere(tmp_path):
    key = "sk-planted-0123456789abcdef"
    write(tmp_path, MODELS.replace("max_rounds = 3", "max_rounds = 2"))
    done = swarm_process("bench", "bench.toml", folder=tmp_path, OPENAI_API_KEY=key)
    assert done.status == 0 and key not in done.out + done.err
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]


@pytest.mark.slow
def test_models_that_were_asked_before_a_kill_are_not_asked_again(tmp_path, capsys):
    with MockServer(by_rote, Faults(latency=0.05)) as server:
        text = MODELS.replace("llm:m@embedded", f"llm:m@{server.url}").replace("seeds = 2", "seeds = 4")
        write(tmp_path, text.replace("max_rounds = 3", "max_rounds = 12"))
        assert swarm(capsys, "bench", "bench.toml", "--out", "uncut", "-q").status == 0
        whole = server.stats()["answered"]
        process = start(tmp_path, "llm")
        process.kill()
        process.communicate()
        while server.stats()["waiting"]:
            time.sleep(0.005)
        before = server.stats()["answered"]
        stored = sum(map(calls_in, (tmp_path / "cut" / "runs").glob("*llm*")))
        assert 0 < stored <= before - whole
        assert swarm(capsys, "bench", "bench.toml", "--out", "cut", "-q").status == 0
        assert server.stats()["answered"] - before == whole - stored
    assert rounds_of(tmp_path / "cut") == rounds_of(tmp_path / "uncut")


@pytest.mark.parametrize("stated", [0.25, None])
def test_what_servers_say_is_shown_beside_our_price(tmp_path, capsys, stated):
    usage = {"prompt_tokens": 10, "completion_tokens": 5} | ({} if stated is None else {"cost": stated})
    stay = {"content": '{"action": "STAY", "message": ""}'}
    with Server(lambda request: ServerReply(completion(stay, usage=usage))) as server:
        team = f"llm:m@{server.url}?price.input=1000&price.output=2000"
        write(tmp_path, MODELS.replace("llm:m@embedded", team).replace("seeds = 2", "seeds = 1"))
        done = swarm(capsys, "bench", "bench.toml")
        again = swarm(capsys, "score", "runs/bench", "--json")
        lines = swarm(capsys, "score", "runs/bench", "--csv").out.splitlines()
    ours, theirs = 9 * 0.02, None if stated is None else 9 * stated
    row = next(row for row in json.loads(again.out)["tables"][0]["rows"] if row["models"])
    assert (row["per_run"]["cost"], row["per_run"]["stated_cost"]) == (pytest.approx(ours), theirs)
    (values,) = (line for line in csv.DictReader(lines) if line["models"])
    assert values["stated_cost_per_run"] == ("" if theirs is None else str(theirs))
    assert ("stated $/run" in done.out) == (stated is not None)
    assert ("$0.1800 (the servers say $2.25)" in done.err) == (stated is not None)
