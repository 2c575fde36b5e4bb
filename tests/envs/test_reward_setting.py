"""The setting `reward`: functions of the user's, compiled and plain, in every API."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from numba import njit

import swarm_env
from swarm_env.engine import PRESENT, RANGE, compiler, kernel
from swarm_env.errors import ConfigError, ContractError, SwarmEnvError
from swarm_env.runs.files import read_run
from swarm_env.runs.recording import open_recording
from swarm_env.runs.verify import verify_one
from tests.cli.programs import swarm

# Without walls: agents leave in the middle of an episode.
ROWS = ["A....A", "......", "..a...", "......", "A....A"]
SETTINGS: dict[str, Any] = {"layout": ROWS, "max_rounds": 6}
needs_both_builds = pytest.mark.skipif(not compiler.COMPILED, reason="needs both builds")


@njit
def compiled(world, first, last):
    """The row plus ten times the move, and the gain in score."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            world.reward[w, a] += world.position[w, a, 0] + 10.0 * world.action[w, a]


@kernel(RANGE)
def as_kernel(world, first, last):
    """The same."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            world.reward[w, a] += world.position[w, a, 0] + 10.0 * world.action[w, a]


def plain(outcome):
    """The same."""
    return outcome.reward + outcome.position[:, :, 0] + 10.0 * outcome.action


@njit
def at_the_end(world, first, last):
    """How many are left, for all, when the episode ends."""
    for w in range(first, last):
        left = 0
        for a in range(world.sizes.num_agents):
            left += world.active[w, a] == PRESENT
        for a in range(world.sizes.num_agents):
            world.reward[w, a] = left if world.ended[w] else 0


def plain_at_the_end(outcome):
    """The same."""
    return np.where(outcome.ended[:, None], outcome.present.sum(axis=1, keepdims=True), 0)


PAIRS = [(compiled, plain), (as_kernel, plain), (at_the_end, plain_at_the_end)]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("fast", "slow"), PAIRS)
def test_compiled_and_plain_functions_give_the_same_rewards(fast, slow, threads):
    envs = [
        swarm_env.vector_env("synchronization", 3, threads, reward=reward, copy=True, **SETTINGS)
        for reward in (fast, slow, "score")
    ]
    for env in envs:
        env.reset(seed=4)
    rng, departed, paid = np.random.default_rng(1), 0, 0
    for _ in range(20):
        before = envs[0]._infos()["active"]
        moves = rng.integers(0, 5, envs[0].num_envs)
        (o1, r1, d1, t1, i1), (o2, r2, d2, t2, i2), (o3, _, d3, _, _) = (env.step(moves) for env in envs)
        assert (r1 == r2).all() and (o1 == o2).all() and (o1 == o3).all()
        assert (d1 == d2).all() and (t1 == t2).all() and (d1 == d3).all()
        assert set(i1) == set(i2) and all((i1[name] == i2[name]).all() for name in i1)
        assert not r1[~before].any()
        assert envs[0].digests() == envs[1].digests() == envs[2].digests()
        departed, paid = departed + (~before).sum(), paid + np.abs(r1).sum()
    assert departed and paid


def test_rewards_of_a_round_are_those_of_the_state_after_it():
    for reward in (compiled, plain):
        env = swarm_env.parallel_env("synchronization", reward=reward, **SETTINGS)
        env.reset(seed=1)
        _, rewards, *_ = env.step({"agent_0": 2, "agent_1": 1, "agent_2": 0, "agent_3": 0, "agent_4": 4})
        # agent_1 leaves upwards, to row -1, and is paid for its last round; agent_4 to the right.
        assert rewards == {"agent_0": 21, "agent_1": 9, "agent_2": 2, "agent_3": 4, "agent_4": 44}
        _, rewards, *_ = env.step(dict.fromkeys(env.agents, 0))
        assert rewards == {"agent_0": 1, "agent_2": 2, "agent_3": 4}


def test_a_reward_changes_no_state_and_snapshots_fit_other_rewards():
    envs = [
        swarm_env.parallel_env("synchronization", reward=r, **SETTINGS) for r in ("score", plain, compiled)
    ]
    for env in envs:
        env.reset(seed=1)
    for env in envs[1:]:
        env.step(dict.fromkeys(env.agents, 1))
        env.restore(envs[0].snapshot())
        assert env.digest() == envs[0].digest()
    shaped = swarm_env.parallel_env("synchronization", reward="shaped", **SETTINGS)
    with pytest.raises(ConfigError, match="settings"):
        shaped.restore(envs[0].snapshot())


def test_every_api_takes_a_reward():
    single: Any = gymnasium.make("swarm_env/synchronization-v0", others="random", reward=plain, **SETTINGS)
    single.reset(seed=1)
    assert single.step(2)[1] == 21
    prompts = swarm_env.prompt_env("synchronization", reward=plain, **SETTINGS)
    prompts.reset(seed=1)
    assert prompts.step(dict.fromkeys(prompts.agents, "ACTION: DOWN"))[1]["agent_0"] == 21
    batch = gymnasium.make_vec(
        "swarm_env/synchronization-v0", num_worlds=2, num_agents=5, reward=compiled, **SETTINGS
    )
    batch.reset(seed=1)
    assert batch.step(np.full(10, 2))[1].tolist() == [21, 21, 23, 25, 25] * 2
    turns = swarm_env.env("synchronization", reward=plain, **SETTINGS)
    turns.reset(seed=1)
    for _ in range(5):
        turns.step(2)
    assert turns.rewards["agent_0"] == 21


@needs_both_builds
def test_a_wrong_index_in_a_compiled_function_is_named():
    @njit
    def broken(world, first, last):
        world.reward[first, 99] = 1

    env = swarm_env.parallel_env("synchronization", reward=broken, **SETTINGS)
    env.reset(seed=1)
    before = env.digest()
    with pytest.raises(ContractError, match=r"kernel `broken`.* 99 "):
        env.step(dict.fromkeys(env.agents, 0))
    assert env.digest() == before


def not_compilable(world, first, last):
    """Numba has no such attribute."""
    return world.nothing_of_that_name


@pytest.mark.parametrize(
    ("reward", "words"),
    [
        ("shapd", "Did you mean 'shaped'"),
        ("", "'score', 'shaped'"),
        (7, "reward"),
        (None, "reward"),
        (lambda: 0, "docs/learning.md"),
        pytest.param(lambda world, first, last: 0, "numba.njit", marks=needs_both_builds),
        pytest.param(njit(not_compilable), "cannot be compiled", marks=needs_both_builds),
        ("nothing.py:here", "nothing.py"),
        (f"{__file__}:nothing", "nothing"),
        (f"{__file__}:ROWS", "function"),
    ],
)
def test_bad_rewards_are_refused(reward, words):
    with pytest.raises(SwarmEnvError) as refused:
        swarm_env.parallel_env("synchronization", reward=reward, **SETTINGS)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [None, "much", np.zeros((1, 4)), np.zeros((2, 5)), {"agent_0": 1.0}, np.nan, [1, 2, 3, 4, np.inf]],
)
def test_what_a_plain_function_may_not_return(given):
    env = swarm_env.parallel_env("synchronization", reward=lambda outcome: given, **SETTINGS)
    env.reset(seed=1)
    with pytest.raises(ContractError, match="returned"):
        env.step(dict.fromkeys(env.agents, 0))


def test_a_plain_function_cannot_change_the_world():
    def greedy(outcome):
        outcome.score[0] = 100

    env = swarm_env.parallel_env("synchronization", reward=greedy, **SETTINGS)
    env.reset(seed=1)
    with pytest.raises(ValueError, match="read-only"):
        env.step(dict.fromkeys(env.agents, 0))
    assert env.score < 100


def test_a_run_sums_the_rewards_of_a_function(tmp_path, capsys):
    """As the environment gives them; a run that goes on sums them again if the file may be used."""
    file, team = tmp_path / "mine.py", "random*5"
    file.write_text("def reward(outcome):\n    return outcome.position[..., 0] + 2.0 * outcome.action\n")
    whole = swarm_env.play("synchronization", team, seed=3, reward=str(file), out=tmp_path / "a", **SETTINGS)
    env = swarm_env.parallel_env("synchronization", reward=str(file), **SETTINGS)
    env.reset(seed=3)
    totals = dict.fromkeys(env.possible_agents, 0.0)
    for one in open_recording(tmp_path / "a").rounds():
        moves = {f"agent_{a}": move for a, move in enumerate(one.actions) if move is not None}
        for name, gain in env.step(moves)[1].items():
            totals[name] += gain
    assert whole.rewards == totals and any(totals.values())
    assert json.loads((tmp_path / "a" / "result.json").read_text())["rewards"] == totals
    again = ["run", "--from", tmp_path / "a", "--round", 2, "--json"]
    forked = swarm(capsys, *again, "--out", tmp_path / "b")
    assert json.loads(forked.out.splitlines()[-1])["rewards"] == totals
    file.unlink()
    without = swarm(capsys, *again, "--out", tmp_path / "c")
    assert without.status == 0 and "rewards" not in json.loads(without.out.splitlines()[-1])


def test_a_record_that_names_a_reward_function_does_not_run_it(tmp_path, capsys):
    swarm_env.play("synchronization", "random*5", seed=3, out=tmp_path / "a", **SETTINGS)
    file, ran = tmp_path / "theirs.py", tmp_path / "ran"
    file.write_text(f"open({str(ran)!r}, 'w').close()\ndef f(outcome):\n    return outcome.score[:, None]\n")
    record = tmp_path / "a" / "run.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"functions": {"reward": f"{file}:f"}}))
    command = ["run", "--from", tmp_path / "a", "--round", 2, "--json"]
    done = swarm(capsys, *command, "--out", tmp_path / "b")
    assert done.status == 0 and not ran.exists() and "rewards" not in done.out
    done = swarm(capsys, *command, "--out", tmp_path / "c", "--trust-code")
    assert done.status == 0 and ran.exists() and '"rewards"' in done.out


@pytest.mark.parametrize("compiled_too", [False, compiler.COMPILED])
def test_a_run_reports_a_reward_function_that_fails(tmp_path, capsys, compiled_too):
    file = tmp_path / "mine.py"
    lines = "import numba\n\n@numba.njit\ndef reward(world, first, last):\n    world.reward[first, 99] = 1\n"
    file.write_text(lines if compiled_too else "def reward(outcome):\n    return {}['key']\n")
    done = swarm(capsys, "run", "synchronization", "--set", f"reward={file}", "--out", tmp_path / "run")
    assert done.status == 2 and re.search(rf"Error: .*{file}, line \d, .*`reward`.*", done.err), done.err


def test_a_run_names_its_reward_function_and_does_not_need_it(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def closer(outcome):\n    return outcome.reward\n")
    for name, reward in (("a", f"{file}:closer"), ("b", plain)):
        swarm_env.play("synchronization", "random", seed=3, out=tmp_path / name, reward=reward, **SETTINGS)
    swarm_env.play("synchronization", "random", seed=3, out=tmp_path / "c", **SETTINGS)
    file.unlink()
    names = [read_run(tmp_path / name).info.functions for name in "abc"]
    assert names == [{"reward": f"{file}:closer"}, {"reward": f"{__name__}:plain"}, {}]
    lines = {(tmp_path / name / "rounds.jsonl").read_text() for name in "abc"}
    assert len(lines) == 1 and all(verify_one(tmp_path / name).agrees for name in "abc")


@pytest.mark.slow
def test_rewards_of_files_without_compiler():
    code = (
        f"import swarm_env; S = {SETTINGS!r}\n"
        f"for name in ('compiled', 'plain', 'as_kernel'):\n"
        f"    env = swarm_env.parallel_env('synchronization', reward={__file__!r} + ':' + name, **S)\n"
        f"    env.reset(seed=1); print(env.step(dict.fromkeys(env.agents, 2))[1]['agent_0'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    assert done.stdout.split() == ["21.0"] * 3, done.stderr
