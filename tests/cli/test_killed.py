"""A command that is killed in whatever moment of its start goes on when it is called again."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")

WORLD = ("--rounds", "3", "-n", "3", "--size", "8", "-q", "--render", "none")
BENCH = """
scenarios = ["foraging"]
teams = ["random"]
seeds = 1
out = "results"
[settings.small]
num_agents = 3
height = 8
width = 8
max_rounds = 3
"""


def content(folder):
    """Every file below a folder, without what differs from call to call."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        text = path.read_bytes()
        if path.name == "run.json":
            text = {**json.loads(text), "created": ""}
            if text["origin"]:
                text["origin"]["run"] = ""
        if path.name == "result.json" and (usage := (text := json.loads(text))["usage"]):
            usage["seconds"] = 0
        if not path.name.endswith((".parquet", ".sqlite", ".sqlite-shm", ".sqlite-wal")):
            files[str(path.relative_to(folder))] = text
    return files


def killed_everywhere(folder, *arguments):
    """Kill a command before each of its file operations, call it again, and compare; the number of kills.

    The last kill may come when everything is written: then nothing is left to do, which may be an error (2).
    """
    script = [sys.executable, "-m", "tests.cli.killing", str(folder), *arguments]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    first, *kills = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("KILLED ")]
    assert first == ["whole", "0"], done.stderr
    assert {status for _, status in kills[:-1]} == {"0"} and kills[-1][1] in "02", done.stderr
    whole = content(folder / "whole")
    for number, _ in kills:
        assert content(folder / number) == whole, f"killed before operation {number}"
    return len(kills)


@pytest.mark.slow
def test_a_bench_goes_on_whenever_it_was_killed(tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "b.toml").write_text(BENCH)
    assert killed_everywhere(tmp_path, "bench", "b.toml", "-q") > 30


def test_a_run_goes_on_whenever_it_was_killed(tmp_path):
    assert killed_everywhere(tmp_path, "run", "foraging", *WORLD, "--out", "new/run", "--seed", "3") > 8


@pytest.mark.slow
def test_a_run_with_models_goes_on_whenever_it_was_killed(tmp_path):
    team = ("--agents", "llm*2, scripted", "--out", "run", "--seed", "3")
    assert killed_everywhere(tmp_path, "run", "foraging", *WORLD, *team) > 8


@pytest.mark.slow
def test_a_fork_goes_on_whenever_it_was_killed(tmp_path):
    from swarm_env.playing.runner import play

    play("foraging", "random", seed=3, num_agents=3, max_rounds=6, out=tmp_path / "given" / "old")
    more = ("--from", "old", "--round", "3", "--out", "new", "-q", "--agents", "scripted", "--render", "none")
    assert killed_everywhere(tmp_path, "run", *more) > 8


@pytest.mark.slow
def test_an_import_goes_on_whenever_it_was_killed(tmp_path):
    logs = next(path.parent for path in (ROOT / "tests" / "data").rglob("meta_log.json*"))
    shutil.copytree(logs, tmp_path / "given" / "log")
    assert killed_everywhere(tmp_path, "import", "log", "--out", "new", "-q") > 8
