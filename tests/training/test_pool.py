"""Pools of policies, and opponents drawn from them."""

import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.pool import Pool, pool_of
from swarm_env.training.opponents import Opponents

SMALL: dict[str, Any] = {"num_agents": 4, "height": 7, "width": 8, "max_rounds": 6}


def test_a_pool_is_kept_in_its_folder(tmp_path):
    pool = Pool(tmp_path / "pool")
    assert len(pool) == 0
    pool.add("scripted")
    (tmp_path / "pool" / "b.npz").touch()
    (tmp_path / "pool" / "a.npz").touch()
    pool.add("b.npz")
    pool.record("scripted", 0.5)
    pool.record("scripted", 1.0)
    pool.save()
    again = pool_of(f"pool:{tmp_path / 'pool'}")
    assert [one.name for one in again.members] == ["scripted", "b.npz", "a.npz"]
    assert (again.members[0].games, again.members[0].won) == (2, 1.5)
    assert again.agent(again.members[1]) == f"ppo?weights={quote(str(tmp_path))}/pool/b.npz"
    assert again.add("scripted").games == 2


def test_pools_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="pool:FOLDER"):
        pool_of("folder")
    with pytest.raises(ConfigError, match="no file"):
        Pool(tmp_path).add("x.npz")
    with pytest.raises(ConfigError, match="empty"):
        Pool(tmp_path).sample("latest", 1)
    for text in ("{", '[{"name": 3}]', '[{"name": "a", "games": -1}]', "3"):
        (tmp_path / "pool.json").write_text(text)
        with pytest.raises(ConfigError, match="list of members"):
            Pool(tmp_path)


def test_sampling(tmp_path):
    pool = Pool(tmp_path)
    for name in ("weak", "strong", "new"):
        pool.add(name)
    for _ in range(18):
        pool.record("weak", 1.0)
        pool.record("strong", 0.0)
    drawn = {how: [pool.sample(how, 3, i).name for i in range(2000)] for how in ("uniform", "latest", "wins")}
    assert drawn["wins"] == [pool.sample("wins", 3, i).name for i in range(2000)]
    assert drawn["wins"] != [pool.sample("wins", 4, i).name for i in range(2000)]
    assert set(drawn["latest"]) == {"new"}
    weights = {"weak": 0.05**2, "strong": 0.95**2, "new": 0.5**2}  # one win and one loss are added
    for how, expected in (("uniform", dict.fromkeys(weights, 1.0)), ("wins", weights)):
        for name, weight in expected.items():
            share = weight / sum(expected.values())
            assert abs(drawn[how].count(name) / 2000 - share) < 4 * (share * (1 - share) / 2000) ** 0.5 + 1e-9
    with pytest.raises(ConfigError, match="uniform, latest, wins"):
        pool.sample("lastest", 1)
    for wrong in (("nobody", 1.0), ("weak", 0.7)):
        with pytest.raises(ConfigError, match="Members"):
            pool.record(*wrong)


def play(tmp_path, members, rounds=40):
    """Play STAY against a pool; returns the moves of each round, who learned, and the pool."""
    env = swarm_env.vector_env("battle", 3, **SMALL)
    _, infos = env.reset(seed=5)
    pool = Pool(tmp_path)
    for member in members:
        pool.add(member)
    opponents, moves, learns, active = Opponents(env, pool, "uniform", 7), [], [], []
    for _ in range(rounds):
        actions = np.zeros(env.num_envs, np.int64)
        learns.append(opponents.learns.copy())
        active.append(infos["active"].copy())
        opponents.act(actions)
        moves.append(actions)
        *_, infos = env.step(actions)
        if "_final_score" in infos:
            ended = np.flatnonzero(infos["_final_score"].reshape(3, -1)[:, 0])
            opponents.end(ended, infos["final_score"].reshape(3, -1)[ended, 0])
    opponents.close()
    return np.array(moves), np.array(learns), np.array(active), Pool(tmp_path)


def test_opponents_play_the_other_side_in_turn(tmp_path):
    moves, learns, active, pool = play(tmp_path / "one", ["scripted", "random"])
    assert (moves[learns] == 0).all() and (moves[~active.astype(bool)] == 0).all()
    assert (moves[~learns & active.astype(bool)] > 0).mean() > 0.5
    by_world = learns.reshape(len(learns), 3, 4)
    assert (by_world[..., :2] == by_world[..., :1]).all() and (by_world[..., 2:] != by_world[..., :1]).all()
    assert not by_world[0, 1, 0] and by_world[0, 0, 0] and by_world[:, 0, 0].mean() not in (0.0, 1.0)
    assert sum(member.games for member in pool.members) >= 3 * 40 // 7
    again = play(tmp_path / "two", ["scripted", "random"])
    assert np.array_equal(moves, again[0]) and pool.members == again[3].members


def test_results_are_the_learners(tmp_path):
    """Who stays wins nothing against scripted soldiers."""
    *_, pool = play(tmp_path, ["scripted"])
    member = pool.members[0]
    assert member.games > 10 and member.won < member.games / 2
    assert json.loads((tmp_path / "pool.json").read_text())[0]["games"] == member.games


def test_worlds_that_have_no_opponents(tmp_path):
    Pool(tmp_path).add("random")
    for scenario, message in (("pursuit", "none"), ("battle", "tokens")):
        env = swarm_env.vector_env(scenario, 1, message=message)
        env.reset(seed=1)
        with pytest.raises(ConfigError, match="two teams"):
            Opponents(env, Pool(tmp_path), "uniform", 1)
