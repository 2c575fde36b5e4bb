"""BenchMARL learns with MAPPO and QMIX, whose critics read the state of the world."""

from typing import Any

import pytest

from tests.rl.learners import DOOR, SMALL, improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


@pytest.mark.parametrize("algorithm", ["mappo", "qmix"])
def test_it_learns(algorithm, capsys, monkeypatch):
    names, before, after = improvement("train_benchmarl.py", capsys, algorithm, monkeypatch=monkeypatch)
    assert after > before + 1.0
    experiment = names["experiment"]
    assert experiment.state_spec["state"].shape == (experiment.test_env.worlds.state().shape[1],)
    assert experiment.action_mask_spec is not None


@pytest.mark.parametrize(
    ("algorithm", "talk"),
    [
        ("Iql", {"message": "tokens", "vocabulary": 3}),
        ("Mappo", {"message": "vector"}),
        ("Vdn", {}),
        ("Masac", {}),
    ],
)
def test_other_algorithms_and_messages_run(algorithm, talk, tmp_path):
    from benchmarl import algorithms
    from benchmarl.experiment import Experiment, ExperimentConfig
    from benchmarl.models.mlp import MlpConfig

    from swarm_env.training.benchmarl import SwarmTask

    config: Any = ExperimentConfig.get_from_yaml()
    config.loggers, config.render, config.create_json, config.save_folder = [], False, False, str(tmp_path)
    config.max_n_frames, config.max_n_iters, config.evaluation_interval = 400, None, 200
    config.on_policy_collected_frames_per_batch = config.off_policy_collected_frames_per_batch = 200
    config.on_policy_n_envs_per_worker = config.off_policy_n_envs_per_worker = 4
    config.on_policy_n_minibatch_iters, config.off_policy_n_optimizer_steps = 2, 2
    config.evaluation_episodes = 3
    model = MlpConfig.get_from_yaml()
    task = SwarmTask(DOOR, **SMALL | talk | {"max_rounds": 20})
    settings = getattr(algorithms, f"{algorithm}Config").get_from_yaml()
    experiment = Experiment(
        task=task,
        algorithm_config=settings,
        model_config=model,
        critic_model_config=model,
        seed=1,
        config=config,
    )
    experiment.run()
    assert experiment.total_frames == 400
    assert experiment.continuous_actions == (talk.get("message") == "vector")
