"""What a summary of scores contains."""

import numpy as np
import pytest

from swarm_env.leaderboard.intervals import mean_interval
from swarm_env.leaderboard.statistics import Summary, summarise

KNOWN = [9.0, 7.0, 12.0, 4.0, 9.0, 15.0, 8.0, 11.0]


def test_mean_and_spread_are_those_of_numpy():
    found = summarise(KNOWN)
    assert (found.n, found.mean, found.median) == (8, float(np.mean(KNOWN)), float(np.median(KNOWN)))
    assert found.sd == pytest.approx(np.std(KNOWN, ddof=1))


@pytest.mark.parametrize("bounds", [None, (0.0, 20.0)])
def test_the_interval_is_that_of_the_mean(bounds):
    found, interval = summarise(KNOWN, bounds), mean_interval(KNOWN, bounds)
    assert interval is not None
    assert (found.low, found.high, found.method) == (interval.low, interval.high, interval.method)


def test_one_value_has_no_spread_and_no_interval():
    assert summarise([4.0]) == Summary(1, 4.0, None, 4.0, None, None, None)


def test_equal_values_have_an_interval_only_between_bounds():
    assert summarise([0.1] * 7) == Summary(7, 0.1, 0.0, 0.1, None, None, None)
    found = summarise([0.0] * 5, (0.0, 1.0))
    assert found.low == 0.0 and found.high == pytest.approx(0.52, abs=0.02)


def test_bounds_that_a_score_breaks_are_not_relied_on():
    assert summarise([1.0, 2.0, 30.0], (0.0, 10.0)) == summarise([1.0, 2.0, 30.0])


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0, float("inf")], [[1.0], [2.0]]])
def test_no_values_or_what_is_no_number_is_refused(values):
    with pytest.raises(ValueError, match="at least one finite number"):
        summarise(values)
