"""Copies, pickles and snapshots of every API go on equally; another seed gives another future."""

import copy
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest

import swarm_env
from swarm_env.agent import Decision
from swarm_env.errors import ConfigError
from swarm_env.registry import register, unregister
from tests.contract.worlds import GARDEN, SCENARIOS, SMALL, same
from tests.envs.batches import drawn_actions

GAMES = [*SCENARIOS, pytest.param(GARDEN, id="garden")]
COPIES: dict[str, Any] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda env: pickle.loads(pickle.dumps(env)),
}


class Counting:
    """Moves by its number of calls and a drawn number: both are state of its own."""

    def reset(self, brief, agents, seed):
        self.calls, self.stream = 0, np.random.default_rng(seed)

    def reseed(self, seed):
        self.stream = np.random.default_rng(seed)

    def decide(self, perceptions):
        self.calls += 1
        return [Decision((self.calls + int(self.stream.integers(5))) % 5) for _ in perceptions]


class Locked(Counting):
    """Holds what cannot be copied."""

    def reset(self, brief, agents, seed):
        import threading

        super().reset(brief, agents, seed)
        self.lock = threading.Lock()


@pytest.fixture(autouse=True, scope="module")
def agents():
    """Register the agents for the tests of this file."""
    for name, kind in (("counting", Counting), ("locked", Locked)):
        register("agent", name, kind)
    yield
    for name in ("counting", "locked"):
        unregister("agent", name)


def batch_of(scenario, **settings):
    talk = {"vocabulary": 3, "message_loss": 0.2}
    return swarm_env.vector_env(scenario, num_worlds=3, **{**SMALL, **talk, "max_rounds": 9, **settings})


def go_on(env, rounds, seed=5):
    """All that a batch returns in some rounds."""
    rng = np.random.default_rng(seed)
    return [
        copy.deepcopy((*env.step(drawn_actions(env, rng)), env.digests(), env.state())) for _ in range(rounds)
    ]


@pytest.mark.parametrize("scenario", GAMES)
@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
@pytest.mark.parametrize("way", [*COPIES, "snapshot", "snapshot into another"])
def test_a_saved_batch_goes_on_equally(scenario, message, way):
    env = batch_of(scenario, message=message, autoreset_mode=["SameStep", "NextStep"][way == "pickle"])
    env.reset(seed=3)
    go_on(env, 5, seed=1)
    saved = pickle.loads(pickle.dumps(env.snapshot()))
    if way in COPIES:
        other = COPIES[way](env)
        assert same(other.state(), env.state())
        expected = go_on(env, 9)
    else:
        expected = go_on(env, 9)
        other = env if way == "snapshot" else batch_of(scenario, message=message)
        other.restore(saved)
    assert same(go_on(other, 9), expected)


@pytest.mark.parametrize("scenario", ["nest_site", "pursuit", "secrets"])
def test_another_seed_is_another_future_of_the_same_state(scenario):
    env = batch_of(scenario, message="tokens")
    env.reset(seed=3)
    go_on(env, 4)
    saved, grids, round_before = env.snapshot(), [env.grid(w) for w in range(3)], env.state()
    futures = []
    for seed in (None, 7, 8, [7, 8, 9]):
        env.restore(saved, seed=seed)
        assert [env.grid(w) for w in range(3)] == grids and same(env.state(), round_before)
        go_on(env, 8)
        futures.append(env.state().tobytes())
    assert len(set(futures[:3])) == 3 and futures[1] == futures[3]  # world w has seed 7 + w
    env.restore(saved)
    assert env.digests() != (env.restore(saved, seed=7), env.digests())[1]


def test_another_seed_on_the_parallel_api():
    env = swarm_env.parallel_env("nest_site", **SMALL)
    env.reset(seed=1)
    stay = dict.fromkeys(env.agents, 0)
    env.step(stay)
    saved, state = env.snapshot(), env.state()
    readings = set()
    for seed in (None, None, 1, 2, 3):
        if seed == 3:
            env.reset(seed=3, options={"snapshot": saved})
        else:
            env.restore(saved, seed=seed)
        assert same(env.state(), state)
        for _ in range(25):
            if env.agents:
                env.step(stay)
        readings.add(env.state().tobytes())
    assert len(readings) == 3  # None and 1 are the seed it had
    with pytest.raises(ConfigError, match="seed"):
        env.restore(saved, seed=-1)
    with pytest.raises(ConfigError, match="parallel_env"):
        env.restore(swarm_env.vector_env("nest_site", **SMALL).snapshot())


def single(**settings):
    return swarm_env.gym_env("synchronization", others="counting", **{**SMALL, **settings})


def episode_of(env, rounds=8):
    seen = []
    for number in range(rounds):
        seen.append((env.step(number % 5), env.parallel.digest()))
        if any(seen[-1][0][2:4]):  # terminated or truncated
            break
    return seen


@pytest.mark.parametrize("way", [*COPIES, "snapshot", "snapshot into another", "snapshot at reset"])
def test_a_saved_environment_of_one_agent_goes_on_equally_with_its_team(way):
    env = single()
    env.reset(seed=4)
    episode_of(env, 3)
    saved = env.snapshot()
    if way in COPIES:
        other = COPIES[way](env)
        expected = episode_of(env)
    else:
        expected = episode_of(env)
        other = single() if way != "snapshot" else env
        saved = pickle.loads(pickle.dumps(saved))
        if way == "snapshot at reset":
            other.reset(options={"snapshot": saved})
        else:
            other.restore(saved)
    assert same(episode_of(other), expected)
    assert same(other.reset(), env.reset()) or other is env, "also the seeds drawn later"
    other.restore(saved, seed=9)
    assert not same(episode_of(other), expected), "the team draws otherwise"
    other.restore(saved)
    assert same(episode_of(other), expected), "a snapshot is not changed by going on from it"
    env.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_experts_of_every_scenario_are_saved_with_their_environment(scenario):
    env = swarm_env.gym_env(scenario, others="scripted", **SMALL)
    env.reset(seed=4)
    env.step(0)
    others = [save(env) for save in COPIES.values()]
    expected = episode_of(env, 4)
    assert all(same(episode_of(other, 4), expected) for other in others)


def test_environments_made_by_name_can_be_copied():
    env = gymnasium.make("swarm_env/synchronization-v0", others="scripted", **SMALL)
    env.reset(seed=1)
    env.step(1)
    other = copy.deepcopy(env)
    for move in (2, 5, 0):
        assert same(env.step(move), other.step(move))
    aec = swarm_env.env("synchronization", **SMALL)
    aec.reset(seed=1)
    aec.step(1)
    again = copy.deepcopy(aec)
    for move in range(12):
        aec.step(move % 6)
        again.step(move % 6)
    assert aec.unwrapped.grid() == again.unwrapped.grid() and same(aec.last(), again.last())


def test_a_team_that_cannot_be_copied_is_named():
    env = swarm_env.gym_env("synchronization", others="locked", **SMALL)
    copy.deepcopy(env)  # no episode has begun
    env.reset(seed=1)
    for save in (copy.deepcopy, pickle.dumps, lambda env: env.snapshot()):
        with pytest.raises(ConfigError, match="'locked'.*cannot be copied"):
            save(env)
    with pytest.raises(ConfigError, match="gym_env"):
        env.restore(env.parallel.snapshot())  # type: ignore[arg-type]
    env.close()
