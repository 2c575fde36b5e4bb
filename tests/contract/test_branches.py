"""Branches of worlds on the batch API: copies that differ in nothing but what is done in them."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from tests.contract.worlds import every_scenario

SETTINGS: dict[str, Any] = {"num_agents": 5, "height": 11, "width": 12, "max_rounds": 12}


def random_actions(env, infos, rng):
    """A legal move of each slot, drawn, and a token."""
    weights = rng.random(infos["action_mask"].shape) * infos["action_mask"]
    moves = weights.argmax(axis=1)
    return np.stack([moves, rng.integers(4, size=len(moves))], axis=1)


def play(env, infos, rounds, seed, copies=1):
    """Play on with the same actions in all copies of a world; returns everything that was seen."""
    rng, seen = np.random.default_rng(seed), []
    for _ in range(rounds):
        actions = random_actions(env, infos, rng) if copies == 1 else None
        if actions is None:
            n = env.num_agents
            first = infos["action_mask"].reshape(-1, copies, n, infos["action_mask"].shape[1])[:, 0]
            weights = rng.random((first.shape[0] * n, first.shape[2])) * first.reshape(-1, first.shape[2])
            moves = weights.argmax(axis=1)
            own = np.stack([moves, rng.integers(4, size=len(moves))], axis=1)
            actions = own.reshape(-1, 1, n, 2).repeat(copies, axis=1).reshape(-1, 2)
        observations, rewards, *_, infos = env.step(actions)
        seen.append((observations.copy(), rewards.copy(), env.digests()))
    return seen


@every_scenario
def test_copies_in_which_the_same_is_done_stay_the_same(scenario):
    env = swarm_env.vector_env(
        scenario, 3, message="tokens", vocabulary=4, **{**SETTINGS, "message_loss": 0.3}
    )
    _, infos = env.reset(seed=4)
    for _ in range(3):
        infos = env.step(random_actions(env, infos, np.random.default_rng(0)))[4]
    infos = {name: array.copy() for name, array in infos.items()}
    forked = env.fork(2)
    wide = {"action_mask": infos["action_mask"].reshape(3, 1, 5, -1).repeat(2, axis=1).reshape(30, -1)}
    ours, theirs = play(env, infos, 20, 1), play(forked, wide, 20, 1, copies=2)
    for (seen, rewards, digests), (copied, paid, others) in zip(ours, theirs, strict=True):
        assert np.array_equal(copied, seen.reshape(3, 1, 5, -1).repeat(2, axis=1).reshape(30, -1))
        assert np.array_equal(paid, rewards.reshape(3, 1, 5).repeat(2, axis=1).reshape(30))
        assert others == [digest for digest in digests for _ in range(2)]


def test_copies_in_which_another_thing_is_done_part_and_share_their_random_numbers():
    env = swarm_env.vector_env("scout", 2)
    env.reset(seed=1)
    forked = env.fork(3)
    moves = np.zeros(18, int)
    moves[1] = moves[2] = 1  # both workers of the first copy of world 0 go up
    forked.step(moves)
    digests = forked.digests()
    assert digests[1] == digests[2] != digests[0] and len(set(digests[3:])) == 1
    for _ in range(10):
        forked.step(np.zeros(18, int))
    senses = forked._world.arrays.sense[:, 0]
    assert (senses[:3] == senses[0]).all() and (senses[3:] == senses[3]).all()


def test_a_snapshot_is_restored_into_branches():
    env = swarm_env.vector_env("foraging", 3, **SETTINGS)
    env.reset(seed=2)
    env.step(np.ones(15, int))
    snapshot, digests = env.snapshot(), env.digests()
    six = swarm_env.vector_env("foraging", 6, **SETTINGS)
    six.restore(snapshot, branches=2)
    assert six.digests() == [digest for digest in digests for _ in range(2)]
    six.restore(snapshot, branches=[1, 0, 5])
    assert six.digests() == [digests[0], *[digests[2]] * 5]
    before = six.digests()
    with pytest.raises(swarm_env.ConfigError, match="cannot be restored into 6"):
        six.restore(snapshot, branches=3)
    wrongs: list[Any] = [-1, 1.5, "two", [1, 2], None]
    for wrong in wrongs:
        with pytest.raises(swarm_env.ConfigError, match="branches=|cannot be restored"):
            six.restore(snapshot, branches=wrong)
    assert six.digests() == before
    with pytest.raises(swarm_env.ConfigError, match="num_worlds=0"):
        env.fork(0)
