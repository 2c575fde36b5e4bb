"""`swarm bench`: played, stopped, killed, gone on with, failing, watched."""

import json
import os
import signal
import time

import pytest
from rich.console import Console

from swarm_env.bench.bench import Bench
from swarm_env.bench.folder import BenchFolder
from swarm_env.bench.plan import read_plan
from swarm_env.bench.spending import Spending
from swarm_env.cli import bench_progress
from swarm_env.runs.files import RESULT_FILE, ROUNDS_FILE, read_run
from swarm_env.runs.writer import RunWriter
from tests.bench.benches import WORLD, rounds_of, start, write
from tests.cli.programs import swarm
from tests.docs.pages import ROOT

AGENTS = ROOT / "tests" / "bench" / "bench_agents.py"
PLAIN = f"""
scenarios = ["pursuit", "synchronization"]
teams = ["scripted", "random"]
seeds = 2
{WORLD}max_rounds = 4
"""
SLOW = f"""
scenarios = ["synchronization"]
teams = ["{AGENTS}:Slow", "random"]
seeds = 4
parallel = 4
{WORLD}max_rounds = 20
"""
FILES = {"bench.json", "bench.toml", ".lock", "runs"}
BOARDS = {f"leaderboard.{suffix}" for suffix in ("txt", "md", "csv", "json", "parquet")}


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_all_runs_are_played_and_ranked_and_kept(tmp_path, capsys):
    write(tmp_path, PLAIN)
    done = swarm(capsys, "bench", "bench.toml", "--out", "there")
    assert done.status == 0, done.err
    there = tmp_path / "there"
    assert {path.name for path in there.iterdir()} == FILES | BOARDS
    assert (there / "bench.toml").read_text() == PLAIN
    first = rounds_of(there)
    assert len(first) == 8 and "8 of 8 runs are finished" in done.err
    assert (there / "leaderboard.txt").read_text() == done.out
    board = json.loads((there / "leaderboard.json").read_text())
    assert [(table["scenario"], [row["n"] for row in table["rows"]]) for table in board["tables"]] == [
        ("pursuit", [2, 2]),
        ("synchronization", [2, 2]),
    ]
    again = swarm(capsys, "bench", "bench.toml", "--out", "there", "--json", "-q")
    assert again.status == 0 and again.err == "" and rounds_of(there) == first
    reported = json.loads(again.out)
    assert {run["stage"] for run in reported["runs"]} == {"kept"} and reported["leaderboard"]["clean"]


def test_runs_may_be_added_but_not_changed(tmp_path, capsys):
    write(tmp_path, PLAIN)
    swarm(capsys, "bench", "bench.toml", "-q")
    first = rounds_of(tmp_path / "runs" / "bench")
    write(
        tmp_path,
        PLAIN.replace("seeds = 2", "seeds = 3").replace('"random"]', '"random", "random*1, scripted"]'),
    )
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 0
    more = rounds_of(tmp_path / "runs" / "bench")
    assert len(more) == 18 and first.items() < more.items()
    for old, new, said in (
        ("height = 8", "height = 9", "pursuit-default-scripted-0: height was 8, is 9"),
        ("seeds = 3", "seeds = [0, 1]", "the run pursuit-default-scripted-2 is missing"),
    ):
        write(tmp_path, (tmp_path / "runs" / "bench" / "bench.toml").read_text().replace(old, new))
        refused = swarm(capsys, "bench", "bench.toml", "-q")
        assert refused.status == 2 and said in refused.err and "--out" in refused.err
    assert rounds_of(tmp_path / "runs" / "bench") == more


def test_a_folder_with_something_else_is_refused(tmp_path, capsys):
    write(tmp_path, PLAIN)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = swarm(capsys, "bench", "bench.toml", "--out", "mine", "-q")
    assert done.status == 2 and "is not empty" in done.err
    assert swarm(capsys, "bench", "bench.toml", "--out", "bench.toml", "-q").status == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_folder_with_another_run_is_not_touched(tmp_path, capsys):
    write(tmp_path, PLAIN)
    swarm(capsys, "bench", "bench.toml", "-q")
    runs = tmp_path / "runs" / "bench" / "runs"
    (runs / "pursuit-default-random-1").rename(runs / "aside")
    (runs / "pursuit-default-random-0").rename(runs / "pursuit-default-random-1")
    done = swarm(capsys, "bench", "bench.toml")
    assert done.status == 1 and "is not the planned run" in done.err
    assert "7 of 8 runs are finished" in done.err
    assert read_run(runs / "pursuit-default-random-1").info.seed == 0


def test_two_processes_do_not_play_one_bench(tmp_path, capsys):
    write(tmp_path, PLAIN)
    with BenchFolder(read_plan(tmp_path / "bench.toml")) as folder:
        taken = swarm(capsys, "bench", "bench.toml", "-q")
        assert taken.status == 2 and "another process" in taken.err
        assert folder.path.is_dir()
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 0


def test_a_dry_run_lists_and_touches_nothing(tmp_path, capsys):
    write(tmp_path, PLAIN.replace('"random"]', '"llm:gpt-4.1-mini@http://127.0.0.1:9/v1"]'))
    done = swarm(capsys, "bench", "bench.toml", "--dry-run")
    assert done.status == 0 and not (tmp_path / "runs").exists()
    assert "8 of 8 runs to play: about " in done.out
    reported = json.loads(swarm(capsys, "bench", "bench.toml", "--dry-run", "--json").out)
    tokens = {run["team"]: run["tokens"] for run in reported["runs"]}
    assert tokens["scripted*3"] is None and tokens["llm:gpt-4.1-mini@http://127.0.0.1:9/v1*3"] > 1000
    assert reported["tokens"] == sum(run["tokens"] or 0 for run in reported["runs"])


def test_one_failing_run_does_not_stop_the_others(tmp_path, capsys):
    (tmp_path / "broken").touch()
    write(tmp_path, PLAIN.replace('"random"]', f'"{AGENTS}:Broken"]'))
    done = swarm(capsys, "bench", "bench.toml")
    assert done.status == 1
    assert "4 of 8 runs are finished" in done.err and "ZeroDivisionError: an agent's own error" in done.err
    assert done.out.count("failed: ZeroDivisionError") == 4 and "1  scripted" in done.out
    (tmp_path / "broken").unlink()
    again = swarm(capsys, "bench", "bench.toml")
    assert again.status == 0 and "4 runs are finished already" in again.err
    assert all(len(lines.splitlines()) == 4 for lines in rounds_of(tmp_path / "runs" / "bench").values())


@pytest.fixture
def uncut(tmp_path, capsys):
    """The rounds of the slow bench, played without a break."""
    write(tmp_path, SLOW)
    assert swarm(capsys, "bench", "bench.toml", "--out", "uncut", "--parallel", "8", "-q").status == 0
    return rounds_of(tmp_path / "uncut")


@pytest.mark.slow
def test_killed_and_run_again_it_plays_the_same(tmp_path, capsys, uncut):
    process = start(tmp_path)
    process.kill()
    process.communicate()
    before = rounds_of(tmp_path / "cut")
    assert any(len(lines) < len(uncut[name]) for name, lines in before.items())
    done = swarm(capsys, "bench", "bench.toml", "--out", "cut")
    assert done.status == 0 and rounds_of(tmp_path / "cut") == uncut


@pytest.mark.slow
def test_ctrl_c_stops_all_runs_at_a_round(tmp_path, capsys, uncut):
    process = start(tmp_path)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Run the same command again" in err
    begun = [path.parent for path in (tmp_path / "cut").glob(f"runs/*/{ROUNDS_FILE}")]
    results = [read_run(folder).result for folder in begun]
    assert all(result is not None for result in results)  # none was torn
    assert "interrupted" in {result.status for result in results if result}
    assert "unfinished" in out
    assert swarm(capsys, "bench", "bench.toml", "--out", "cut", "-q").status == 0
    assert rounds_of(tmp_path / "cut") == uncut


def test_a_process_killed_before_a_run_began_leaves_nothing_in_the_way(tmp_path, capsys):
    write(tmp_path, PLAIN)
    torn = tmp_path / "runs" / "bench" / "runs" / "pursuit-default-scripted-0"
    torn.mkdir(parents=True)
    (torn / ROUNDS_FILE).touch()
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 0


@pytest.fixture
def running(tmp_path):
    """A bench half way, without being played."""
    write(tmp_path, PLAIN)
    plan = read_plan(tmp_path / "bench.toml")
    bench = Bench(plan, BenchFolder(plan))
    now = time.monotonic()
    for number, one in enumerate(bench.progress):
        one.spending = Spending(1000, 0.25)
        if number < 4:
            one.stage, one.rounds, one.began, one.ended = "finished", 4, now - 8, now - 4
    bench.progress[4].stage, bench.progress[4].rounds, bench.progress[4].began = "playing", 2, now - 2
    bench.progress[5].stage, bench.progress[5].error = "failed", "[red]why[/red]"
    return bench


def test_seeds_that_are_played_again_count_once(tmp_path, capsys):
    write(
        tmp_path,
        f'scenarios = ["pursuit"]\nteams = ["scripted"]\nseeds = 2\nrepeats = 2\n{WORLD}max_rounds = 3',
    )
    done = swarm(capsys, "bench", "bench.toml", "--json", "-q")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    (row,) = found["leaderboard"]["tables"][0]["rows"]
    assert (row["n"], len(row["runs"])) == (2, 4) and [run["repeat"] for run in found["runs"]] == [0, 0, 1, 1]


def test_the_time_left_is_estimated_per_team(running):
    # One second a round; one run misses two rounds, two have not begun: 10 rounds, 3 runs at a time.
    assert running.seconds_left() == pytest.approx(10 / 3, rel=0.05)
    assert running.spending() == Spending(8000, 2.0)
    running.progress[0].spending = Spending(None, 1.0)
    assert running.spending() == Spending(None, 2.75)


def test_the_progress_is_drawn(running):
    console = Console(record=True, width=140, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(bench_progress.draw_bars(running))
    drawn = console.export_text()
    console.file.close()
    assert "5/8" in drawn and "pursuit, scripted, seed 1" in drawn
    assert "2/4 rounds, score 0, 1.0k tokens, $0.2500" in drawn
    assert "1 failed" in drawn and "[red]why[/red]" in drawn
    assert "8.0k tokens, $2.00 so far; about 3 s left" in drawn


def test_without_a_terminal_there_is_a_line_per_run(running, capsys):
    with bench_progress.view(running, quiet=False) as tick:
        tick([running.progress[0], running.progress[5]])
        tick([])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "failed: [red]why" in lines[1]
    assert lines[0].startswith(
        "4/8 pursuit, scripted, seed 0: score 0 after 4 rounds, 1.0k tokens, $0.2500; "
    )
    assert lines[1].startswith("5/8 ")
    running.progress[0].endpoint_failure_rate = 0.06
    with bench_progress.view(running, quiet=False) as tick:
        tick([running.progress[0]])
    assert "$0.2500, invalid: the endpoint failed 6%; " in capsys.readouterr().err


def test_a_run_that_another_process_plays_fails_and_the_others_go_on(tmp_path, capsys):
    write(tmp_path, PLAIN)
    swarm(capsys, "bench", "bench.toml", "-q")
    folder = tmp_path / "runs" / "bench" / "runs" / "pursuit-default-random-1"
    (folder / RESULT_FILE).unlink()
    with RunWriter.reopen(folder):
        done = swarm(capsys, "bench", "bench.toml")
    assert done.status == 1 and "another process is writing this run" in done.err
    assert swarm(capsys, "bench", "bench.toml", "-q").status == 0
