"""Bradley-Terry strengths: exact, right where other methods fail, independent of the votes' order."""

import math

import choix
import evalica
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.consensus.bradley_terry import fit, fit_counts, fit_votes

from swarm_env.engine.compiler import kernel
from swarm_env.errors import ConfigError
from tests.consensus import oracle


def drawn(items, votes, seed, bias=0.0):
    """Votes from Bradley-Terry: winner, loser, slot and the true log-strengths."""
    rng = np.random.default_rng(seed)
    truth = rng.logistic(size=items)
    first = rng.integers(items, size=votes)
    second = (first + 1 + rng.integers(items - 1, size=votes)) % items
    wins = rng.random(votes) < 1 / (1 + np.exp(truth[second] - truth[first] - bias))
    return np.where(wins, first, second), np.where(wins, second, first), np.where(wins, 0, 1), truth


def as_votes(winner, loser, weight=None, slot=None):
    """Votes as the oracle takes them."""
    weight = np.ones(len(winner)) if weight is None else weight
    side = np.zeros(len(winner)) if slot is None else np.array([1, -1, 0])[slot]
    return list(zip(winner, loser, weight, side, strict=True))


# Exactness

CASES = {
    "seven items": (7, 147),
    "a swarm": (35, 600),
    "few votes": (20, 12),
    "one vote": (5, 1),
    "no vote": (4, 0),
}


@pytest.mark.slow
@pytest.mark.skipif(not oracle.EXACT, reason="long double is no longer than double here")
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("prior", [1.0, 0.05, 20.0])
def test_strengths_are_those_of_a_solution_of_higher_precision(case, prior):
    items, votes = CASES[case]
    winner, loser, _, _ = drawn(items, votes, seed=3)
    weight = np.random.default_rng(1).uniform(0.1, 3.0, votes)
    found = fit(winner, loser, weight, items, prior=prior)
    exact = oracle.maximum(as_votes(winner, loser, weight), items, prior)[:-1]
    assert found.converged
    assert np.abs(found.log_strength - exact).max(initial=0) < 1e-10


@pytest.mark.skipif(not oracle.EXACT, reason="long double is no longer than double here")
@pytest.mark.parametrize("slots", ["all known", "some known"])
def test_the_position_bias_is_that_of_a_solution_of_higher_precision(slots):
    winner, loser, slot, _ = drawn(12, 400, seed=5, bias=1.5)
    if slots == "some known":
        slot = np.where(np.arange(400) % 3, slot, -1)
    found = fit(winner, loser, num_items=12, slot=slot, position_bias=True, bias_prior=0.5)
    exact = oracle.maximum(as_votes(winner, loser, slot=slot), 12, bias_prior=0.5)
    assert np.abs(np.append(found.log_strength, found.position_bias) - exact).max() < 1e-10


HARD = {
    "a chain without upsets": [(i, i + 1, 1000.0) for i in range(29)],
    "two camps, one weak link": [(0, 1, 1e6), (1, 0, 1e6), (2, 3, 1e6), (3, 2, 1e6), (1, 2, 1e-3)],
    "heavy and light votes": [(0, 1, 1e9), (1, 2, 1e-9), (2, 0, 1.0)],
    "a heavy ring": [(0, 1, 1e8), (1, 2, 1e8), (2, 0, 1e8), (3, 0, 1.0)],
    "unbeaten": [(0, i, 1e6) for i in range(1, 9)],
    "a long chain of heavy votes": [(i, i + 1, 1e6) for i in range(59)],
}


@pytest.mark.slow
@pytest.mark.skipif(not oracle.EXACT, reason="long double is no longer than double here")
@pytest.mark.parametrize("case", HARD)
def test_slow_and_extreme_cases_are_exact_too(case):
    winner, loser, weight = map(np.array, zip(*HARD[case], strict=True))
    items = int(max(winner.max(), loser.max())) + 1
    found = fit(winner, loser, weight)
    exact = oracle.maximum(as_votes(winner, loser, weight), items)[:-1]
    assert found.converged
    assert np.abs(found.log_strength - exact).max() < 1e-8 * max(1, np.abs(exact).max())
    assert np.isfinite(found.standard_error).all()


def test_a_hundred_items_and_100_000_votes_are_exact():
    winner, loser, _, _ = drawn(100, 100_000, seed=1)
    found = fit(winner, loser, num_items=100)
    wins = np.zeros((100, 100))
    np.add.at(wins, (winner, loser), 1)
    won, lost = np.nonzero(wins)
    if oracle.EXACT:
        exact = oracle.maximum(as_votes(won, lost, wins[won, lost]), 100)[:-1]
        assert np.abs(found.log_strength - exact).max() < 1e-10
    assert found.converged and found.num_islands == 1


def test_one_vote_by_hand():
    # With one win each way against strength 1: d/ds [log p(2s) + 2 (log p(s) + log p(-s)) / 2] = 0 at s, -s
    found = fit([0], [1])
    s = found.log_strength[0]
    assert found.log_strength[1] == pytest.approx(-s, abs=1e-14)
    assert 1 / (1 + math.exp(2 * s)) == pytest.approx(math.tanh(s / 2), abs=1e-12)


# Other libraries


def test_choix_and_evalica_agree_on_connected_votes_with_upsets():
    winner, loser, _, _ = drawn(20, 4000, seed=2)
    ours = fit(winner, loser, num_items=20, prior=0).log_strength
    pairs = list(zip(winner.tolist(), loser.tolist(), strict=True))
    theirs = choix.opt_pairwise(20, pairs, tol=1e-12)
    assert np.abs(ours - (theirs - theirs.mean())).max() < 1e-5
    outcomes = [evalica.Winner.X] * len(pairs)
    result = evalica.bradley_terry(winner.tolist(), loser.tolist(), outcomes, tolerance=1e-12, limit=10_000)
    scores = np.log(result.scores.sort_index().to_numpy())
    assert np.abs(ours - (scores - scores.mean())).max() < 1e-5


@pytest.mark.slow
def test_with_the_prior_of_one_the_order_is_still_theirs():
    winner, loser, _, truth = drawn(15, 6000, seed=8)
    pairs = list(zip(winner.tolist(), loser.tolist(), strict=True))
    ours, theirs = fit(winner, loser, num_items=15), choix.opt_pairwise(15, pairs)
    assert ours.order.tolist() == np.argsort(-theirs).tolist()
    assert np.corrcoef(ours.log_strength, truth)[0, 1] > 0.99


# Where other methods fail


def test_votes_without_upsets_give_a_finite_order():
    found = fit([0, 0, 1, 1, 1], [1, 1, 2, 2, 2])
    assert found.order.tolist() == [0, 1, 2]
    assert np.diff(found.log_strength).max() < -0.5
    assert np.abs(found.log_strength).max() < 3


def test_islands_are_reported_and_each_is_centred():
    found = fit([0, 0, 2], [1, 1, 3], num_items=6)
    assert found.num_islands == 4
    assert found.island.tolist() == [0, 0, 1, 1, 2, 3]
    assert np.allclose(np.bincount(found.island, np.tanh(found.log_strength / 2)), 0, atol=1e-14)
    assert found.log_strength[4] == found.log_strength[5] == 0.0
    assert found.standard_error[4] > 1  # it was never compared


def test_islands_are_numbered_by_their_first_items_whatever_the_votes():
    rng = np.random.default_rng(0)
    for _ in range(50):
        n = int(rng.integers(2, 12))
        a = rng.integers(n, size=rng.integers(0, 10))
        b = (a + 1 + rng.integers(n - 1, size=len(a))) % n
        found = fit(a, b, num_items=n)
        reach = np.eye(n, dtype=bool)
        reach[a, b] = reach[b, a] = True
        for k in range(n):
            reach |= np.outer(reach[:, k], reach[k])
        first = np.argmax(reach, axis=1)
        assert found.island.tolist() == np.searchsorted(np.unique(first), first).tolist()
        assert found.num_islands == len(np.unique(first))


def test_votes_of_weight_zero_do_not_connect():
    found = fit([0, 1], [1, 2], [1.0, 0.0])
    assert found.num_islands == 2


@pytest.mark.parametrize("votes", [([], []), ([0], [1])])
def test_little_is_enough(votes):
    found = fit(votes[0], votes[1], num_items=3)
    assert np.isfinite(found.log_strength).all() and np.isfinite(found.standard_error).all()
    assert np.isfinite(found.interval().low).all() and np.isfinite(found.elo()).all()


def test_no_items_have_no_strengths():
    found = fit([], [])
    assert found.log_strength.shape == found.standard_error.shape == found.order.shape == (0,)
    assert found.num_islands == 0


def test_one_item_is_its_own_centre():
    found = fit([], [], num_items=1)
    assert found.log_strength.tolist() == found.standard_error.tolist() == [0.0]


# Weights, ties, raters, positions


def test_a_weight_is_so_many_votes():
    heavy = fit([0, 1, 2], [1, 2, 0], [3, 1, 2], errors="hessian")
    many = fit([0, 0, 0, 1, 2, 2], [1, 1, 1, 2, 0, 0])
    assert heavy.log_strength.tolist() == many.log_strength.tolist()
    assert heavy.standard_error.tolist() == many.standard_error.tolist()


def test_a_tie_is_half_a_win_for_each_if_asked_for():
    tied = fit([0, 1], [1, 2], tie=[True, False], ties="half")
    halves = fit([0, 1, 1], [1, 0, 2], [0.5, 0.5, 1.0])
    assert tied.log_strength.tolist() == halves.log_strength.tolist()
    turned = fit([1, 1], [0, 2], tie=[True, False], ties="half")
    assert tied.log_strength.tolist() == turned.log_strength.tolist()


def test_a_raters_weight_multiplies_all_its_votes():
    by_rater = fit([0, 1, 1], [1, 0, 2], [2, 1, 1], rater=[0, 1, 1], rater_weight=[0.5, 3.0])
    by_vote = fit([0, 1, 1], [1, 0, 2], [1, 3, 3])
    assert by_rater.log_strength.tolist() == by_vote.log_strength.tolist()


def test_a_rater_of_weight_zero_is_not_heard():
    liar = fit([0, 1, 1], [1, 0, 2], rater=[0, 1, 1], rater_weight=[0.0, 1.0])
    assert liar.log_strength.tolist() == fit([1, 1], [0, 2], num_items=3).log_strength.tolist()


def test_a_position_bias_is_found_and_taken_out():
    winner, loser, slot, truth = drawn(10, 20_000, seed=4, bias=1.0)
    found = fit(winner, loser, slot=slot, position_bias=True)
    assert abs(found.position_bias[0] - 1.0) < 3 * found.bias_error[0] < 0.2
    error = found.log_strength - truth
    assert np.abs(error - error.mean()).max() < 0.2


def test_without_both_orders_a_bias_spoils_strengths_unless_it_is_estimated():
    # Item 0 stands first in most of its votes; all are equally strong, standing first wins three of four.
    first, second = np.array([0] * 300 + [1] * 100), np.array([1] * 300 + [0] * 100)
    wins = np.arange(400) % 4 > 0
    winner, loser = np.where(wins, first, second), np.where(wins, second, first)
    slot = np.where(wins, 0, 1)
    assert np.ptp(fit(winner, loser).log_strength) > 0.4
    found = fit(winner, loser, slot=slot, position_bias=True)
    assert np.ptp(found.log_strength) < 0.01
    assert found.position_bias[0] == pytest.approx(math.log(3), abs=0.02)


def test_each_rater_has_its_own_bias():
    rng = np.random.default_rng(3)
    parts = [drawn(8, 4000, seed=6, bias=b) for b in (-1.0, 0.0, 2.0)]
    winner, loser, slot = (np.concatenate([part[k] for part in parts]) for k in range(3))
    rater = np.repeat([0, 1, 2], 4000)
    mixed = rng.permutation(len(winner))
    arguments = (winner[mixed], loser[mixed])
    found = fit(*arguments, rater=rater[mixed], slot=slot[mixed], position_bias="rater")
    assert found.converged
    assert np.abs(found.position_bias - [-1.0, 0.0, 2.0]).max() < 0.2
    assert (np.abs(found.position_bias - [-1.0, 0.0, 2.0]) < 4 * found.bias_error).all()


def test_ties_say_that_the_bias_is_small():
    slot = [0, 0, 0, 0]
    found = fit([0, 0, 1, 1], [1, 1, 0, 0], tie=[True] * 4, slot=slot, position_bias=True)
    assert found.position_bias[0] == pytest.approx(0, abs=1e-12)


# Order of votes, names of items


@pytest.mark.slow
@given(st.integers(0, 2**32), st.booleans(), st.booleans(), st.sampled_from([False, True, "rater"]))
def test_the_order_of_votes_changes_no_bit(seed, weighted, tied, bias):
    rng = np.random.default_rng(seed)
    n, votes = int(rng.integers(2, 9)), int(rng.integers(1, 60))
    winner = rng.integers(n, size=votes)
    loser = (winner + 1 + rng.integers(n - 1, size=votes)) % n
    weight = np.exp(rng.normal(0, 8, votes)) if weighted else None
    tie = rng.random(votes) < 0.3 if tied else None
    slot, rater = rng.integers(-1, 2, votes), rng.integers(3, size=votes)

    def strengths(order):
        found = fit(
            winner[order], loser[order], None if weight is None else weight[order], n,
            tie=None if tie is None else tie[order], slot=slot[order], rater=rater[order], position_bias=bias,
        )  # fmt: skip
        return [*found.log_strength, *found.position_bias]

    once = strengths(np.arange(votes))
    assert np.isfinite(once).all()
    assert once == strengths(rng.permutation(votes))


@given(st.integers(0, 2**32))
def test_strengths_follow_the_items(seed):
    rng = np.random.default_rng(seed)
    n, votes = int(rng.integers(2, 9)), int(rng.integers(1, 60))
    winner = rng.integers(n, size=votes)
    loser = (winner + 1 + rng.integers(n - 1, size=votes)) % n
    names = rng.permutation(n)
    plain, renamed = fit(winner, loser, num_items=n), fit(names[winner], names[loser], num_items=n)
    assert np.abs(plain.log_strength - renamed.log_strength[names]).max() < 1e-11
    assert np.abs(plain.standard_error - renamed.standard_error[names]).max() < 1e-9


def test_equals_are_ordered_by_number():
    assert fit([0, 1, 2], [1, 2, 0], num_items=5).order.tolist() == [0, 1, 2, 3, 4]


# Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"winner": [0, 1]}, "as long"),
        ({"winner": [1]}, "itself"),
        ({"winner": [-1]}, r"winner\[0\] is -1"),
        ({"winner": [0.5]}, "whole numbers"),
        ({"winner": [[0]]}, "one dimension"),
        ({"winner": [7], "num_items": 3}, r"winner\[0\] is 7"),
        ({"winner": [2**40]}, r"winner\[0\]"),
        ({"num_items": -1}, "items"),
        ({"num_items": True}, "items"),
        ({"weight": [-1.0]}, r"weight\[0\] is -1.0"),
        ({"weight": [math.nan]}, r"weight\[0\] is nan"),
        ({"weight": [math.inf]}, r"weight\[0\] is inf"),
        ({"weight": [1e300]}, "add up to more than"),
        ({"weight": ["1"]}, "numbers"),
        ({"weight": [1.0, 2.0]}, "2 entries"),
        ({"tie": [1]}, "booleans"),
        ({"rater": [-1]}, r"rater\[0\]"),
        ({"rater_weight": [1.0]}, "needs `rater`"),
        ({"rater": [2], "rater_weight": [1.0]}, "rater 2"),
        ({"slot": [2]}, r"slot\[0\] is 2"),
        ({"prior": -1.0}, "prior"),
        ({"prior": math.nan}, "prior"),
        ({"prior": 0}, "no maximum"),
        ({"position_bias": True}, "slot"),
        ({"position_bias": "rater", "slot": [0]}, "needs `rater`"),
        ({"position_bias": "both", "slot": [0]}, "position_bias"),
        ({"position_bias": True, "slot": [0], "prior": 0}, "more than 0"),
    ],
)
def test_what_is_not_allowed_is_said(arguments, message):
    with pytest.raises(ConfigError, match=message):
        fit(**({"winner": [0], "loser": [1]} | arguments))


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, math.nan])
def test_a_level_lies_between_0_and_1(level):
    with pytest.raises(ConfigError, match="level"):
        fit([0], [1]).interval(level)


def test_without_a_prior_each_island_must_hang_together_both_ways():
    found = fit([0, 1, 2, 3, 4, 4, 3], [1, 2, 0, 4, 3, 3, 4], num_items=6, prior=0)
    assert found.num_islands == 3
    assert np.allclose(np.bincount(found.island, found.log_strength), 0, atol=1e-12)
    assert np.isfinite(found.standard_error).all()
    with pytest.raises(ConfigError, match="no maximum"):
        fit([0, 1, 2, 3], [1, 0, 3, 1], prior=0)  # 2 beats 3 beats 1, and none beats 2


# The kernels


@kernel(wrapped=True)
def decide(winner, loser, num_votes, log_strength, wins, island, work):
    """As a scenario may call it: from compiled code that allocates nothing."""
    fit_votes(winner, loser, work[3, :0], num_votes, 1.0, 1e-6, 100, log_strength, wins, island, work[:3])
    best = 0
    for i in range(len(log_strength)):
        if log_strength[i] > log_strength[best]:
            best = i
    return best


def test_compiled_code_can_decide_by_votes():
    winner, loser, _, _ = drawn(9, 300, seed=11)
    winner, loser, island = winner.astype(np.int32), loser.astype(np.int32), np.empty(9, np.int32)
    best = decide(winner, loser, 300, np.empty(9), np.empty((1, 9, 9)), island, np.empty((4, 9)))
    assert best == fit(winner, loser).order[0]


def room(n, planes=1):
    return np.ones(n), np.ones(1), np.empty(n, np.int32), np.empty((2, n))


def test_the_kernel_on_counts_comes_near_by_itself():
    winner, loser, _, _ = drawn(30, 3000, seed=9)
    wins = np.zeros((1, 30, 30))
    np.add.at(wins[0], (winner, loser), 1)
    strength, bias, island, work = room(30)
    sweeps = fit_counts(wins, 1.0, 1.0, 1e-10, 200, strength, bias, island, work)
    assert 0 < sweeps < 40
    assert np.abs(np.log(strength) - fit(winner, loser).log_strength).max() < 1e-8


def test_the_kernel_says_when_it_did_not_finish():
    wins = np.zeros((1, 30, 30))
    wins[0, range(29), range(1, 30)] = 1000.0
    strength, bias, island, work = room(30)
    assert fit_counts(wins, 1.0, 1.0, 1e-12, 3, strength, bias, island, work) == -3
    assert np.isfinite(strength).all() and (strength > 0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_the_kernel_on_votes_gives_the_strengths_of_fit(weighted):
    winner, loser, _, _ = drawn(12, 500, seed=10)
    weight = np.random.default_rng(0).uniform(0, 2, 500) if weighted else np.zeros(0)
    log_strength = np.full(12, 7.0)  # whatever stands there
    sweeps = fit_votes(
        winner.astype(np.int32), loser.astype(np.int32), weight, 400, 1.0, 1e-9, 100,
        log_strength, np.full((1, 12, 12), np.nan), np.empty(12, np.int32), np.full((3, 12), np.nan),
    )  # fmt: skip
    assert sweeps > 0
    expected = fit(winner[:400], loser[:400], weight[:400] if weighted else None, 12).log_strength
    assert np.abs(log_strength - expected).max() < 1e-7


def test_the_kernel_on_votes_takes_nothing():
    none = np.zeros(0, np.int32)
    empty = np.zeros(0)
    shape = (none, none, empty, 0, 1.0, 1e-6, 100)
    assert fit_votes(*shape, empty, np.zeros((1, 0, 0)), none, np.zeros((3, 0))) == 0
    two = np.full(2, 3.0)
    assert fit_votes(*shape, two, np.empty((1, 2, 2)), np.empty(2, np.int32), np.empty((3, 2))) == 1
    assert two.tolist() == [0.0, 0.0]
