"""The house-hunt: against a slow reference, and each of its rules on small maps."""

import random
from collections import Counter

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError
from tests.reference.potentials import ShapedRewards
from tests.scenarios.pictures import random_picture
from tests.scenarios.plain_nest_site import PlainNestSite

RULES = ("majority", "bradley_terry", "fortytwo")
ROWS = [
    "WWWWWWWW",
    "WA.A..AW",
    "W.P..Q.W",
    "WA....AW",
    "W......W",
    "W.R....W",
    "WA.....W",
    "WWWWWWWW",
]


def start(rows=ROWS, seed=1, **options):
    """A world from a picture."""
    agents = sum(row.count("A") for row in rows)
    env = swarm_env.parallel_env(
        "nest_site", num_agents=agents, height=len(rows), width=len(rows[0]), **options
    )
    env.reset(seed=seed, options={"layout": rows})
    return env


def act(env, *moves):
    """One round: a move by name for each agent, one for all, or by agent."""
    names = env.scenario.actions
    if len(moves) == 1:
        moves *= len(env.agents)
    env.step({agent: names.index(move) for agent, move in zip(env.agents, moves, strict=True)})


def senses(env, agent="agent_0"):
    """What an agent senses, by name."""
    seen = next(p for p in env.perceptions() if p.name == agent)
    return dict(zip(env.brief().senses, seen.senses, strict=True))


def compare(env, plain, felt):
    assert env.score == pytest.approx(plain.score, abs=1e-12)
    seen = {p.name: p for p in env.perceptions()}
    assert {agent: p.senses for agent, p in seen.items()} == felt
    for agent, p in seen.items():
        legal = {env.scenario.actions[move].removeprefix("VOTE_") for move in range(5, 11) if p.allowed[move]}
        assert legal == plain.visited[agent]


def play_both(env, seed, options, episode=0, rounds=10**9):
    """Random moves, now and then a vote, compared every round."""
    plain = PlainNestSite(env.grid(), env.possible_agents, seed, episode, options)
    compare(env, plain, plain.sense(env.positions()))
    shaped = ShapedRewards(env, lambda: plain.potentials(env.positions()))
    rng, names = random.Random(seed), env.scenario.actions
    mood = 0.5
    while not env.done and plain.round < rounds:
        mood = rng.choice([0.05, 0.4, 0.9]) if rng.random() < 0.1 else mood
        moves = {}
        for p in env.perceptions():
            votes = [name for name, legal in zip(names, p.allowed, strict=True) if legal][5:]
            moves[p.name] = rng.choice(votes) if votes and rng.random() < mood else rng.choice(names[:5])
        rewards = env.step({agent: names.index(move) for agent, move in moves.items()})[1]
        if not env.done:
            compare(env, plain, plain.step(moves, env.positions()))
            shaped.compare(rewards)
    return plain


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(6))
def test_drawn_worlds_go_as_the_reference(rule, seed):
    rng = random.Random(f"{rule} {seed}")
    options = {
        "rule": rule,
        "liars": rng.choice([0.0, 0.3, 0.5, 1.0]),
        "interval": rng.choice([1, 4, 9]),
        "quorum": rng.choice([0.0, 0.3, 1.0]),
        "noise": rng.choice([0.0, 15.0, 300.0]),
    }
    sites = rng.randint(2, 4)
    env = swarm_env.parallel_env(
        "nest_site",
        num_agents=rng.choice([1, 7, 20]),
        height=9,
        width=11,
        max_rounds=60,
        reward="shaped",
        sites=sites,
        **options,
    )
    env.reset(seed=seed)
    env.reset()  # the second episode
    assert play_both(env, seed, options, episode=1).question >= 6


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(10))
def test_pictures_go_as_the_reference(rule, seed):
    """Any map, also one that agents leave, with sites of several cells, side by side, or none."""
    drawn = random_picture("nest_site", 100 * RULES.index(rule) + seed)
    options = {"rule": rule, "liars": 0.4, "interval": 5, "quorum": 0.8, "noise": 15.0}
    env = swarm_env.parallel_env(
        "nest_site",
        num_agents=len(drawn.agents),
        height=len(drawn.rows),
        width=len(drawn.rows[0]),
        reward="shaped",
        max_rounds=50,
        **options,
    )
    env.reset(seed=seed, options={"layout": drawn.rows, "agents": drawn.agents})
    play_both(env, seed, options)


@pytest.mark.parametrize("rule", RULES)
def test_a_batch_decides_as_single_worlds_do(rule):
    settings = {"num_agents": 6, "interval": 6, "rule": rule, "liars": 0.3, "max_rounds": 40}
    batch = swarm_env.vector_env("nest_site", num_worlds=5, num_threads=2, **settings)
    singles = [swarm_env.parallel_env("nest_site", **settings) for _ in range(5)]
    _, infos = batch.reset(seed=3)
    for w, single in enumerate(singles):
        single.reset(seed=3 + w)
    rng = np.random.default_rng(0)
    for _ in range(39):
        legal = infos["action_mask"].astype(bool)
        moves = np.array([rng.choice(np.flatnonzero(mask)) for mask in legal])
        infos = batch.step(moves)[4]
        for w, single in enumerate(singles):
            single.step(dict(zip(single.agents, moves[6 * w : 6 * w + 6].tolist(), strict=True)))
            assert batch.scores[w] == single.score
        assert batch.digests() == [single.digest() for single in singles]


def test_votes_need_a_visit_and_void_votes_are_counted():
    env = start(interval=9, noise=0.0)
    assert senses(env)["site"] == 1 and senses(env, "agent_2")["site"] == 2
    assert senses(env, "agent_5")["site"] == 3
    act(env, "VOTE_P", "STAY", "VOTE_P", "STAY", "STAY", "VOTE_U")
    assert env.masked_actions == 2
    for _ in range(8):
        act(env, "STAY")
    assert senses(env)["chosen"] == 1


def test_without_error_the_quality_is_read_and_with_it_the_mean_of_many():
    env = start(interval=255, noise=0.0, max_rounds=400)
    true = senses(env)["reading"]
    assert 1 <= true <= 100
    noisy = start(interval=255, noise=10.0, max_rounds=400)
    readings = []
    while not noisy.done and senses(noisy)["left"] > 1:
        readings.append(senses(noisy)["reading"])
        act(noisy, "STAY")
    if 35 < true < 65:  # not cut off at 1 or 100
        assert np.mean(readings) == pytest.approx(true, abs=2.5)
        assert np.std(readings) == pytest.approx(10, abs=1.5)
    assert len(set(readings)) > 10


def test_two_agents_read_the_same_site_differently():
    env = start(noise=30.0)
    pairs = []
    for _ in range(15):
        pairs.append((senses(env)["reading"], senses(env, "agent_3")["reading"]))
        act(env, "STAY")
    assert sum(a != b for a, b in pairs) > 8


def test_the_best_site_scores_one_and_another_less():
    scores: Counter[bool] = Counter()
    for seed in range(30):
        env = start(seed=seed, interval=1, noise=0.0, max_rounds=2)
        quality = {
            s: senses(env, a)["reading"] for s, a in (("P", "agent_0"), ("Q", "agent_2"), ("R", "agent_5"))
        }
        act(env, "VOTE_P", "STAY", "STAY", "STAY", "STAY", "STAY")
        best = max(quality.values())
        assert env.score == (1.0 if quality["P"] == best else 0.5 * quality["P"] / best)
        scores[env.score == 1.0] += 1
    assert scores[True] and scores[False]


def test_no_vote_chooses_nothing_and_new_qualities_follow():
    env = start(interval=3, noise=0.0)
    before = senses(env)["reading"]
    for left in (2, 1, 3):
        act(env, "STAY")
        assert senses(env)["left"] == left
    assert env.score == 0 and senses(env)["chosen"] == 0
    assert senses(env)["reading"] != before


def test_a_quorum_closes_the_vote_early_and_all_votes_are_forgotten():
    env = start(interval=20, quorum=0.5)
    act(env, "VOTE_P", "STAY", "VOTE_Q", "STAY", "STAY", "STAY")
    assert senses(env)["left"] == 19
    act(env, "STAY", "STAY", "STAY", "VOTE_P", "STAY", "STAY")
    assert senses(env)["chosen"] == 1 and senses(env)["left"] == 20
    act(env, "VOTE_P", "STAY", "STAY", "STAY", "STAY", "STAY")
    assert senses(env)["left"] == 19


def test_comparisons_may_choose_what_few_have_seen():
    """Three voters know only P; those that saw P and R prefer R: a majority takes P, Bradley-Terry R."""
    rows = ["WWWWWWWW", "WAAA...W", "W.P....W", "WA.....W", "W..R...W", "W......W", "W......W", "WWWWWWWW"]
    chosen = {}
    for rule in RULES:
        env = start(rows, interval=3, rule=rule)
        act(env, "STAY", "STAY", "STAY", "RIGHT")  # between both, where it reads P
        act(env, "STAY", "STAY", "STAY", "DOWN")  # beside R alone
        assert senses(env, "agent_3")["site"] == 3
        act(env, "VOTE_P", "VOTE_P", "VOTE_P", "VOTE_R")
        chosen[rule] = senses(env)["chosen"]
    assert chosen == {"majority": 1, "bradley_terry": 3, "fortytwo": 3}


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.04, 0), (0.3, 3), (0.25, 3), (1.0, 10)])
def test_as_many_lie_as_the_option_asks_for_and_only_liars_sense_a_site(share, count):
    liar_counts: Counter[str] = Counter()
    for seed in range(40):
        env = swarm_env.parallel_env("nest_site", liars=share)
        env.reset(seed=seed)
        promoted = {p.name: p.senses[2] for p in env.perceptions()}
        liars = {agent for agent, site in promoted.items() if site}
        assert len(liars) == count
        assert len({promoted[agent] for agent in liars}) <= 1
        liar_counts.update(liars)
    if 0 < count < 10:
        assert set(liar_counts) == set(promoted)
        assert max(liar_counts.values()) < 40


def test_liars_sense_the_worst_site_of_each_question_and_stay_liars():
    env = start(interval=2, noise=0.0, liars=0.5, max_rounds=30)
    readers = {"agent_0": 1, "agent_2": 2, "agent_5": 3}
    liars = {p.name for p in env.perceptions() if p.senses[2]}
    worst = set()
    while not env.done:
        quality = {site: senses(env, agent)["reading"] for agent, site in readers.items()}
        promoted = {p.name: p.senses[2] for p in env.perceptions() if p.senses[2]}
        assert set(promoted) == liars
        assert all(quality[site] == min(quality.values()) for site in promoted.values())
        worst |= set(promoted.values())
        act(env, "STAY")
    assert len(worst) > 1


def test_reputation_lasts_through_an_episode_and_no_longer():
    """Four against two for long; then two of the four fall silent, and the other two still win."""
    rows = ["WWWWWWWW", *["WPA.Q..W"] * 6, "WWWWWWWW"]

    def ask(env, votes):
        act(env, "RIGHT")  # from beside P to beside Q
        act(env, *[f"VOTE_{site}" if site != "-" else "STAY" for site in votes])
        act(env, "LEFT")
        return "-PQ"[senses(env)["chosen"]]

    for rule in RULES:
        env = start(rows, interval=3, rule=rule, max_rounds=200)
        assert [ask(env, "PPPPQQ") for _ in range(30)] == ["P"] * 30
        later = [ask(env, "PP--QQ") for _ in range(8)]
        assert set(later) == ({"P"} if rule == "fortytwo" else {"P", "Q"})  # equals are drawn
        env.reset(options={"layout": rows})
        assert ask(env, "QQ-PPQ") == "Q"


def test_work_is_not_read_before_it_is_written():
    from swarm_env.consensus import ranking_kernels

    from swarm_env.engine.compiler import ready
    from swarm_env.engine.rule_calls import ranking_kernel, room

    votes = np.random.default_rng(0).integers(0, 6, (2, 40)).astype(np.int32)
    votes = np.ascontiguousarray(votes[:, votes[0] != votes[1]])
    rater = (np.arange(votes.shape[1]) % 7).astype(np.int32)
    for rule in RULES:
        kernel = ready(ranking_kernel(rule))
        assert kernel is getattr(ranking_kernels, f"rank_by_{rule}")
        found = []
        for dirt in (0.0, np.nan, 1e300):
            standing, scores = np.full(7, dirt), np.full(6, dirt)
            work = np.full(room(6, 7, votes.shape[1]), dirt)
            kernel(rater % 6, votes[0], votes[1], rater, 0, standing, scores, work)
            found.append(scores.tolist() + (standing.tolist() if rule == "fortytwo" else []))
            kernel(np.full(7, -1, np.int32), rater[:0], rater[:0], rater[:0], 1, standing, scores, work)
            assert scores.tolist() == [0.0] * 6  # no votes say nothing
        assert found[0] == found[1] == found[2]


def test_rules_by_name_and_by_number():
    for number, name in enumerate(RULES):
        by_name, by_number = (swarm_env.parallel_env("nest_site", rule=rule) for rule in (name, number))
        assert by_name.config == by_number.config
        assert by_name.scenario.rankings() == (name,)
    with pytest.raises(ConfigError, match="majority, bradley_terry, fortytwo"):
        swarm_env.parallel_env("nest_site", rule="borda")
    with pytest.raises(ConfigError, match="rule"):
        swarm_env.parallel_env("nest_site", rule=3)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"height": 4}, "5 x 5"),
        ({"height": 8, "width": 8, "sites": 5}, "Set sites to 4, or height and width to 11"),
        ({"height": 5, "width": 5, "sites": 2}, "height and width to 8"),
        ({"height": 8, "width": 8, "num_agents": 33}, "at most 32"),
        ({"liars": 1.5}, "liars"),
        ({"interval": 0}, "interval"),
    ],
)
def test_impossible_worlds_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match):
        swarm_env.parallel_env("nest_site", **settings)
    if "height" in settings and "num_agents" not in settings and "sites" in settings:
        swarm_env.parallel_env("nest_site", **{**settings, "height": 11, "width": 11})


@pytest.mark.quick_cases(5)
@pytest.mark.parametrize(
    ("height", "width", "sites"), [(8, 8, 4), (11, 8, 6), (14, 9, 5), (5, 8, 2), (10, 13, 4)]
)
def test_sites_stand_alone_anywhere(height, width, sites):
    places: Counter[tuple[int, int]] = Counter()
    for seed in range(60):
        env = swarm_env.parallel_env("nest_site", height=height, width=width, sites=sites, num_agents=2)
        env.reset(seed=seed)
        found = [(i, j, s) for i, row in enumerate(env.grid()) for j, s in enumerate(row) if s in "PQRSTU"]
        assert sorted(s for *_, s in found) == list("PQRSTU"[:sites])
        for k, (i, j, _) in enumerate(found):
            assert 2 <= i < height - 2 and 2 <= j < width - 2
            assert all(max(abs(i - y), abs(j - x)) >= 3 for y, x, _ in found[:k])
        places.update((i, j) for i, j, _ in found)
    assert len(places) > sites or (height, width) == (8, 8) or (height - 2) % 3 == (width - 2) % 3 == 0


def test_the_shaped_reward_pays_for_visits_and_for_a_good_vote():
    env = start(reward="shaped", interval=9, noise=0.0)
    quality = {
        s: senses(env, a)["reading"] for s, a in (("P", "agent_0"), ("Q", "agent_2"), ("R", "agent_5"))
    }
    env.step({agent: 5 if agent == "agent_0" else 0 for agent in env.agents})
    rewards = env._world.arrays.reward[0]
    assert rewards[0] == pytest.approx(0.25 * quality["P"] / max(quality.values()))
    assert rewards[1] == 0


@pytest.mark.slow
def test_the_experts_do_better_by_comparisons_and_chance_much_worse():
    from tests.agents.games import mean_score

    majority = mean_score("scripted", "nest_site", range(8), sites=5, max_rounds=200)
    compared = mean_score("scripted", "nest_site", range(8), sites=5, max_rounds=200, rule="bradley_terry")
    assert compared > majority > 7
    assert mean_score("random", "nest_site", range(8), sites=5, max_rounds=200) < 0.8 * majority


@pytest.mark.slow
def test_liars_do_harm():
    from tests.agents.games import mean_score

    honest, half = (mean_score("scripted", "nest_site", range(5), liars=share) for share in (0.0, 0.5))
    assert half < 0.6 * honest
