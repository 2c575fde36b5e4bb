"""The simulation is honest: settings do what they say, and the protocol fails where it must."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from swarm_env.consensus.ballots import Ballots, winner_of
from swarm_env.consensus.fortytwo import BURN_IN, RULE, Attack, Protocol, Swarm, simulate
from swarm_env.consensus.fortytwo.simulated.nodes import draw_nodes, draw_questions

from swarm_env.errors import ConfigError

KINDS = ("random", "lazy", "position", "collude", "sybil", "sleeper", "whitewash", "noise")


@cache
def ran(swarm, protocol, attack, questions, seed):
    return simulate(swarm, protocol, attack, questions=questions, seed=seed)


def accuracy(rule="fortytwo", *, swarm=None, protocol=None, attack=None, questions=160, seeds=(1, 2)):
    runs = [ran(swarm, protocol, attack, questions, seed) for seed in seeds]
    return float(np.mean([run.right[rule][BURN_IN:].mean() for run in runs]))


def test_the_defaults_show_what_the_method_is_for():
    fortytwo, majority = accuracy(), accuracy("majority")
    assert fortytwo > majority + 0.08


def test_judges_without_knowledge_do_not_beat_a_majority():
    swarm = Swarm(judge_accuracy=0.5)
    for rule in ("bradley_terry", "fortytwo"):
        assert accuracy(rule, swarm=swarm) <= accuracy("majority", swarm=swarm)


@pytest.mark.slow
def test_without_knowledge_the_swarm_is_no_better_than_drawing_an_answer():
    swarm = Swarm(
        judge_accuracy=0.5,
        accuracy=0.5,
        appeal=0.0,
        style=0.0,
        same=0.0,
        nodes=15,
        difficulty=0.0,
        spread=0.0,
    )
    runs = [simulate(swarm, questions=400, seed=seed) for seed in (1, 2)]
    assert np.mean([run.right["fortytwo"].mean() for run in runs]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
def test_a_full_position_bias_hurts_in_one_order_and_not_in_both():
    biased, one = Swarm(position_bias=4.0), Protocol(orders="one")
    free = accuracy()
    assert accuracy(swarm=biased, protocol=one) < free - 0.15
    assert accuracy(swarm=biased) > free - 0.07
    most = Attack("position", 0.6, bias=50.0)  # the same with judges that always name the first place
    assert accuracy(attack=most, protocol=one) < free - 0.05
    assert accuracy(attack=most) > free - 0.04


def test_voters_for_the_first_place_carry_no_information():
    biased = simulate(attack=Attack("position", 1.0, bias=50.0), questions=100, seed=3)
    assert biased.right["fortytwo"].mean() < biased.right["majority"].mean()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_asks_the_same_questions_with_and_without_attack(kind):
    swarm = Swarm(nodes=12)
    before = simulate(swarm, questions=40, seed=5)
    after = simulate(swarm, None, Attack(kind, 0.25, wake=10), questions=40, seed=5)
    nodes = draw_nodes(swarm, 5)
    assert after.attacker.sum() == 3
    assert (after.attacker == (nodes.rank < 3)).all()
    changed = simulate(swarm, Protocol(schedule="random"), questions=40, seed=5)
    assert before.right["majority"].tolist() == changed.right["majority"].tolist()
    if kind in ("random", "lazy", "position"):  # they answer honestly
        assert before.right["majority"].tolist() == after.right["majority"].tolist()


def test_a_shorter_run_is_the_beginning_of_a_longer_one_and_runs_repeat():
    attack = Attack("whitewash", 0.3)
    one, again = (simulate(Swarm(nodes=10), None, attack, questions=30, seed=2) for _ in range(2))
    assert one.votes == again.votes
    assert np.array_equal(one.reputation, again.reputation, equal_nan=True)
    for rule, right in one.right.items():
        assert right.tolist() == again.right[rule].tolist()


def test_thirty_percent_of_colluders_cost_at_most_three_points_after_burn_in():
    attack = Attack("collude", 0.3)
    assert accuracy(attack=attack) > accuracy() - 0.03
    assert accuracy("majority", attack=attack) < accuracy("majority") - 0.1
    assert accuracy("bradley_terry", attack=attack) < accuracy("bradley_terry") - 0.05


def test_rings_are_excluded_and_honest_nodes_are_not():
    for kind in ("collude", "sybil", "sleeper", "whitewash"):
        run = simulate(attack=Attack(kind, 0.3, wake=30), questions=60, seed=4)
        assert len(run.excluded) >= 8
        assert all(run.attacker[node] for _, node in run.excluded)
        assert run.slashed[1] > run.slashed[0]
    assert not ran(None, None, None, 160, 1).excluded


def test_half_of_the_nodes_in_a_ring_is_too_much():
    assert accuracy(attack=Attack("collude", 0.6), seeds=(1,)) < 0.1


def test_sleepers_are_trusted_until_they_wake():
    run = simulate(None, Protocol(collusion=False), Attack("sleeper", 0.3, wake=60), questions=90, seed=1)
    ring, honest = run.reputation[:, run.attacker], run.reputation[:, ~run.attacker]
    assert abs(ring[59].mean() - honest[59].mean()) < 0.05
    assert run.right["fortytwo"][60:].mean() < run.right["fortytwo"][:60].mean()


def test_sybils_need_money_and_skill():
    poor = simulate(attack=Attack("sybil", 0.3, budget=0.5), questions=40, seed=1)
    clumsy = simulate(attack=Attack("sybil", 0.3, skill=0.5), questions=40, seed=1)
    able = simulate(attack=Attack("sybil", 0.3, skill=0.95), questions=40, seed=1)
    assert poor.entered <= 5 and clumsy.entered <= 2 and able.entered >= 11
    assert clumsy.fees > able.fees / 2


def test_noise_costs_less_than_the_attackers_wish_and_honest_nodes_do_not_gain():
    noise = accuracy("fortytwo", attack=Attack("noise", 0.3))
    assert accuracy("majority", attack=Attack("noise", 0.3)) < noise < accuracy()


@pytest.mark.slow
def test_distraction_of_each_by_itself_is_absorbed_and_of_all_together_is_not():
    alone = Swarm(distracted=0.2)
    lost = accuracy() - accuracy(swarm=alone)
    assert lost < 0.08 < accuracy() - accuracy(swarm=replace(alone, together=1.0))


def test_settings_hit_their_averages():
    swarm = Swarm(accuracy=0.7, nodes=200, no_attempt=0.1, late=0.05, distracted=0.3, herding=0.5)
    questions = draw_questions(replace(swarm, distracted=0.0), draw_nodes(swarm, 1), 2000, 1)
    assert (questions.answer == 0).mean() == pytest.approx(0.7, abs=0.03)
    wrong = questions.answer[questions.answer > 0]
    assert (wrong == 1).mean() == pytest.approx(0.5 + 0.5 / 3, abs=0.01)
    assert questions.attempt.mean() == pytest.approx(0.9, abs=0.005)
    assert questions.late.mean() == pytest.approx(0.05, abs=0.005)
    for together in (0.0, 0.5, 1.0):
        lost = draw_questions(replace(swarm, together=together), draw_nodes(swarm, 1), 2000, 1).distracted
        assert lost.mean() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("nodes", [1, 2, 3])
@pytest.mark.parametrize("kind", ["none", "collude", "sybil", "whitewash"])
def test_tiny_swarms_have_an_outcome(nodes, kind):
    run = simulate(
        Swarm(nodes=nodes), None, Attack(kind, 1.0 if kind != "none" else 0.0), questions=15, seed=1
    )
    assert all(len(right) == 15 for right in run.right.values())


@pytest.mark.parametrize("schedule", ["client", "random", "all"])
def test_every_schedule_and_setting_runs(schedule):
    protocol = Protocol(schedule=schedule, generation=0.5, own_pairs=True, pairs=8, weighting="log_odds")
    swarm = Swarm(nodes=6, lazy=0.5, no_attempt=0.5, late=0.5, own_view=1.0)
    run = simulate(swarm, protocol, questions=30, seed=1)
    assert 0 < run.counted < run.votes
    assert np.isfinite(run.reputation).all()


def test_without_attempts_there_is_no_answer():
    run = simulate(Swarm(nodes=4, no_attempt=1.0, gate_error=0.0), questions=5, seed=1)
    assert not run.right["fortytwo"].any() and run.votes == 0


def test_the_number_of_questions_is_checked():
    for questions in (0, True, 2.5):
        with pytest.raises(ConfigError, match="questions"):
            simulate(questions=questions)  # type: ignore[arg-type]


def test_ten_thousand_nodes_can_be_simulated():
    few = Protocol(pairs=12, collusion=False)
    run = simulate(Swarm(nodes=10_000), few, Attack("collude", 0.2), questions=2, seed=1)
    assert run.votes == 2 * 12 * 10_000 and run.attacker.sum() == 2000
    assert run.reputation[1][~run.attacker].mean() > 0.5


@pytest.mark.parametrize(
    ("nodes", "protocol"),
    [
        (10_001, Protocol(pairs=2, collusion=False)),
        (10_000, Protocol(collusion=False)),
        (3000, Protocol(pairs=9)),
    ],
)
def test_a_swarm_that_is_too_large_is_refused(nodes, protocol):
    with pytest.raises(ConfigError):
        simulate(Swarm(nodes=nodes), protocol, questions=1)


def test_a_fit_without_a_matrix_is_that_with_one(monkeypatch):
    swarm, protocol = Swarm(nodes=40), Protocol(pairs=12)
    one = simulate(swarm, protocol, questions=12, seed=1)
    monkeypatch.setattr("swarm_env.consensus.fortytwo.simulated.vote_fits.DENSE", 5)
    two = simulate(swarm, protocol, questions=12, seed=1)
    assert one.reputation == pytest.approx(two.reputation, abs=1e-3, nan_ok=True)


# The rule


def test_the_rule_leaves_own_answers_out():
    votes = {"winner": [0, 0, 0, 1], "loser": [1, 1, 1, 0], "rater": [0, 0, 0, 2]}
    assert winner_of(RULE().scores(Ballots.of(3, **votes, author=range(3)), 0), 0) == 1


def test_the_rule_trusts_nodes_that_agree_with_the_rest():
    rng = np.random.default_rng(1)
    winner, loser, rater = [], [], []
    for judge in range(4, 12):  # they write nothing; the last two contradict the rest in all
        for _ in range(20):
            a, b = sorted(rng.choice(4, 2, replace=False))
            winner.append(a if judge < 10 else b)
            loser.append(b if judge < 10 else a)
            rater.append(judge)
    ballots = Ballots.of(4, winner, loser, rater=rater, author=range(4))
    plain, trusting = RULE(turns=0).scores(ballots, 0), RULE().scores(ballots, 0)
    assert np.argsort(-trusting).tolist() == [0, 1, 2, 3]
    assert trusting[0] - trusting[3] > plain[0] - plain[3]
