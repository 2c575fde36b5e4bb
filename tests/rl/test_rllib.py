"""RLlib learns, and handles departures and ends."""

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
