"""Private payoffs, teams, agents that go away and come back: the core, with a game of its own."""

import pickle
from pathlib import Path

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError, ContractError
from swarm_env.playing.runner import play
from swarm_env.runs.verify import verify
from swarm_env.scenario_contract import check_class
from tests.envs.two_teams import SWITCH, TwoTeams

GAME = str(Path(__file__).parent / "two_teams.py")


def make(**settings):
    return swarm_env.parallel_env(GAME, **{"num_agents": 4, "max_rounds": 12, **settings})


def expected(positions, teams):
    """What each agent gets in a round, from all places (off the map: column -1)."""
    return {
        a: float(sum(np.sign(col - positions[b][1]) for b in teams if teams[b] != teams[a]))
        for a, (_, col) in positions.items()
    }


def test_the_reward_is_the_change_of_the_own_payoff_and_sums_to_zero():
    env = make(num_agents=7, sides=(2, 5))
    _, infos = env.reset(seed=4)
    assert [info["team"] for info in infos.values()] == [0, 0, 1, 1, 1, 1, 1]
    assert list(env.teams.values()) == ["red"] * 2 + ["blue"] * 5
    total = dict.fromkeys(env.possible_agents, 0.0)
    while env.agents:
        _, rewards, _, _, infos = env.step({a: env.action_space(a).sample() % 5 for a in env.agents})
        assert rewards == expected(env.positions(), env.teams)
        assert sum(rewards.values()) == 0
        total = {a: total[a] + rewards[a] for a in total}
        assert total == env.payoffs == {a: info["payoff"] for a, info in infos.items()}
        assert all(("final_payoff" in info) == (not env.agents) for info in infos.values())
    assert env.score == 0


def test_who_is_away_comes_back_and_who_is_taken_for_good_does_not():
    env = make(obs="dict")
    env.reset(seed=1)
    observations, _, terminations, _, _ = env.step(dict.fromkeys(env.agents, SWITCH))
    assert terminations == {"agent_0": False, "agent_1": True, "agent_2": False, "agent_3": False}
    assert (observations["agent_0"]["view"] == 1).all() and "agent_0" not in env.positions()
    _, rewards, _, _, _ = env.step(dict.fromkeys(env.agents, 0))
    assert rewards["agent_0"] < 0  # it is still paid
    assert "agent_0" not in env.positions()
    env.step(dict.fromkeys(env.agents, 0))
    assert env.positions()["agent_0"] == (1, 1)
    assert env.agents == ["agent_0", "agent_2", "agent_3"]


def test_the_vector_api_has_teams_payoffs_and_final_payoffs():
    batch = swarm_env.vector_env(GAME, num_worlds=3, num_agents=4, max_rounds=3, sides=(1, 3))
    singles = [make(sides=(1, 3), max_rounds=3) for _ in range(3)]
    _, infos = batch.reset(seed=5)
    for w, env in enumerate(singles):
        env.reset(seed=5 + w)
    assert infos["team"].tolist() == [0, 1, 1, 1] * 3
    rng = np.random.default_rng(0)
    for _ in range(3):
        moves = rng.integers(0, 5, 12)
        _, rewards, _, _, infos = batch.step(moves)
        for w, env in enumerate(singles):
            own = env.step({a: int(moves[4 * w + i]) for i, a in enumerate(env.possible_agents)})[1]
            assert rewards[4 * w : 4 * w + 4].tolist() == list(own.values())
    payoffs = [list(env.payoffs.values()) for env in singles]
    assert infos["final_payoff"].reshape(3, 4).tolist() == payoffs and infos["_final_payoff"].all()
    assert not batch.payoffs.any()  # of the next episode


def test_payoffs_are_in_snapshots_states_and_digests():
    env = make()
    env.reset(seed=2)
    env.step(dict.fromkeys(env.agents, 0))
    before, state, saved = env.digest(), env.state(), pickle.loads(pickle.dumps(env.snapshot()))
    first = [env.step(dict.fromkeys(env.agents, 1))[1], env.payoffs]
    assert not np.array_equal(env.state()[env.state_slices["payoff"]], state[env.state_slices["payoff"]])
    env.restore(saved)
    assert env.digest() == before
    assert [env.step(dict.fromkeys(env.agents, 1))[1], env.payoffs] == first


def test_a_run_holds_payoffs_and_verifies(tmp_path):
    result = play(GAME, "random", seed=3, out=tmp_path / "run", num_agents=4, sides=(3, 1), max_rounds=9)
    assert len(result.payoffs) == 4 and sum(result.payoffs.values()) == 0
    assert '"payoffs": {' in (tmp_path / "run" / "result.json").read_text()
    (verdict,) = verify(tmp_path / "run", trust_code=True)
    assert verdict.agrees
    assert play("pursuit", "random", out=tmp_path / "old", max_rounds=2).payoffs == {}
    assert "payoffs" not in (tmp_path / "old" / "result.json").read_text()
    assert "sides" not in (tmp_path / "old" / "run.json").read_text()


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"sides": (1, 2)}, "add up to"),
        ({"sides": (4,)}, "must be 2 numbers"),
        ({"sides": (4, 0)}, "1 or more"),
        ({"sides": "4"}, "1 or more"),
        ({"num_agents": 1}, "red, blue"),
    ],
)
def test_sides_that_do_not_fit_are_refused(settings, part):
    with pytest.raises(ConfigError, match=part):
        make(**settings)


def test_a_scenario_without_teams_has_no_sides():
    with pytest.raises(ConfigError, match="has no teams"):
        swarm_env.parallel_env("pursuit", num_agents=4, sides=(2, 2))
    env = swarm_env.parallel_env("pursuit")
    assert env.teams == {} == env.payoffs


def test_a_map_says_who_is_of_which_team():
    rows = ["WWWWW", "WB.RW", "W.B.W", "WWWWW"]
    env = swarm_env.parallel_env(GAME, layout=rows)
    env.reset(seed=0)
    assert list(env.teams.values()) == ["red", "blue", "blue"] and env.grid() == rows
    assert env.positions() == {"agent_0": (1, 3), "agent_1": (1, 1), "agent_2": (2, 2)}
    with pytest.raises(ConfigError, match="1 of red"):
        env.reset(options={"layout": rows, "agents": [(1, 1), (1, 3), (2, 2)]})


def test_kinds_must_fit_the_teams():
    with pytest.raises(ContractError, match="as many kinds"):
        check_class("three", type("Three", (TwoTeams,), {"teams": ("red", "green", "blue")}))
