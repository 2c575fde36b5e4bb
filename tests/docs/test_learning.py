"""What docs/learning.md shows stands in the examples, and their small scenarios keep the contracts."""

import numpy as np
import pytest
from swarm_env.agents.ppo.policy import shipped
from swarm_env.scenarios.foraging import State

import swarm_env
from swarm_env.bench.bench_file import read_config
from tests.contract import test_episodes, test_pettingzoo
from tests.docs.pages import ROOT, blocks

DOOR = str(ROOT / "examples" / "door.py")
GAP = str(ROOT / "examples" / "hidden_gap.py")
OPEN, UP, RIGHT = 5, 1, 4
ROWS = ["WWWWWW", "W.A.AD", "W..A.W", "W....W", "WWWWWW"]


def test_recipes_are_shown_as_they_are_run():
    shown = {block.run for block in blocks(ROOT / "docs" / "learning.md") if block.kind == "excerpt"}
    names = ("benchmarl", "rllib", "sb3", "single", "tianshou", "torchrl")
    assert shown == {f"excerpt examples/train_{name}.py" for name in names}  # test_pages compares them


def test_the_comparison_that_is_shown_can_be_played():
    config, _ = read_config(ROOT / "examples" / "learning.toml")
    assert set(config.scenarios) == set(shipped()) and config.seeds == 50


@pytest.mark.parametrize("scenario", [DOOR, GAP])
def test_the_small_scenarios_keep_the_contract(scenario):
    test_pettingzoo.test_parallel_api(scenario, "tokens", "remove")
    test_episodes.test_one_seed_gives_one_trajectory(scenario, "none", "ghost")
    test_episodes.test_rewards_sum_to_the_score(scenario)


def test_two_open_the_door_and_everybody_leaves():
    env = swarm_env.parallel_env(DOOR, num_agents=3, height=5, width=6, max_rounds=20)
    _, infos = env.reset(options={"layout": ROWS})
    assert [int(infos[agent]["action_mask"][OPEN]) for agent in env.agents] == [0, 1, 1]
    env.step({"agent_0": OPEN, "agent_1": OPEN, "agent_2": 0})
    assert env.grid()[1][-1] == "D" and env.masked_actions == 1
    _, _, _, _, infos = env.step({"agent_0": 0, "agent_1": OPEN, "agent_2": OPEN})
    assert env.grid()[1][-1] == "." and not any(infos[agent]["action_mask"][OPEN] for agent in env.agents)
    _, rewards, terminations, *_ = env.step(dict.fromkeys(env.agents, RIGHT))
    _, rewards, terminations, *_ = env.step(dict.fromkeys(env.agents, RIGHT))
    assert terminations == {"agent_0": False, "agent_1": True, "agent_2": False}
    assert env.score == pytest.approx((20 - 3) / 20) and len(set(rewards.values())) == 1
    while env.agents and env.round < 12:
        env.step({agent: UP if row > 1 else RIGHT for agent, (row, _) in env.positions().items()})
    assert env.done and env.score > 2


def test_teams_that_cannot_open_the_door_are_refused():
    with pytest.raises(swarm_env.ConfigError, match="it takes 2 agents to open"):
        swarm_env.parallel_env(DOOR, num_agents=1)


def test_the_gap_is_elsewhere_from_game_to_game_and_there_is_a_way():
    env = swarm_env.parallel_env(GAP, reward="shaped")
    walls = set()
    for seed in range(12):
        env.reset(seed=seed)
        wall = env.grid()[6]
        assert wall.count(".") == 2
        walls.add(wall)
        ways = State(env._world.arrays, 0).way[0]
        assert np.sum(ways >= 0) > 60  # cells from which the food can be reached
    assert len(walls) > 4
