"""An index outside an array in a kernel of another file is found in its first episode, and named."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env import trusted_code
from swarm_env.engine import compiler
from swarm_env.engine.compiled import bounds
from tests.docs.pages import ROOT
from tests.envs import faulty_scenario as faulty

FILE = str(ROOT / "tests" / "envs" / "faulty_scenario.py")
SMALL: dict[str, Any] = {"num_agents": 3, "height": 5, "width": 5, "max_rounds": 6}
pytestmark = pytest.mark.skipif(
    not compiler.COMPILED or compiler.BOUNDSCHECK is not None, reason="needs both builds"
)


@pytest.fixture(autouse=True)
def marks(tmp_path, monkeypatch):
    """No kernel has passed before, on disk or in this process."""
    monkeypatch.setattr(bounds, "_mark", lambda key: tmp_path / f"passed-{key}")
    monkeypatch.setattr(bounds, "_passed", set())
    return tmp_path


def play(rounds=6, seed=1, **settings):
    env = swarm_env.parallel_env(FILE, **SMALL | settings)
    env.reset(seed=seed)
    for _ in range(rounds):
        if env.agents:
            env.step(dict.fromkeys(env.agents, 0))
    return env


def faulty_file():
    return sys.modules[trusted_code.module_name(Path(FILE).resolve())]


def line_of(text):
    lines = (ROOT / "tests" / "envs" / "faulty_scenario.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("fault", "kernel", "line", "index"),
    [
        (faulty.HELPER, "`pay`, called by `update`", "world.memory[w, i] += 1", "index 700 is out of bounds"),
        (faulty.NJIT, "`first_of`, called by `update`", "return numbers[i]", "index 1 is out of bounds"),
        (faulty.OURS, "`update`, in the call of `set_mark`", "set_mark(world, w, n, 1)", "index 3"),
        (faulty.RESET, "`reset`, in the call of `place_agent`", "place_agent(world, w, a", "index 3"),
        (faulty.STATE, "`update`", "state.paid[n] = 1", "index 3 is out of bounds for axis 0 with size 3"),
        (faulty.SCRATCH, "`update`", "state.used[3] = 1", "index 3 is out of bounds for axis 0 with size 3"),
        (faulty.NEGATIVE, "`update`", "world.mark[w, -1 - n] = 1", "index -4"),
        (faulty.POTENTIAL, "`potential`", "world.position[w, 0, 2]", "index 2 is out of bounds for axis"),
        (faulty.CELLS, "`update`", "world.cells[w, world.cells.shape[1]]", "index 81 is out of bounds"),
    ],
)  # fmt: skip
def test_the_error_names_scenario_kernel_line_and_index(fault, kernel, line, index):
    with pytest.raises(swarm_env.ContractError) as found:
        play(fault=fault, reward="shaped")
    text = str(found.value)
    number = {faulty.RESET: 0, faulty.POTENTIAL: 1}.get(fault, 2)
    assert f"world 0, round {number}" in text
    assert f"{FILE}, line {line_of(line)}, kernel {kernel}: {index}" in text and line in text


@pytest.mark.parametrize("threads", [1, 3])
def test_the_state_is_as_before_the_round(threads):
    env = swarm_env.vector_env(FILE, num_worlds=70, num_threads=threads, fault=faulty.HELPER, **SMALL)
    env.reset(seed=list(range(0, 140, 2))[:69] + [1])
    moves = np.zeros(210, np.int64)
    env.step(moves)
    env.step(moves)
    before = env.digests()
    for _ in range(2):
        with pytest.raises(swarm_env.ContractError, match="world 69, round 2"):
            env.step(moves)
        assert env.digests() == before
    env.close()


def test_functions_under_njit_stay_what_they_are_for_python():
    play()  # whichever way: it has compiled the function for the kernels
    assert type(faulty_file().first_of).__name__ == "Helper"
    assert faulty_file().first_of(np.array([5, 6]), 1) == 6
    assert faulty_file().first_of.signatures


def test_negative_indices_count_from_the_end_as_in_python():
    assert play(fault=faulty.FROM_THE_END).score == 6


def test_after_one_whole_episode_the_fast_build_plays(marks):
    first = play(rounds=5)
    assert first._world._trial is not None and not list(marks.iterdir())
    first.step(dict.fromkeys(first.agents, 0))
    assert len(list(marks.iterdir())) == 1
    first.reset(seed=3)
    assert first._world._trial is None, "it goes on with the fast build"
    assert play(rounds=0)._world._trial is None
    bounds._passed.clear()
    assert play(rounds=0)._world._trial is None, "the next process knows it from the disk"
    assert play(rounds=0, num_agents=4)._world._trial is not None, "not yet with other settings"
    assert play(rounds=0, when=5)._world._trial is not None


def test_after_many_rounds_of_a_longer_episode_too(monkeypatch):
    monkeypatch.setattr(bounds, "ENOUGH", 4)
    assert not play(rounds=3, when=3)._world._trial.passed
    assert play(rounds=4, when=3)._world._trial.passed


def test_both_builds_play_the_same():
    def digests():
        env = swarm_env.parallel_env(FILE, **SMALL, reward="shaped")
        env.reset(seed=4)
        found = [env.digest()]
        for a in range(6):
            env.step(dict.fromkeys(env.agents, a % 5))
            found.append(env.digest())
        return env, found

    (checked, one), (fast, two) = digests(), digests()
    assert checked._world._trial is not None and fast._world._trial is None
    assert one == two


def test_copies_go_on_with_checks():
    env = play(rounds=1, fault=faulty.HELPER)
    for other in (copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        with pytest.raises(swarm_env.ContractError, match="kernel `pay`"):
            for _ in range(3):
                other.step(dict.fromkeys(other.agents, 0))


def test_what_is_ours_is_not_tried():
    env = swarm_env.parallel_env("synchronization")
    env.reset(seed=1)
    assert env._world._trial is None


@pytest.mark.slow
@pytest.mark.parametrize(("checks", "status"), [("1", 2), ("0", 0)])
def test_numba_boundscheck_rules_for_everything(checks, status, tmp_path):
    code = (
        "import sys, swarm_env\n"
        "from swarm_env.envs.make import make_config\n"
        f"env = swarm_env.parallel_env({FILE!r}, num_agents=3, height=5, width=5, fault=8, reward='shaped')\n"
        "env.reset(seed=1)\n"
        "try:\n"
        "    for _ in range(4): env.step(dict.fromkeys(env.agents, 0))\n"
        "except swarm_env.ContractError as error:\n"
        "    assert 'kernel `potential`' in str(error), error\n"
        "    sys.exit(2)\n"
    )
    environment = {"NUMBA_BOUNDSCHECK": checks}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, check=False)
    assert done.returncode == status
