"""The reference learner's arithmetic: advantages across departures and new episodes, and no copies."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.training.memory_features import MemoryFeatures
from tests.rl.learners import DOOR, SMALL, load_ppo

pytestmark = pytest.mark.rl


def slow_advantages(rewards, values, following, ended, discount, trace):
    """By definition: a sum over the errors from each step to the end of the slot's episode."""
    steps, slots = rewards.shape
    found = np.zeros((steps, slots))
    for slot in range(slots):
        for t in range(steps):
            weight = 1.0
            for later in range(t, steps):
                error = rewards[later, slot] + discount * following[later, slot] - values[later, slot]
                found[t, slot] += weight * error
                weight *= discount * trace
                if ended[later, slot]:
                    break
    return found


@pytest.mark.parametrize("seed", range(4))
def test_advantages_equal_their_definition(seed):
    import torch

    rng = np.random.default_rng(seed)
    rewards, values, following = rng.normal(size=(3, 23, 11))
    ended = rng.random((23, 11)) < [0.0, 0.1, 0.3, 1.0][seed]
    expected = slow_advantages(rewards, values, following, ended, 0.9, 0.8)
    given = (torch.from_numpy(x) for x in (rewards, values, following, ended))
    np.testing.assert_allclose(load_ppo().advantages(*given, 0.9, 0.8).numpy(), expected, rtol=1e-12)


def worth(seen):
    """A value that differs between observations."""
    return (np.asarray(seen, np.float64) @ np.cos(np.arange(seen.shape[-1]))).astype(np.float32)


@pytest.mark.parametrize("scenario", [DOOR, "foraging"])
def test_a_rollout_ends_separately_for_each_agent(scenario):
    """Compare with single worlds: departures, truncations, next episodes."""
    import torch

    ppo = load_ppo()
    settings: dict[str, Any] = SMALL | {"max_rounds": 12, "reward": "shaped"}
    env = swarm_env.vector_env(scenario, num_worlds=6, **settings)
    policy = ppo.Policy(MemoryFeatures.of(env).layout.size, len(env.scenario.actions), 0, 8)
    policy.value = lambda seen, active: torch.from_numpy(worth(seen.numpy()))
    steer(policy, scenario)
    rollout = ppo.Rollout(env, policy, 40, 17)
    rollout.play()
    departures = 0
    for w in range(6):
        departures += follow(rollout, w, scenario, settings)
    assert departures > 0 or scenario != DOOR


def steer(policy, scenario):
    """Bias the policy towards opening the door and leaving through it."""
    import torch

    with torch.no_grad():
        policy.actor[-1].weight.zero_()
        policy.actor[-1].bias.copy_(torch.tensor([0.0, 0.5, 0.5, 0.0, 1.5, 2.0][: policy.sizes[0]]))


def follow(rollout, w, scenario, settings):
    """Compare the slots of one world with a single world; returns how many agents left before its end."""
    single = swarm_env.parallel_env(scenario, **settings)
    single.reset(seed=17 + w)
    departed = 0
    for t in range(40):
        acting, numbers = list(single.agents), [int(name[6:]) for name in single.agents]
        assert rollout.active[t, w].nonzero().flatten().tolist() == numbers
        moves = dict(zip(acting, rollout.actions[t, w, numbers, 0].tolist(), strict=True))
        _, rewards, terminations, truncations, _ = single.step(moves)
        np.testing.assert_allclose(rollout.rewards[t, w, numbers], list(rewards.values()), atol=1e-6)
        for name, number in zip(acting, numbers, strict=True):
            gone, cut = terminations[name], truncations[name]
            assert bool(rollout.cut[t, w, number]) == (gone or cut)
            if gone:
                assert rollout.following[t, w, number] == 0
            elif not cut and t + 1 < 40:
                assert rollout.following[t, w, number] == rollout.values[t + 1, w, number]
            departed += gone and not single.done
        if single.done:
            check_last(rollout, t, w, truncations)
            single.reset()
    return departed


def check_last(rollout, t, w, truncations):
    """A truncated agent is valued by its last observation, not by the first of the next episode."""
    for name, cut in truncations.items():
        number = int(name[6:])
        if cut and t + 1 < 40:
            clock = rollout.memory.layout.observed + 7 + 7 + 4
            assert rollout.seen[t + 1, w, number, clock] == 0  # a new episode has begun
            assert rollout.following[t, w, number] != rollout.values[t + 1, w, number]
            assert rollout.following[t, w, number] != 0


def test_steps_after_a_departure_do_not_change_the_update():
    import torch

    ppo = load_ppo()
    torch.manual_seed(0)
    rewards, values, following = torch.randn(3, 9, 2)
    cut = torch.zeros(9, 2, dtype=torch.bool)
    cut[4] = True
    one = ppo.advantages(rewards, values, following, cut, 0.9, 0.9)
    rewards[5:], values[5:], following[5:] = 100.0, -50.0, 7.0
    assert torch.equal(ppo.advantages(rewards, values, following, cut, 0.9, 0.9)[:5], one[:5])


def test_tensors_share_memory_with_the_environment():
    import torch

    ppo = load_ppo()
    env = swarm_env.vector_env(DOOR, num_worlds=3, **SMALL)
    policy = ppo.Policy(MemoryFeatures.of(env).layout.size, len(env.scenario.actions), 0, 8)
    rollout = ppo.Rollout(env, policy, 2, 1)
    arrays = env._world.arrays
    observations, rewards, *_ = env.step(np.zeros(12, np.int64))
    assert np.shares_memory(observations, arrays.features) and np.shares_memory(rewards, arrays.reward)
    assert np.shares_memory(torch.from_numpy(observations).numpy(), arrays.features)
    seen, active, allowed = rollout._situation()
    assert np.shares_memory(seen.numpy(), rollout.memory.array)
    assert np.shares_memory(active.numpy(), rollout.infos["active"])
    assert np.shares_memory(allowed.numpy(), arrays.allowed)
