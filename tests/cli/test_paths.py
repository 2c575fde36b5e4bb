"""Folders with blanks and umlauts: titles, folder names and the advice that is to be copied into a shell.

All tests run in such a folder (see `conftest.py`); these look at what is made of its name.
"""

import csv
import io
import re
import shlex
import subprocess
from pathlib import Path

from swarm_env.leaderboard.export import to_csv
from swarm_env.leaderboard.leaderboard import score_folders
from swarm_env.playing.runner import play
from tests.cli.programs import SWARM, swarm

AGENT = """
from swarm_env.agent import Decision

class Idle:
    def reset(self, brief, agents, seed): pass
    def decide(self, perceptions): return [Decision(0) for _ in perceptions]
"""
BENCH = """
scenarios = ["foraging"]
teams = ["my agents ä/idle one.py:Idle", "scripted*1, {folder}/my agents ä/idle one.py:Idle"]
seeds = 1
[settings.small]
num_agents = 2
height = 8
width = 8
max_rounds = 2
"""


def advised(text):
    """The command at the end of a message, as a shell reads it."""
    words = shlex.split(text[text.index("swarm ") :].splitlines()[0])
    return [SWARM, *words[1:]]


def test_what_is_advised_can_be_copied_into_a_shell(capsys, tmp_path):
    assert " " in str(tmp_path) and "ü" in str(tmp_path)
    out = tmp_path / "it's $HOME"
    done = swarm(capsys, "run", "foraging", "-n", "2", "--rounds", "1", "--size", "8", "--out", out)
    assert done.status == 0 and advised(done.err.partition("again: ")[2]) == [SWARM, "replay", str(out)]
    words = done.err.partition("again: ")[2].splitlines()[0]
    shown = subprocess.run(
        words.replace("swarm", shlex.quote(str(SWARM)), 1),
        shell=True, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert shown.returncode == 0 and "foraging" in shown.stdout, shown.stderr


def test_titles_and_folders_of_a_bench_have_no_path_in_them(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my agents ä").mkdir()
    (tmp_path / "my agents ä" / "idle one.py").write_text(AGENT)
    (tmp_path / "b.toml").write_text(BENCH.format(folder=tmp_path))
    done = swarm(capsys, "bench", "b.toml", "--trust-code", "--out", "re sults")
    assert done.status == 0, done.err
    titles = re.findall(r"^\d/2 (.*?), seed", done.err, re.MULTILINE)
    assert sorted(titles) == [
        "foraging, small, idle one.py:Idle",
        "foraging, small, scripted*1, idle one.py:Idle*1",
    ]
    folders = sorted(path.name for path in Path("re sults/runs").iterdir())
    assert [re.sub(r"-[0-9a-f]{8}-0$", "", name) for name in folders] == [
        "foraging-small-idle_one.py_Idle", "foraging-small-scripted_1_idle_one.py_Idle",
    ]  # fmt: skip
    assert swarm(capsys, "verify", "re sults").status == 0
    assert swarm(capsys, "score", "re sults").status == 0


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    """A recorded run may call its team anything."""
    for number, team in enumerate(("=1+1", "+1", "-1", "@SUM(A1)", "plain")):
        play("foraging", "random", seed=1, num_agents=1, max_rounds=1, out=tmp_path / str(number))
        run = tmp_path / str(number) / "run.json"
        run.write_text(run.read_text().replace('"random*1"', f'"{team}"'))
    rows = list(csv.DictReader(io.StringIO(to_csv(score_folders([tmp_path])))))
    assert sorted(row["team"] for row in rows) == ["'+1", "'-1", "'=1+1", "'@SUM(A1)", "plain"]
    assert all(
        not cell or cell[0] not in "=+-@\t\r" or float(cell) <= 0 for row in rows for cell in row.values()
    )
