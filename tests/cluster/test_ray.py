"""Benches on Ray: with the workers, nodes and drivers that die in the middle of it."""

import importlib.util
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest
from swarm_env.agents.mock_server import Faults, MockServer

from swarm_env.cluster.connection import LOCAL, joined
from swarm_env.cluster.tasks import spread
from swarm_env.runs.files import ROUNDS_FILE, read_run
from tests.bench.benches import WORLD, by_rote, calls_in, rounds_of, write
from tests.chat.server import Reply, Server, completion
from tests.cli.programs import swarm, swarm_process
from tests.cluster.nodes import Nodes, start_bench
from tests.docs.pages import ROOT

pytestmark = [
    pytest.mark.rl,
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install '.[ray]'"
    ),
]
AGENTS = ROOT / "tests" / "bench" / "bench_agents.py"
KILLS = 10


def bench(seeds, rounds=40, more="", team=f"{AGENTS}:Slow"):
    text = f'scenarios = ["synchronization"]\nteams = ["{team}"]\nseeds = {seeds}\n'
    return f"{text}{WORLD}max_rounds = {rounds}\n{more}"


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def nodes():
    found = Nodes(1, 2)
    yield found
    found.close()


def test_without_an_address_a_cluster_is_started_and_plays_the_same(tmp_path, capsys):
    write(tmp_path, bench(6, rounds=10))
    assert swarm(capsys, "bench", "bench.toml", "--out", "plain", "-q").status == 0
    done = swarm_process("bench", "bench.toml", "--ray", "--out", "spread", "--json", folder=tmp_path)
    assert done.status == 0, done.err
    started = re.search(r"Started a Ray cluster on this machine in ([\d.]+) s: 1 node", done.err)
    assert started and float(started[1]) < 20
    assert {run["stage"] for run in json.loads(done.out)["runs"]} == {"finished"}
    assert rounds_of(tmp_path / "spread") == rounds_of(tmp_path / "plain")


def test_every_run_is_there_once_though_a_node_is_killed_ten_times(tmp_path, capsys, nodes):
    write(tmp_path, bench(90))
    assert swarm(capsys, "bench", "bench.toml", "--out", "plain", "-q", "--parallel", "45").status == 0
    moments = random.Random(7)
    process = start_bench(tmp_path, "--ray", nodes.address, "--out", "spread", "--json")
    with process:
        for _ in range(KILLS):
            before = played(tmp_path / "spread")
            wait_for(tmp_path, process, lambda least=before: played(tmp_path / "spread") > least)
            time.sleep(moments.uniform(0.2, 3.0))
            assert process.poll() is None, "the bench was over before the last kill"
            nodes.kill()
            nodes.revive()
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert err.count("its worker died") >= 1  # a busy machine may not have begun again on the new node
    runs = json.loads(out)["runs"]
    assert len(runs) == 90 and {run["stage"] for run in runs} == {"finished"}
    assert rounds_of(tmp_path / "spread") == rounds_of(tmp_path / "plain")


def played(folder):
    """Rounds of all runs of a bench that are on disk."""
    return sum(lines.count(b"\n") for lines in rounds_of(folder).values())


def is_half_way(folder):
    """Whether one run is over, and another one begun."""
    rounds = [lines.count(b"\n") for lines in rounds_of(folder).values()]
    return max(rounds, default=0) == 40 and any(0 < count < 40 for count in rounds)


def test_no_answer_that_a_dead_worker_got_is_asked_for_again(tmp_path, capsys, nodes):
    with MockServer(by_rote, Faults(latency=0.1)) as server:
        write(tmp_path, bench(8, rounds=12, team=f"llm:m@{server.url}"))
        assert swarm(capsys, "bench", "bench.toml", "--out", "plain", "-q", "--parallel", "8").status == 0
        whole = server.stats()["answered"]
        process = start_bench(tmp_path, "--ray", nodes.address, "--out", "spread")
        with process:
            for rounds in (8, 40):
                wait_for(tmp_path, process, lambda least=rounds: played(tmp_path / "spread") >= least)
                nodes.kill()
                nodes.revive()
            _, err = process.communicate(timeout=300)
        asked = server.stats()["answered"] - whole
    assert process.returncode == 0, err
    assert "died; it continues elsewhere" in err
    assert rounds_of(tmp_path / "spread") == rounds_of(tmp_path / "plain")
    assert sum(map(calls_in, (tmp_path / "spread" / "runs").iterdir())) == whole
    # What was in transit when the node died is lost: each time a call of every agent of the two runs there.
    assert whole <= asked <= whole + 2 * 2 * 3


def test_a_worker_and_the_coordinator_may_die(tmp_path, capsys, nodes):
    write(tmp_path, bench(12))
    assert swarm(capsys, "bench", "bench.toml", "--out", "plain", "-q", "--parallel", "12").status == 0
    process = start_bench(tmp_path, "--ray", nodes.address, "--out", "spread")
    with process:
        for title, rounds in (("ray::play_on_worker", 60), ("ray::Coordinator", 150)):
            wait_for(tmp_path, process, lambda least=rounds: played(tmp_path / "spread") >= least)
            os.kill(nodes.processes(title)[0], signal.SIGKILL)
        _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "its worker died" in err and "the coordinator died" in err
    assert rounds_of(tmp_path / "spread") == rounds_of(tmp_path / "plain")


def test_the_limit_of_calls_in_flight_holds_over_all_workers(tmp_path):
    said = json.dumps({"action": "STAY", "message": ""})
    with Server(lambda request: Reply(completion({"content": said}), delay=0.05)) as server:
        team = f"llm:m@{server.url}"
        write(tmp_path, bench(6, rounds=4, team=team, more="[calls]\nconcurrency = 2\n"))
        done = swarm_process("bench", "bench.toml", "--ray", "--parallel", "6", folder=tmp_path)
    assert done.status == 0, done.err
    assert len(server.served) == 6 * 4 * 3 and server.peak == 2


def test_the_total_budget_holds_over_all_workers(tmp_path):
    write(
        tmp_path,
        bench(6, rounds=400, team="llm:m@embedded", more="[total]\nmax_tokens = 40_000\n"),
    )
    done = swarm_process("bench", "bench.toml", "--ray", folder=tmp_path)
    assert done.status == 3 and "total.max_tokens is 40000" in done.err
    assert "swarm run --resume" in done.out


def test_a_driver_that_was_killed_goes_on_with_or_without_ray(tmp_path, capsys):
    write(tmp_path, bench(6))
    assert swarm(capsys, "bench", "bench.toml", "--out", "plain", "-q", "--parallel", "6").status == 0
    process = start_bench(tmp_path, "--ray", "--out", "spread")
    with process:
        wait_for(tmp_path, process, lambda: is_half_way(tmp_path / "spread"))
        process.kill()
    assert is_half_way(tmp_path / "spread")
    done = swarm_process("bench", "bench.toml", "--ray", "--out", "spread", folder=tmp_path)
    assert done.status == 0, done.err
    assert rounds_of(tmp_path / "spread") == rounds_of(tmp_path / "plain")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_stop_runs_on_all_workers_at_a_round(tmp_path, capsys, number):
    write(tmp_path, bench(6))
    process = start_bench(tmp_path, "--ray", "--out", "spread")
    with process:
        wait_for(tmp_path, process, lambda: played(tmp_path / "spread") > 20)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Run the same command again" in err
    assert "***" not in err and "Traceback" not in err
    results = [read_run(path.parent).result for path in (tmp_path / "spread").glob(f"runs/*/{ROUNDS_FILE}")]
    assert all(result is not None for result in results) and 0 < len(results) < 6


def test_a_failed_run_is_reported_as_on_one_machine(tmp_path, capsys):
    (tmp_path / "broken").touch()
    write(tmp_path, bench(2, rounds=6, team=f"{AGENTS}:Broken"))
    plain = swarm_process("bench", "bench.toml", "--out", "plain", folder=tmp_path)
    done = swarm_process("bench", "bench.toml", "--ray", "--out", "spread", folder=tmp_path)
    assert done.status == plain.status == 1 and done.out == plain.out.replace("plain/runs", "spread/runs")
    (tmp_path / "broken").unlink()
    assert swarm(capsys, "bench", "bench.toml", "--out", "spread", "-q").status == 0


def test_a_missing_cluster_is_an_error(tmp_path):
    write(tmp_path, bench(1))
    done = swarm_process("bench", "bench.toml", "--ray", "127.0.0.1:9", folder=tmp_path)
    assert done.status == 2 and "no usable cluster there" in done.err


def wait_for(folder, process, happened):
    limit = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_study_finds_the_same_on_a_cluster(tmp_path):
    study = ("codef-study", "--scenarios", "4", "--seeds", "1", "--draws", "20", "--json")
    here = swarm_process("consensus", *study, folder=tmp_path)
    there = swarm_process("consensus", *study, "--ray", folder=tmp_path)
    assert here.status == there.status == 0, there.err
    assert json.loads(here.out) == json.loads(there.out)
    assert "Started a Ray cluster" in there.err


def squared(task):
    """A part of a study that takes its first worker with it."""
    number, folder = task
    mark = folder / str(number)
    if number % 3 == 0 and not mark.exists():
        mark.touch()
        os._exit(1)
    if number == 7:
        raise ZeroDivisionError("the seventh")
    return number**2


def test_lost_tasks_are_repeated_and_errors_are_raised(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # workers import the function of this file
    with joined(LOCAL) as cluster:
        tasks = [(number, tmp_path) for number in range(7)]
        assert list(spread(cluster, squared, tasks)) == [number**2 for number in range(7)]
        with pytest.raises(ZeroDivisionError, match="the seventh"):
            list(spread(cluster, squared, [(7, tmp_path)]))
    assert len(list(tmp_path.iterdir())) == 3


def test_rllib_learns_from_worlds_on_all_nodes(nodes, tmp_path):
    if not all(importlib.util.find_spec(name) for name in ("tree", "lz4", "ormsgpack", "torch")):
        pytest.skip("RLlib is not installed: pip install '.[rl]' 'ray[rllib]'")
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "train_rllib_cluster.py", nodes.address],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("mean return") == 2 and done.stdout.count("played on node") == 2
