"""The setting `push_order`: which direction is pushed first, and that no side of a map profits from it."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.envs.make import make_config

UP, DOWN, LEFT, RIGHT = range(1, 5)
ROOM = ("WWWWW", "W.A.W", "WA.AW", "W.A.W", "WWWWW")  # four agents around a free cell, numbered row by row
WAYS = {"agent_0": DOWN, "agent_1": RIGHT, "agent_2": LEFT, "agent_3": UP}  # all into it


def who_gets_in(seed, **settings):
    env = swarm_env.parallel_env("synchronization", layout=ROOM, obs="codes", **settings)
    env.reset(seed=seed)
    env.step(WAYS)
    (name,) = (name for name, place in env.positions().items() if place == (2, 2))
    return name


def test_the_order_is_fixed_by_default_and_drawn_on_demand():
    assert {who_gets_in(seed) for seed in range(8)} == {who_gets_in(0)}
    drawn = [who_gets_in(seed, push_order="drawn") for seed in range(40)]
    assert drawn == [who_gets_in(seed, push_order="drawn") for seed in range(40)]
    # Up and down come before left and right: one of these two has the cell, each about equally often.
    assert 10 <= drawn.count(min(drawn)) <= 30 and len(set(drawn)) == 2


def test_two_that_step_to_one_cell_have_it_equally_often():
    env = swarm_env.vector_env(
        "synchronization", 400, obs="codes", push_order="drawn", layout=("WWWWW", "WA.AW", "WWWWW")
    )
    env.reset(seed=1)
    *_, infos = env.step(np.tile([RIGHT, LEFT], 400))
    right = (infos["position"].reshape(400, 2, 2)[:, 0, 1] == 2).sum()
    assert 160 < right < 240


def test_files_of_runs_name_the_order_only_if_it_is_drawn():
    assert make_config("battle", {}).model_dump()["push_order"] == "drawn"
    assert "push_order" not in make_config("tag", {}).model_dump()


def test_one_huge_world_draws_the_same_order_in_threads():
    sizes: dict[str, Any] = {
        "num_agents": 20_000,
        "height": 200,
        "width": 200,
        "push_order": "drawn",
        "obs": "codes",
    }
    one, two = (swarm_env.vector_env("synchronization", num_threads=threads, **sizes) for threads in (1, 2))
    rng = np.random.default_rng(1)
    for env in (one, two):
        env.reset(seed=3)
    for _ in range(4):
        moves = rng.integers(0, 5, 20_000)
        one.step(moves), two.step(moves)
    assert one.digests() == two.digests()


@pytest.mark.slow
def test_the_same_policy_on_both_sides_of_a_battle_differs_by_less_than_two_standard_errors():
    """Random moves: in the fixed order red leads by 8 standard errors over 30 000 battles of 15 and 15."""
    worlds, scores = 2000, []
    env = swarm_env.vector_env("battle", worlds, obs="codes", num_agents=30)
    env.reset(seed=5)
    rng = np.random.default_rng(5)
    for _ in range(100):
        *_, infos = env.step(rng.integers(0, 13, env.num_envs))
        if "final_score" in infos:
            scores += infos["final_score"][infos["_final_score"]].tolist()[::30]
    assert len(scores) >= worlds
    assert abs(np.mean(scores)) < 2 * np.std(scores) / len(scores) ** 0.5
