"""The guarding of secrets: against a slow reference, and each of its rules on small maps."""

import random
from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest
from swarm_env.agents.scripted.experts.secrets import Expert

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.rules import rule_name
from tests.reference.potentials import ShapedRewards
from tests.scenarios.pictures import random_picture
from tests.scenarios.plain_secrets import VERDICTS, PlainSecrets

RULES = ("codef", "codef_2", "codef_majority", "majority", "asked", "none", "ledger")
DEFAULTS = {
    "strangers": 1, "malicious": 0.5, "rule": "codef", "hearing": 4, "tables": 6, "marked": 3, "wanted": 4,
    "interval": 25, "pooled": 0,
}  # fmt: skip
# agent_0 asks; agent_1 to agent_4 hold P, Q, R, S. With hearing=2 the last one hears nothing.
ROWS = ["WWWWWWW", "W.AA..W", "W.AA..W", "W.....W", "W.....W", "W.....W", "W..A..W", "WWWWWWW"]


def start(rows=ROWS, seed=1, **options):
    """A world from a picture."""
    agents = sum(row.count("A") for row in rows)
    given = {"hearing": 2, "malicious": 1.0, "interval": 12, **options}
    given.setdefault("wanted", min(4, given.get("tables", 6) - 1))
    env = swarm_env.parallel_env("secrets", num_agents=agents, height=len(rows), width=len(rows[0]), **given)
    env.reset(seed=seed, options={"layout": rows})
    return env


def act(env, *moves):
    """One round: moves by name, in order; the rest stay."""
    names = env.scenario.actions
    chosen = [*moves, *["STAY"] * (len(env.agents) - len(moves))]
    env.step({agent: names.index(move) for agent, move in zip(env.agents, chosen, strict=True)})


def senses(env, agent=0):
    """What an agent senses, by name."""
    return dict(zip(env.brief().senses, env.perceptions()[agent].senses, strict=True))


def ask(env, table, *votes):
    """Put a question and vote; the verdict."""
    act(env, f"ASK_{table}")
    act(env, "STAY", *votes)
    return ("", *VERDICTS)[senses(env)["verdict"]]


def compare(env, plain):
    assert env.score == plain.score
    for p in env.perceptions():
        assert dict(zip(env.brief().senses, p.senses, strict=True)) == plain.senses(p.name), p.name
        names = [name for name, legal in zip(env.scenario.actions, p.allowed, strict=True) if legal]
        assert set(names[5:]) == plain.legal[p.name]
        assert p.mark == (p.name in plain.holds)


def play_both(env, seed, options, episode=0):
    """Random moves, asking and voting where it is possible, compared every round."""
    given = {**DEFAULTS, **options, "height": env.config.height, "width": env.config.width}
    plain = PlainSecrets(env.possible_agents, env.positions(), seed, episode, given)
    compare(env, plain)
    shaped = ShapedRewards(env, lambda: plain.potentials(env.positions()))
    rng, names = random.Random(seed), env.scenario.actions
    while not env.done:
        moves, mood = {}, rng.choice(["ANSWER", "ANSWER", "VAGUE", ""])
        for p in env.perceptions():
            legal = [name for name, can in zip(names, p.allowed, strict=True) if can]
            own = [mood] if mood in legal and rng.random() < 0.7 else legal[5:]
            moves[p.name] = rng.choice(own if own and rng.random() < 0.9 else legal)
        rewards = env.step({agent: names.index(move) for agent, move in moves.items()})[1]
        if not env.done:
            plain.step(moves, env.positions())
            compare(env, plain)
            shaped.compare(rewards)
    return plain


@pytest.mark.parametrize("rule", RULES)
def test_drawn_worlds_go_as_the_reference(rule):
    said, scored = Counter[str](), 0
    for seed in range(4):
        rng = random.Random(f"{rule} {seed}")
        options = {
            "rule": rule,
            "strangers": rng.choice([1, 2, 4]),
            "malicious": rng.choice([0.0, 0.5, 1.0]),
            "hearing": rng.choice([1, 3, 50]),
            "tables": (tables := rng.randint(3, 6)),
            "marked": rng.randint(2, min(tables, 4)),
            "wanted": rng.randint(1, tables - 1),
            "interval": rng.choice([7, 20, 40]),
            "pooled": rng.choice([0, 1]),
        }
        settings: dict[str, Any] = {
            "num_agents": rng.choice([4, 9, 14]),
            "height": 8,
            "width": 9,
            "max_rounds": 90,
            "reward": "shaped",
        }
        env = swarm_env.parallel_env("secrets", **settings, **options)
        env.reset(seed=seed)
        env.reset()  # the second episode
        plain = play_both(env, seed, options, episode=1)
        said += plain.verdicts
        scored += plain.score
    assert said["ANSWER"] and scored
    assert (said["BLOCK"] > 0) == (rule != "none") and (said["VAGUE"] > 0) == (rule not in ("none", "ledger"))


@pytest.mark.parametrize("seed", range(10))
def test_pictures_go_as_the_reference(seed):
    """Any map, also one that agents leave in the middle of a question, with too few to ask or to be asked."""
    drawn = random_picture("secrets", seed)
    strangers = min(len(drawn.agents), 1 + seed % 3)
    options = {"rule": RULES[seed % len(RULES)], "strangers": strangers, "interval": 15, "hearing": 6}
    env = swarm_env.parallel_env(
        "secrets",
        num_agents=len(drawn.agents),
        height=len(drawn.rows),
        width=len(drawn.rows[0]),
        reward="shaped",
        max_rounds=60,
        **options,
    )
    env.reset(seed=seed, options={"layout": drawn.rows, "agents": drawn.agents})
    play_both(env, seed, options)


def test_a_batch_goes_as_single_worlds_do():
    settings: dict[str, Any] = {"num_agents": 6, "height": 7, "width": 7, "interval": 9}
    settings |= {"strangers": 2, "max_rounds": 30}
    batch = swarm_env.vector_env("secrets", num_worlds=4, num_threads=2, **settings)
    singles = [swarm_env.parallel_env("secrets", **settings) for _ in range(4)]
    _, infos = batch.reset(seed=3)
    for w, single in enumerate(singles):
        single.reset(seed=3 + w)
    rng = np.random.default_rng(0)
    for _ in range(29):
        moves = np.array([rng.choice(np.flatnonzero(mask)[::-1][:7]) for mask in infos["action_mask"]])
        infos = batch.step(moves)[4]
        for w, single in enumerate(singles):
            single.step(dict(zip(single.agents, moves[6 * w : 6 * w + 6].tolist(), strict=True)))
            assert batch.scores[w] == single.score
        assert batch.digests() == [single.digest() for single in singles]


def test_strangers_and_keepers_by_number():
    env = start()
    assert env.grid()[1:3] == ["W.aA..W", "W.AA..W"]
    assert [senses(env, a)["holds"] for a in range(5)] == [0, 1, 2, 3, 4]
    assert [senses(env, a)["goal"] for a in range(5)] == [2, 0, 0, 0, 0]
    assert [senses(env)[name] for name in "PQRSTU"] == [1, 1, 1, 0, 0, 0]


def test_only_keepers_beside_can_be_asked_and_only_hearers_vote():
    env = start()
    names = env.scenario.actions

    def may(agent):
        legal = env.perceptions()[agent].allowed
        return {name for name, can in zip(names[5:], legal[5:], strict=True) if can}

    assert may(0) == {"ASK_P", "ASK_Q", "ASK_R"} and may(1) == set()
    act(env, "ASK_Q", "ANSWER")  # nothing was asked yet
    assert env.masked_actions == 1
    assert may(0) == set()
    assert [senses(env, a)["asked"] for a in range(5)] == [2, 2, 2, 2, 0]
    assert [senses(env, a)["asker"] for a in range(5)] == [0, 1, 1, 1, 0]
    assert may(1) == may(3) == {"ANSWER", "VAGUE", "BLOCK", "ABSTAIN"} and may(4) == set()
    act(env, "STAY", "ANSWER", "ANSWER", "ANSWER", "BLOCK")
    assert env.masked_actions == 2
    assert [senses(env, a)["verdict"] for a in range(5)] == [1, 1, 1, 1, 0]
    assert senses(env)["value"] == senses(env, 2)["value"] and senses(env)["Q"] == 3
    act(env, "ASK_R")
    assert [senses(env, a)["Q"] for a in range(5)] == [3, 3, 3, 3, 0]  # what they heard


def test_a_keeper_knows_only_what_it_overheard():
    """The second keeper is asked far from the first: it knows of the first reply only if it heard it."""
    rows = ["WWWWWWWWWWWW", "WAA.......AW", "W..........W", "WWWWWWWWWWWW"]
    for hearing, heard in ((7, 0), (20, 3)):
        env = start(rows, hearing=hearing, interval=40)
        assert ask(env, "P", "ANSWER", "ANSWER") == "ANSWER"
        assert senses(env, 2)["verdict"] == (1 if heard else 0)
        for step in ("DOWN", *["RIGHT"] * 8, "ASK_Q"):
            act(env, step)
        assert senses(env, 2)["asked"] == 2 and senses(env, 2)["P"] == heard
        assert senses(env)["P"] == 3


@pytest.mark.parametrize("rule", RULES[:5])
def test_votes_come_to_what_the_rule_says(rule):
    """Three voters, every combination; agent_2 is the one asked."""
    env = start(rule=rule, interval=255, max_rounds=255)
    for votes in product(("ANSWER", "BLOCK", "VAGUE", "ABSTAIN", "STAY"), repeat=3):
        given = [vote.replace("STAY", "BLOCK") for vote in votes if vote != "ABSTAIN"]
        blocks, mild = given.count("BLOCK"), given.count("ANSWER")
        if rule == "asked":
            expected = votes[1].replace("STAY", "BLOCK").replace("ABSTAIN", "BLOCK")
        elif not given:
            expected = "BLOCK"
        elif rule == "majority":
            most = max(given.count(verdict) for verdict in VERDICTS)
            expected = [verdict for verdict in VERDICTS if given.count(verdict) == most][-1]
        else:
            k = {"codef": 1, "codef_2": min(2, len(given)), "codef_majority": len(given) // 2 + 1}[rule]
            expected = "BLOCK" if blocks >= k else "VAGUE" if len(given) - mild >= k else "ANSWER"
        assert ask(env, "Q", *votes) == expected, votes


def test_the_ledger_blocks_just_what_completes_the_secret():
    env = start(rule="ledger", interval=40)
    assert [ask(env, x, "BLOCK", "BLOCK", "BLOCK") for x in "PQPRRQP"] == [
        "ANSWER", "ANSWER", "ANSWER", "BLOCK", "BLOCK", "ANSWER", "ANSWER",
    ]  # fmt: skip


def test_a_vague_reply_is_the_pair_and_a_guess():
    """A secret of two tables, one given vaguely: guessed half of the time."""
    kept = Counter[float]()
    for seed in range(60):
        env = start(seed=seed, marked=2, interval=5, max_rounds=8)
        assert ask(env, "P", *["ANSWER"] * 3) == "ANSWER"
        assert ask(env, "Q", "ANSWER", "VAGUE", "ANSWER") == "VAGUE"
        lower, true = senses(env)["value"], senses(env, 2)["value"]
        assert lower % 2 == 1 and true - lower in (0, 1) and senses(env)["Q"] == 2
        act(env)
        kept[env.score] += 1
    assert set(kept) == {0, 1} and 18 <= kept[0] <= 42


def test_scores_of_honest_strangers_and_spies():
    for malicious, votes in product((1.0, 0.0), ("ANSWER", "BLOCK")):
        env = start(malicious=malicious, tables=3, interval=8, max_rounds=9)
        for table in "PQR":
            ask(env, table, *[votes] * 3)
        act(env)
        assert env.score == 0  # only the end counts
        act(env)
        assert env.score == ((malicious > 0) == (votes == "BLOCK"))
        assert senses(env)["left"] == 8 and not any(senses(env)[x] > 1 for x in "PQR")


def test_two_names_get_past_keepers_that_distinguish_strangers():
    """Two spies share what they learn; the ledger stops them only if its book is of all names."""
    rows = ["WWWWWW", "WA..AW", "WAA.AW", "WWWWWW"]  # agent_0 is beside P and Q, agent_1 beside R
    for pooled, last in ((0, 1), (1, 3)):
        env = start(rows, strangers=2, rule="ledger", pooled=pooled, interval=20, hearing=5)
        assert ask(env, "P") == ask(env, "Q") == "ANSWER"
        assert [senses(env, 1)[x] for x in "PQR"] == [3, 3, 1]
        act(env, "STAY", "ASK_R")
        assert [senses(env, 4)[x] for x in "PQR"] == ([3, 3, 0] if pooled else [0, 0, 0])
        act(env)
        assert senses(env, 1)["verdict"] == last


def test_a_keeper_listens_to_one_question():
    """To the one put to itself, else to that of the nearest; of equals the one with the lower number."""
    rows = [
        "WWWWWWWWW",
        "WA.....AW",
        "WA..A..AW",
        "WWWWWWWWW",
    ]  # P, Q and R below
    env = start(rows, strangers=2, hearing=8)
    act(env, "ASK_P", "ASK_R")
    assert [senses(env, a)["asker"] for a in range(5)] == [0, 0, 1, 1, 2]
    act(env, "STAY", "STAY", "ANSWER", "ANSWER", "BLOCK")
    assert [senses(env, a)["verdict"] for a in range(5)] == [1, 3, 1, 1, 3]


def test_aims_are_drawn_anew_and_honest_ones_never_contain_the_secret():
    seen, spies = Counter[str](), 0
    env = swarm_env.parallel_env("secrets", interval=3, strangers=2, max_rounds=600)
    env.reset(seed=4)
    while not env.done:
        for agent in (0, 1):
            felt = senses(env, agent)
            wants = "".join(x for x in "PQRSTU" if felt[x])
            if felt["goal"] == 2:
                assert wants == "PQR"
                spies += 1
            else:
                assert len(wants) == 4 and not set("PQR") <= set(wants)
                seen[wants] += 1
        for _ in range(3):
            act(env)
    assert len(seen) == 12 and 160 < spies < 240  # of 400


def play(rule, seeds, error_rate=0.15):
    """Mean score of the scripted team."""
    scores = []
    for seed in seeds:
        env = swarm_env.parallel_env("secrets", rule=rule, max_rounds=300)
        env.reset(seed=seed)
        team = Expert(error_rate)
        team.reset(env.brief(), env.possible_agents, seed)
        while not env.done:
            seen = env.perceptions()
            env.step({p.name: d.move for p, d in zip(seen, team.decide(seen), strict=True)})
        scores.append(env.score / 12)
    return float(np.mean(scores))


@pytest.mark.slow
def test_the_scripted_team_shows_what_the_rule_changes():
    """The ledger is best, CoDef is between; keepers that toss a coin are no better than none."""
    found = {rule: play(rule, range(6)) for rule in ("none", "codef", "ledger")}
    assert found["ledger"] > 0.9
    assert found["none"] + 0.15 < found["codef"] < found["ledger"] - 0.1
    assert abs(play("codef", range(6), 0.5) - 0.5) < 0.2
    with pytest.raises(ConfigError, match="error_rate is 2"):
        Expert(2)
    with pytest.raises(ConfigError, match="draws is 0"):
        Expert(draws=0)


def test_repeated_judgement_is_stricter():
    env = start(rule="asked", interval=255, max_rounds=255, hearing=1)
    blocked = []
    for draws in (1, 6):
        team = Expert(0.3, draws)
        team.reset(env.brief(), env.possible_agents, 1)
        act(env, "ASK_P")
        seen = env.perceptions()
        votes = [team.decide(seen)[1].move for _ in range(60)]
        blocked.append(votes.count(env.scenario.actions.index("BLOCK")))
        act(env)
    # no reply was given: it blocks by two errors, 0.7 * 0.3^2 of the time; of 6 draws 1 - 0.937^6
    assert blocked[0] < 12 < blocked[1] < 32


def test_rules_by_name_and_by_number():
    for number, name in enumerate(RULES):
        by_name, by_number = (swarm_env.parallel_env("secrets", rule=rule) for rule in (name, number))
        assert by_name.config == by_number.config
        assert by_name.scenario.votes() == (rule_name(name) if number < 4 else "codef",)
    with pytest.raises(ConfigError, match="codef, codef\\?threshold=2"):
        swarm_env.parallel_env("secrets", rule="borda")


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"tables": 3}, "wanted=4 does not fit tables=3. Set wanted to at most 2"),
        ({"tables": 3, "wanted": 1, "marked": 4}, "Set marked to at most 3"),
        ({"strangers": 5, "num_agents": 4}, "Set strangers to at most 4"),
        ({"height": 5, "width": 5}, "at most 9"),
        ({"height": 2}, "3 x 3"),
        ({"hearing": 0}, "hearing"),
        ({"malicious": 1.5}, "malicious"),
    ],
)
def test_impossible_worlds_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match):
        swarm_env.parallel_env("secrets", **settings)


def test_the_words_follow_the_settings():
    plain = swarm_env.parallel_env("secrets").brief().words
    assert "agent_0 is a stranger" in plain and "one BLOCK is enough" in plain and "P, Q and R" in plain
    other = swarm_env.parallel_env(
        "secrets", strangers=2, rule="asked", marked=2, pooled=1, tables=4, wanted=3
    )
    for phrase in (
        "agent_0 to agent_1 are",
        "agent_2 holds P",
        "who was asked counts",
        "P and Q",
        "all strangers",
    ):
        assert phrase in other.brief().words
