"""Stable-Baselines3: PPO, or MaskablePPO of sb3-contrib with masked moves, for all agents of 32 worlds.

    pip install '.[sb3]' && python examples/train_sb3.py

`python examples/train_sb3.py ppo` trains PPO instead; what it may not do is played as STAY.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO

import swarm_env
from swarm_env.training.sb3 import SwarmVecEnv

DOOR = str(Path(__file__).with_name("door.py"))
WORLD: dict[str, Any] = {"num_agents": 4, "height": 7, "width": 7, "max_rounds": 50, "reward": "shaped"}

masked = "ppo" not in sys.argv[1:]
env = SwarmVecEnv(swarm_env.vector_env(DOOR, num_worlds=8, **WORLD))
torch.set_num_threads(1)  # the network is too small for more
settings: dict[str, Any] = {
    "n_steps": 64,
    "batch_size": 512,
    "learning_rate": 1e-3,
    "gamma": 0.95,
    "device": "cpu",
    "seed": 1,
}
model = (MaskablePPO if masked else PPO)("MlpPolicy", env, **settings)


def mean_score(worlds: int = 20) -> float:
    """Mean of the scenario's own score over one episode of so many worlds."""
    games = SwarmVecEnv(swarm_env.vector_env(DOOR, num_worlds=worlds, **WORLD))
    games.seed(1000)
    observations, scores = games.reset(), np.full(worlds, np.nan)
    while np.isnan(scores).any():
        masks = {"action_masks": games.action_masks()} if masked else {}
        actions, _ = model.predict(observations, **masks)
        observations, _, _, infos = games.step(actions)
        for world, info in enumerate(infos[:: WORLD["num_agents"]]):
            if "score" in info and np.isnan(scores[world]):
                scores[world] = info["score"]
    return float(scores.mean())


before = mean_score()
model.learn(40_000)
print(f"mean score {before:.2f} before, {mean_score():.2f} after, of at most 4")
