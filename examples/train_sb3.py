"""Stable-Baselines3 through SuperSuit: one policy for all agents of eight worlds.

    pip install '.[recipes]' && python examples/train_sb3.py

SuperSuit needs a constant set of agents: with death="ghost" a departed agent has a zero view and reward 0,
and its actions are ignored until the episode ends. A move that is not allowed is played as STAY; use
`MaskablePPO` of sb3-contrib to avoid that.
"""

from pathlib import Path

import numpy as np
import supersuit
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.utils import set_random_seed

import swarm_env

DOOR = str(Path(__file__).with_name("door.py"))

env = swarm_env.parallel_env(
    DOOR, num_agents=4, height=7, width=7, max_rounds=50, reward="shaped", death="ghost"
)
slots = supersuit.pettingzoo_env_to_vec_env_v1(env)
batch = supersuit.concat_vec_envs_v1(slots, 8, num_cpus=1, base_class="stable_baselines3")
torch.set_num_threads(1)  # the network is too small for more
set_random_seed(1)
model = PPO("MlpPolicy", batch, n_steps=64, batch_size=512, learning_rate=1e-3, gamma=0.95, device="cpu")


def score(seed: int) -> float:
    """The scenario's own score of one episode."""
    observations, _ = env.reset(seed=seed)
    while env.agents:
        moves, _ = model.predict(np.stack([observations[agent] for agent in env.agents]))
        observations, *_ = env.step(dict(zip(env.agents, moves, strict=True)))
    return env.score


def mean_score() -> float:
    """Over 20 episodes."""
    return sum(map(score, range(20))) / 20


before = mean_score()
model.learn(40_000)
print(f"mean score {before:.2f} before, {mean_score():.2f} after, of at most 4")
