"""Matches: who plays whom, and what the games say, against plain formulas and known outcomes."""

import json
import math

import numpy as np
import pytest

from swarm_env.bench.bench_file import check_config
from swarm_env.bench.match import MatchConfig, pairings
from swarm_env.bench.match_results import Game, evaluate
from swarm_env.bench.population import PlayedAlone, table
from swarm_env.errors import ConfigError
from swarm_env.measures.payoffs import by_role, equality, sustainability, welfare
from swarm_env.pool import Pool
from tests.cli.programs import swarm

BENCH = """
scenarios = ["{scenario}"]
seeds = 2
out = "out"
[match]
pool = {pool}
[settings.default]
num_agents = 4
max_rounds = {rounds}
"""


def game(first, second, seed, score, end="over", payoffs=None):
    return Game(first, second, seed, score, payoffs, end)


def test_each_pair_plays_every_seed_on_both_sides():
    match = MatchConfig(pool=["a", "b*2, c*1", "d"])
    assert pairings(match, ["a", "b*2, c*1", "d"], "battle", {}) == [
        "red=a; blue=b*2, c*1", "red=a; blue=d", "red=b*2, c*1; blue=a", "red=b*2, c*1; blue=d",
        "red=d; blue=a", "red=d; blue=b*2, c*1",
    ]  # fmt: skip
    assert pairings(MatchConfig(pool=["a"], focal=3), ["a"], "commons", {"num_agents": 5}) == [
        "a", "a*3, scripted*2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pool", "scenario", "match"),
    [
        (["scripted"], "battle", "two members or more"),
        (["red=scripted; blue=random", "random"], "battle", "names sides"),
        (["scripted*3, random*2"], "commons", "one kind of agents"),
        (["scripted", "scripted"], "battle", "twice"),
        ("folder", "battle", "pool:FOLDER"),
    ],
)
def test_pools_that_cannot_play(pool, scenario, match, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "bench.toml"
    file.write_text(BENCH.format(scenario=scenario, pool=json.dumps(pool), rounds=5))
    done = swarm(capsys, "bench", file, "--dry-run")
    assert done.status == 2 and match in done.err.replace("\n", " ")


def test_files_with_teams_and_a_match():
    for extra in ({"teams": ["scripted"]}, {"reference": "scripted"}):
        with pytest.raises(ConfigError, match="leave out teams"):
            check_config({"scenarios": ["battle"], "seeds": 1, "match": {"pool": ["a", "b"]}, **extra})
    with pytest.raises(ConfigError, match=r"pol.*pool"):
        check_config({"scenarios": ["battle"], "seeds": 1, "match": {"pol": ["a"]}})
    with pytest.raises(ConfigError, match="teams is missing"):
        check_config({"scenarios": ["battle"], "seeds": 1})


def test_differences_are_over_swapped_pairs():
    """What a side gains by itself cancels: A is 2 better than B, and the first side has 10 for nothing."""
    noise = np.random.default_rng(1).normal(size=20)
    games = [game("a", "b", seed, 12.0 + x, payoffs=(5.0, 1.0)) for seed, x in enumerate(noise)]
    games += [game("b", "a", seed, 8.0 + x, payoffs=(3.0, 1.0)) for seed, x in enumerate(noise)]
    found = evaluate(games)
    best, other = found.standings
    assert best.member == "a" and best.pairs == other.pairs == 20
    assert best.difference.mean == pytest.approx(2.0) and other.difference.mean == pytest.approx(-2.0)
    assert best.payoff and best.payoff.mean == pytest.approx((5 - 1 + 1 - 3) / 2)
    assert best.win_share.mean == 1.0 and (best.win_share.low or 0) > 0.8
    assert best.bradley_terry.mean > (other.bradley_terry.high or 9e9) and best.elo.mean > other.elo.mean
    assert (best.exploitability, best.exploited_by) == (0.0, "")
    assert other.exploitability == pytest.approx(2.0) and other.exploited_by == "a"
    first = next(one for one in found.outcomes if one.first == "b")
    assert first.wins == (20, 0) and first.win_share.mean == 1.0  # a game alone says nothing here


def test_draws_and_time_outs_are_told_apart():
    games = [game("a", "b", 0, 1.0), game("a", "b", 1, 1.0, "time-out"), game("a", "b", 2, 0.0, "time-out")]
    games += [game("a", "b", 3, -2.0), game("a", "b", 4, 0.0)]
    (one,) = evaluate(games).outcomes
    assert (one.wins, one.losses, one.draws) == ((1, 1), (1, 0), (1, 1))
    assert one.win_share.mean == pytest.approx((2 + 2 * 0.5) / 5)


def test_a_cycle_is_rated_even_and_exploitable():
    games = [
        game(a, b, seed, sign)
        for seed in range(8)
        for a, b in ("rs", "sp", "pr", "sr", "ps", "rp")
        for sign in [1.0 if a + b in ("rs", "sp", "pr") else -1.0]
    ]
    found = evaluate(games)
    assert [one.exploitability for one in found.standings] == [1.0] * 3
    assert {one.member: one.exploited_by for one in found.standings} == {"r": "p", "p": "s", "s": "r"}
    assert all(one.bradley_terry.mean == pytest.approx(1500) for one in found.standings)
    assert all(one.elo.mean == pytest.approx(1500) for one in found.standings)


def test_ratings_agree_with_plain_formulas():
    """Two members, 3 wins to 1, one win and one loss each against an average one by the prior."""
    games = [game("a", "b", seed, 1.0 if seed < 3 else -1.0) for seed in range(4)]
    games += [game("b", "a", seed, -1.0 if seed < 3 else 1.0) for seed in range(4)]
    strong, weak = evaluate(games).standings
    low, high = 0.0, 3.0  # by symmetry the strengths are x and 1 / x: 3 wins of 4, and the prior's 2 games
    for _ in range(60):
        x = (low + high) / 2
        p, q = 1 / (1 + math.exp(-2 * x)), 1 / (1 + math.exp(-x))
        low, high = (x, high) if 3 - 4 * p + 1 - 2 * q > 0 else (low, x)
    assert strong.bradley_terry.mean - 1500 == pytest.approx(400 / math.log(10) * low, abs=1e-6)
    assert weak.bradley_terry.mean == pytest.approx(3000 - strong.bradley_terry.mean)


def test_social_outcomes():
    assert (
        welfare([1, 2, 3]) == 6 and equality([2, 2, 2]) == 1 and equality([0, 0, 3]) == pytest.approx(1 / 3)
    )
    assert equality([-1, 2]) is None and equality([0, 0]) is None
    rng = np.random.default_rng(2)
    paid = rng.random(7)
    ordered = np.sort(paid)
    gini = (2 * np.arange(1, 8) - 8) @ ordered / (7 * ordered.sum())  # another formula of the coefficient
    assert equality(paid) == pytest.approx(1 - gini)
    early = np.cumsum([[0, 0], [1, 0], [1, 0], [0, 0], [0, 0]], axis=0)
    assert sustainability(early) == pytest.approx(1.5 / 4) and sustainability(early[:1].repeat(3, 0)) is None
    roles = {"agent_0": "liar", "agent_1": "x", "agent_2": "x"}
    assert by_role({"agent_0": 1.0, "agent_1": 3.0, "agent_2": 5.0}, roles) == {"liar": 1.0, "x": 4.0}
    runs = [
        PlayedAlone("m", seed, {"welfare": float(seed), "equality": None if seed else 0.5})
        for seed in range(4)
    ]
    found = table(runs)["m"]
    assert (
        found["welfare"].mean == 1.5
        and (found["welfare"].low or 9) < 1.5
        and found["equality"] == (0.5, None, None)
    )


def test_a_match_is_played_resumed_and_reported(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Pool(tmp_path / "pool").add("random")
    Pool(tmp_path / "pool").add("scripted")
    file = tmp_path / "bench.toml"
    file.write_text(BENCH.format(scenario="battle", pool='"pool:pool"', rounds=30))
    done = swarm(capsys, "bench", file, "--json")
    assert done.status == 0, done.err
    (world,) = json.loads(done.out)["match"]
    assert [one["member"] for one in world["standings"]] == ["scripted", "random"]
    assert world["standings"][0]["pairs"] == 2 and len(world["outcomes"]) == 2
    assert "scripted" in (tmp_path / "out" / "match.txt").read_text()
    again = swarm(capsys, "bench", file)
    assert again.status == 0 and "exploited" in again.out and "4 of 4 runs" in again.err


@pytest.mark.slow
def test_focal_agents_among_others(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "bench.toml"
    file.write_text(BENCH.format(scenario="commons", pool='["scripted", "random"]', rounds=20))
    done = swarm(capsys, "bench", file, "--json")
    assert done.status == 0, done.err
    members = json.loads(done.out)["match"][0]["members"]
    assert members.keys() == {"scripted", "random"}
    for values in members.values():
        assert values["total"]["mean"] == 2 * (values["focal"]["mean"] + values["background"]["mean"])
        assert 0 < values["equality"]["mean"] <= 1 and 0 < values["sustainability"]["mean"] <= 1
