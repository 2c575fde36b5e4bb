"""`swarm score`: what it finds in folders, what it writes, what it exits with."""

import csv
import gzip
import io
import json
import re
import shutil

import pytest

from swarm_env.leaderboard.export import COLUMNS
from swarm_env.leaderboard.leaderboard import score_folders
from swarm_env.runs.files import RESULT_FILE, RUN_FILE
from swarm_env.runs.import_swarmbench import import_game
from swarm_env.runs.swarmbench_logs import find_games
from tests.cli.programs import swarm
from tests.leaderboard.made import make_run, usage
from tests.reference.recordings import DATA

NATIVE = DATA / "swarmbench" / "synchronization-expert-888469"


@pytest.fixture
def runs(tmp_path):
    """Two teams, five seeds, one of them missing; a model with usage."""
    for seed, score in enumerate([3.0, 5.0, 4.0, 6.0, 2.0]):
        make_run(tmp_path / "runs" / f"s{seed}", "scripted", seed, score)
    for seed, score in enumerate([4.0, 7.0, 6.0, 6.0]):
        make_run(tmp_path / "runs" / f"m{seed}", "llm:some-model", seed, score, usage=usage(), message="text")
    return tmp_path / "runs"


def scored(capsys, *arguments):
    done = swarm(capsys, "score", *arguments, "--json")
    assert done.status == 0, done.err
    return json.loads(done.out.splitlines()[-1])


def test_a_table_says_what_is_known(runs, capsys):
    done = swarm(capsys, "score", runs)
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0] == "pursuit: 4 agents, 8 x 8 cells, view 5, 20 rounds"
    titles = re.split(r"\s{2,}", lines[2])
    assert titles == [
        *("#", "team", "talk", "n", "mean", "sd", "median", "95% interval", "against scripted", "pairs"),
        *("p", "model failures", "endpoint failures", "tokens/run", "$/run", "s/decision"),
    ]
    first, second = (re.split(r"\s{2,}", line) for line in lines[3:5])
    assert first[:7] == ["1", "llm:some-model", "text", "4", "5.75", "1.26", "6.00"]
    assert first[8:] == ["+1.25", "4", "0.250", "0.0%", "0.0%", "1100", "0.5000", "0.5"]
    assert second[:7] == ["2", "scripted", "none", "5", "4.00", "1.58", "4.00"] and len(second) == 8
    assert "paired by seed" in done.out and "the 1 comparison of a table (Holm)" in done.out
    assert "With fewer than 6 pairs no p can be below 0.05" in done.out
    assert "ublished" not in done.out
    asked = swarm(capsys, "score", runs, "--published", "swarmbench").out
    assert "No published scores: they are for 10 agents, 10 x 10 cells" in asked and "o4-mini" not in asked


def test_json_holds_everything(runs, capsys):
    board = scored(capsys, runs)
    (table,) = board["tables"]
    assert table["reference"] == "scripted" and board["clean"] and board["published"] == []
    model, scripted = table["rows"]
    assert model["difference"]["n"] == 4 and model["difference"]["mean"] == 1.25
    assert model["per_run"]["cost"] == 0.5 and scripted["per_run"]["cost"] is None
    assert scripted["fallback_rate"] is None and scripted["difference"] is None
    assert (model["difference"]["p"], model["difference"]["low"]) == (0.25, None)
    assert (model["method"], model["answered"]["mean"], model["answered_runs"]) == ("student", 5.75, 4)
    assert [run["seed"] for run in scripted["runs"]] == [0, 1, 2, 3, 4]


def test_csv_and_parquet_hold_the_same(runs, capsys, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    done = swarm(capsys, "score", runs, "--csv", "--parquet", tmp_path / "board.parquet")
    lines = list(csv.DictReader(io.StringIO(done.out)))
    table = parquet.read_table(tmp_path / "board.parquet").to_pylist()
    assert list(lines[0]) == list(COLUMNS) == list(table[0]) and len(lines) == len(table) == 2
    for line, record in zip(lines, table, strict=True):
        assert line == {name: "" if value is None else str(value) for name, value in record.items()}
    assert table[1]["cost_per_run"] is None and table[0]["cost_per_run"] == 0.5


def test_csv_holds_published_scores_without_a_rank(tmp_path, capsys):
    make_run(tmp_path / "a", num_agents=10, height=10, width=10, max_rounds=100)
    done = swarm(capsys, "score", tmp_path, "--csv", "--published", "swarmbench")
    lines = list(csv.DictReader(io.StringIO(done.out)))
    assert [(one["team"], one["mean"], one["sd"], one["rank"]) for one in lines[1:3]] == [
        ("o4-mini", "9.6", "0.49", ""),
        ("gemini-2.0-flash", "8.8", "1.6", ""),
    ]
    assert len(lines) == 14 and lines[1]["source"].startswith("published: ")
    assert {one["scenario"] for one in lines} == {"pursuit"}


def test_markdown_has_a_table_that_hostile_names_cannot_break(tmp_path, capsys):
    make_run(tmp_path / "a", "x|<b>y\n`z`\x1b[31m*4")
    done = swarm(capsys, "score", tmp_path, "--markdown")
    lines = done.out.splitlines()
    assert lines[0].startswith("## pursuit") and lines[2].startswith("| # | team |")
    assert lines[4].count(" | ") == lines[2].count(" | ")
    assert "\x1b" not in done.out and "\\<b\\>" in lines[4]
    assert "Published" not in done.out
    assert "\x1b" not in swarm(capsys, "score", tmp_path).out


def test_strict_fails_when_a_run_does_not_count(runs, capsys, tmp_path):
    assert swarm(capsys, "score", runs, "--strict").status == 0
    make_run(runs / "bad", "llm:some-model", 9, 50.0, usage=usage(fallbacks={"http": 6}), message="text")
    done = swarm(capsys, "score", runs, "--strict")
    assert done.status == 1 and "Invalid" in done.out and "50.00" in done.out
    assert swarm(capsys, "score", runs).status == 0
    assert swarm(capsys, "score", runs, "--strict", "--max-fallback", "0.06").status == 0


@pytest.mark.parametrize("status", ["interrupted", None])
def test_unfinished_runs_are_left_out_and_fail_strictly(runs, capsys, status):
    make_run(runs / "half", "scripted", 7, 99.0, status=status)
    done = swarm(capsys, "score", runs, "--strict")
    assert done.status == 1 and "unfinished" in done.out and "99" not in done.out.replace(str(runs), "")


def test_forks_are_left_out_without_a_fault(runs, capsys):
    make_run(runs / "branch", "scripted", 8, 99.0, decided_from=(5,))
    done = swarm(capsys, "score", runs, "--strict")
    assert done.status == 0 and "a fork" in done.out and "99" not in done.out.replace(str(runs), "")


def test_copies_count_once(runs, capsys):
    shutil.copytree(runs / "s1", runs / "copy")
    make_run(runs / "again", "scripted", 1, 5.0, moves=1)  # the same seed and score, another game
    board = scored(capsys, runs, runs / "s1", runs)
    row = board["tables"][0]["rows"][1]
    assert (row["n"], len(row["runs"])) == (5, 6)
    assert [left["why"].split(":")[0] for left in board["left_out"]] == ["a copy"]


def test_a_seed_that_is_played_the_same_way_twice_is_no_copy(runs, capsys):
    again = shutil.copytree(runs / "s1", runs / "again") / RUN_FILE
    again.write_text(again.read_text().replace("2030-01-01", "2030-01-02"))
    board = scored(capsys, runs)
    row = board["tables"][0]["rows"][1]
    assert (row["n"], len(row["runs"]), board["left_out"]) == (5, 6, [])
    assert re.split(r"\s{2,}", swarm(capsys, "score", runs).out.splitlines()[2])[3:6] == ["n", "runs", "mean"]


def test_failures_of_the_model_count_and_both_numbers_are_shown(runs, capsys):
    make_run(runs / "bad", "llm:some-model", 4, 0.0, usage=usage(fallbacks={"refused": 50}), message="text")
    model = scored(capsys, runs)["tables"][0]["rows"][0]
    assert (model["valid"], model["n"], model["mean"]) == (True, 5, 4.6)
    assert (model["answered"]["mean"], model["answered_runs"]) == (5.75, 4)
    assert (model["fallback_rate"], model["endpoint_failure_rate"]) == (0.1, 0.0)
    done = swarm(capsys, "score", runs, "--strict")
    titles, first, second = (re.split(r"\s{2,}", line) for line in done.out.splitlines()[2:5])
    assert done.status == 0 and titles[11:15] == ["mean if answered", "runs answered", *titles[13:15]]
    assert first[11:15] == ["5.75", "4", "10.0%", "0.0%"]


def test_equal_scores_between_bounds_have_an_interval(tmp_path, capsys):
    for seed in range(5):
        make_run(tmp_path / str(seed), "scripted", seed, 0.0, scenario="synchronization")
    (row,) = scored(capsys, tmp_path)["tables"][0]["rows"]
    assert (row["low"], row["method"]) == (0.0, "bounded") and 10.0 < row["high"] < 11.0  # of 20 rounds


def test_broken_runs_are_named_and_the_others_scored(runs, capsys):
    make_run(runs / "huge", "scripted", 6, 1e300)
    (make_run(runs / "torn", seed=7) / RESULT_FILE).write_text("{")
    bad = make_run(runs / "odd", seed=8) / RUN_FILE
    bad.write_text(bad.read_text().replace('"num_agents": 4', '"num_agents": "many"'))
    board = scored(capsys, runs)
    assert sorted(left["source"].rpartition("/")[2] for left in board["left_out"]) == ["huge", "odd", "torn"]
    assert all(left["is_fault"] and left["why"].startswith("unreadable") for left in board["left_out"])
    assert board["tables"][0]["rows"][1]["n"] == 5


def test_unknown_tokens_and_prices_stay_empty(tmp_path, capsys):
    unknown = dict.fromkeys(
        ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens", "cost")
    )
    make_run(tmp_path / "a", "llm:m", usage=usage(**unknown))
    (row,) = scored(capsys, tmp_path)["tables"][0]["rows"]
    assert row["per_run"]["cost"] is None and row["per_run"]["prompt_tokens"] is None
    assert row["per_run"]["calls"] == 100
    line = swarm(capsys, "score", tmp_path).out.splitlines()[3]
    assert "0.0%" in line and "nan" not in line.lower() and "None" not in line


def test_native_logs_join_the_table_and_their_import_is_a_copy(tmp_path, capsys):
    import_game(find_games(NATIVE)[0], tmp_path / "imported")
    native = scored(capsys, NATIVE)
    imported = scored(capsys, tmp_path / "imported")
    strip = lambda board: [  # noqa: E731
        {key: value for key, value in row.items() if key != "runs"}
        for table in board["tables"]
        for row in table["rows"]
    ]
    assert (
        strip(native) == strip(imported)
        and native["tables"][0]["setting"] == imported["tables"][0]["setting"]
    )
    both = scored(capsys, NATIVE, tmp_path)
    assert both["tables"][0]["rows"][0]["n"] == 1 and len(both["left_out"]) == 1


def test_native_games_beside_ours_are_in_one_table(tmp_path, capsys):
    meta = json.loads(gzip.decompress((NATIVE / "meta_log.json.gz").read_bytes()))
    (game,) = meta.values()
    world = {name: game[name] for name in ("num_agents", "height", "width", "view_size")}
    make_run(tmp_path / "ours", "scripted", 1, 8.0, scenario="synchronization", max_rounds=100, **world)
    (table,) = scored(capsys, NATIVE, tmp_path)["tables"]
    assert [(row["team"], row["source"]) for row in table["rows"]] == [
        ("swarmbench:expert", "swarmbench"),
        ("scripted", "swarm-env"),
    ]


def test_native_games_that_stop_early_do_not_count(tmp_path):
    folder = shutil.copytree(NATIVE, tmp_path / "cut")
    for path in folder.glob("*_log_*"):
        entries = json.loads(gzip.decompress(path.read_bytes()))
        path.write_bytes(gzip.compress(json.dumps([e for e in entries if e["round"] < 5]).encode()))
    board = score_folders([folder])
    assert not board.tables and "unfinished" in board.left_out[0].why


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--max-fallback", "1.5"], "--max-fallback"),
        (["--csv", "--json"], "cannot go together"),
        (["--reference", "nobody"], "There is no run of the reference 'nobody'"),
        (["--parquet", "nowhere/x.parquet"], "there is no folder"),
        (["nothing-there"], "is not a folder"),
    ],
)
def test_wrong_input_is_an_error(runs, capsys, arguments, said, monkeypatch):
    monkeypatch.chdir(runs)
    done = swarm(capsys, "score", ".", *arguments)
    assert done.status == 2 and said in done.err
