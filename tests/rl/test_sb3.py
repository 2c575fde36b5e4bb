"""Stable-Baselines3 and sb3-contrib learn, on the slots of a vector environment and on one agent."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from tests.rl.learners import DOOR, OPEN, RIGHT, SMALL, improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_maskable_ppo(capsys, monkeypatch):
    names, before, after = improvement("train_sb3.py", capsys, monkeypatch=monkeypatch)
    assert after > before + 1.0
    buffer = names["model"].rollout_buffer  # what it learned from last
    masks = buffer.action_masks.reshape(-1, 6)
    assert (
        not masks[:, OPEN].all()
        and masks[np.arange(len(masks)), buffer.actions.reshape(-1).astype(int)].all()
    )
    episodes = names["model"].ep_info_buffer
    assert len(episodes) > 10 and all(1 <= episode["l"] <= 50 for episode in episodes)


def test_ppo(capsys, monkeypatch):
    _, before, after = improvement("train_sb3.py", capsys, "ppo", monkeypatch=monkeypatch)
    assert after > before + 0.3


def test_statistics_of_the_library_are_exact():
    """`evaluate_policy` counts what single worlds give."""
    from stable_baselines3 import PPO
    from stable_baselines3.common.evaluation import evaluate_policy

    from swarm_env.training.sb3 import SwarmVecEnv

    settings: dict[str, Any] = SMALL | {"reward": "shaped"}
    env = SwarmVecEnv(swarm_env.vector_env(DOOR, 3, **settings))
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=32, device="cpu", seed=1)
    env.seed(5)
    returns, lengths = evaluate_policy(model, env, n_eval_episodes=12, return_episode_rewards=True)
    expected: list[float] = []
    for w in range(3):
        single = swarm_env.parallel_env(DOOR, **settings)
        observations, _ = single.reset(seed=5 + w)
        total = dict.fromkeys(single.agents, 0.0)
        while single.agents:
            names = list(single.agents)
            moves, _ = model.predict(np.stack([observations[name] for name in names]), deterministic=True)
            observations, rewards, *_ = single.step(dict(zip(names, moves, strict=True)))
            for name, reward in rewards.items():
                total[name] += reward
        expected += total.values()
    assert sorted(returns) == pytest.approx(sorted(expected), abs=1e-4) and max(lengths) <= 50


def test_tokens_are_learned_with_the_moves():
    from sb3_contrib import MaskablePPO

    from swarm_env.training.sb3 import SwarmVecEnv

    talk: dict[str, Any] = {"message": "tokens", "vocabulary": 3, "message_length": 2, "message_range": 7}
    env = SwarmVecEnv(swarm_env.vector_env(DOOR, 2, **SMALL | talk))
    model = MaskablePPO("MlpPolicy", env, n_steps=32, batch_size=64, device="cpu", seed=1).learn(600)
    assert model.rollout_buffer.actions.shape[-1] == 3 and model.rollout_buffer.action_masks.shape[-1] == 12


def test_gymnasium_wrappers(capsys, monkeypatch, tmp_path):
    _, before, after = improvement("train_single.py", capsys, tmp_path, monkeypatch=monkeypatch)
    assert after > before + 0.1
    assert [file.suffix for file in tmp_path.iterdir()] == [".mp4"]


def test_an_episode_of_one_agent_ends_when_it_leaves():
    from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics

    single = swarm_env.gym_env(DOOR, others="random", obs="dict", **SMALL)
    env: Any = RecordEpisodeStatistics(FlattenObservation(single))
    rows = ["WWWWWWW", *["W.....W"] * 5, "WWWWWWW"]
    rows[3], rows[5] = "W...A..", "W.AAA.W"
    env.reset(options={"layout": rows})
    for _ in range(3):
        _, _, terminated, truncated, info = env.step(RIGHT)
    assert terminated and not truncated and info["episode"]["l"] == 3


def test_one_policy_for_each_team():
    """Each team has a model of its own; it learns as the first agent of its side, beside scripted ones."""
    from stable_baselines3 import PPO

    settings: dict[str, Any] = {"num_agents": 4, "height": 8, "width": 8, "max_rounds": 20}
    for side, other in (("red", "blue"), ("blue", "red")):
        env = swarm_env.gym_env("battle", side=side, others=f"{other}=random", **settings)
        model = PPO("MlpPolicy", env, n_steps=64, batch_size=32, n_epochs=1, device="cpu", seed=1)
        before = [weights.clone() for weights in model.policy.parameters()]
        model.learn(64)
        after = list(model.policy.parameters())
        assert any(not one.equal(other) for one, other in zip(before, after, strict=True))
        assert env.agent == {"red": "agent_0", "blue": "agent_2"}[side]
