"""The audit: against a slow reference, and each of its rules on small maps."""

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.envs.make import with_current_names
from swarm_env.errors import ConfigError
from tests.reference.potentials import ShapedRewards
from tests.scenarios.pictures import random_picture
from tests.scenarios.plain_audit import PlainAudit

RULES = ("none", "single", "majority")
# agent_0 beside the station, three near it, one far off
ROWS = ["WWWWWWWW", "W.A.A..W", "W.JA...W", "W..A...W", "W......W", "W.....AW", "WWWWWWWW"]
SURE = {"sampling": 1.0, "cheats": 0.0, "false_accept": 0.0, "false_reject": 0.0, "effort": 2}


def start(rows=ROWS, seed=1, episode_options=None, **options):
    """A world from a picture, in which every result is checked and no verifier errs, unless set otherwise."""
    agents = sum(row.count("A") for row in rows)
    settings = {**SURE, **options}
    env = swarm_env.parallel_env("audit", num_agents=agents, height=len(rows), width=len(rows[0]), **settings)
    env.reset(seed=seed, options={"layout": rows})
    return env


def act(env, *moves):
    """One round: a move by name for each agent; those not named stay."""
    names = env.scenario.actions
    every = [*moves, *["STAY"] * (len(env.agents) - len(moves))]
    env.step({agent: names.index(move) for agent, move in zip(env.agents, every, strict=True)})


def senses(env, number=0):
    """What an agent senses, by name."""
    seen = next(p for p in env.perceptions() if p.name == f"agent_{number}")
    return dict(zip(env.brief().senses, seen.senses, strict=True))


def legal(env, number=0):
    """Names of what an agent may do."""
    seen = next(p for p in env.perceptions() if p.name == f"agent_{number}")
    return {name for name, can in zip(env.scenario.actions, seen.allowed, strict=True) if can}


def compare(env, plain, felt):
    assert env.score == pytest.approx(plain.score, abs=1e-9)
    for p in env.perceptions():
        can = {name for name, ok in zip(env.scenario.actions, p.allowed, strict=True) if ok}
        assert (p.senses, can) == felt[p.name]
        assert p.mark == (plain.known[p.name].held is not None)


def play_both(env, seed, options, episode=0):
    """Random legal moves, compared every round."""
    plain = PlainAudit(env.grid(), env.possible_agents, seed, episode, options)
    felt = plain.sense(env.positions())
    compare(env, plain, felt)
    shaped = ShapedRewards(env, lambda: plain.potentials(env.positions()))
    rng, names = random.Random(seed), env.scenario.actions
    lust = 0.5
    while not env.done:
        lust = rng.choice([0.1, 0.7, 0.95]) if rng.random() < 0.1 else lust
        moves = {}
        for p in env.perceptions():
            can = sorted(felt[p.name][1])
            own = [name for name in can if name in names[5:]]
            moves[p.name] = rng.choice(own) if own and rng.random() < lust else rng.choice(can)
        rewards = env.step({agent: names.index(move) for agent, move in moves.items()})[1]
        if not env.done:
            felt = plain.step(moves, env.positions())
            compare(env, plain, felt)
            shaped.compare(rewards)
    return plain


def drawn_options(rng, rule):
    """Settings of all kinds."""
    return {
        "rule": rule,
        "sampling": rng.choice([0.3, 1.0]),
        "cheats": rng.choice([0.0, 0.3, 1.0]),
        "lazy": rng.choice([0.0, 0.5]),
        "stake": rng.choice([0.0, 2.5, 6.0]),
        "purse": rng.choice([6.0, 300.0]),
        "fee": rng.choice([0.0, 0.25]),
        "harm": rng.choice([0.5, 2.0]),
        "effort": rng.choice([1, 3]),
        "check": rng.choice([1, 2]),
        "window": rng.choice([0, 4]),
        "patience": rng.choice([1, 5, 9]),
        "false_accept": rng.choice([0.0, 0.4]),
        "false_reject": rng.choice([0.0, 0.4]),
        "kinds": rng.choice([1, 3]),
        "shared": rng.choice([0.0, 0.6]),
    }


@pytest.mark.parametrize("rule", RULES)
def test_drawn_worlds_go_as_the_reference(rule):
    verdicts: Counter[int] = Counter()
    for seed in range(8):
        rng = random.Random(f"{rule} {seed}")
        options = drawn_options(rng, rule)
        env = swarm_env.parallel_env(
            "audit", num_agents=rng.choice([2, 9, 20]), height=8, width=9, max_rounds=60,
            reward="shaped", **options,
        )  # fmt: skip
        env.reset(seed=seed)
        env.reset()  # the second episode
        verdicts.update(play_both(env, seed, options, episode=1).verdicts)
    assert set(verdicts) == (set() if rule == "none" else {2, 3, 4})


def test_pictures_go_as_the_reference():
    """Any map, also one that agents leave, with marks, and with stations of several cells or none."""
    for seed in range(12):
        drawn = random_picture("audit", seed)
        options = drawn_options(random.Random(seed), RULES[seed % 3])
        env = swarm_env.parallel_env(
            "audit",
            num_agents=len(drawn.agents),
            height=len(drawn.rows),
            width=len(drawn.rows[0]),
            reward="shaped",
            max_rounds=50,
            **options,
        )
        env.reset(seed=seed, options={"layout": drawn.rows, "agents": drawn.agents})
        play_both(env, seed, options)


def test_a_batch_goes_as_single_worlds_do():
    settings: dict[str, Any] = {"num_agents": 8, "height": 8, "width": 8, "max_rounds": 40, "sampling": 0.6}
    batch = swarm_env.vector_env("audit", num_worlds=4, num_threads=2, **settings)
    singles = [swarm_env.parallel_env("audit", **settings) for _ in range(4)]
    _, infos = batch.reset(seed=3)
    for w, single in enumerate(singles):
        single.reset(seed=3 + w)
    rng = np.random.default_rng(0)
    for _ in range(39):
        legal_moves = infos["action_mask"].astype(bool)
        moves = np.array([rng.choice(np.flatnonzero(mask)) for mask in legal_moves])
        infos = batch.step(moves)[4]
        for w, single in enumerate(singles):
            single.step(dict(zip(single.agents, moves[8 * w : 8 * w + 8].tolist(), strict=True)))
        assert batch.digests() == [single.digest() for single in singles]


def test_honest_work_takes_its_rounds_and_a_cheat_none():
    env = start(sampling=0.0, effort=3)
    act(env, "WORK", "WORK", "CHEAT")
    assert env.score == -1.0 and senses(env, 2)["outcome"] == 1
    act(env, "WORK", "WORK")
    assert [senses(env, a)["progress"] for a in range(2)] == [2, 0]  # agent_1 is not beside the station
    act(env, "WORK")
    assert env.score == 0.0 and senses(env)["outcome"] == 1
    assert senses(env)["purse"] == senses(env, 2)["purse"] == 21  # they look the same


def test_a_checked_worker_is_held_until_the_verdict():
    env = start()
    act(env, "CHEAT")
    assert legal(env) == {"STAY"} and senses(env)["held"] == 12
    assert env.perceptions()[0].mark
    assert [senses(env, a)["case"] for a in range(5)] == [0, 1, 1, 1, 0]
    assert {"VERIFY", "ACCEPT", "REJECT"} <= legal(env, 1) and "VERIFY" not in legal(env, 4)
    act(env, "STAY", "VERIFY", "VERIFY", "VERIFY")
    assert [senses(env, a)["case"] for a in range(5)] == [0, 3, 3, 3, 0]
    assert "VERIFY" not in legal(env, 1)
    act(env, "STAY", "REJECT", "REJECT", "REJECT")
    assert senses(env) | {"told": 0} == {
        "told": 0, "progress": 0, "held": 0, "case": 0, "outcome": 3, "purse": 10, "standing": 100
    }  # fmt: skip
    assert env.score == 0.0 and "UP" in legal(env)


def test_votes_are_secret_before_the_verdict():
    """All that anybody perceives is the same whatever was voted, while the third vote is missing."""
    seen = []
    for said in ("ACCEPT", "REJECT"):
        env = start()
        act(env, "CHEAT")
        act(env, "STAY", said, said)
        seen.append([(p.senses, p.view, p.allowed) for p in env.perceptions()])
        act(env, "STAY", "STAY", "STAY", said)
        assert senses(env)["outcome"] == (2 if said == "ACCEPT" else 3)
    assert seen[0] == seen[1]


def test_two_of_three_decide_and_outvoted_verifiers_pay():
    env = start(stake=8.0, fee=1.0)
    act(env, "WORK")
    act(env, "WORK")
    act(env, "STAY", "ACCEPT", "REJECT", "ACCEPT")
    assert senses(env)["outcome"] == 2 and env.score == 1.0
    assert [senses(env, a)["purse"] for a in range(5)] == [21, 21, 19, 21, 20]  # 20 - 0.1 * 8, whole points
    assert [senses(env, a)["standing"] for a in range(5)] == [100, 100, 90, 100, 100]


@pytest.mark.parametrize(
    ("rule", "votes", "outcome"),
    [
        ("majority", [], 4),
        ("majority", ["REJECT"], 4),
        ("majority", ["REJECT", "ACCEPT"], 4),
        ("majority", ["REJECT", "REJECT"], 3),
        ("majority", ["ACCEPT", "ACCEPT"], 2),
        ("single", [], 4),
    ],
)
def test_a_result_does_not_wait_for_ever(rule, votes, outcome):
    """Silence is no verdict: it takes more than half of the votes there should be."""
    env = start(rule=rule, patience=3)
    act(env, "CHEAT")
    act(env, "STAY", *votes)
    act(env)
    assert senses(env)["held"] == 1
    act(env)
    assert senses(env)["outcome"] == outcome and senses(env)["held"] == 0
    assert senses(env)["purse"] == {2: 21, 3: 10, 4: 20}[outcome]
    assert env.score == (-1.0 if outcome == 2 else 0.0)


def test_a_single_verifier_decides_alone_and_none_without_a_rule():
    env = start(rule="single")
    act(env, "CHEAT")
    act(env, "STAY", "STAY", "REJECT")
    assert senses(env)["outcome"] == 3
    env = start(rule="none")
    act(env, "CHEAT")
    assert senses(env)["outcome"] == 1 and senses(env, 1)["case"] == 0


def test_with_a_window_of_rounds_being_first_does_not_decide():
    """Of five votes three are drawn: two quick voters no longer decide each time."""
    rows = ["WWWWWWWW", "W.AAA..W", "W.JAA..W", "W..A...W", "W......W", "W......W", "WWWWWWWW"]
    outcomes: Counter[int] = Counter()
    for seed in range(30):
        env = start(rows, seed=seed, window=3)
        act(env, "CHEAT")
        act(env, "STAY", "ACCEPT", "ACCEPT")
        act(env, "STAY", "STAY", "STAY", "REJECT", "REJECT", "REJECT")
        assert senses(env)["held"]
        act(env)
        outcomes[senses(env)["outcome"]] += 1
    assert set(outcomes) == {2, 3}
    assert outcomes[2] == pytest.approx(0.3 * 30, abs=8)  # both of the two among 3 of 5: 3 / 10


def test_agents_without_a_stake_can_neither_work_nor_vote():
    env = start(purse=15.0, stake=10.0)
    act(env, "CHEAT")
    act(env, "STAY", "REJECT", "REJECT", "REJECT")
    assert senses(env)["purse"] == 5
    act(env, "STAY", "STAY", "CHEAT")
    assert legal(env) == {"STAY", "UP", "DOWN", "LEFT", "RIGHT"}
    assert senses(env)["case"] == 0 and senses(env, 1)["case"] == 1


def test_a_purse_below_nothing_is_sensed_as_nothing():
    env = start(purse=10.0, stake=10.0, patience=2)
    act(env, "CHEAT", "STAY", "CHEAT")
    act(env, "STAY", "REJECT", "ACCEPT", "REJECT")  # agent_2 is outvoted: 9 points
    assert senses(env, 2)["purse"] == 9
    act(env, "STAY", "REJECT", "STAY", "REJECT")
    assert senses(env, 2)["outcome"] == 3 and senses(env, 2)["purse"] == 0


@pytest.mark.slow
def test_verifiers_err_as_often_as_they_should_and_those_of_a_kind_together():
    """Twelve rounds of looking at cheats and honest work, over seeds."""
    found: Counter[tuple[bool, int]] = Counter()
    together = apart = 0
    for seed in range(250):
        env = start(seed=seed, false_accept=0.2, false_reject=0.3, kinds=2, shared=0.7, effort=1)
        genuine = seed % 2 == 0
        act(env, "WORK" if genuine else "CHEAT")
        act(env, "STAY", "VERIFY", "VERIFY", "VERIFY")
        cases = [senses(env, a)["case"] for a in (1, 2, 3)]
        found.update((genuine, case) for case in cases)
        together += cases[0] == cases[2]  # kinds 1 and 1
        apart += cases[0] == cases[1]
    assert found[False, 2] / (found[False, 2] + found[False, 3]) == pytest.approx(0.2, abs=0.06)
    assert found[True, 3] / (found[True, 2] + found[True, 3]) == pytest.approx(0.3, abs=0.07)
    assert together > apart + 25  # equal by 89% against 63%


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.3, 3), (0.25, 3), (1.0, 10)])
def test_as_many_get_a_role_as_the_options_ask_for(share, count):
    both: Counter[int] = Counter()
    for seed in range(20):
        env = swarm_env.parallel_env("audit", cheats=share, lazy=share)
        env.reset(seed=seed)
        roles = [p.senses[0] for p in env.perceptions()]
        assert sum(t & 1 for t in roles) == sum(t >> 1 for t in roles) == count
        both.update(roles)
    if share == 0.3:
        assert both[3] < both[1]  # drawn independently


def test_panels_by_name_and_by_number():
    for number, name in enumerate(RULES):
        by_name, by_number = (swarm_env.parallel_env("audit", panel=panel) for panel in (name, number))
        assert by_name.config == by_number.config == swarm_env.parallel_env("audit", rule=name).config
        assert by_name.config.options["panel"] == number
        assert by_name.brief().facts["rule"] == name
    with pytest.raises(ConfigError, match="none, single, majority"):
        swarm_env.parallel_env("audit", panel="bradley_terry")


def test_recorded_settings_get_the_names_of_today():
    recorded = {"scenario": "audit", "num_agents": 4, "options": {"rule": 2, "sampling": 0.5}}
    assert with_current_names(recorded)["options"] == {"panel": 2, "sampling": 0.5}
    for other in (
        {"scenario": "nest_site", "options": {"rule": 1}},
        {"scenario": "gone", "options": {"rule": 1}},
    ):
        assert with_current_names(other) == other


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"height": 4}, "5 x 5"),
        ({"height": 8, "width": 8, "stations": 5}, "Set stations to 4, or height and width to 11"),
        ({"height": 8, "width": 8, "num_agents": 36}, "at most 34"),
        ({"stake": 25.0}, "purse to at least 25, or stake to at most 20"),
        ({"sampling": 1.5}, "sampling"),
        ({"effort": 0}, "effort"),
    ],
)
def test_impossible_worlds_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match):
        swarm_env.parallel_env("audit", **settings)


def test_the_shaped_reward_pays_for_work_under_way():
    env = start(reward="shaped", effort=4)
    act(env, "WORK", "STAY", "CHEAT")
    rewards = env._world.arrays.reward[0]
    assert rewards[0] == pytest.approx(0.125) and rewards[2] == 0.0


def test_what_the_rule_changes():
    from tests.agents.games import mean_score

    unchecked, checked = (
        mean_score("scripted", "audit", range(6), rule=rule) for rule in ("none", "majority")
    )
    assert unchecked < 0 < 40 < checked
    assert mean_score("random", "audit", range(6)) < 0.3 * checked
