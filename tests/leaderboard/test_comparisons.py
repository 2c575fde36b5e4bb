"""Differences between teams: the sign-flip test, its interval, Holm's correction."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from swarm_env.leaderboard.comparisons import adjust, compare, paired_differences


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=7))
def test_p_counts_the_sign_patterns_with_as_large_a_mean(differences):
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product([1, -1], repeat=len(differences))]
    p = np.mean([total >= abs(sum(differences)) for total in sums])
    assert compare(differences).p == pytest.approx(p)


def test_p_is_that_of_scipys_permutation_test():
    differences = np.random.default_rng(5).normal(0.6, 1, 10)
    theirs = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=2**11)
    assert compare(differences).p == pytest.approx(theirs.pvalue)


def test_many_pairs_are_sampled_and_seeded():
    differences = np.random.default_rng(6).normal(0.4, 1, 40)
    found = compare(differences)
    assert found == compare(differences[::-1])
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)


def test_one_large_difference_is_not_taken_for_proof():
    """A single game of 23 points: a bootstrap interval excluded 0 here, an exact test gives p = 0.06."""
    found = compare([-23.0, -1, -1, -1, -1, 0, 0])
    assert found.p == 0.0625
    assert found.low is not None and found.high is not None and found.low < 0 < found.high


@given(st.lists(st.floats(-10, 10).map(lambda x: round(x, 2)), min_size=6, max_size=9))
def test_the_interval_leaves_out_0_only_if_the_test_rejects_it(differences):
    found = compare(differences)
    if found.low is not None and found.high is not None:
        assert found.low <= found.mean <= found.high
        if found.low > 0 or found.high < 0:
            assert found.p <= 0.05


def test_five_pairs_can_show_nothing_and_have_no_interval():
    found = compare([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found.low, found.high, found.p) == (None, None, 0.0625)
    assert compare([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).low == 1.0


def test_equal_differences_have_a_p_and_no_interval():
    assert compare([0.0] * 8).p == 1.0
    found = compare([1.0] * 8)
    assert found.p == pytest.approx(2 / 2**8) and found.low is None
    assert compare([4.0]).sd is None and compare([4.0]).p == 1.0


def test_rounding_does_not_change_p():
    assert compare([0.1, 0.2, -0.3]).p == compare([1.0, 2.0, -3.0]).p


@pytest.mark.parametrize("values", [[], [float("nan")]])
def test_no_differences_are_refused(values):
    with pytest.raises(ValueError, match="at least one finite number"):
        compare(values)


def test_holm_by_hand():
    """p of 0.01, 0.02, 0.03 and 0.5: times 4, 3, 2 and 1, never falling."""
    base = compare([1.0, 2.0])
    p = [0.03, 0.01, 0.5, 0.02]
    found = adjust([base.__class__(2, 1.5, 1.0, None, None, one, one) for one in p])
    assert [one.p_adjusted for one in found] == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert [one.is_significant for one in found] == [False, True, False, False]
    assert adjust([]) == []


def test_equal_teams_seldom_look_different():
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(150):
        scores = rng.normal(0, 1, (10, 10))
        wrong += any(one.is_significant for one in adjust([compare(d) for d in scores[1:] - scores[0]]))
    assert wrong / 150 <= 0.08


def test_differences_are_taken_between_the_seeds_both_have():
    ours = {1: [5.0], 2: [7.0], 4: [1.0], 5: []}
    theirs = {4: [3.0], 2: [2.0, 4.0], 3: [8.0], 5: [1.0]}
    assert paired_differences(ours, theirs) == [4.0, -2.0]  # seed 2: 7 against the mean of 2 and 4
    assert paired_differences(ours, {}) == []
