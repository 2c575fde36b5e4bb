"""`swarm new`: what it writes works at once, and so does its test; `swarm check` finds what is wrong."""

import shlex
import subprocess
import sys

import pytest

from swarm_env.cli.commands.new import TEMPLATES, TRY
from tests.cli.programs import swarm
from tests.docs.pages import ROOT

FAULTY = ROOT / "tests" / "envs" / "faulty_scenario.py"


@pytest.mark.slow
@pytest.mark.parametrize("kind", TRY)
def test_what_it_writes_works_and_its_test_passes(kind, capsys, tmp_path):
    done = swarm(capsys, "new", kind, "first_try", "--out", tmp_path / "own")
    assert done.status == 0 and done.out.splitlines()[1].startswith("pytest ")
    written = sorted(path.name for path in (tmp_path / "own").iterdir())
    assert written == ["first_try.py", "test_first_try.py"]
    text = (tmp_path / "own" / "first_try.py").read_text()
    assert "FirstTry" in text and "first_try" in text and "my_entry" not in text.lower()
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_first_try.py"]
    done = subprocess.run(tests, cwd=tmp_path / "own", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    words = shlex.split(swarm(capsys, "new", kind, "second_try", "--out", tmp_path).out.splitlines()[0])
    shown = swarm(capsys, *words[1:], "--seed", 1, "--rounds", 3, "--fps", 0, "--out", tmp_path / "run")
    assert shown.status == 0, shown.err


def test_nothing_is_overwritten(capsys, tmp_path):
    (tmp_path / "test_mine.py").write_text("kept")
    done = swarm(capsys, "new", "agent", "mine", "--out", tmp_path)
    assert done.status == 2 and "is there already" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["test_mine.py"]
    assert (tmp_path / "test_mine.py").read_text() == "kept"
    assert swarm(capsys, "new", "agents", "other", "--out", tmp_path).status == 0
    before = (tmp_path / "other.py").read_text()
    assert swarm(capsys, "new", "scenario", "other", "--out", tmp_path).status == 2
    assert (tmp_path / "other.py").read_text() == before


@pytest.mark.parametrize(
    ("kind", "name", "word"),
    [
        ("scenari", "maze", "Did you mean 'scenario'"),
        ("command", "maze", "is none of scenario"),
        ("agent", "random", "cannot be the name"),
        ("agent", "class", "cannot be the name"),
        ("scenario", "numpy", "cannot be the name"),
        ("renderer", "pytest", "cannot be the name"),
        ("agent", "../x", "cannot be the name"),
        ("agent", "", "is empty"),
        ("agent", "Big", "cannot be the name"),
        ("agent", "a" * 51, "cannot be the name"),
    ],
)
def test_kinds_and_names_that_cannot_be_used(kind, name, word, capsys, tmp_path):
    done = swarm(capsys, "new", kind, name, "--out", tmp_path / "own")
    assert done.status == 2 and word in done.err and not (tmp_path / "own").exists()


def test_there_is_a_template_and_a_test_for_each_kind():
    for kind in TRY:
        assert (TEMPLATES / f"new_{kind}.py").is_file() and (TEMPLATES / f"new_{kind}_test.py").is_file()


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        (0, 0, "2 episodes, 12 rounds"),
        (1, 2, "kernel `pay`, called by `update`"),
        (8, 2, "kernel `potential`"),
    ],
)
def test_check_plays_with_bounds_checks(fault, status, word, capsys):
    small = ("-n", 3, "--size", 5, "--rounds", 6, "--set", f"fault={fault}", "--episodes", 2)
    for _ in range(2):  # also after it has passed
        done = swarm(capsys, "check", FAULTY, *small, "--seed", 1)
        assert done.status == status and word in done.out + done.err


GLOBAL_STATE = """
import numpy as np
from swarm_env.engine import RANGE, kernel
from tests.envs.faulty_scenario import Faulty, nothing, reset

@kernel(RANGE)
def update(world, first, last):
    world.score[first] += 1  # forgets the other worlds

class Forgetful(Faulty):
    reset, begin, update, potential = reset, nothing, update, nothing
    name = "forgetful"

SCENARIO = Forgetful
"""


def test_check_compares_a_batch_with_single_worlds(capsys, tmp_path):
    (tmp_path / "forgetful.py").write_text(GLOBAL_STATE)
    done = swarm(capsys, "check", tmp_path / "forgetful.py", "-n", 2, "--size", 4, "--rounds", 5)
    assert done.status == 2 and "World 1 of a batch differs from the same world alone" in done.err
