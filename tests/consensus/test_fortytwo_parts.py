"""The parts of the protocol: schedules, promises, reputations, entry, the search for rings."""

import math
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from swarm_env.consensus.bradley_terry import fit
from swarm_env.consensus.fortytwo.admission import Account, pass_probability
from swarm_env.consensus.fortytwo.collusion import Evidence
from swarm_env.consensus.fortytwo.commit_reveal import BallotBox, commitment
from swarm_env.consensus.fortytwo.reputation import agreement, moved, weights
from swarm_env.consensus.fortytwo.schedules import all_pairs, client_pairs, pairs_for, random_pairs
from swarm_env.consensus.fortytwo.settings import Attack, Protocol, Swarm, with_settings
from swarm_env.consensus.fortytwo.simulated.log_odds import answer_intercept, judge_sharpness, sigmoid
from swarm_env.consensus.fortytwo.simulated.vote_fits import log_strengths, win_matrix
from swarm_env.consensus.intervals import bootstrap_mean, share

from swarm_env.errors import ConfigError

SALT = bytes(16)


# Schedules


@pytest.mark.parametrize(
    ("count", "pairs"), [(0, 0), (1, 0), (2, 4), (3, 6), (5, 12), (7, 18), (10, 28), (19, 54), (35, 102)]
)
def test_the_clients_schedule_has_as_many_pairs_as_the_client(count, pairs):
    table = client_pairs(count)
    assert table.shape == (pairs, 2)
    assert sorted(map(tuple, table)) == sorted(map(tuple, table[:, ::-1]))  # each in both orders
    assert len(client_pairs(count, "one")) == pairs / 2


@given(count=st.integers(2, 40))
def test_the_clients_schedule_connects_all(count):
    reached, edges = {0}, {tuple(pair) for pair in client_pairs(count).tolist()}
    for _ in range(count):
        reached |= {b for a, b in edges if a in reached}
    assert reached == set(range(count))


def test_all_pairs_and_random_pairs():
    assert len(all_pairs(7)) == 42
    assert len(all_pairs(7, "one")) == 21
    drawn = random_pairs(9, 4, np.random.default_rng(1))
    assert drawn.shape == (4, 27, 2)
    assert (drawn[..., 0] != drawn[..., 1]).all() and drawn.min() == 0 and drawn.max() == 8
    assert random_pairs(1, 4, np.random.default_rng(1)).shape == (4, 0, 2)


def test_a_budget_keeps_both_orders_of_a_pair():
    table = pairs_for("client", "both", 10, 3, np.random.default_rng(0), 6)
    assert table.shape == (3, 6, 2)
    for row in table.tolist():
        assert sorted(row) == sorted([b, a] for a, b in row)


# Promises


def test_votes_that_are_revealed_as_committed_count():
    ballot = BallotBox("q")
    assert ballot.promise("a", commitment("q", "a", SALT, b"\x01\x00"))
    ballot.end_promising()
    assert ballot.reveal("a", SALT, b"\x01\x00") == "accepted"
    assert ballot.close() == {}
    assert ballot.revealed == {"a": b"\x01\x00"}


def test_a_name_cannot_be_spoilt_by_what_others_send_in_it():
    ballot = BallotBox("q")
    assert ballot.promise("a", bytes(32))  # of somebody else, who came first
    assert ballot.promise("a", commitment("q", "a", SALT, b"\x01"))
    assert not ballot.promise("a", bytes(32))
    ballot.promise("b", commitment("q", "b", SALT, b"\x01"))
    ballot.end_promising()
    assert ballot.reveal("a", SALT, b"\x00") == "changed"
    assert ballot.reveal("a", SALT, b"\x01") == "accepted"
    assert ballot.reveal("b", SALT, b"\x00") == "changed"
    assert ballot.reveal("nowhere", SALT, b"\x00") == "not promised"
    assert ballot.close() == {"b": "changed", "nowhere": "not promised"}
    assert ballot.revealed == {"a": b"\x01"}


def test_of_two_opened_commitments_the_earliest_counts():
    ballot = BallotBox("q")
    for votes in (b"\x01", b"\x02"):
        ballot.promise("a", commitment("q", "a", SALT, votes))
    ballot.end_promising()
    assert ballot.reveal("a", SALT, b"\x02") == "accepted"
    assert ballot.reveal("a", SALT, b"\x01") == "accepted"
    assert ballot.reveal("a", SALT, b"\x02") == "changed"
    assert ballot.revealed == {"a": b"\x01"}


def test_commitments_can_be_authenticated():
    ballot = BallotBox("q", authenticate=lambda rater, digest, proof: proof == rater.encode())
    digest = commitment("q", "a", SALT, b"\x01")
    assert not ballot.promise("a", digest, b"b")
    assert not ballot.promise("a", digest)
    assert ballot.promise("a", digest, b"a")
    assert not ballot.promise("a", commitment("q", "a", SALT, b"\x02"), b"a")  # it is bound to the first


def test_late_changed_missing_and_unpromised_votes_do_not_count():
    ballot = BallotBox("q")
    for rater in ("changes", "is silent", "is late", "other salt"):
        ballot.promise(rater, commitment("q", rater, SALT, b"\x01"))
    assert ballot.reveal("changes", SALT, b"\x01") == "not promised"  # too early: other nodes could copy it
    ballot.end_promising()
    assert not ballot.promise("comes later", commitment("q", "comes later", SALT, b"\x01"))
    assert ballot.reveal("changes", SALT, b"\x00") == "changed"
    assert ballot.reveal("other salt", bytes(15) + b"\x01", b"\x01") == "changed"
    assert ballot.reveal("other salt", b"short", b"\x01") == "changed"
    assert ballot.reveal("comes later", SALT, b"\x01") == "not promised"
    punished = ballot.close()
    assert ballot.reveal("is late", SALT, b"\x01") == "late"
    assert ballot.revealed == {}
    assert punished["is silent"] == punished["is late"] == "missing"
    assert punished["changes"] == "changed"


def test_a_promise_stands_and_cannot_be_copied():
    ballot = BallotBox("q", authenticate=lambda rater, digest, proof: True)
    promise = commitment("q", "a", SALT, b"\x01")
    ballot.promise("a", promise)
    assert not ballot.promise("a", commitment("q", "a", SALT, b"\x00"))
    ballot.promise("thief", promise)
    ballot.end_promising()
    assert ballot.reveal("a", SALT, b"\x01") == "accepted"
    assert ballot.reveal("a", SALT, b"\x00") == "changed"  # and the first votes stay
    assert ballot.reveal("thief", SALT, b"\x01") == "changed"
    assert ballot.revealed == {"a": b"\x01"}


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3), st.binary(max_size=3)), max_size=8))
def test_different_votes_have_different_hashes(cases):
    assert len({commitment(q, r, SALT, v) for q, r, v in cases}) == len(set(cases))


# Reputation


def test_agreement_weighs_only_clear_pairs():
    first, second = np.array([[0, 1, 2]], np.int32), np.array([[1, 2, 3]], np.int32)
    strength = np.array([3.0, 0.0, 0.0, -1.0])
    votes = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.5, 0.5, 0.5], [1.0, 1.0, 0.0]])
    counts = np.ones((4, 3), np.bool_)
    found = agreement(first, second, votes, counts, strength)
    clear, less = math.tanh(1.5), math.tanh(0.5)
    assert found == pytest.approx([1.0, 0.0, 0.5, clear / (clear + less)])
    assert np.isnan(agreement(first, second, votes, counts & False, strength)).all()


def test_reputations_move_by_the_average_within_bounds():
    protocol = Protocol(memory=0.9)
    new = moved(np.array([0.5, 0.5, 0.011, 0.7]), np.array([1.0, 0.0, 0.0, np.nan]), protocol)
    assert new == pytest.approx([0.55, 0.45, 0.01, 0.7])


def test_weights_have_mean_1_over_those_that_count():
    reputation = np.array([0.9, 0.6, 0.4, 0.9])
    counted = np.array([True, True, True, False])
    for weighting in ("linear", "log_odds", "equal"):
        found = weights(reputation, weighting, counted)
        assert found.sum() == pytest.approx(3.0) and found[3] == 0.0
    assert weights(reputation, "log_odds", counted)[2] < 0.01  # worse than a coin
    assert weights(np.full(3, 0.5), "log_odds", np.ones(3, np.bool_)) == pytest.approx([1, 1, 1])


# Entry


def test_a_capability_test_keeps_coins_out():
    assert pass_probability(0.5) < 0.0015
    assert pass_probability(1.0) == pytest.approx(1.0)
    chances = [pass_probability(p) for p in (0.6, 0.7, 0.8, 0.9, 0.95)]
    assert chances == sorted(chances)


def test_the_chance_to_pass_is_what_drawing_gives():
    rng, passed = np.random.default_rng(3), 0
    for _ in range(4000):
        answers = rng.random((20, 2)) < 0.88
        right, undecided = int(answers.all(axis=1).sum()), int((answers.sum(axis=1) == 1).sum())
        passed += right + int((rng.random(min(undecided, 5)) < 0.88).sum()) >= 17
    assert passed / 4000 == pytest.approx(pass_probability(0.88), abs=0.025)


def test_identities_cost_and_money_ends():
    account, protocol = Account(25.0), Protocol(stake=10.0, fee=1.0)
    rng = np.random.default_rng(0)
    assert account.enter(1.0, protocol, rng) and account.enter(1.0, protocol, rng)
    assert not account.enter(1.0, protocol, rng)
    account.lose(10.0)
    account.leave(10.0)
    assert (account.money, account.locked, account.slashed, account.fees) == (13.0, 0.0, 10.0, 2.0)


# Rings


def votes_of(nodes, ring, rounds, seed, favour=1.0):
    """Evidence from honest judges (right in 3 of 4) and a ring that votes for itself."""
    rng, evidence, protocol = np.random.default_rng(seed), Evidence.none(nodes), Protocol()
    quality = rng.random(nodes) < 0.6
    quality[ring] = False
    rater = np.arange(nodes)[:, None]
    for _ in range(rounds):
        order = rng.permutation(nodes).astype(np.int32)
        pairs = order[client_pairs(nodes)]
        first, second = pairs[None, :, 0], pairs[None, :, 1]
        right = np.where(quality[first] == quality[second], 0.5, np.where(quality[first], 0.75, 0.25))
        vote = (rng.random((nodes, len(pairs))) < right).astype(float)
        inside = np.isin(first, ring).astype(int) - np.isin(second, ring)
        cheats = np.isin(rater, ring) & (inside != 0) & (rng.random(vote.shape) < favour)
        vote = np.where(cheats, (inside > 0).astype(float), vote)
        evidence.add(first, second, vote, (first != rater) & (second != rater), protocol)
    return evidence, protocol, np.ones(nodes, np.bool_)


@pytest.mark.parametrize("size", [2, 5, 9])
def test_only_the_ring_is_found(size):
    ring = list(range(3, 3 + size))
    evidence, protocol, active = votes_of(20, ring, 40, 1)
    assert evidence.ring(protocol, active).tolist() == ring


def test_without_a_ring_no_node_is_accused():
    for seed in range(5):
        evidence, protocol, active = votes_of(20, [], 60, seed)
        assert evidence.ring(protocol, active).tolist() == []


def test_a_favoured_node_that_favours_none_is_not_accused():
    evidence, protocol, active = Evidence.none(8), Protocol(), np.ones(8, np.bool_)
    evidence.number[:] = 200.0
    evidence.favour[5, 1] = evidence.favour[6, 1] = 190.0  # two frame node 1
    assert evidence.ring(protocol, active).tolist() == [5, 6]
    evidence.favour[6, 1] = 0.0  # one alone may have a taste
    assert evidence.ring(protocol, active).tolist() == []


def test_a_ring_of_half_the_nodes_accuses_none_and_forgetting_forgets():
    evidence, protocol, active = Evidence.none(6), Protocol(), np.ones(6, np.bool_)
    evidence.number[:] = 200.0
    evidence.favour[:3, :3] = 190.0
    assert len(evidence.ring(protocol, active)) in (0, 3)
    evidence.favour[:] = 190.0
    assert evidence.ring(protocol, active).tolist() == []
    evidence.forget(2)
    assert not evidence.number[2].any() and not evidence.favour[:, 2].any()


# Counting and figures


@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_the_fast_fit_is_the_fit_of_the_rule(seed):
    rng = np.random.default_rng(seed)
    pairs = client_pairs(9)
    vote = rng.integers(3, size=(5, len(pairs))) / 2
    weight = rng.random((5, 1)) + 0.1
    first, second = pairs[None, :, 0], pairs[None, :, 1]
    wins = win_matrix(first, second, vote, weight, 9)
    winner, loser = np.where(vote > 0, first, second), np.where(vote > 0, second, first)
    found = fit(
        winner.ravel(),
        loser.ravel(),
        np.broadcast_to(weight, vote.shape).ravel(),
        9,
        tie=vote.ravel() == 0.5,
        ties="half",
    )
    assert log_strengths(wins) == pytest.approx(found.log_strength, abs=2e-3)


def test_calibration_hits_the_averages():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2, 400_000))
    assert sigmoid(answer_intercept(0.7, 1.5) + 1.5 * z[0]).mean() == pytest.approx(0.7, abs=0.003)
    d = judge_sharpness(0.75, 0.5, 0.8)
    assert sigmoid(d * np.exp(0.5 * z[0]) + 0.8 * z[1]).mean() == pytest.approx(0.75, abs=0.003)
    assert judge_sharpness(0.5, 0.5, 0.8) == pytest.approx(0.0, abs=1e-6)


def test_shares_have_wilsons_interval():
    assert share(8, 10) == pytest.approx((0.8, 0.4902, 0.9433, 10), abs=1e-4)
    assert share(5, 5).high == 1.0 and share(0, 5).low == 0.0


def test_a_bootstrap_interval_holds_the_mean():
    found = bootstrap_mean([0.1, 0.2, 0.3, 0.6])
    assert found.value == pytest.approx(0.3) and 0.1 < found.low < 0.3 < found.high < 0.6


# Settings


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Swarm(nodes=0), "nodes"),
        (lambda: Swarm(accuracy=1.2), "accuracy"),
        (lambda: Swarm(accuracy=float("nan")), "accuracy"),
        (lambda: Protocol(schedule="clint"), "client"),  # type: ignore[arg-type]
        (lambda: Protocol(test_pass=21), "test_pass"),
        (lambda: Attack("colude", 0.1), "collude"),  # type: ignore[arg-type]
        (lambda: with_settings(Swarm(), {"nodes": "many"}), "number"),
        (lambda: with_settings(Protocol(), {"collusion": "perhaps"}), "true or false"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_every_setting_is_documented_with_its_default():
    page = (Path(__file__).parents[2] / "docs" / "consensus" / "fortytwo.md").read_text()
    for record in (Swarm(), Protocol(), Attack()):
        for field in fields(record):
            assert f"| `{field.name}` | {getattr(record, field.name)} |" in page, field.name


def test_settings_are_read_from_texts():
    swarm, left = with_settings(Swarm(), {"nodes": "7", "herding": "0.9", "memory": "0.8"})
    assert (swarm.nodes, swarm.herding) == (7, 0.9)
    protocol, left = with_settings(Protocol(), left | {"collusion": "false", "pairs": "none"})
    assert (protocol.memory, protocol.collusion, protocol.pairs, left) == (0.8, False, None, {})
