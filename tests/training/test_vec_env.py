"""Stable-Baselines3's `VecEnv`, with a stand-in for the library: what its learners rely on."""

import importlib
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env import ConfigError
from tests.rl.learners import DOOR, OPEN, SMALL


class PlainVecEnv:
    """The parts of the library's class that are used: spaces, and seeds and options of the next reset."""

    def __init__(self, num_envs, observation_space, action_space):
        self.num_envs, self.observation_space, self.action_space = num_envs, observation_space, action_space
        self._reset_seeds()
        self._reset_options()
        self.render_mode = self.get_attr("render_mode")[0]  # type: ignore[attr-defined]

    def _reset_seeds(self):
        self._seeds = [None] * self.num_envs

    def _reset_options(self):
        self._options: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]

    def seed(self, seed):
        self._seeds = [seed + i for i in range(self.num_envs)]

    def step(self, actions):
        self.step_async(actions)  # type: ignore[attr-defined]
        return self.step_wait()  # type: ignore[attr-defined]


@pytest.fixture
def sb3(monkeypatch):
    """The module of the adapter, on the stand-in."""
    names = ["stable_baselines3", "stable_baselines3.common", "stable_baselines3.common.monitor"]
    for name in [*names, "stable_baselines3.common.vec_env"]:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["stable_baselines3.common.monitor"].Monitor = type("Monitor", (), {})  # type: ignore[attr-defined]
    sys.modules["stable_baselines3.common.vec_env"].VecEnv = PlainVecEnv  # type: ignore[attr-defined]
    monkeypatch.delitem(sys.modules, "swarm_env.training.sb3", raising=False)
    yield importlib.import_module("swarm_env.training.sb3")
    sys.modules.pop("swarm_env.training.sb3", None)


def test_the_slots_are_environments_of_their_own(sb3):
    """Against single worlds: observations, rewards, ends, statistics; no arrays are shared."""
    worlds, rng = 3, np.random.default_rng(2)
    settings: dict[str, Any] = SMALL | {"max_rounds": 15, "reward": "shaped"}
    env = sb3.SwarmVecEnv(swarm_env.vector_env(DOOR, worlds, **settings))
    singles = [swarm_env.parallel_env(DOOR, **settings) for _ in range(worlds)]
    env.seed(7)
    observations = env.reset()
    seen = [single.reset(seed=7 + w) for w, single in enumerate(singles)]
    returns, lengths, left, empty = np.zeros(12), np.zeros(12, int), 0, 0
    for _ in range(60):
        masks, kept = env.action_masks(), observations.copy()
        assert np.array_equal(np.stack(env.env_method("action_masks")), masks) and masks.any(1).all()
        drawn = rng.random(masks.shape) + np.array([0, 0, 0, 0, 0.5, 1.0])
        actions = np.where(masks, drawn, -1).argmax(1)
        fresh, rewards, done, infos = env.step(actions)
        assert np.array_equal(observations, kept)  # the step has not overwritten what a learner keeps
        for w, single in enumerate(singles):
            acting = list(single.agents)
            for a in range(4):
                mask = (
                    seen[w][1][f"agent_{a}"]["action_mask"] if f"agent_{a}" in acting else [1, 0, 0, 0, 0, 0]
                )
                assert masks[4 * w + a].tolist() == list(mask)
            given = {name: int(actions[4 * w + int(name[6:])]) for name in acting}
            last, gains, over, cut, last_infos = single.step(given)
            ended, seen[w] = single.done, (last, last_infos)
            score = single.score
            if ended:
                seen[w] = single.reset()
            for a in range(4):
                i, name = 4 * w + a, f"agent_{a}"
                info = infos[i]
                if name not in acting:  # it had left
                    assert rewards[i] == 0 and done[i] == ended and "episode" not in info
                    assert not done[i] or not info["TimeLimit.truncated"]
                    empty += bool(done[i])
                else:
                    assert rewards[i] == pytest.approx(gains[name], abs=1e-6)
                    assert done[i] == (over[name] or cut[name])
                    returns[i] += rewards[i]
                    lengths[i] += 1
                    left += over[name] and not ended
                    if done[i]:
                        assert info["TimeLimit.truncated"] == (cut[name] and not over[name])
                        np.testing.assert_array_equal(info["terminal_observation"], last[name])
                        assert info["episode"]["r"] == pytest.approx(returns[i], abs=1e-5)
                        assert info["episode"]["l"] == lengths[i]
                        returns[i], lengths[i] = 0, 0
                assert info.get("score") == (pytest.approx(score) if ended else None)
                expected = seen[w][0].get(name)
                np.testing.assert_array_equal(fresh[i], 0 * fresh[i] if expected is None else expected)
        observations = fresh
    assert left > 3 and empty > 3


def test_tokens_are_always_allowed(sb3):
    settings: dict[str, Any] = SMALL | {"message": "tokens", "vocabulary": 3, "message_length": 2}
    env = sb3.SwarmVecEnv(swarm_env.vector_env(DOOR, 2, **settings))
    env.reset()
    masks = env.action_masks()
    assert env.action_space.nvec.tolist() == [6, 3, 3] and masks.shape == (8, 12)
    assert masks[:, 6:].all() and not masks[:, OPEN].all()
    _, _, done, _ = env.step(np.tile([0, 1, 2], (8, 1)))
    assert not done.any()


def test_what_a_learner_asks_of_single_environments(sb3):
    env = sb3.SwarmVecEnv(swarm_env.vector_env("foraging", 2, num_agents=3, obs="dict"))
    env._options[0] = {"agents": None}
    assert set(env.reset()) == set(env.observation_space)
    assert env.get_attr("num_worlds") == [2] * 6 and env.get_attr("action_masks", [0, 3])[1:] != []
    assert env.env_is_wrapped(sys.modules["stable_baselines3.common.monitor"].Monitor, 2) == [True]
    assert env.env_is_wrapped(int) == [False] * 6
    for call in (
        lambda: env.env_method("seed"),
        lambda: env.set_attr("a", 1),
        lambda: env.get_attr("nothing"),
    ):
        with pytest.raises(AttributeError):
            call()
    env.close()


def test_vectors_are_refused(sb3):
    with pytest.raises(ConfigError, match="tokens"):
        sb3.SwarmVecEnv(swarm_env.vector_env("foraging", message="vector"))
