"""Learners of messages: gradients follow who heard whom, and it is the messages that help."""

import importlib.util
import json
import sys

import numpy as np
import pytest

import swarm_env
from tests.docs.pages import ROOT

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]


def load_comm():
    """The module examples/comm.py."""
    name = "examples_comm"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / "comm.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.mark.parametrize(
    "world",
    [
        {},
        {"message_loss": 0.4, "num_agents": 6},
        {"message_delay": [0, 3], "num_agents": 5},
        {"message_delay": [1, 2], "message_loss": 0.3, "message_topology": "ring", "num_agents": 6},
    ],
)
def test_what_is_recomputed_is_what_was_heard_to_the_last_bit(world):
    comm = load_comm()
    settings = comm.Settings(world=json.dumps(world), worlds=8)
    team = comm.Team(settings, 8, "score")
    net = team.net()
    played = team.play(net, 3, 0.3)
    assert team.difference == 0.0
    assert (played["seen"][..., team.at] != 0).any()


def test_the_gradient_reaches_those_who_were_heard_and_no_one_else():
    comm = load_comm()
    torch = sys.modules["torch"]
    hears = torch.zeros(3, 1, 1, 4, 4)  # rounds, worlds, delays, hearers, speakers
    hears[2, 0, 0, 1, [0, 3]] = 1
    said = torch.rand(3, 1, 4, 2, requires_grad=True)
    comm.hear(said, hears)[2, 0, 1].sum().backward()
    reached = said.grad.abs().sum(dim=-1)[:, 0] > 0
    assert reached.tolist() == [[False] * 4, [True, False, False, True], [False] * 4]


def test_messages_are_learned_and_are_what_helps(tmp_path):
    comm = load_comm()
    settings = comm.Settings(updates=120, worlds=96)
    net, team, _ = comm.train(settings)
    score, muted, scrambled = (comm.test(net, settings, control).mean() / 5 for control in comm.CONTROLS)
    assert score >= 0.97 and muted <= 0.56 and scrambled <= 0.56
    file = tmp_path / "scout.npz"
    comm.save(str(file), net, team)
    scores = [
        swarm_env.play("scout", f"ppo?weights={file}", seed=seed, message="vector").score
        for seed in range(20)
    ]
    assert np.mean(scores) / 5 >= 0.95


def test_without_messages_nothing_is_learned():
    comm = load_comm()
    settings = comm.Settings(arm="silent", updates=60)
    net, _, _ = comm.train(settings)
    assert abs(comm.test(net, settings).mean() / 5 - 0.5) < 0.06


@pytest.mark.parametrize("arm", ["tokens", "vq", "commnet", "commformer", "scrambled"])
def test_every_arm_trains(arm, tmp_path):
    comm = load_comm()
    settings = comm.Settings(arm=arm, updates=2, worlds=4)
    net, team, _ = comm.train(settings)
    assert comm.test(net, settings, episodes=4).shape == (4,)
    if arm in ("commnet", "commformer"):
        with pytest.raises(SystemExit, match="no message"):
            comm.save(str(tmp_path / "x.npz"), net, team)
    else:
        comm.save(str(tmp_path / "x.npz"), net, team)
        talk = {"message": "tokens", "vocabulary": 3} if arm == "tokens" else {"message": "vector"}
        swarm_env.play("scout", f"ppo?weights={tmp_path / 'x.npz'}", seed=1, max_rounds=8, **talk)
