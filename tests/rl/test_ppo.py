"""The reference learner learns, with and without messages."""

import json
from typing import Any

import numpy as np
import pytest

import swarm_env
from tests.rl.learners import DOOR, SMALL, improvement

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
