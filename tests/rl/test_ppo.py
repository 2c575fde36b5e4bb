"""The reference learner learns, with and without messages; Gymnasium's wrappers on one agent."""

import json
from typing import Any

import numpy as np
import pytest

import swarm_env
from tests.rl.learners import DOOR, RIGHT, SMALL, improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_cleanrl_style_ppo(capsys, monkeypatch, tmp_path):
    arguments = [
        DOOR,
        "--world",
        json.dumps(SMALL),
        "--minutes",
        0.4,
        "--out",
        tmp_path / "door.npz",
        "--seed",
        2,
    ]
    _, before, after = improvement(
        "ppo.py", capsys, *arguments, "--log", tmp_path / "log", monkeypatch=monkeypatch
    )
    assert after > before + 0.5
    assert list((tmp_path / "log").iterdir())
    team = f"ppo?weights={tmp_path / 'door.npz'}"
    scores = [swarm_env.play(DOOR, team, seed=seed, **SMALL).score for seed in range(10)]
    assert np.mean(scores) > after - 0.6  # the file plays as the network did


def test_messages_are_learned_with_the_moves(capsys, monkeypatch, tmp_path):
    world = json.dumps(SMALL | {"message_range": 7})
    arguments = [DOOR, "--world", world, "--minutes", 0.05, "--tokens", 3, "--out", tmp_path / "talk.npz"]
    improvement("ppo.py", capsys, *arguments, monkeypatch=monkeypatch)
    team = f"ppo?weights={tmp_path / 'talk.npz'}"
    talk: dict[str, Any] = {"message": "tokens", "vocabulary": 3, "message_range": 7}
    assert swarm_env.play(DOOR, team, **SMALL | talk)
    with pytest.raises(swarm_env.ConfigError, match="sends one of 3 tokens"):
        swarm_env.play(DOOR, team, **SMALL)


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
