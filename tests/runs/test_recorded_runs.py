"""Runs that version 0.1.0 recorded: whatever has been renamed since, they are read and play the same.

All of it goes through the command line, as whoever kept such runs would go; what is there stands in
`tests/data/recorded_runs/README.md`.
"""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.programs import swarm

RECORDED = Path(__file__).resolve().parents[1] / "data" / "recorded_runs"
EXPECTED = json.loads((RECORDED / "expected.json").read_text(encoding="utf-8"))
RUNS = EXPECTED["runs"]  # by folder: scenario, rounds, score, digest of the world at the end
BENCH = RECORDED / "bench"
NUMBER_OF_RULES = {"audit": 3, "nest_site": 3, "secrets": 7}
DECIDED = [
    name
    for name, run in RUNS.items()
    if run["scenario"] in NUMBER_OF_RULES and not any(part in name for part in ("bench", "llm", "fork"))
]


def reported(done):
    return json.loads(done.out.splitlines()[-1])


def read(name, file):
    return json.loads((RECORDED / name / file).read_text(encoding="utf-8"))


def lines(folder):
    return (folder / "rounds.jsonl").read_text(encoding="utf-8").splitlines()


def digests(folder):
    return [json.loads(line)["digest"] for line in lines(folder)]


def copy(name, folder):
    return shutil.copytree(RECORDED / name, folder / name)


def test_every_run_is_expected_and_every_expected_one_is_there():
    assert {str(file.parent.relative_to(RECORDED)) for file in RECORDED.rglob("run.json")} == set(RUNS)


def test_all_of_them_verify(capsys):
    done = swarm(capsys, "verify", RECORDED, "--json")
    recordings = reported(done)["recordings"]
    assert [one for one in recordings if not one["agrees"]] == []
    assert done.status == 0, done.err
    played = {str(Path(one["source"]).relative_to(RECORDED)): one for one in recordings}
    assert {name: (one["scenario"], one["rounds"]) for name, one in played.items()} == {
        name: (run["scenario"], run["rounds"]) for name, run in RUNS.items()
    }


@pytest.mark.parametrize("name", DECIDED)
def test_another_rule_would_be_noticed(capsys, tmp_path, name):
    """So that the test above also says that every rule is still the one that it was."""
    info = read(name, "run.json")
    recorded = info["config"]["options"]["rule"]
    others = [number for number in range(NUMBER_OF_RULES[info["config"]["scenario"]]) if number != recorded]
    for number in others:
        folder = shutil.copytree(RECORDED / name, tmp_path / str(number))
        info["config"]["options"]["rule"] = number
        (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    done = swarm(capsys, "verify", tmp_path, "--json")
    assert done.status == 1, done.err
    assert [one["agrees"] for one in reported(done)["recordings"]] == [False] * len(others)


@pytest.mark.parametrize("name", RUNS)
def test_the_files_end_as_expected(name):
    """With `test_all_of_them_verify`: so does the world when it is played again."""
    run = RUNS[name]
    record = [json.loads(line) for line in lines(RECORDED / name)]
    assert (len(record), record[-1]["digest"]) == (run["rounds"], run["digest"])
    if (RECORDED / name / "result.json").exists():
        result = read(name, "result.json")
        assert (result["rounds"], result["score"]) == (run["rounds"], run["score"])


@pytest.mark.parametrize("name", RUNS)
def test_a_replay_ends_with_the_recorded_score(capsys, name):
    run = RUNS[name]
    done = swarm(capsys, "replay", RECORDED / name, "--round", run["rounds"])
    assert done.status == 0, done.err
    (head,) = [line.split() for line in done.out.splitlines() if line.startswith(run["scenario"])]
    assert head[:3] == [
        run["scenario"],
        "round",
        f"{run['rounds']}/{read(name, 'run.json')['config']['max_rounds']}",
    ]
    assert float(head[head.index("score") + 1]) == pytest.approx(run["score"], rel=1e-5)


def test_the_bench_is_scored_as_it_was(capsys):
    done = swarm(capsys, "score", BENCH, "--reference", "scripted", "--json")
    assert done.status == 0, done.err
    board = reported(done)
    assert board["clean"] and board["left_out"] == []
    found = {table["scenario"]: {row["team"]: row for row in table["rows"]} for table in board["tables"]}
    for scenario, teams in EXPECTED["bench"].items():
        assert found[scenario].keys() == teams.keys()
        for team, numbers in teams.items():
            row = found[scenario][team]
            scores = [run["score"] for run in sorted(row["runs"], key=lambda run: run["seed"])]
            assert [row["n"], row["mean"], row["sd"], *scores] == pytest.approx(numbers)


def test_the_bench_goes_on_and_has_nothing_left_to_play(capsys, tmp_path, monkeypatch):
    folder = copy("bench", tmp_path)
    before = {file: file.read_bytes() for file in sorted((folder / "runs").rglob("*.json*"))}
    monkeypatch.chdir(tmp_path)
    done = swarm(capsys, "bench", folder / "bench.toml", "--out", folder, "--quiet")
    assert done.status == 0, done.err
    assert {file: file.read_bytes() for file in sorted((folder / "runs").rglob("*.json*"))} == before


@pytest.mark.parametrize("name", [name for name in RUNS if name.endswith("-fork")])
def test_what_a_branch_came_from_is_there_and_goes_the_same_way_until_then(name):
    origin = read(name, "run.json")["origin"]
    assert read(origin["run"], "run.json")["team"] == origin["team"]
    parent, branch = digests(RECORDED / origin["run"]), digests(RECORDED / name)
    assert parent[: origin["round"]] == branch[: origin["round"]]
    assert parent[origin["round"]] != branch[origin["round"]]


@pytest.mark.parametrize("name", [name for name in RUNS if name.endswith("-stopped")])
def test_a_stopped_run_is_the_beginning_of_the_one_that_went_on(name):
    stopped, whole = lines(RECORDED / name), lines(RECORDED / name.replace("-stopped", "-resumed"))
    assert 0 < len(stopped) < len(whole)
    assert whole[: len(stopped)] == stopped


def test_a_branch_made_again_goes_as_it_went(capsys, tmp_path):
    name = "secrets-codef_2-fork"
    origin, out = read(name, "run.json")["origin"], tmp_path / "run"
    done = swarm(
        capsys, "run", "--from", RECORDED / origin["run"], "--round", origin["round"], "--agents", "random",
        "--out", out, "--quiet",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert lines(out) == lines(RECORDED / name)


@pytest.mark.parametrize(
    ("name", "more"), [("synchronization-stopped", []), ("nest_site-llm-stopped", ["--max-calls", 50])]
)
def test_a_stopped_run_goes_on_as_it_did(capsys, tmp_path, name, more):
    folder = copy(name, tmp_path)
    done = swarm(capsys, "run", "--resume", folder, "--quiet", *more)
    assert done.status == 0, done.err
    assert lines(folder) == lines(RECORDED / name.replace("-stopped", "-resumed"))


@pytest.mark.parametrize("name", ["pursuit-llm", "secrets-llm-options"])
def test_the_ledger_answers_for_the_models(capsys, tmp_path, name):
    """Nobody else is asked: an unknown question is an error. It fails when prompts get other words."""
    out = tmp_path / "run"
    done = swarm(capsys, "run", "--from", copy(name, tmp_path), "--calls", "replay", "--out", out, "--quiet")
    assert done.status == 0, done.err
    assert lines(out) == lines(RECORDED / name)
