"""RLlib learns, and handles departures and ends."""

from typing import Any

import pytest

import swarm_env
from tests.rl.learners import DOOR, RIGHT, SMALL, improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


@pytest.fixture(autouse=True, scope="module")
def ray_ends_with_this_file():
    """RLlib starts Ray in this process and leaves it running; other tests start their own."""
    yield
    import ray

    ray.shutdown()


def test_rllib(capsys, monkeypatch):
    names, before, after = improvement("train_rllib.py", capsys, monkeypatch=monkeypatch)
    assert after > before + 0.5
    world = names["World"](names["make_world"]())
    rows = ["WWWWWWW", *["W.....W"] * 5, "WWWWWWW"]
    rows[3], rows[5] = "W..AA..", "W.A..AW"
    world.reset(options={"layout": rows})
    for _ in range(49):
        _, _, terminated, truncated, _ = world.step(dict.fromkeys(world.par_env.agents, 0))
        assert not terminated["__all__"]
    world.step(dict.fromkeys(world.par_env.agents, RIGHT))
    assert world.par_env.agents == []  # the fiftieth round, and all are still in


def test_the_rllib_world_ends_when_agents_leave_in_the_last_round(monkeypatch):
    import runpy

    from tests.rl.learners import EXAMPLES

    names = runpy.run_path(str(EXAMPLES / "train_rllib.py"))
    world = names["World"](swarm_env.parallel_env(DOOR, **SMALL | {"max_rounds": 1}))
    rows = ["WWWWWWW", *["W.....W"] * 5, "WWWWWWW"]
    rows[3], rows[5] = "W..A..A", "W.A..AW"
    world.reset(options={"layout": rows, "agents": [(3, 3), (3, 6), (5, 2), (5, 5)]})
    _, rewards, terminated, truncated, _ = world.step(dict.fromkeys(world.par_env.agents, RIGHT))
    assert terminated["agent_1"] and truncated["agent_0"] and not truncated["agent_1"]
    assert terminated["__all__"] and len(rewards) == 4


def test_one_policy_for_each_team():
    """Two teams of a battle learn side by side: agents are mapped to the policy of their team."""
    import runpy

    import torch
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.tune.registry import register_env

    from tests.rl.learners import EXAMPLES

    names = runpy.run_path(str(EXAMPLES / "train_rllib.py"))
    settings: dict[str, Any] = {"num_agents": 4, "height": 8, "width": 8, "max_rounds": 20}
    teams = swarm_env.parallel_env("battle", **settings).teams
    register_env("battle", lambda _: names["World"](swarm_env.parallel_env("battle", **settings)))
    config = (
        PPOConfig()
        .environment("battle")
        .env_runners(num_env_runners=0, rollout_fragment_length=100)
        .learners(num_learners=0)
        .multi_agent(policies={"red", "blue"}, policy_mapping_fn=lambda agent, episode, **_: teams[agent])
        .training(train_batch_size_per_learner=100, minibatch_size=50, num_epochs=1)
        .debugging(seed=1)
    )
    algorithm = config.build_algo()
    try:
        before = {
            team: [p.clone() for p in algorithm.get_module(team).parameters()] for team in ("red", "blue")
        }
        algorithm.train()
        for team, weights in before.items():
            now = list(algorithm.get_module(team).parameters())
            assert any(not torch.equal(a, b) for a, b in zip(weights, now, strict=True)), team
    finally:
        algorithm.stop()
