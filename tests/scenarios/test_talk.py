"""The tasks in which talking pays: their rules, their values without messages, and their best."""

import itertools
from typing import Any

import numpy as np
import pytest
from swarm_env.scenarios.talk.profile import view_value

import swarm_env
from tests.agents.games import play


def mean_score(scenario, seeds, **settings):
    """Mean score of the scripted team, and its standard error."""
    scores = [play("scripted", scenario, seed, **settings).score for seed in range(seeds)]
    return np.mean(scores), np.std(scores, ddof=1) / np.sqrt(seeds)


def random_scores(scenario, worlds, rounds, allowed=None, **settings):
    """Scores of worlds in which all move at random among what is allowed; nothing is said."""
    env = swarm_env.vector_env(scenario, worlds, autoreset_mode="disabled", max_rounds=rounds, **settings)
    _, infos = env.reset(seed=100)
    rng = np.random.default_rng(1)
    for _ in range(rounds):
        weights = rng.random(infos["action_mask"].shape) * infos["action_mask"]
        infos = env.step(weights.argmax(axis=1))[4]
        if "final_score" in infos:
            break
    return infos["final_score"][:: env.num_agents]


@pytest.mark.parametrize("message", ["tokens", "vector", "text"])
@pytest.mark.parametrize("sites", [2, 4])
def test_scout_is_solved_by_talking(message, sites):
    score, error = mean_score("scout", 3, message=message, sites=sites)
    assert score == 5.0 and error == 0.0  # five periods of 8 in 40 rounds


@pytest.mark.parametrize("sites", [2, 3, 5])
def test_a_silent_scout_scores_one_in_sites_whatever_the_workers_do(sites):
    scores = random_scores("scout", 400, 40, sites=sites, message="none") / 5
    assert abs(scores.mean() - 1 / sites) < 4 * scores.std() / np.sqrt(400)
    still, error = mean_score("scout", 60, sites=sites, message="none")
    assert abs(still / 5 - 1 / sites) < 4 * error / 5


CHAIN: dict[str, Any] = {
    "message": "tokens",
    "relays": 2,
    "num_agents": 5,
    "message_range": 2,
    "width": 9,
    "height": 7,
}


def test_relays_need_to_say_how_far_a_message_has_come():
    with_hops, _ = mean_score("scout", 20, vocabulary=7, **CHAIN)
    anonymous, _ = mean_score("scout", 20, vocabulary=6, **CHAIN)  # one token too few for 2 sites x 3 hops
    assert with_hops == 5.0
    assert anonymous < 0.7 * 5


def test_the_scout_alone_senses_what_pays_and_all_fixed_agents_are_walled_in():
    env = swarm_env.parallel_env("scout", **{**CHAIN, "message": "none"})
    env.reset(seed=3)
    start = env.positions()
    for time in range(40):
        seen = env.perceptions()
        assert sum(seen[0].senses) == 1 and not any(any(one.senses) for one in seen[1:])
        if time % 8 == 0:
            site = seen[0].senses
        assert seen[0].senses == site
        env.step({name: 1 + (time + number) % 4 for number, name in enumerate(env.agents)})
        now = env.positions() or start
        assert [now[f"agent_{a}"] for a in range(3)] == [(3, 1), (3, 3), (3, 5)]


def test_the_score_of_scout_is_the_share_at_the_site_by_the_rows():
    env = swarm_env.parallel_env("scout", sites=3, num_agents=6, height=9, width=8, max_rounds=48)
    env.reset(seed=5)
    rng, expected = np.random.default_rng(0), 0.0
    letters = [row[-1] for row in env.grid()]
    while not env.done:
        site = "PQRSTU"[env.perceptions()[0].senses.index(1)]
        env.step({name: int(rng.integers(5)) for name in env.agents})
        if env.round % 8 == 0:
            rows = [row for row, _ in env.native_positions()][1:]
            expected += sum(letters[row] == site for row in rows) / 5
    assert env.score == pytest.approx(expected)


def value_of_switch(n):
    """By enumeration: value of telling in the last round by own visits, and that of all information."""
    rounds = 4 * n - 6
    orders = np.array(list(itertools.product(range(n), repeat=rounds - 1)), np.int8)
    orders = np.concatenate([np.zeros((len(orders), 1), np.int8), orders], axis=1)  # who is first is a name
    all_in = np.logical_and.reduce([(orders == a).any(axis=1) for a in range(n)])
    own = (orders == orders[:, -1:]).sum(axis=1)
    silent = sum(max(2 * (all_in & (own == k)).sum() - (own == k).sum(), 0) for k in range(rounds + 1))
    return silent / len(orders), all_in.mean()


@pytest.mark.parametrize(("n", "silent", "ideal"), [(3, 0.527, 0.741), (4, 0.572, 0.781)])
def test_the_values_of_switch(n, silent, ideal):
    assert value_of_switch(n) == pytest.approx((silent, ideal), abs=0.0006)


@pytest.mark.slow
@pytest.mark.parametrize("message", ["none", "tokens"])
@pytest.mark.parametrize("n", [3, 4])
def test_the_experts_of_switch_reach_these_values(n, message):
    silent, ideal = value_of_switch(n)
    games = 10
    score, error = mean_score("switch", 60, num_agents=n, message=message, max_rounds=games * (4 * n - 6))
    score, error = score / games, error / games
    assert abs(score - (silent if message == "none" else ideal)) < 4 * error


@pytest.mark.parametrize("message", ["tokens", "vector", "text"])
def test_who_leaves_the_room_is_heard_by_the_next_alone(message):
    for seed in range(30):
        game = play("scripted", "switch", seed, message=message, num_agents=4)
        for (before, decided), (after, _) in itertools.pairwise(game.rounds):
            speaker = next(one.name for one in before if one.senses[0])
            hearers = [one.name for one in after if any(one.heard[message == "tokens" :])]  # 0 is silence
            inside = next(one.name for one in after if one.senses[0])
            assert sum(one.senses[0] for one in after) == 1
            spoke = next(d for one, d in zip(before, decided, strict=True) if one.senses[0]).message
            assert hearers == ([] if inside == speaker or spoke is None else [inside])


def test_telling_is_judged_once_a_game():
    seen = set()
    for seed in range(40):
        env = swarm_env.parallel_env("switch", max_rounds=12)
        env.reset(seed=seed)
        while not env.done:
            day = env.round % 6
            if day == 0:
                been, claimed, before = set(), False, env.score
            been.add(next(one.name for one in env.perceptions() if one.senses[0]))
            assert [one.allowed[5] for one in env.perceptions()].count(True) == (not claimed)
            assert {one.senses[1] for one in env.perceptions()} == {day + 1}
            tells = day == seed % 6
            env.step(dict.fromkeys(env.agents, 5 if tells else 1))
            claimed |= tells
            if tells:
                seen.add(result := 1.0 if len(been) == 3 else -1.0)
            assert env.score - before == (result if claimed else 0.0)
    assert seen == {1.0, -1.0}


@pytest.mark.parametrize("n", [2, 3, 5])
def test_hats_talking_gives_away_half_a_guess(n):
    games, worlds = 10, 40
    score, error = mean_score("hats", worlds, num_agents=n, max_rounds=games * n, message="tokens")
    assert abs(score / games - (1 - 1 / (2 * n))) < 4 * max(error / games, 0.001)
    firsts = [  # all but the first of a game are right
        play("scripted", "hats", seed, num_agents=n, max_rounds=n, message="vector").score
        for seed in range(10)
    ]
    assert {round(n * score) for score in firsts} <= {n - 1, n}


def test_hats_without_messages_are_guessed_by_chance():
    scores = random_scores("hats", 300, 30, message="none")
    assert abs(scores.mean() / 10 - 0.5) < 0.4  # wrong actions (STAY) are allowed too, so it may be less
    score, error = mean_score("hats", 60, message="none")
    assert abs(score / 10 - 0.5) < 4 * error / 10


def test_agents_see_all_lights_but_their_own():
    env = swarm_env.parallel_env("hats", num_agents=4, max_rounds=12)
    env.reset(seed=2)
    while not env.done:
        seen = env.perceptions()
        lights = [max(one.senses[a] for one in seen) for a in range(4)]
        turn = env.round % 4
        for a, one in enumerate(seen):
            assert one.senses[a] == 0 and all(one.senses[b] == lights[b] for b in range(4) if b != a)
            assert one.senses[-1] == turn + 1 and one.allowed[5:] == ((a == turn),) * 2
        before = env.score
        env.step(dict.fromkeys(env.agents, 5))
        assert env.score - before == pytest.approx(0.25 * (lights[turn] == 1))


def junction_scores(worlds, rule, rounds=20, **settings):
    """Scores of games in which `rule` gives the actions (worlds, agents) from roads and cells of all cars."""
    env = swarm_env.vector_env("junction", worlds, obs="codes", autoreset_mode="disabled", **settings)
    infos: dict[str, Any] = {}
    env.reset(seed=7)
    arrays, rewards = env._world.arrays, []
    while "final_score" not in infos:
        road = arrays.sense[:, :, 0].astype(int)
        down, right = arrays.position[:, :, 0], arrays.position[:, :, 1]
        cell = np.where(road == 1, down, np.where(road == 2, right, -1))
        _, reward, _, _, infos = env.step(rule(road, cell).reshape(-1))
        rewards.append(reward.reshape(worlds, -1).copy())
    return infos["final_score"][:: env.num_agents], np.array(rewards)


def never_brake(road, cell):
    return np.full(road.shape, 5)


def central_rule(road, cell):
    """Of two cars before the crossing the one brakes behind which there is a gap, and all close behind it."""
    there = np.stack([[((road == r) & (cell == c)).any(axis=1) for c in (2, 1, 0)] for r in (1, 2)])
    queue = np.cumprod(there, axis=1).sum(axis=1)  # (2, worlds) cars in a row before the crossing
    yields = np.where(queue[0] < queue[1], 1, 2)
    both = (queue > 0).all(axis=0)
    length = np.where(yields == 1, queue[0], queue[1])
    waits = (both[:, None]) & (road == yields[:, None]) & (cell <= 2) & (2 - cell < length[:, None])
    return np.where(waits, 0, 5)


def test_junction_without_braking_is_that_of_the_released_code():
    scores, rewards = junction_scores(20_000, never_brake)
    assert abs(scores.mean() - 0.2885) < 0.03  # 2 000 episodes of the released code
    crashed = (rewards < -5).any(axis=(0, 2))
    assert np.array_equal(crashed, scores == 0)


def test_a_central_rule_never_crashes():
    scores, rewards = junction_scores(5_000, central_rule)
    assert scores.min() == 1.0
    assert rewards.min() > -5


def test_cars_that_say_where_they_are_crash_less():
    silent, _ = mean_score("junction", 60)
    talking, _ = mean_score("junction", 60, message="tokens")
    assert silent < 0.5 < 0.9 < talking


def test_waiting_and_crashes_are_paid_by_each_car_alone():
    env = swarm_env.parallel_env("junction", arrival=1.0, length=50, max_rounds=50)
    env.reset(seed=1)
    waited = dict.fromkeys(env.possible_agents, 0)
    for _ in range(30):
        before = {name: place for name, place in env.positions().items() if place[0] >= 0}
        rewards = env.step(dict.fromkeys(env.agents, 5))[1]
        after = {name: place for name, place in env.positions().items() if place[0] >= 0}
        for name, reward in rewards.items():
            new = name in after and (name not in before or after[name] in ((0, 3), (3, 0)))
            waited[name] = 0 if new else waited[name] + 1
            crash = name in after and list(after.values()).count(after[name]) > 1
            expected = (-0.01 * waited[name] - 10 * crash) if name in after else 0.0
            assert reward == pytest.approx(expected, abs=1e-5)


def single_views(env):
    """The greatest of the values of the agents' own views."""
    options = env.config.options
    shape = options["candidates"], options["facts"]
    views = [np.array(one.senses[:24]).reshape(4, 6)[: shape[0], : shape[1]] for one in env.perceptions()]
    return max(view_value(view, options["shared"], bool(options["hidden"])) for view in views)


@pytest.mark.parametrize("settings", [{}, {"candidates": 3, "shared": 2}, {"hidden": 1, "num_agents": 3}])
def test_profile_is_decided_by_all_facts_and_bounded_by_the_best_single_view(settings):
    score, error = mean_score("profile", 10, message="text", **settings)
    assert score == 5.0 and error == 0.0
    tokens, _ = mean_score(
        "profile", 10, message="tokens", vocabulary=33, period=17, max_rounds=85, **settings
    )
    assert tokens == 5.0
    silent = [play("scripted", "profile", seed, max_rounds=8, **settings).score for seed in range(60)]
    bounds = []
    for seed in range(60):
        env = swarm_env.parallel_env("profile", **settings)
        env.reset(seed=seed)
        bounds.append(single_views(env))
    gaps = np.subtract(silent, bounds)
    assert gaps.mean() < 4 * gaps.std() / np.sqrt(60)
    assert np.mean(bounds) < 0.97


def test_each_fact_is_known_to_one_agent_or_to_all_and_the_profile_is_hidden():
    env = swarm_env.parallel_env("profile", candidates=3, hidden=1)
    env.reset(seed=3)
    for _ in range(4):
        views = np.array([one.senses[:24] for one in env.perceptions()]).reshape(4, 4, 6)
        knowing = (views > 0).sum(axis=0)
        assert (knowing[:3, 0] == 4).all() and (knowing[:3, 1:4] == 1).all()
        assert not knowing[3].any() and not knowing[:, 4:].any()
        good = (views.max(axis=0) == 2)[:3, :4]
        totals = good.sum(axis=1)
        best = totals.argmax()
        assert (totals == totals[best]).sum() == 1 and good[best, 0] < good[:, 0].max()
        for time in range(8):
            before = env.score
            assert env.perceptions()[0].allowed[5:8] == (time == 7,) * 3
            env.step(dict.fromkeys(env.agents, 5 + int(best)))
        assert env.score - before == 1.0


def test_the_value_of_a_view_by_hand():
    everything = np.array([[2, 2], [1, 2]])
    assert view_value(everything, 1, False) == 1.0
    # P has one good fact and a second one that is unknown, Q none: P is best for sure.
    assert view_value(np.array([[2, 0], [1, 1]]), 1, False) == 1.0
    # One fact of each is unknown: P is best if only its fact is good, Q if only its is; ties are not drawn.
    assert view_value(np.array([[2, 0], [2, 0]]), 1, False) == 0.5


@pytest.mark.parametrize(
    ("scenario", "settings", "message"),
    [
        ("scout", {"num_agents": 1}, "no worker"),
        ("scout", {"relays": 3}, "no worker"),
        ("scout", {"sites": 6}, "too small for 6 sites"),
        ("scout", {"relays": 2, "num_agents": 9}, "stand 5 columns apart"),
        ("switch", {"num_agents": 30}, "Set height=13"),
        ("hats", {"num_agents": 17}, "at most 16"),
        ("hats", {"height": 3, "width": 4}, "do not fit"),
        ("profile", {"shared": 4}, "must be less"),
        ("profile", {"shared": 0, "hidden": 1}, "at least 1 with hidden=1"),
        ("junction", {"num_agents": 50}, "more than the 49 cells"),
    ],
)
def test_what_does_not_fit_is_refused(scenario, settings, message):
    with pytest.raises(swarm_env.ConfigError, match=message):
        swarm_env.parallel_env(scenario, **settings)


def test_defaults_of_a_scenario_give_way_to_a_preset_and_to_what_is_given():
    assert swarm_env.parallel_env("scout").config.num_agents == 3
    assert swarm_env.parallel_env("scout", num_agents=4).config.num_agents == 4
    assert swarm_env.parallel_env("scout", preset="swarmbench").config.height == 10
    assert swarm_env.parallel_env("pursuit").config.num_agents == 10
