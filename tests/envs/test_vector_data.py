"""Data of the vector API: spaces, buffers and copies, saving, sums."""

import copy
import pickle
import random

import numpy as np
import pytest

from swarm_env.errors import ConfigError
from tests.envs.batches import SCENARIOS, drawn_actions, vector


@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
def test_observations_are_in_the_batched_space(obs, message):
    batch = vector("synchronization", 2, obs=obs, message=message)
    observations, _ = batch.reset(seed=1)
    rng = np.random.default_rng(6)
    for _ in range(12):
        assert batch.observation_space.contains(observations)
        observations, rewards, terminated, truncated, infos = batch.step(drawn_actions(batch, rng))
        assert rewards.dtype == np.float32 and rewards.shape == (12,)
        assert terminated.dtype == truncated.dtype == bool
        if "final_obs" in infos:
            assert batch.observation_space.contains(infos["final_obs"]), "the same parts as an observation"


def test_sampled_actions_of_the_batch_space_are_accepted():
    for message in ("none", "tokens", "vector"):
        batch = vector("pursuit", 2, message=message)
        batch.reset(seed=1)
        batch.step(batch.action_space.sample())


def arrays_in(value):
    if isinstance(value, np.ndarray):
        return [value]
    return [array for part in value.values() for array in arrays_in(part)] if isinstance(value, dict) else []


@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
def test_copies_are_fresh_and_buffers_are_reused(obs):
    batch = vector("synchronization", 3, obs=obs, copy=True, max_rounds=3)
    before = batch.reset(seed=1)
    kept = copy.deepcopy(before)
    rng = np.random.default_rng(7)
    for _ in range(7):
        after = batch.step(drawn_actions(batch, rng))
        old = [array for part in before for array in arrays_in(part)]
        new = [array for part in after for array in arrays_in(part)]
        assert not any(np.shares_memory(a, b) for a in old for b in new)
        frozen = [array for part in kept for array in arrays_in(part)]
        assert all(np.array_equal(a, b) for a, b in zip(old, frozen, strict=True))
        before, kept = after, copy.deepcopy(after)
    reusing = vector("synchronization", 3, obs="codes")
    one, _ = reusing.reset(seed=1)
    other, *_ = reusing.step(drawn_actions(reusing, rng))
    assert np.shares_memory(one, other)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("how", ["pickle", "deepcopy", "snapshot"])
def test_a_saved_batch_continues_as_the_original(scenario, how):
    batch = vector(scenario, 3, message="tokens", num_threads=2)
    batch.reset(seed=1)
    rng = np.random.default_rng(8)
    for _ in range(5):
        batch.step(drawn_actions(batch, rng))
    if how == "pickle":
        other = pickle.loads(pickle.dumps(batch))
    elif how == "deepcopy":
        other = copy.deepcopy(batch)
    else:
        other = vector(scenario, 3, message="tokens")
        other.reset(seed=99)
        other.restore(pickle.loads(pickle.dumps(batch.snapshot())))
    for _ in range(15):
        actions = drawn_actions(batch, rng)
        one, two = batch.step(actions), other.step(actions)
        for a, b in zip(one[:4], two[:4], strict=True):
            assert np.array_equal(a, b)
        assert batch.digests() == other.digests()


def test_rewards_of_an_episode_sum_to_its_final_score():
    batch = vector("synchronization", 4, num_agents=2, max_rounds=20)
    batch.reset(seed=1)
    rng, total, ends = np.random.default_rng(9), np.zeros(8), 0
    for _ in range(60):
        _, rewards, _, _, infos = batch.step(drawn_actions(batch, rng))
        total += rewards
        if "_final_score" in infos:
            done = infos["_final_score"]
            assert infos["final_score"][done] == pytest.approx(total[done], abs=1e-4)
            total[done] = 0
            ends += done.sum()
    assert ends == 3 * 8


def test_a_closed_or_unused_batch_can_be_dropped():
    batch = vector("pursuit", 4, num_threads=2)
    batch.close()
    batch = vector("pursuit", 4, num_threads=2)
    batch.reset(seed=1)
    batch.step(np.zeros(24, int))
    batch.close()
    batch.close()


def test_refused_actions_change_nothing():
    batch = vector("synchronization", 2)
    batch.reset(seed=1)
    rng = random.Random(1)
    good = np.zeros(12, int)
    before = batch.digests()
    for _ in range(20):
        bad = good.copy()
        bad[rng.randrange(12)] = rng.choice([-1, 6, 99, -(2**40)])
        with pytest.raises(ConfigError, match="slot"):
            batch.step(bad)
        assert batch.digests() == before
