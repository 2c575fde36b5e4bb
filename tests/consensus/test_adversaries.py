"""Attackers who think: what they may do, what they cost, and that the search finds what is known."""

import json
from dataclasses import fields

import numpy as np
import pytest
from swarm_env.consensus.adversaries import load, names
from swarm_env.consensus.adversaries.knobs import Knobs
from swarm_env.consensus.adversaries.policy import BRIBE
from swarm_env.consensus.fortytwo import BURN_IN, Attack, Protocol, Swarm, simulate
from swarm_env.consensus.fortytwo.simulated.nodes import draw_nodes
from swarm_env.consensus.fortytwo.simulated.policies import PolicyAttackers
from swarm_env.consensus.studies.crossed import crossed_study
from swarm_env.consensus.studies.crossed.panels import ADVERSARIES, RULES, Case, cases
from swarm_env.consensus.studies.crossed.worst_case import search

from swarm_env.errors import ConfigError
from tests.cli.programs import swarm
from tests.consensus import stand_in

SCRIPTED = [name for name in names() if name != "llm"]


def run(adversary, share=0.45, questions=100, seed=1, swarm=None, budget=3.0, **protocol):
    return simulate(
        swarm or Swarm(), Protocol(**protocol), Attack("policy", share, budget=budget), questions=questions,
        seed=seed, adversary=load(adversary), baselines=False, sealed=False,
    )  # fmt: skip


def test_every_policy_is_found_by_its_name_and_says_what_it_does():
    assert set(names()) >= {
        "bribery", "copying", "framing", "knobs", "llm", "rotation", "sleeping", "strike", "threshold",
        "whitewashing",
    }  # fmt: skip
    assert all(load(adversary) is not None for adversary in ADVERSARIES)


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_policy_repeats_itself_and_does_not_touch_honest_nodes(name):
    one, two = (run(name, 0.3, 30, swarm=Swarm(nodes=12)) for _ in range(2))
    assert one.right["fortytwo"].tolist() == two.right["fortytwo"].tolist()
    nobody = run(name, 0.0, 30, swarm=Swarm(nodes=12))
    plain = simulate(Swarm(nodes=12), questions=30, seed=1)
    assert nobody.right["fortytwo"].tolist() == plain.right["fortytwo"].tolist()


def test_votes_that_go_through_commit_and_reveal_are_the_same_votes():
    sealed = simulate(Swarm(nodes=9, late=0.2), questions=30, seed=2)
    open_votes = simulate(Swarm(nodes=9, late=0.2), questions=30, seed=2, sealed=False)
    assert sealed.right["fortytwo"].tolist() == open_votes.right["fortytwo"].tolist()
    assert np.array_equal(sealed.reputation, open_votes.reputation, equal_nan=True)


@pytest.mark.slow
def test_a_ring_that_strikes_every_fourth_question_is_not_found():
    runs = [run("strike?period=4", seed=seed) for seed in (1, 2, 3)]
    struck = np.concatenate([one.right["fortytwo"][23::4] for one in runs])
    assert struck.mean() < 0.35 and not any(one.excluded for one in runs)
    steady = run("strike?period=1&phase=0")
    assert len(steady.excluded) >= 10


@pytest.mark.slow
def test_the_middle_judge_holds_against_that_strike():
    """Answers by the median of judges, nobody excluded: none can be excluded wrongly."""
    fair = {"rule": "judges_median", "collusion": False, "weighting": "equal"}
    ours, theirs = [], []
    for seed in (1, 2, 3):
        for adversary in ("strike?period=4", "rotation", "strike?period=1&phase=0"):
            ours.append(run(adversary, 0.4, seed=seed, **fair).right["fortytwo"][BURN_IN:].mean())
            theirs.append(run(adversary, 0.4, seed=seed).right["fortytwo"][BURN_IN:].mean())
    assert np.min(ours) > np.min(theirs) and np.mean(ours) > np.mean(theirs)


def test_decoys_give_a_third_answer_and_vote_for_the_part_that_gives_the_mistake():
    leader = PolicyAttackers.led_by(
        load("decoys?part=0.5"), Attack("policy", 0.4), Protocol(), draw_nodes(Swarm(nodes=10), 1), 1
    )
    leader.prepare(0, np.ones(10, bool), np.full(10, 0.5), np.zeros(10, np.int32))
    answers = leader.answers(0, np.zeros(10, np.int32))
    assert sorted(answers[leader.member]) == [1, 1, 2, 2] and not answers[~leader.member].any()
    ahead = np.flatnonzero(answers == 1)[:1].astype(np.int32)[None]
    behind = np.flatnonzero(answers == 2)[:1].astype(np.int32)[None]
    votes = leader.vote(0, ahead, behind, np.zeros((10, 1)), np.zeros((10, 1)), np.zeros(10, np.int32))
    assert (votes[:, 0] == leader.member).all()


def test_a_sleeper_is_honest_until_it_wakes():
    asleep, plain = run("sleeping?wake=1000", 0.3, 40), simulate(questions=40, seed=1)
    assert asleep.right["fortytwo"].tolist() == plain.right["fortytwo"].tolist()


def test_who_copies_is_trusted_as_the_one_it_copies():
    copied = run("copying?period=0", 0.2, 60, collusion=False)
    last = copied.reputation[-1]
    assert last[copied.attacker].mean() > np.median(last[~copied.attacker])


def test_bribes_cost_money_and_end_with_it():
    rich, poor = (
        run("bribery?period=1&share=0.3", 0.3, 40),
        run("bribery?period=1&share=0.3", 0.3, 40, budget=0.0),
    )
    assert rich.right["fortytwo"].mean() < poor.right["fortytwo"].mean()
    leader = PolicyAttackers.led_by(
        load("bribery?period=1&share=1.0"), Attack("policy", 0.3, budget=BRIBE), Protocol(),
        draw_nodes(Swarm(nodes=10), 1), 1,
    )  # fmt: skip
    everybody, trust = np.ones(10, bool), np.full(10, 0.5)
    for question in range(2):
        leader.prepare(question, everybody, trust, np.zeros(10, np.int32))
    assert [plan.bribed.sum() for plan in leader.plans] == [3, 0]  # three attackers had a bribe's money each


def test_who_leaves_comes_back_as_long_as_it_can_pay():
    washed = run("whitewashing?floor=1.0", 0.3, 40, swarm=Swarm(nodes=20, judge_accuracy=0.9))
    assert washed.entered > 0 and washed.fees > 0.0


def test_the_threshold_attacker_keeps_below_what_is_accused():
    careful, bold = run("threshold", 0.3), run("strike?period=1&phase=0", 0.3)
    assert len(careful.excluded) < len(bold.excluded)


def test_unknown_policies_and_knobs_are_refused():
    for text, message in (
        ("strke", "Did you mean 'strike'"), ("strike?perod=3", "Did you mean 'period'"),
        ("strike?period=often", "must be a number"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=message):
            load(text)
    with pytest.raises(ConfigError, match="kind 'policy'"):
        simulate(adversary=load("strike"), questions=1)
    with pytest.raises(ConfigError, match="needs a model"):
        run("llm", 0.3, 5)


def test_a_language_model_turns_the_knobs():
    asked = []

    def reply(text):
        asked.append(text)
        return 'I strike rarely.\n{"often": 0.45, "effort": 1, "copy": 7, "part": "all"}'

    with stand_in.server(reply) as url:
        leader = load(f"llm?model=m&url={url}&every=5")
        attack = Attack("policy", 0.4)
        simulate(Swarm(nodes=10), attack=attack, adversary=leader, questions=12, seed=1)
    assert len(asked) == 3 and "You lead 4 of 10 nodes" in asked[0]
    assert leader.knobs.often == 0.45 and leader.knobs.copy == 1.0 and leader.knobs.part == 1.0  # type: ignore[attr-defined]
    with stand_in.server(lambda text: None) as url, pytest.raises(ConfigError, match="failed"):
        run(f"llm?model=m&url={url}", 0.3, 5)


# The search, and the crossed study


@pytest.mark.slow
def test_from_a_neutral_start_the_search_finds_the_timed_strike():
    """docs/consensus/adversaries.md has eight seeds of longer searches at 35 nodes."""
    found = search(Swarm(nodes=20), tries=100, seed=1, goal="struck", questions=BURN_IN + 48, held_out=6)
    assert 2 <= Knobs(**found.knobs).period <= 12
    assert found.struck.value < 0.25 and found.unharmed.value > 0.6


def test_the_neutral_attacker_attacks_nothing():
    assert (
        run("knobs", 0.4, 30).right["fortytwo"].tolist() == run("knobs", 0.0, 30).right["fortytwo"].tolist()
    )
    assert all(0.0 <= getattr(Knobs(), one.name) <= 1.0 for one in fields(Knobs) if one.init)


def test_the_best_single_node_beside_others_is_not_the_best_in_hindsight():
    hindsight = simulate(Swarm(nodes=9), questions=30, seed=3)
    ran = simulate(Swarm(nodes=9), questions=30, seed=3, beside=["best_single"])
    assert hindsight.right["best_single"].mean() >= ran.right["best_single"].mean() > 0.2
    assert ran.right["best_single"].tolist() != hindsight.right["best_single"].tolist()


@pytest.mark.slow
def test_a_study_that_was_stopped_goes_on(tmp_path):
    few = [case._replace(questions=BURN_IN + 4, rules=RULES) for case in cases(True, 1)][::9]
    file = tmp_path / "records.jsonl"
    whole = crossed_study.run_crossed(few, None)
    crossed_study.run_crossed(few[:2], file)
    with file.open("a") as lines:
        lines.write('{"case": "cut')
    done = []
    again = crossed_study.run_crossed(few, file, report=lambda number, total: done.append((number, total)))
    assert again == whole and done[0] == (3, len(few))
    rows = crossed_study.table(few, whole)
    assert {row.rule for row in rows} == {"fortytwo", *RULES}
    assert len(crossed_study.as_markdown(rows)) == len(rows) + 2


def test_the_whole_study_crosses_everything():
    whole: list[Case] = list(cases(False, 1))
    assert len({case.key for case in whole}) == len(whole) == 4 * 2 * 3 * (1 + 2 * len(ADVERSARIES)) * 3


@pytest.mark.slow
def test_the_commands(capsys):
    small = (
        "consensus",
        "worst-case",
        "--tries",
        "12",
        "--nodes",
        "9",
        "--questions",
        "32",
        "--held-out",
        "2",
    )
    assert json.loads(swarm(capsys, *small, "--held-out", "2", "--json").out)["tries"] == 12
    done = swarm(capsys, *small, "--held-out", "3")
    assert "The worst found in 12 tries" in done.out
