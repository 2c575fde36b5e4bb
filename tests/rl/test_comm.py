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
@pytest.mark.parametrize("arm", ["dial", "vq", "scrambled"])
def test_what_is_recomputed_is_what_was_heard_to_the_last_bit(world, arm):
    """Also what is remembered of it, which the policy reads too."""
    comm = load_comm()
    settings = comm.Settings(arm=arm, world=json.dumps(world), worlds=8)
    team = comm.Team(settings, 8, "score")
    net = team.net()
    played = team.play(net, 3, 0.3)
    assert (played["seen"][..., team.at] != 0).any()
    logits, _, _, difference = comm.listen(net, team, played)
    assert difference == 0.0
    for now, then, hears in zip(logits, played["seen"], played["hears"], strict=True):
        assert (now == net(then, hears)[0]).all()


def test_the_gradient_reaches_those_who_were_heard_and_no_one_else():
    comm = load_comm()
    torch = sys.modules["torch"]
    hears = torch.zeros(1, 2, 4, 4)  # worlds, delays, hearers, speakers
    hears[0, 0, 1, [0, 3]] = hears[0, 1, 1, 2] = 1
    said = [torch.rand(1, 4, 2, requires_grad=True) for _ in range(3)]
    comm.hear(said, hears)[0, 1].sum().backward()
    reached = [one.grad is not None and (one.grad.abs().sum(dim=-1)[0] > 0).tolist() for one in said]
    assert reached == [False, [False, False, True, False], [True, False, False, True]]


def test_messages_are_learned_and_are_what_helps(tmp_path):
    comm = load_comm()
    settings = comm.Settings()
    net, team, _ = comm.train(settings)
    controls = comm.controls("dial")
    score, muted, scrambled, signs = (comm.test(net, settings, control).mean() / 5 for control in controls)
    assert score >= 0.97 and muted <= 0.56 and scrambled <= 0.56 and signs >= 0.9
    assert team.difference == 0.0
    file = tmp_path / "scout.npz"
    comm.save(str(file), net, team)
    scores = [
        swarm_env.play("scout", f"ppo?weights={file}", seed=seed, message="vector").score
        for seed in range(20)
    ]
    assert np.mean(scores) / 5 >= 0.95


def test_without_messages_nothing_is_learned():
    comm = load_comm()
    settings = comm.Settings(arm="silent", updates=20)
    net, _, _ = comm.train(settings)
    assert abs(comm.test(net, settings).mean() / 5 - 0.5) < 0.06


def test_a_training_may_end_after_some_processor_time():
    comm = load_comm()
    _, team, seconds = comm.train(comm.Settings(arm="silent", worlds=2, seconds=0.5))
    assert team.played >= 1 and seconds >= 0.5


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
