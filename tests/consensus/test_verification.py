import itertools
import math

import numpy as np
import pytest
from swarm_env.consensus.verification import (
    Check,
    Terms,
    Verification,
    colluding_majority,
    draw_verifiers,
    expected_gain,
    honest_loss,
    majority_rate,
    passing,
    promise_of,
    required_sampling,
    required_stake,
    sampled,
    verdict_of,
)

import swarm_env
from swarm_env import ConfigError
from swarm_env.engine.rule_calls import vote_kernel

SALT = b"0123456789abcdef"


def opened(claims, terms=Terms(), task="task", promised=None):  # noqa: B008
    """A check in which every party of `claims` has promised and revealed; the first is the worker."""
    worker, *verifiers = claims
    found = Check(task, worker, tuple(verifiers), terms)
    for party, claim in {**claims, **(promised or {})}.items():
        assert found.promise(party, promise_of(task, party, SALT, claim))
    found.end_promising()
    for party, claim in claims.items():
        found.reveal(party, SALT, claim)
    return found


def same(one, other):
    return one == other


def test_honest_work_is_accepted_without_losses():
    settled = opened({"w": b"x", "a": b"x", "b": b"x", "c": b"x"}).settle(same)
    assert settled.verdict == "accepted" and not settled.losses
    assert settled.matches == {"a": True, "b": True, "c": True}


def test_a_verifier_that_is_outvoted_loses():
    settled = opened({"w": b"x", "a": b"x", "b": b"y", "c": b"x"}).settle(same)
    assert settled.verdict == "accepted"
    assert settled.losses == {"b": 0.1} and settled.reasons == {"b": "outvoted"}


def test_a_cheat_loses_its_stake():
    settled = opened({"w": b"cheat", "a": b"x", "b": b"x", "c": b"cheat"}).settle(same)
    assert settled.verdict == "rejected"
    assert settled.losses == {"w": 1.0, "c": 0.1}


def test_a_changed_claim_does_not_count_and_loses():
    settled = opened({"w": b"x", "a": b"x", "b": b"x", "c": b"x"}, promised={"c": b"y"}).settle(same)
    assert settled.verdict == "accepted"
    assert settled.losses == {"c": 0.1} and settled.reasons == {"c": "changed"}


def test_a_worker_that_changes_its_answer_is_rejected():
    settled = opened({"w": b"x", "a": b"x", "b": b"x", "c": b"x"}, promised={"w": b"y"}).settle(same)
    assert settled.verdict == "rejected" and settled.losses == {"w": 1.0}
    assert settled.reasons == {"w": "changed"}


def test_silence_leaves_it_open_and_costs_the_silent():
    terms = Terms(silence_loss=0.2)
    check = Check("task", "w", ("a", "b", "c"), terms)
    for party, claim in {"w": b"x", "a": b"x", "b": b"y"}.items():
        check.promise(party, promise_of("task", party, SALT, claim))
    check.end_promising()
    for party, claim in {"w": b"x", "a": b"x", "b": b"y", "c": b"x"}.items():
        check.reveal(party, SALT, claim)
    settled = check.settle(same)
    assert settled.verdict == "open" and settled.losses == {"c": 0.2}
    assert settled.reasons == {"c": "not promised"}


def test_a_promise_cannot_be_copied():
    check = Check("task", "w", ("a", "b", "c"))
    digest = promise_of("task", "w", SALT, b"x")
    assert check.promise("w", digest) and check.promise("a", digest)
    check.end_promising()
    assert check.reveal("w", SALT, b"x") == "accepted"
    assert check.reveal("a", SALT, b"x") == "changed"  # the promise names another
    assert not check.promise("b", promise_of("task", "b", SALT, b"x"))  # too late to see and promise
    assert check.reveal("b", SALT, b"x") == "not promised"


def test_strangers_are_not_heard():
    check = Check("task", "w", ("a", "b", "c"))
    assert not check.promise("d", promise_of("task", "d", SALT, b"x"))


@pytest.mark.parametrize("verifiers", [("a", "b"), ("a", "a", "b"), ("w", "a", "b"), ("a", "b", "c", "d")])
def test_verifiers_are_distinct_and_exclude_the_worker(verifiers):
    with pytest.raises(ConfigError, match="different"):
        Check("task", "w", verifiers)


@pytest.mark.parametrize(
    "given", [{"need": 1}, {"need": 4}, {"sampling": 1.1}, {"worker_loss": -0.1}, {"silence_loss": math.nan}]
)
def test_terms_that_are_none_are_refused(given):
    with pytest.raises(ConfigError):
        Terms(**given)


def test_a_verdict_needs_enough_on_one_side():
    assert verdict_of([True, True, False], 2) == "accepted"
    assert verdict_of([False, True, False], 2) == "rejected"
    assert verdict_of([True, False], 2) == verdict_of([True], 2) == verdict_of([], 2) == "open"


def test_tasks_are_sampled_at_the_rate_and_not_to_be_foreseen():
    tasks = [f"task {i}" for i in range(20_000)]
    chosen = [sampled(b"seed", task, 0.1) for task in tasks]
    assert abs(np.mean(chosen) - 0.1) < 0.01
    again = [sampled(b"other", task, 0.1) for task in tasks]
    assert abs(np.mean([a and b for a, b in zip(chosen, again, strict=True)]) - 0.01) < 0.004
    assert not any(sampled(b"seed", task, 0.0) for task in tasks)
    assert all(sampled(b"seed", task, 1.0) for task in tasks)


def test_verifiers_are_drawn_evenly_and_without_the_worker():
    nodes = list("wabcde")
    counts: dict[tuple[str, ...], int] = dict.fromkeys(itertools.combinations("abcde", 3), 0)
    for i in range(4000):
        group = draw_verifiers(b"seed", str(i), nodes, "w", 3)
        counts[tuple(sorted(group))] += 1
    assert min(counts.values()) > 320 and max(counts.values()) < 480
    assert draw_verifiers(b"s", "t", nodes, "w", 3) == draw_verifiers(b"s", "t", nodes[::-1], "w", 3)
    with pytest.raises(ConfigError, match="5 nodes"):
        draw_verifiers(b"seed", "t", nodes, "w", 6)


# Stakes.


@pytest.mark.parametrize(("dishonest", "honest"), [(0, 5), (2, 3), (10, 90), (5, 0)])
def test_colluders_decide_as_the_published_formula_says(dishonest, honest):
    d, h = dishonest, honest
    wanted = (math.comb(d, 2) * h + math.comb(d, 3)) / math.comb(d + h, 3)
    assert colluding_majority(d, h) == pytest.approx(wanted)


def test_colluders_and_errors_add_up_in_a_group():
    assert passing(30, 70, 0.2) == pytest.approx(0.4099, abs=5e-5)
    assert passing(0, 50, 0.2) == pytest.approx(majority_rate(0.2))
    assert passing(20, 80, 0.0) == pytest.approx(colluding_majority(20, 80))
    assert passing(3, 6, 0.01, verifiers=1, need=1) == pytest.approx(3 / 9 + 6 / 9 * 0.01)
    assert passing(50, 0, 0.0) == 1.0


def test_the_required_stake_leaves_a_cheat_nothing():
    for r, k, p in itertools.product((0.01, 0.1, 1.0), (0.5, 3.0), (0.0, 0.03, 0.9)):
        stake = required_stake(r, k, p)
        assert stake == pytest.approx(((1 - r) * k + r * p * k) / (r * (1 - p)))
        assert expected_gain(r, k, stake, p) == pytest.approx(0, abs=1e-9)
        assert required_sampling(k, stake, p) == pytest.approx(r)
        assert expected_gain(r, k, 2 * stake + 1, p) < 0


def test_what_no_stake_can_do():
    assert required_stake(0.0, 1.0, 0.0) == required_stake(0.5, 1.0, 1.0) == math.inf
    assert required_sampling(1.0, 0.0, 0.5) == required_sampling(1.0, 5.0, 1.0) == math.inf
    assert required_sampling(0.0, 0.0, 1.0) == 0.0
    assert honest_loss(0.1, 10.0, 0.998) == pytest.approx(0.002)


def test_the_algebra_is_what_happens_when_played():
    """Cheats against a mesh with colluders that always say same, and honest verifiers that err."""
    rng = np.random.default_rng(1)
    dishonest, honest, r, k, s, error = 12, 28, 0.3, 1.0, 4.0, 0.1
    draws = 200_000
    colluders = rng.hypergeometric(dishonest, honest, 3, draws)
    passed = colluders + rng.binomial(3 - colluders, error) >= 2
    checked = rng.random(draws) < r
    gains = np.where(checked & ~passed, -s, k)
    p = passing(dishonest, honest, error)
    assert expected_gain(r, k, s, p) == pytest.approx(gains.mean(), abs=0.02)


@pytest.mark.parametrize(
    "use",
    [
        lambda: colluding_majority(-1, 5),
        lambda: colluding_majority(1, 1),
        lambda: colluding_majority(1, -5),
        lambda: expected_gain(1.5, 1, 1, 0),
        lambda: expected_gain(0.5, -1, 1, 0),
        lambda: required_stake(0.5, math.inf, 0),
        lambda: required_sampling(1, 1, math.nan),
        lambda: passing(1, 5, 2.0),
        lambda: passing(1, 1, 0.1),
        lambda: honest_loss(0.5, 1, -1),
    ],
)
def test_what_the_algebra_refuses(use):
    with pytest.raises(ConfigError):
        use()


# The rule, and its kernel for worlds.


def test_the_rule_is_known_by_name():
    rule = swarm_env.rule("verification")()
    assert rule == Verification() and rule.verdict([True, True, False]) == "accepted"
    assert Verification(verifiers=5, need=4).verdict([True, True, True, False, False]) == "open"
    with pytest.raises(ConfigError, match="need=1"):
        Verification(need=1)


def test_the_kernel_decides_as_the_rule():
    kernel = vote_kernel("verification")
    for choice in itertools.product((-1, 0, 1), repeat=3):
        standing = np.full(3, np.nan)
        found = kernel(np.array(choice, np.int32), 0, standing)
        votes = [c == 0 for c in choice if c >= 0]
        agreed = sum(votes) * 2 - len(votes)
        verdict = 0 if agreed > 0 else 1 if agreed < 0 else 2
        assert found == verdict
        outvoted = [verdict < 2 and c >= 0 and (c == 0) != (verdict == 0) for c in choice]
        assert standing.tolist() == [0.9 if out else 1.0 for out in outvoted]


def test_the_kernel_keeps_standing_from_question_to_question():
    kernel, standing = vote_kernel("verification"), np.empty(3)
    for question in range(3):
        kernel(np.array([0, 0, 1], np.int32), question, standing)
    assert standing == pytest.approx([1.0, 1.0, 0.9**3])
