"""What every world keeps to for whole episodes: one seed one course, saving, fresh observations, masks."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from swarm_env.errors import ConfigError, RunError, SwarmEnvError
from tests.contract.worlds import (
    every_channel,
    every_death,
    every_scenario,
    open_world,
    sampled,
    seed_actions,
    small,
)


def episode(env, seed, rounds=10**9):
    """Everything an episode shows, round by round."""
    seed_actions(env, seed)
    seen: list[Any] = [(env.reset(seed=seed), env.grid(), env.digest())]
    infos = seen[0][0][1]
    while env.agents and len(seen) <= rounds:
        step = env.step(sampled(env, infos))
        infos = step[4]
        seen.append(
            (step, env.grid(), env.digest(), env.score, env.round, env.positions(), env.perceptions())
        )
    return seen


def same(a, b):
    """Equality of nested tuples, lists, dictionaries and arrays, to the last bit."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(type(a) is type(b) and a == b)


def leaves(value):
    """All arrays in a nested observation."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        return [array for part in value.values() for array in leaves(part)]
    return []


@every_scenario
@every_channel
@every_death
def test_one_seed_gives_one_whole_course(scenario, message, death):
    settings = {"message": message, "death": death, "message_loss": 0.3}
    first = episode(small(scenario, **settings), 5)
    assert len(first) > 1
    assert same(first, episode(small(scenario, **settings), 5))
    again = small(scenario, **settings)
    episode(again, 9)  # what was played before does not matter
    assert same(first, episode(again, 5))


@every_scenario
def test_two_seeds_give_two_worlds(scenario):
    env = small(scenario)
    starts, courses = set(), set()
    for seed in range(6):
        seen = episode(env, seed)
        starts.add(seen[0][2])
        courses.add(seen[-1][2])
    assert len(starts) == len(courses) == 6


@every_scenario
def test_a_reset_without_a_seed_goes_on_with_the_next_episode_of_the_seed(scenario):
    one, other = small(scenario), small(scenario)
    for env in (one, other):
        env.reset(seed=4)
    grids = [one.grid()]
    for _ in range(4):
        one.reset()
        other.reset()
        assert one.grid() == other.grid()
        grids.append(one.grid())
    assert len({tuple(grid) for grid in grids}) == 5


@every_scenario
def test_worlds_without_any_seed_differ(scenario):
    env, other = small(scenario), small(scenario)
    env.reset()
    other.reset()
    assert env.grid() != other.grid()


@every_scenario
def test_global_random_numbers_are_neither_used_nor_moved(scenario):
    import random

    before = (random.getstate(), copy.deepcopy(np.random.get_state()))
    episode(small(scenario), 1)
    assert random.getstate() == before[0]
    assert same(list(np.random.get_state()), list(before[1]))


@every_scenario
@every_channel
@pytest.mark.parametrize(
    "copied", ["pickle", "deepcopy", "snapshot", "snapshot into another", "snapshot at reset"]
)
def test_a_saved_world_goes_on_as_the_original(scenario, message, copied):
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


def test_a_snapshot_is_not_changed_by_playing_on():
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
def test_saving_and_restoring_with_agents_that_left(death):
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


@every_scenario
@every_channel
@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
def test_observations_lie_in_their_space_and_are_fresh_every_round(scenario, message, obs):
    env = small(scenario, message=message, obs=obs)
    observations, infos = env.reset(seed=2)
    seed_actions(env)
    old, copies = observations, copy.deepcopy(observations)
    while env.agents:
        for agent, observation in observations.items():
            assert env.observation_space(agent).contains(observation), (agent, observation)
        observations, _, _, _, infos = env.step(sampled(env, infos))
        for agent in observations:
            for a, b in zip(leaves(old[agent]), leaves(observations[agent]), strict=True):
                assert not np.shares_memory(a, b)
        assert same(old, copies), "what was handed out earlier stays as it was"
        old, copies = observations, copy.deepcopy(observations)


@every_scenario
def test_scribbling_on_what_was_handed_out_changes_no_world(scenario):
    env, untouched = small(scenario, obs="dict"), small(scenario, obs="dict")
    for world in (env, untouched):
        seed_actions(world)
    observations, infos = env.reset(seed=2)
    untouched.reset(seed=2)
    while env.agents:
        actions = sampled(env)
        sampled(untouched)
        for agent in observations:
            for array in leaves(observations[agent]):
                array[...] = 7
            if isinstance(infos[agent]["action_mask"], np.ndarray):
                infos[agent]["action_mask"][...] = 0
        env.state()[...] = 9
        env.grid().clear()
        observations, _, _, _, infos = env.step(actions)
        untouched.step(actions)
        assert env.digest() == untouched.digest()


@every_scenario
@every_channel
def test_masks_have_the_form_that_sampling_takes_and_every_move_is_legal(scenario, message):
    env = small(scenario, message=message)
    _, infos = env.reset(seed=2)
    for agent in env.agents:
        mask = infos[agent]["action_mask"]
        env.action_space(agent).sample(mask)
        moves = mask[0] if isinstance(mask, tuple) else (mask["move"] if isinstance(mask, dict) else mask)
        assert moves.dtype == np.int8 and moves.shape == (len(env.scenario.actions),)
        if scenario in ("transport", "flocking", "pursuit", "synchronization", "foraging"):
            assert moves.all()


@every_scenario
@every_channel
def test_sampled_actions_are_accepted(scenario, message):
    env = small(scenario, message=message)
    env.reset(seed=2)
    for agent in env.agents:
        action = env.action_space(agent).sample()
        assert env.action_space(agent).contains(action)
    env.step(sampled(env))
    assert env.round == 1


@every_scenario
def test_rewards_add_up_to_the_score(scenario):
    env = small(scenario, max_rounds=60)
    env.reset(seed=3)
    seed_actions(env)
    total = 0.0
    while env.agents:
        before = env.score
        _, rewards, _, _, _ = env.step(sampled(env))
        assert len(set(rewards.values())) == 1, "everybody gets the team's gain"
        assert all(type(reward) is float for reward in rewards.values())
        assert next(iter(rewards.values())) == pytest.approx(env.score - before, abs=1e-6)
        total += next(iter(rewards.values()))
    assert total == pytest.approx(env.score, abs=1e-4)


@every_scenario
def test_shaped_rewards_are_the_score_and_a_potential_that_cancels_in_a_circle(scenario):
    env = small(scenario, reward="shaped", max_rounds=60)
    env.reset(seed=3)
    seed_actions(env)
    seen: set[float] = set()
    while env.agents:
        _, rewards, _, _, _ = env.step(sampled(env))
        assert all(np.isfinite(reward) for reward in rewards.values())
        seen |= set(rewards.values())
    assert len(seen) > 2, "dense"


def test_two_ways_to_the_same_world_bring_the_same_shaped_reward():
    rows = [
        "WWWWWWWWWW",
        "WFF......W",
        "WFF..a...W",
        *["W........W"] * 4,
        "W......NNW",
        "W......NNW",
        "WWWWWWWWWW",
    ]
    totals = []
    for way in ((1, 2, 2, 0), (0, 4, 3, 2), (2, 0, 0, 0)):  # UP DOWN DOWN STAY, STAY RIGHT LEFT DOWN, …
        env = small("foraging", num_agents=1, height=10, width=10, reward="shaped")
        env.reset(seed=0, options={"layout": rows})
        totals.append(sum(env.step({"agent_0": move})[1]["agent_0"] for move in way))
        assert env.positions() == {"agent_0": (3, 5)}
    assert totals == pytest.approx([totals[0]] * 3, abs=1e-6)


def test_who_leaves_is_terminated_once_and_gone():
    env = open_world()
    env.reset(seed=1)
    seed_actions(env)
    gone: set[str] = set()
    while env.agents:
        acting = list(env.agents)
        observations, rewards, terminations, truncations, infos = env.step(sampled(env))
        for given in (observations, rewards, terminations, truncations, infos):
            assert list(given) == acting, "keyed by those who acted"
        left = {agent for agent in acting if agent not in env.positions()}
        if not env.done:
            assert {agent for agent, over in terminations.items() if over} == left
            assert not any(truncations.values())
        gone |= left
        assert not gone & set(env.agents)
    assert gone


def test_ghosts_stay_to_the_end_with_a_zero_view_and_no_reward():
    env = open_world(death="ghost", obs="dict", message="vector")
    env.reset(seed=1)
    seed_actions(env)
    ghosts: set[str] = set()
    for _ in range(40):
        already = set(ghosts)
        observations, rewards, terminations, truncations, _ = env.step(sampled(env))
        assert list(observations) == env.possible_agents
        ghosts = set(env.possible_agents) - set(env.positions())
        for agent in ghosts:
            assert not observations[agent]["view"].any() and not observations[agent]["heard"].any()
        for agent in already:
            assert rewards[agent] == 0
        over = [terminations[agent] or truncations[agent] for agent in env.possible_agents]
        assert all(over) if env.done else not any(over)
        if env.done:
            break
    assert env.done and ghosts


def test_the_world_stays_playable_after_its_end():
    env = small("synchronization", max_rounds=3)
    with pytest.raises(RunError, match="reset"):
        env.step({})
    env.reset(seed=1)
    for _ in range(3):
        env.step(sampled(env))
    assert env.done and env.agents == []
    with pytest.raises(SwarmEnvError, match="reset"):
        env.step({})
    assert len(env.grid()) == 10 and env.native_views()
    env.reset(seed=2)
    assert not env.done and env.round == 0 and env.score == 0
