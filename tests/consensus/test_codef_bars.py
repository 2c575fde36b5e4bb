"""How the defences compare: what must hold whatever the luck, and what the arithmetic says."""

import json
from dataclasses import replace

import numpy as np
import pytest
from swarm_env.consensus.codef import (
    ADVERSARIES,
    DEFENCES,
    Dialogue,
    GivenVote,
    Question,
    Shape,
    SimulatedVoter,
    Traits,
    Verdict,
    Voting,
    evaluate,
    generate,
)
from swarm_env.consensus.codef.defences import MAIN
from swarm_env.consensus.codef.published_rates import ROWS
from swarm_env.consensus.studies.codef.threshold_study import checks

from swarm_env.errors import ConfigError, UnknownNameError
from tests.cli.programs import swarm

SEEDS = (1, 2, 3)


def scores(seed, names=None, adversary="plan", shape=None, count=119, **traits):
    chosen = [DEFENCES[name] for name in names or DEFENCES]
    voters = SimulatedVoter(Traits(**traits), seed)
    return evaluate(generate(count, seed, shape), chosen, voters, ADVERSARIES[adversary], seed)


@pytest.fixture(scope="module")
def usual():
    """Scores of the main defences at every seed."""
    return {seed: scores(seed, [*MAIN, "codef_2"]) for seed in SEEDS}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledger_is_best_and_codef_lies_between(seed, usual):
    found = dict(usual[seed])
    best = found.pop("ledger")
    assert best.blocked.all() and best.served.all()
    assert all(one.balanced.value < best.balanced.value for one in found.values())
    codef, none = found["codef"], found["none"]
    assert none.sensitive_blocked.value == 0 and none.benign_succeeded.value == 1
    assert codef.balanced.value >= none.balanced.value + 0.15
    assert (~(codef.blocked & codef.served)).sum() >= 5
    assert not np.array_equal(codef.blocked & codef.served, best.blocked & best.served)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_no_asker_gets_past_the_ledger(adversary):
    for shape in (Shape(), Shape(1, 2), Shape(5, 1)):
        found = scores(7, ["ledger"], adversary, shape, count=40)["ledger"]
        assert found.blocked.all() and found.served.all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_veto_blocks_more_than_two_votes_and_costs_benign_success(seed, usual):
    veto, two = usual[seed]["codef"], usual[seed]["codef_2"]
    assert veto.sensitive_blocked.value > two.sensitive_blocked.value
    assert veto.benign_succeeded.value < two.benign_succeeded.value


@pytest.mark.slow
def test_more_voters_push_the_same_way():
    """More independent votes on the same questions, any of which blocks: more is blocked, rightly or not."""
    voting = DEFENCES["self_voting"]
    assert isinstance(voting, Voting)
    more = [replace(voting, name=str(n), draws=n, may_be_vague=False) for n in (1, 2, 4, 8)]
    voters = SimulatedVoter(Traits(blind_spots=0.0, common=0.0), 2)
    found = evaluate(generate(60, 2), more, voters, seed=2).values()
    blocked, served = [one.blocked for one in found], [one.served for one in found]
    for fewer, now in zip(blocked, blocked[1:], strict=False):
        assert not (fewer & ~now).any() and now.sum() > fewer.sum()
    for fewer, now in zip(served, served[1:], strict=False):
        assert not (now & ~fewer).any() and now.sum() < fewer.sum()


@pytest.mark.slow
def test_more_defenders_block_more():
    found = [scores(2, ["codef"], shape=Shape(size), count=60)["codef"] for size in (2, 8)]
    assert found[1].sensitive_blocked.value > found[0].sensitive_blocked.value


@pytest.mark.slow
def test_independent_votes_follow_the_arithmetic():
    for seed in (1, 5):
        for check in checks(Traits(), 800, seed):
            assert check.agrees, check


def test_draws_of_a_stubborn_voter_are_one_vote():
    """Greedy decoding: three votes of one voter that always errs alike say what one says."""
    found = scores(1, ["history", "self_voting"], count=50, blind_spots=1.0, common=0.0, caution=0.0)
    one, three = found["history"], found["self_voting"]
    assert np.array_equal(one.blocked, three.blocked) and np.array_equal(one.served, three.served)
    fresh = scores(1, ["history", "self_voting"], count=50, blind_spots=0.0, common=0.0, caution=0.0)
    gap = fresh["self_voting"].sensitive_blocked.value - fresh["history"].sensitive_blocked.value
    assert gap > 0.2


@pytest.mark.slow
def test_peers_make_up_for_lasting_mistakes_only_if_they_do_not_share_them():
    names = ["codef", "self_voting"]
    own = scores(1, names, blind_spots=0.9, common=0.0)
    same = scores(1, names, blind_spots=0.0, common=0.9)
    gaps = [one["codef"].blocked.mean() - one["self_voting"].blocked.mean() for one in (own, same)]
    assert gaps[0] > 0.1 and abs(gaps[1]) < 0.05


@pytest.mark.slow
def test_two_names_get_past_voters_and_a_pooled_history_closes_the_gap():
    plain = scores(1, ["codef"], count=60, error_rate=0.0)
    split = scores(1, ["codef", "codef_pooled"], "split", count=60, error_rate=0.0)
    assert plain["codef"].sensitive_blocked.value == 1
    assert split["codef"].sensitive_blocked.value < 0.7
    assert split["codef_pooled"].sensitive_blocked.value == 1


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("adversary", ["decoys", "split", "learn", "all"])
def test_cunning_pays(adversary):
    plan = scores(1, ["codef"], count=80)["codef"].sensitive_blocked.value
    assert scores(1, ["codef"], adversary, count=80)["codef"].sensitive_blocked.value < plan


def test_benign_runs_do_not_depend_on_the_sensitive_asker():
    for name in ADVERSARIES:
        assert np.array_equal(
            scores(1, ["codef"], name, count=6)["codef"].served,
            scores(1, ["codef"], count=6)["codef"].served,
        )


def test_missing_votes_block_and_are_counted():
    found = scores(1, ["codef", "self_voting", "tom"], count=40, silence=1.0)
    for one in found.values():
        assert one.blocked.mean() == 1 and one.n == 40 and not one.served.any()
        assert one.failed == 80
    rare = scores(1, ["codef"], count=40, silence=0.2)["codef"]
    assert 0 < rare.failed < 80 and rare.n == 40


@pytest.mark.parametrize(("quiet", "expected"), [(None, 4), (1, 4), (2, 6)])
def test_every_request_to_another_defender_and_its_reply_is_a_message(quiet, expected):
    """Three defenders, the first is asked; those without a vote are asked again, the first one by itself."""
    (scenario,) = generate(1, 1)

    class Quiet:
        def votes(self, ballots):
            lost = [one.view.voter == quiet and one.again == 0 for one in ballots]
            return [GivenVote(Verdict.SILENT if gone else Verdict.ANSWER, 0) for gone in lost]

    dialogue = Dialogue(scenario, "benign", Quiet(), 1)
    dialogue.asked = 1
    table = next(t for t, schema in enumerate(scenario.schemas) if schema.owner == 1)
    question = Question(scenario.entities[0], table, next(iter(scenario.tables[table].rows)))
    ruling = DEFENCES["codef"].rule(dialogue, question)
    assert ruling.messages == expected and ruling.verdict is Verdict.ANSWER
    assert DEFENCES["self_voting"].rule(dialogue, question).messages == 0


def test_a_defender_that_always_abstains_answers_nothing():
    one = scores(1, ["codef"], count=20, abstain=1.0)["codef"]
    assert one.blocked.all() and not one.served.any()


def test_the_same_seed_gives_the_same_runs_and_another_seed_different_ones():
    first, again, other = (scores(seed, ["codef"], "all", count=40)["codef"] for seed in (3, 3, 4))
    assert first.pairs == again.pairs and first.pairs != other.pairs


def test_plans_are_counted_step_by_step():
    found = scores(1, ["none", "codef"])
    assert all(one.value == 1 for one in found["none"].executed("sensitive").values())
    steps = found["codef"].executed("sensitive")
    values = [one.value for one in steps.values() if one.n > 30]
    assert values[0] == max(values) and values[-1] < 0.5
    assert steps[1].n == 119
    assert found["codef"].whole_plan("sensitive").n == 119


def test_the_command_writes_the_shares(capsys):
    done = swarm(capsys, "consensus", "codef", "--scenarios", 119, "--seed", 1, "--json")
    assert done.status == 0
    summary = json.loads(done.out)
    assert list(summary) == ["defences"]
    assert set(summary["defences"]) == {"none", "tom", "self_voting", "codef", "ledger"}
    fields = {"sensitive_blocked", "benign_succeeded", "balanced", "overall", "n"}
    for one in summary["defences"].values():
        assert set(one) == fields and one["n"] == 119
        both = one["sensitive_blocked"] + one["benign_succeeded"]
        assert one["balanced"] == pytest.approx(both / 2)
        assert one["overall"] <= min(one["sensitive_blocked"], one["benign_succeeded"])
    assert summary["defences"]["ledger"]["overall"] == 1


def test_the_command_shows_a_table_with_published_rows(capsys):
    done = swarm(capsys, "consensus", "codef", "--scenarios", 10, "--defences", "all", "--adversary", "all")
    assert done.status == 0
    assert [line.split()[0] for line in done.out.splitlines()[1:]] == list(DEFENCES)
    assert "printed as" in done.err and "78.7" in done.err and "every share is of 10" in done.err
    more = swarm(capsys, "consensus", "codef", "--scenarios", 10, "--json", "--details")
    one = json.loads(more.out)["defences"]["codef"]
    assert one["runs"] == 20 and one["failed_runs"] == 0
    assert one["intervals"]["balanced"][0] < one["balanced"] < one["intervals"]["balanced"][1]
    assert one["tokens_per_run"]["value"] > one["messages_per_run"]["value"] > 0
    assert one["plan_executed"]["sensitive"]["at"]["1"]["n"] == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--defences", "codeff"], "Did you mean 'codef'"),
        (["--adversary", "nobody"], "No adversary named"),
        (["--threshold", 4], "there are 3 defenders"),
        (["--error-rate", 2], "from 0 to 1"),
        (["--blind-spots", 0.8, "--common", 0.8], "at most 1"),
        (["--base-url", "http://localhost:1/v1"], "--model"),
        (["--scenarios", 0], "0 scenarios"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(arguments, message, capsys):
    done = swarm(capsys, "consensus", "codef", *arguments)
    assert done.status == 2 and message in done.err


def test_only_one_published_mean_is_wrong():
    wrong = [row for row in ROWS if row.is_misprinted]
    assert [(row.model, row.defence) for row in wrong] == [("Qwen3-32B", "self_voting")]
    assert wrong[0].corrected == pytest.approx(77.25)
    assert len(ROWS) == 18
    assert all(row.overall <= min(row.sensitive_blocked, row.benign_succeeded) + 0.1 for row in ROWS)


def test_own_defences_can_be_played():
    class Never:
        name, summary = "never", "refuses everything"

        def rule(self, dialogue, question):
            from swarm_env.consensus.codef import Ruling, Verdict

            return Ruling(Verdict.BLOCK)

    one = evaluate(generate(5, 1), [Never()], SimulatedVoter())["never"]
    assert one.blocked.all() and not one.served.any()


def test_unknown_names_are_reported():
    from swarm_env.consensus.codef import find_adversary, find_defence

    with pytest.raises(UnknownNameError, match="codef"):
        find_defence("kodef")
    with pytest.raises(UnknownNameError, match="plan"):
        find_adversary("plane")
    with pytest.raises(ConfigError, match="memory"):
        Traits(memory=0)
