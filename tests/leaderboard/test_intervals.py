"""Intervals of means: against closed forms and scipy where they exist, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from swarm_env.leaderboard.intervals import mean_interval, student_quantile

NOISE = 0.012  # of the seeded draws behind bounded and two-part intervals


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 100, 2001])
@pytest.mark.parametrize("probability", [0.55, 0.9, 0.975, 0.9999])
def test_student_quantiles_are_those_of_scipy(freedom, probability):
    assert student_quantile(probability, freedom) == pytest.approx(
        stats.t.ppf(probability, freedom), rel=1e-9
    )


@pytest.mark.parametrize("n", [2, 5, 40])
def test_symmetric_scores_have_students_interval(n):
    values = 3.0 + np.arange(n)
    found = mean_interval(values)
    assert found is not None and found.method == "student"
    theirs = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(theirs)


def test_only_the_end_with_the_longer_tail_is_moved_out():
    values = np.array([1.0, 2.0, 3.0, 4.0, 20.0])
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    t = stats.t.ppf(0.975, 4)
    more = (1 + 2 * t**2) / 6 * stats.skew(values, bias=False) * values.std(ddof=1) / 5
    found, mirrored = mean_interval(values), mean_interval(-values)
    assert found is not None and mirrored is not None
    assert (found.low, found.high) == pytest.approx((low, high + more))
    assert (mirrored.low, mirrored.high) == pytest.approx((-high - more, -low))


@pytest.mark.parametrize(("ones", "n"), [(0, 5), (1, 5), (4, 5), (5, 5), (9, 10), (13, 20)])
def test_of_two_valued_bounded_scores_it_is_clopper_and_pearsons(ones, n):
    found = mean_interval([1.0] * ones + [0.0] * (n - ones), (0.0, 1.0))
    assert found is not None and found.method == "bounded"
    theirs = stats.binomtest(ones, n).proportion_ci()
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=NOISE)


@given(
    st.lists(st.floats(0, 7), min_size=1, max_size=25),
    st.sampled_from([(0.0, 7.0), (-3.0, 7.0), (0.0, 70.0)]),
)
def test_bounded_scores_always_have_an_interval_with_a_width(values, bounds):
    found = mean_interval(values, bounds)
    assert found is not None
    assert bounds[0] <= found.low < found.high <= bounds[1]
    assert found.low <= np.mean(values) + 1e-9 and np.mean(values) - 1e-9 <= found.high


@given(
    st.lists(st.sampled_from([0.0, 1.0, 2.5, 1e9, -3.0]), min_size=1, max_size=12),
    st.randoms(),
    st.sampled_from([None, (-3.0, 1e9)]),
)
def test_intervals_hold_the_mean_and_do_not_depend_on_the_order(values, rng, bounds):
    found = mean_interval(values, bounds)
    rng.shuffle(values)
    assert mean_interval(values, bounds) == found
    if found is not None:
        assert (
            found.low <= np.mean(values) + 1 and np.mean(values) - 1 <= found.high and found.low < found.high
        )
    else:
        assert bounds is None and len(set(values)) == 1


@pytest.mark.parametrize("values", [[4.0], [0.0] * 5, [0.1] * 7])
def test_equal_scores_without_bounds_have_no_interval(values):
    assert mean_interval(values) is None


def test_a_score_that_cannot_vary_has_an_interval_of_no_width():
    found = mean_interval([0.0] * 3, (0.0, 0.0))
    assert found is not None and (found.low, found.high) == (0.0, 0.0)


def test_mostly_equal_scores_have_a_two_part_interval():
    found, mirrored = mean_interval([0, 0, 0, 2, 6]), mean_interval([9, 9, 9, 7, 3])
    assert found is not None and mirrored is not None
    assert found.method == mirrored.method == "two-part"
    low, high = stats.t.interval(0.95, 4, 1.6, stats.sem([0, 0, 0, 2, 6]))
    assert found.low == pytest.approx(low) and high < 6 < found.high
    assert (mirrored.low, mirrored.high) == pytest.approx((9 - found.high, 9 - found.low))


@pytest.mark.parametrize("usual", [5.0, 0.0, -2.0])
@pytest.mark.parametrize("n", [5, 8, 20])
def test_that_scores_are_mostly_equal_does_not_make_their_value_an_end(usual, n):
    for apart in (-5.0, 5.0):
        found = mean_interval([usual] * (n - 1) + [usual + apart])
        assert found is not None and found.low < usual < found.high


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0, float("inf")], [[1.0], [2.0]]])
def test_no_values_or_what_is_no_number_is_refused(values):
    with pytest.raises(ValueError, match="at least one finite number"):
        mean_interval(values)


def test_scores_outside_the_declared_bounds_are_refused():
    with pytest.raises(ValueError, match="outside the bounds"):
        mean_interval([0.5, 1.5], (0.0, 1.0))


DRAWS = {
    "normal": (lambda rng, n: rng.normal(3, 1, n), 3.0, None),
    "lognormal": (lambda rng, n: rng.lognormal(0, 0.5, n), np.exp(0.125), None),
    "both sides": (lambda rng, n: rng.choice([0.0, 5.0, 10.0], n, p=[0.1, 0.8, 0.1]), 5.0, None),
    "zero-heavy": (lambda rng, n: (rng.random(n) < 0.2) * rng.exponential(1, n), 0.2, None),
    "bernoulli": (lambda rng, n: (rng.random(n) < 0.9) * 1.0, 0.9, (0.0, 1.0)),
}


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("kind", list(DRAWS))
def test_the_interval_holds_the_true_mean_as_often_as_it_says(kind, n):
    draw, mean, bounds = DRAWS[kind]
    rng = np.random.default_rng(11)
    samples = [draw(rng, n) for _ in range(600)]
    found = [mean_interval(values, bounds) for values in samples]
    given_ = [one for one in found if one is not None]
    assert np.mean([one.low <= mean <= one.high for one in given_]) >= 0.92
    unvaried = sum(np.ptp(values) == 0 for values in samples)
    assert len(found) - len(given_) == (unvaried if bounds is None else 0)
