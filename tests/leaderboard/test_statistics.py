"""Means, intervals and differences, against scipy, by hand and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from swarm_env.leaderboard import statistics
from swarm_env.leaderboard.statistics import (
    bootstrap_interval,
    paired_differences,
    student_quantile,
    summarise,
)

KNOWN = [9.0, 7.0, 12.0, 4.0, 9.0, 15.0, 8.0, 11.0]
NOISE = 0.06  # two bootstraps of 10,000 draws differ by about this much in units of the standard error


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 100, 2001])
@pytest.mark.parametrize("probability", [0.55, 0.9, 0.975, 0.9999])
def test_student_quantiles_are_those_of_scipy(freedom, probability):
    assert student_quantile(probability, freedom) == pytest.approx(
        stats.t.ppf(probability, freedom), rel=1e-9
    )


def test_mean_and_spread_are_those_of_numpy():
    found = summarise(KNOWN)
    assert (found.n, found.mean, found.median) == (8, float(np.mean(KNOWN)), float(np.median(KNOWN)))
    assert found.sd == pytest.approx(np.std(KNOWN, ddof=1))


@pytest.mark.parametrize("n", [5, 8, 40])
def test_the_plain_interval_is_that_of_scipy(n):
    values = np.random.default_rng(3).gamma(2.0, size=n)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20_000, rng=5)
    error = NOISE * values.std() / n**0.5
    assert bootstrap_interval(values, tail="percentile") == pytest.approx(
        theirs.confidence_interval, abs=error
    )


@pytest.mark.parametrize("n", [5, 8, 40])
def test_the_expanded_interval_is_that_of_scipy_at_hesterbergs_level(n):
    values = np.random.default_rng(4).gamma(2.0, size=n)
    share = stats.norm.cdf(-((n / (n - 1)) ** 0.5) * stats.t.ppf(0.975, n - 1))
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=200_000, rng=5, confidence_level=1 - 2 * share
    )
    error = 4 * NOISE * values.std() / n**0.5  # far out the percentiles are noisier
    assert bootstrap_interval(values) == pytest.approx(theirs.confidence_interval, abs=error)


def test_of_many_values_all_intervals_are_students():
    values = np.random.default_rng(6).normal(3.0, 2.0, 1500)
    students = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    for tail in ("expanded", "percentile"):
        assert bootstrap_interval(values, tail=tail) == pytest.approx(students, abs=0.01)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("n", "least"), [(5, 0.90), (10, 0.92), (20, 0.92)])
@pytest.mark.parametrize("draw", ["normal", "poisson"])
def test_the_interval_holds_the_true_mean_as_often_as_it_says(n, least, draw, monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 1000)
    rng = np.random.default_rng(11)
    samples = rng.normal(3.0, 1.0, (600, n)) if draw == "normal" else rng.poisson(3.0, (600, n)).astype(float)
    held = [low <= 3.0 <= high for low, high in map(_interval, samples)]
    assert least <= np.mean(held) <= 0.98


def _interval(values):
    found = bootstrap_interval(values)
    assert found is not None
    return found


def test_of_five_values_the_plain_interval_is_too_narrow(monkeypatch):
    """Why the tails are expanded."""
    monkeypatch.setattr(statistics, "RESAMPLES", 1000)
    samples = np.random.default_rng(12).normal(0.0, 1.0, (600, 5))
    plain = [bootstrap_interval(values, tail="percentile") or (0, 0) for values in samples]
    assert np.mean([low <= 0 <= high for low, high in plain]) < 0.88


def test_one_value_has_no_spread_and_no_interval():
    assert summarise([4.0]) == statistics.Summary(1, 4.0, None, 4.0, None, None)


def test_equal_values_have_an_interval_of_no_width():
    assert summarise([0.1] * 7) == statistics.Summary(7, 0.1, 0.0, 0.1, 0.1, 0.1)


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0, float("inf")], [[1.0], [2.0]]])
def test_no_values_or_what_is_no_number_is_refused(values):
    with pytest.raises(ValueError, match="at least one finite number"):
        summarise(values)


@pytest.mark.slow
@given(st.lists(st.sampled_from([0.0, 1.0, 2.5, 1e9, -3.0]), min_size=1, max_size=12), st.randoms())
def test_a_summary_is_finite_ordered_and_does_not_depend_on_the_order(values, rng):
    found = summarise(values)
    rng.shuffle(values)
    assert summarise(values) == found
    if found.low is not None and found.high is not None:
        assert min(values) <= found.low <= found.mean <= found.high <= max(values)


def test_differences_are_taken_between_the_seeds_both_have():
    ours = {1: [5.0], 2: [7.0], 4: [1.0], 5: []}
    theirs = {4: [3.0], 2: [2.0, 4.0], 3: [8.0], 5: [1.0]}
    assert paired_differences(ours, theirs) == [4.0, -2.0]  # seed 2: 7 against the mean of 2 and 4
    assert paired_differences(ours, {}) == []


def test_the_interval_of_paired_differences_is_that_of_scipy():
    rng = np.random.default_rng(8)
    base = rng.normal(10, 5, 30)
    better = base + rng.normal(1, 0.5, 30)
    seeds = range(30)
    found = summarise(
        paired_differences({s: [better[s]] for s in seeds}, {s: [base[s]] for s in seeds}), tail="percentile"
    )
    theirs = stats.bootstrap(
        (better, base), lambda a, b, axis: np.mean(a - b, axis=axis), paired=True, method="percentile", rng=1
    )
    assert found.mean == pytest.approx(np.mean(better - base))
    assert (found.low, found.high) == pytest.approx(theirs.confidence_interval, abs=0.02)
    assert found.low is not None and found.low > 0  # although the scores themselves vary far more
