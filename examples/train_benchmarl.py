"""BenchMARL: MAPPO, whose critic reads the state of the world, on 32 worlds; or any other of its algorithms.

    pip install '.[benchmarl]' && python examples/train_benchmarl.py

`python examples/train_benchmarl.py qmix` trains QMIX instead.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from benchmarl.algorithms import MappoConfig, QmixConfig
from benchmarl.experiment import Experiment, ExperimentConfig
from benchmarl.models.mlp import MlpConfig
from torchrl.envs.utils import ExplorationType, set_exploration_type

from swarm_env.training.benchmarl import SwarmTask

DOOR = str(Path(__file__).with_name("door.py"))
QMIX = "qmix" in sys.argv[1:]

torch.set_num_threads(1)  # the networks are too small for more
config: Any = ExperimentConfig.get_from_yaml()
config.loggers, config.evaluation, config.render, config.create_json = [], False, False, False
config.save_folder = tempfile.mkdtemp()
config.gamma, config.lr = 0.95, 1e-3
config.max_n_frames, config.max_n_iters = 32_000, None
config.on_policy_collected_frames_per_batch, config.on_policy_n_envs_per_worker = 1600, 32
config.on_policy_n_minibatch_iters, config.on_policy_minibatch_size = 8, 400
config.off_policy_collected_frames_per_batch, config.off_policy_n_envs_per_worker = 400, 8
config.off_policy_n_optimizer_steps, config.off_policy_train_batch_size = 20, 256
config.exploration_anneal_frames = 20_000
model: Any = MlpConfig.get_from_yaml()
model.num_cells = [64, 64]

task = SwarmTask(DOOR, num_agents=4, height=7, width=7, max_rounds=50, reward="shaped")
experiment = Experiment(
    task=task,
    algorithm_config=(QmixConfig if QMIX else MappoConfig).get_from_yaml(),
    model_config=model,
    critic_model_config=model,
    seed=1,
    config=config,
)


def mean_score(worlds: int = 20) -> float:
    """Mean of the scenario's own score over one episode of so many worlds."""
    env = task.get_env_fun(worlds, False, 1000, "cpu")()
    explore = ExplorationType.DETERMINISTIC if QMIX else ExplorationType.RANDOM
    with torch.no_grad(), set_exploration_type(explore):
        games = env.rollout(50, experiment.policy, break_when_any_done=False, break_when_all_done=True)
    ended = games["next", "done"].squeeze(-1)
    first = ended & (ended.cumsum(1) == 1)
    return float(games["next", "score"][first].mean())


before = mean_score()
experiment.run()
print(f"mean score {before:.2f} before, {mean_score():.2f} after, of at most 4")
