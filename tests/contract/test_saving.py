"""Saving a world in mid-episode and continuing: pickles, copies, snapshots."""

import copy
import pickle

import pytest

from swarm_env.errors import ConfigError
from tests.contract.worlds import (
    episode,
    every_channel,
    every_scenario,
    open_world,
    same,
    sampled,
    seed_actions,
    small,
)


@every_scenario
@every_channel
@pytest.mark.parametrize(
    "copied", ["pickle", "deepcopy", "snapshot", "snapshot into another", "snapshot at reset"]
)
def test_a_saved_world_continues_as_the_original(scenario, message, copied):
    env = small(scenario, message=message, message_loss=0.2)
    episode(env, 3, rounds=7)
    seed_actions(env, 100)
    saved = env.snapshot()
    if copied == "pickle":
        other = pickle.loads(pickle.dumps(env))
    elif copied == "deepcopy":
        other = copy.deepcopy(env)
    else:
        other = small(scenario, message=message, message_loss=0.2)
        episode(other, 8, rounds=3)
        saved = pickle.loads(pickle.dumps(saved))
    if copied in ("snapshot", "snapshot into another"):
        other.restore(saved)
    elif copied == "snapshot at reset":
        other.reset(options={"snapshot": saved})
    if copied == "snapshot":  # the world itself goes on, then comes back
        while env.agents:
            env.step(sampled(env))
        env.restore(saved)
    seed_actions(env, 100)
    seed_actions(other, 100)
    assert other.agents == env.agents and other.round == env.round == 7
    assert same(other.perceptions(), env.perceptions())
    while env.agents:
        step, copy_step = env.step(sampled(env)), other.step(sampled(other))
        assert same(step, copy_step)
        assert env.digest() == other.digest()
        assert env.grid() == other.grid()
        assert env.score == other.score


def test_a_snapshot_is_not_changed_by_later_steps():
    env = small("pursuit")
    episode(env, 3, rounds=5)
    saved = env.snapshot()
    before = pickle.dumps(saved)
    for _ in range(5):
        env.step(sampled(env))
    assert pickle.dumps(saved) == before
    env.restore(saved)
    env.step(sampled(env))
    assert pickle.dumps(saved) == before


@pytest.mark.parametrize("death", ["remove", "ghost"])
def test_saving_and_restoring_with_departed_agents(death):
    env = open_world(death=death)
    episode(env, 3, rounds=12)
    assert len(env.positions()) < 8
    other = open_world(death=death)
    other.reset(seed=0)
    other.restore(env.snapshot())
    assert other.agents == env.agents
    seed_actions(env, 5)
    seed_actions(other, 5)
    while env.agents:
        assert same(env.step(sampled(env)), other.step(sampled(other)))


def test_a_snapshot_of_other_settings_is_refused_and_changes_nothing():
    env, other = small("pursuit"), small("pursuit", view_size=7)
    env.reset(seed=1)
    other.reset(seed=2)
    before = other.digest()
    with pytest.raises(ConfigError, match="settings"):
        other.restore(env.snapshot())
    with pytest.raises(ConfigError, match="snapshot"):
        other.restore({"grid": []})  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="snapshot"):
        other.reset(options={"snapshot": 5})
    assert other.digest() == before
