"""Gymnasium's wrappers on one agent among scripted ones; Stable-Baselines3 learns its moves.

    pip install '.[sb3,video]' moviepy && python examples/train_single.py

`RecordVideo` needs render_mode="rgb_array" and moviepy. `FlattenObservation` makes one vector of obs="dict".
"""

import sys
from pathlib import Path
from typing import Any

import torch
from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics, RecordVideo
from stable_baselines3 import PPO
from stable_baselines3.common.utils import set_random_seed

import swarm_env

VIDEOS = Path(sys.argv[1] if len(sys.argv) > 1 else "videos")

torch.set_num_threads(1)  # the network is too small for more
set_random_seed(1)
world = swarm_env.gym_env(
    "foraging", others="random", num_agents=3, height=8, width=8, max_rounds=50, reward="shaped", obs="dict",
    render_mode="rgb_array",
)  # fmt: skip
counted: Any = RecordEpisodeStatistics(FlattenObservation(world), buffer_length=20)
env: Any = RecordVideo(
    counted, str(VIDEOS), episode_trigger=lambda episode: episode == 0, disable_logger=True
)
model = PPO("MlpPolicy", env, n_steps=500, batch_size=250, learning_rate=1e-3, gamma=0.95, device="cpu")
model.learn(2_000)
before = sum(counted.return_queue) / 20
model.learn(12_000, reset_num_timesteps=False)
print(f"mean return {before:.2f} before, {sum(counted.return_queue) / 20:.2f} after; {VIDEOS}")
