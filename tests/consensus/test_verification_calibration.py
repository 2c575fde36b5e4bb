import json
import math

import numpy as np
import pytest
from swarm_env.consensus.verification import (
    calibrate,
    correlation,
    dependent_rate,
    effective_verifiers,
    majority_rate,
    roc,
    single_rate,
    spread,
    threshold_at,
)

from swarm_env import ConfigError


def test_a_majority_of_three_is_the_known_polynomial():
    for p in np.linspace(0, 1, 21):
        assert majority_rate(p) == pytest.approx(3 * p**2 - 2 * p**3, abs=1e-12)
    assert single_rate(0.9989) == pytest.approx(0.9807, abs=1e-4)
    assert single_rate(0.000267) == pytest.approx(0.00946, abs=1e-5)
    for p in (0.0, 0.2, 0.9, 1.0):
        assert single_rate(majority_rate(p, 5, 3), 5, 3) == pytest.approx(p, abs=1e-5)


@pytest.mark.parametrize(("hardware", "need"), [("aab", 2), ("aaabb", 3), ("abcab", 4), ("aaa", 2)])
@pytest.mark.parametrize("shared", [0.0, 0.3, 1.0])
def test_dependent_verifiers_are_as_drawn(hardware, need, shared):
    rng = np.random.default_rng(1)
    rate, draws = 0.7, 200_000
    verdicts = rng.random((draws, len(hardware))) < rate
    for kind in set(hardware):
        members = [i for i, h in enumerate(hardware) if h == kind]
        common = (rng.random(draws) < rate)[:, None]
        verdicts[:, members] = np.where((rng.random(draws) < shared)[:, None], common, verdicts[:, members])
    found = (verdicts.sum(axis=1) >= need).mean()
    assert dependent_rate(rate, hardware, shared, need) == pytest.approx(found, abs=0.005)
    assert correlation(verdicts[:, [0, hardware.rindex("a")]]) == pytest.approx(shared, abs=0.01)


def test_three_verifiers_on_one_machine_are_worth_one():
    q = single_rate(0.000267)
    assert dependent_rate(q, "aaa", 1.0) == pytest.approx(q)
    assert dependent_rate(q, "abc", 1.0) == pytest.approx(0.000267)
    assert dependent_rate(q, "aab", 1.0) == pytest.approx(q)  # two of a kind decide alone
    assert [effective_verifiers(h, 1.0) for h in ("abc", "aaa", "aab")] == pytest.approx([3, 1, 9 / 5])
    assert effective_verifiers("aaa", 0.5) == pytest.approx(1.5)


def test_correlation_of_equal_verdicts_is_not_known():
    assert math.isnan(correlation(np.ones((5, 3), bool)))
    assert correlation(np.repeat(np.array([[True], [False]]), 3, axis=1)) == pytest.approx(1.0)


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1, 0.5, 1.0])
def test_a_threshold_accepts_at_most_the_wanted_share_of_frauds(rate):
    rng = np.random.default_rng(2)
    for whole in (False, True):
        honest, fraud = rng.normal(3, 1, 200), rng.normal(9, 2, 300)
        if whole:
            honest, fraud = np.rint(honest), np.rint(fraud)
        threshold = threshold_at(honest, fraud, rate)
        assert (fraud <= threshold).mean() <= rate + 1e-12
        first = np.sort(fraud)[min(299, int(rate * 300 + 1e-9))]
        assert threshold >= honest.min() and (rate == 1.0 or threshold < first)


def test_a_threshold_lies_in_the_middle_of_a_gap():
    assert threshold_at([1, 2], [10, 11], 0.0) == 6.0
    assert threshold_at([1, 2, 30], [10, 11], 0.5) == 10.5
    assert threshold_at([20], [10, 11], 0.0) < 10


def test_the_curve_is_right_and_its_area_the_share_of_pairs_in_order():
    rng = np.random.default_rng(3)
    honest, fraud = rng.integers(0, 10, 60), rng.integers(4, 14, 80)
    curve = roc(honest, fraud)
    for threshold, true, false in zip(*curve[:3], strict=True):
        assert true == (honest <= threshold).mean() and false == (fraud <= threshold).mean()
    below = (honest[:, None] < fraud).mean() + 0.5 * (honest[:, None] == fraud).mean()
    assert curve.area == pytest.approx(below)
    assert (curve.true_accept[0], curve.false_accept[0]) == (0, 0)
    assert (curve.true_accept[-1], curve.false_accept[-1]) == (1, 1)


def test_rates_are_those_of_the_other_half():
    honest = np.tile([1.0, 9.0], 50)  # what the threshold is chosen on is near, the rest far
    fraud = np.tile([5.0, 2.0], 50)
    found = calibrate(honest, fraud, 0.0)
    assert found.threshold == 3.0 and found.single.true_accept.value == 0.0
    assert found.single.false_accept.value == 1.0 and found.single.true_accept.n == 50
    assert calibrate(honest, fraud, 0.0, hold_out=False).single.true_accept.value == 0.5


def test_a_majority_is_measured_where_enough_verifiers_checked():
    rng = np.random.default_rng(4)
    honest, fraud = rng.normal(2, 1, (2000, 3)), rng.normal(5, 1.5, (2000, 3))
    found = calibrate(honest, fraud, 0.05)
    assert found.measured and abs(found.correlation[1]) < 0.05
    accepted = found.accepts(fraud[1::2])
    assert found.majority.false_accept.value == pytest.approx((accepted.sum(axis=1) >= 2).mean())
    assert found.independent.false_accept.value == pytest.approx(majority_rate(accepted.mean()))
    assert found.majority.false_accept.low <= found.independent.false_accept.value
    assert found.independent.false_accept.value <= found.majority.false_accept.high


def test_verifiers_that_err_together_are_worth_one():
    rng = np.random.default_rng(5)
    honest = np.repeat(rng.normal(2, 1, (2000, 1)), 3, axis=1)
    fraud = np.repeat(rng.normal(5, 1.5, (2000, 1)), 3, axis=1)
    found = calibrate(honest, fraud, 0.05)
    assert found.correlation[1] == pytest.approx(1.0)
    assert found.majority.false_accept.value == found.single.false_accept.value
    assert found.independent.false_accept.value < found.single.false_accept.value / 5
    alone = calibrate(honest[:, 0], fraud[:, 0], 0.05)
    assert alone.single.false_accept[:3] == pytest.approx(found.single.false_accept[:3])  # same interval
    assert not alone.measured and alone.majority == alone.independent


def test_more_verifiers_than_asked_count_in_all_choices():
    verdicts = np.array([[1, 1, 0, 0, 0]] * 2 + [[1, 1, 1, 1, 1]] * 2, np.float64)
    found = calibrate(9 * (1 - verdicts), 5 * np.ones((4, 5)), 0.0, hold_out=False)
    # of 10 choices of three, those with both of the two: 3
    assert found.majority.true_accept.value == pytest.approx((2 * 0.3 + 2) / 4)


def test_intervals_hold_the_truth():
    rng = np.random.default_rng(6)
    held = {"single": 0, "majority": 0}
    trials = 300
    truth = None
    for _ in range(trials):
        common = rng.random(200) < 0.5
        own = rng.random((200, 3))
        shared = np.where(common[:, None], own[:, :1], own)
        honest = np.where(shared < 0.9, 0.0, 1.0)
        found = calibrate(np.vstack([honest, np.zeros((1, 3))]), np.full((4, 3), 1.0), 0.0, hold_out=False)
        truth = 0.5 * 0.9 + 0.5 * majority_rate(0.9)
        held["single"] += found.single.true_accept.low <= 0.9 <= found.single.true_accept.high
        held["majority"] += found.majority.true_accept.low <= truth <= found.majority.true_accept.high
    assert all(0.9 < count / trials <= 1.0 for count in held.values()), held


def test_the_figures_of_a_calibration_go_into_json():
    found = calibrate([1, 2, 1, 2], [8, 9, 8, 9], 0.0)
    summary = json.loads(json.dumps(found.majority.as_json(), allow_nan=False))
    assert summary["true_accept"] == 1.0 and summary["false_accept"] == 0.0
    assert summary["n"] == {"honest": 2, "fraud": 2} and summary["false_accept_interval"][1] < 1


def test_a_spread_is_its_quantiles():
    found = spread(np.arange(101))
    assert found == (101, 0.0, 50.0, 50.0, 99.0, 100.0)


@pytest.mark.parametrize(
    "use",
    [
        lambda: calibrate([1, 2], [3, 4], need=1),
        lambda: calibrate([1, 2], [3, 4], verifiers=2, need=3),
        lambda: calibrate([1], [3, 4]),
        lambda: calibrate([1, np.nan], [3, 4]),
        lambda: calibrate([], [3, 4]),
        lambda: calibrate(np.zeros((2, 2, 2)), [3, 4]),
        lambda: calibrate([1, 2], [3, 4], 1.5),
        lambda: majority_rate(1.2),
        lambda: majority_rate(0.5, 3, 1),
        lambda: majority_rate(0.5, 0, 0),
        lambda: dependent_rate(0.5, "abc", -0.1),
        lambda: single_rate(2.0),
        lambda: threshold_at([1], [2], -0.1),
        lambda: spread([]),
        lambda: roc([1], [np.nan]),
    ],
)
def test_what_is_refused(use):
    with pytest.raises(ConfigError):
        use()
