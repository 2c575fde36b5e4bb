"""The benchmarks of learning run, and packed policies play."""

import json

import numpy as np
import pytest
from swarm_env.agents.ppo.policy import read_policy

from benchmarks import learning, policies

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_the_time_share_of_the_environment_is_measured():
    (rows,) = learning.measure(quick=True, parts="share").values()
    assert all(0 < row["environment"] < 1 for row in rows)


def test_the_compared_environment_uses_the_same_learner():
    pytest.importorskip("pettingzoo.sisl.pursuit_v5")
    (rows,) = learning.measure(quick=True, parts="rival").values()
    assert rows[0]["ratio"] > 0


def test_a_policy_is_trained_and_packed(tmp_path):
    file = policies.train("synchronization", tmp_path, updates=2, steps=20, worlds=4)
    policies.pack(file, tmp_path / "small.npz")
    policy = read_policy(tmp_path / "small.npz")
    assert policy.about.scenario == "synchronization" and len(policy.about.training["curve"]) == 2
    with (
        np.load(tmp_path / "small.npz", allow_pickle=False) as small,
        np.load(file, allow_pickle=False) as whole,
    ):
        assert {name.split(".")[0] for name in small.files} == {"actor", "about"}
        assert {name.split(".")[0] for name in whole.files} == {"actor", "look", "judge", "about"}
        assert json.loads(str(small["about"]))["training"]["settings"]["steps"] == 20
