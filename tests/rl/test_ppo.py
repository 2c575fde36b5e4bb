"""The reference learner learns, with and without messages, and equally to the bit."""

import json
import time
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from swarm_env.agents.ppo.policy import read_policy

import swarm_env
from swarm_env.pool import Pool
from tests.rl.learners import DOOR, SMALL, improvement, load_ppo

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_cleanrl_style_ppo(capsys, monkeypatch, tmp_path):
    arguments = [
        DOOR,
        "--world",
        json.dumps(SMALL),
        "--updates",
        60,
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
    arguments = [DOOR, "--world", world, "--updates", 8, "--tokens", 3, "--out", tmp_path / "talk.npz"]
    improvement("ppo.py", capsys, *arguments, monkeypatch=monkeypatch)
    team = f"ppo?weights={tmp_path / 'talk.npz'}"
    talk: dict[str, Any] = {"message": "tokens", "vocabulary": 3, "message_range": 7}
    assert swarm_env.play(DOOR, team, **SMALL | talk)
    with pytest.raises(swarm_env.ConfigError, match="sends one of 3 tokens"):
        swarm_env.play(DOOR, team, **SMALL)


def test_two_trainings_are_equal_to_the_bit(monkeypatch, tmp_path):
    import torch

    ppo = load_ppo()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    made = []
    for number, rush in enumerate((1.0, 50.0, 1.0)):
        clock = time.process_time
        monkeypatch.setattr(ppo.time, "process_time", lambda rush=rush, clock=clock: rush * clock())
        settings = ppo.Settings(
            DOOR, world=json.dumps(SMALL), updates=4, worlds=3, steps=20, seed=3 + (number == 2),
            out=str(tmp_path / f"{number}.npz"), entropy=0.03,
        )  # fmt: skip
        policy = ppo.train(settings, ppo.Journal(settings).report)
        scores = ppo.evaluate(policy, settings, worlds=5)
        made.append([*(value.numpy().tobytes() for value in policy.state_dict().values()), str(scores)])
        monkeypatch.undo()
    torch.set_num_threads(threads)
    assert made[0] == made[1] != made[2]
    training = read_policy(tmp_path / "0.npz").about.training
    assert training["settings"] == asdict(settings) | {"seed": 3, "out": str(tmp_path / "0.npz")}
    assert training["settings"]["entropy"] == 0.03 != training["measured"]["entropy"]
    assert training["measured"]["update"] == 4 and training["measured"]["samples"] == 4 * 3 * 20 * 4
    assert [point[0] for point in training["curve"]] == [240, 480, 720, 960]


@pytest.mark.parametrize("updates", [1, 10, 90])
def test_rates_follow_the_updates(updates):
    ppo = load_ppo()
    settings = ppo.Settings(DOOR, world=json.dumps(SMALL), updates=updates, worlds=2, steps=1, epochs=1)
    seen: list[float] = []
    learn = ppo.Learner.learn

    def noted(learner, rollout, left):
        seen.append(left)
        found = learn(learner, rollout, left)
        assert learner.optimizer.param_groups[0]["lr"] == pytest.approx(1e-3 * (0.1 + 0.9 * left))
        return found

    ppo.Learner.learn = noted
    try:
        ppo.train(settings, lambda *_: None)
    finally:
        ppo.Learner.learn = learn
    assert seen == [1 - update / updates for update in range(updates)]


def test_it_trains_against_a_pool_and_joins_it(capsys, monkeypatch, tmp_path):
    world = json.dumps({"num_agents": 4, "height": 8, "width": 8, "max_rounds": 30})
    arguments = [
        "battle",
        "--world",
        world,
        "--opponents",
        f"pool:{tmp_path}",
        "--anchors",
        "random; scripted",
    ]
    arguments += ["--updates", "4", "--keep", "2", "--worlds", "4", "--steps", "40"]
    improvement("ppo.py", capsys, *arguments, monkeypatch=monkeypatch)
    pool = Pool(tmp_path)
    assert [member.name for member in pool.members][:4] == ["random", "scripted", "00002.npz", "00003.npz"]
    assert sum(member.games for member in pool.members) > 10
    teams = f"red={pool.agent(pool.members[2])}; blue={pool.agent(pool.members[3])}"
    assert swarm_env.play("battle", teams, seed=1, **json.loads(world)).rounds > 0
