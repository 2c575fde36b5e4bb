"""The vector API and agents that leave before their world ends: what learners count and learn from them."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.training.episode_statistics import EpisodeStatistics
from tests.envs.batches import drawn_actions, of_world
from tests.rl.learners import DOOR

WORLDS, STEPS = 6, 90
SETTINGS: dict[str, Any] = {"num_agents": 5, "height": 6, "width": 7, "max_rounds": 20, "reward": "shaped"}


def leaving(rng, env):
    """Actions that open the door and walk through it rather often."""
    moves = drawn_actions(env, rng)
    return np.where(rng.random(len(moves)) < 0.4, [4, 5][rng.random() < 0.5], moves)


def play(seed, wrap=lambda env: env, **more):
    """A batch and the single worlds of its seeds, played by the same actions.

    Returns what the batch gave in each step, its environment, and for every agent of every single world
    its episodes: lists of (step, reward, value of the observation before).
    """
    settings = SETTINGS | more
    env = wrap(swarm_env.vector_env(DOOR, WORLDS, copy=True, **settings))
    singles = [swarm_env.parallel_env(DOOR, **settings) for _ in range(WORLDS)]
    observations, infos = env.reset(seed=seed)
    seen = [single.reset(seed=seed + w)[0] for w, single in enumerate(singles)]
    rng = np.random.default_rng(seed)
    steps, episodes = [], []
    open_ones: dict[int, list[tuple[int, float, float]]] = {}
    for t in range(STEPS):
        actions = leaving(rng, env.unwrapped)
        before, active = observations, infos["active"]
        observations, rewards, terminated, truncated, infos = env.step(actions)
        steps.append((before, active, rewards, terminated | truncated, infos))
        for w, single in enumerate(singles):
            acting = seen[w]
            seen[w], gains, over, cut, _ = single.step(of_world(actions, w, single))
            for name in gains:
                number = w * SETTINGS["num_agents"] + int(name[6:])
                episode = open_ones.setdefault(number, [])
                episode.append((t, gains[name], worth(acting[name])))
                if over[name] or cut[name]:
                    episodes.append((number, open_ones.pop(number)))
            if single.done:
                seen[w], _ = single.reset()
    return env, steps, episodes, list(open_ones.items())


def worth(observation):
    """A value function: any number that differs between observations."""
    return float(np.cos(np.arange(observation.shape[-1])) @ observation)


@pytest.mark.parametrize("seed", [1, 20])
def test_every_slot_is_done_in_the_step_that_ends_its_world(seed):
    _, steps, episodes, _ = play(seed)
    n, empty = SETTINGS["num_agents"], 0
    for _, active, rewards, done, infos in steps:
        ended = infos.get("_final_obs", np.zeros(WORLDS * n, bool))
        assert done[ended].all() and ended.reshape(WORLDS, n).any(axis=1).sum() * n == ended.sum()
        assert not rewards[~active].any()
        empty += int((ended & ~active).sum())
    assert empty > 5 and len(episodes) > 20


@pytest.mark.parametrize("seed", [1, 20])
def test_statistics_count_the_episodes_of_agents_and_no_empty_ones(seed):
    env, steps, episodes, _ = play(seed, lambda env: EpisodeStatistics(env, buffer_length=10**6))
    found = []
    for *_, infos in steps:
        slots = np.flatnonzero(infos.get("_episode", []))
        found += [(int(s), infos["episode"]["r"][s], int(infos["episode"]["l"][s])) for s in slots]
    expected = [(slot, sum(reward for _, reward, _ in one), len(one)) for slot, one in episodes]
    assert len(found) == len(expected) == env.episode_count == len(env.return_queue)
    for one, other in zip(sorted(found), sorted(expected), strict=True):
        assert one[0] == other[0] and one[2] == other[2] and one[1] == pytest.approx(other[1], abs=1e-5)
    assert sorted(env.length_queue) == sorted(length for _, _, length in expected)
    assert max(env.length_queue) == SETTINGS["max_rounds"] > min(env.length_queue)


@pytest.mark.parametrize("seed", [1, 20])
def test_the_advantages_of_a_plain_loop_are_those_of_each_agents_episodes(seed):
    # CleanRL's loop: values of observations, dones, one backward pass over all slots.
    discount, trace = 0.9, 0.8
    env, steps, episodes, rest = play(seed)
    rewards = np.array([step[2] for step in steps])
    values = np.array([[worth(one) for one in step[0]] for step in steps])
    done = np.array([step[3] for step in steps])
    active = np.array([step[1] for step in steps])
    found, later = np.zeros_like(values), np.zeros(values.shape[1])
    for t in reversed(range(STEPS)):
        follows = values[t + 1] if t + 1 < STEPS else np.zeros(values.shape[1])
        error = rewards[t] + discount * np.where(done[t], 0, follows) - values[t]
        later = found[t] = error + discount * trace * np.where(done[t], 0, later)
    checked = np.zeros_like(active)
    for slot, episode in [*episodes, *rest]:
        own, then = 0.0, 0.0
        for t, reward, value in reversed(episode):
            own = reward + discount * then - value + discount * trace * own
            then = value
            assert found[t, slot] == pytest.approx(own, abs=1e-4)
            checked[t, slot] = True
    assert np.array_equal(checked, active) and not active.all()
    # An empty episode has no reward, sees nothing, and nothing reaches into it from the next one.
    assert not found[~active].any()
