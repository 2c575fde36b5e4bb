"""Shares, means and the arithmetic of votes, against other implementations; the study."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from swarm_env.consensus.intervals import block_chance, exact_share, mean, middle, share

from swarm_env.errors import ConfigError
from tests.cli.programs import swarm


@given(st.integers(0, 300), st.integers(1, 300))
def test_wilson_s_interval(count, n):
    count = min(count, n)
    found = share(count, n)
    known = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert found.value == count / n
    assert found.low == pytest.approx(known.low, abs=1e-12)
    assert found.high == pytest.approx(known.high, abs=1e-12)


@given(st.integers(0, 300), st.integers(1, 300))
def test_the_exact_interval(count, n):
    count = min(count, n)
    found = exact_share(count, n)
    known = stats.binomtest(count, n).proportion_ci(method="exact")
    assert found.value == count / n
    assert found.low == pytest.approx(known.low, abs=1e-9)
    assert found.high == pytest.approx(known.high, abs=1e-9)


def test_none_of_99_000_is_less_than_0_0030_percent():
    assert exact_share(0, 99_000, 0.9).high == pytest.approx(1 - 0.05 ** (1 / 99_000), rel=1e-6)
    assert exact_share(0, 99_000, 0.9).high == pytest.approx(3.026e-5, rel=1e-3)


def test_no_share_and_no_mean_of_nothing():
    assert math.isnan(share(0, 0).value) and share(0, 0)[1:] == (0, 1, 0)
    assert math.isnan(mean([]).value)
    assert mean([2.0]).value == 2 and mean([2.0]).high == math.inf


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30))
def test_student_s_interval(values):
    found = mean(values)
    error = stats.sem(values)
    half = stats.t.ppf(0.975, len(values) - 1) * error
    assert found.low == pytest.approx(np.mean(values) - half, abs=1e-6)
    assert found.high == pytest.approx(np.mean(values) + half, abs=1e-6)


def test_the_interval_of_a_balance_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        both = rng.random(119)
        first, second = both < 0.85, (both > 0.1) & (rng.random(119) < 0.8)
        found = middle(first, second)
        held += found.low <= (0.85 + 0.9 * 0.8) / 2 <= found.high
    assert 0.93 < held / 2000 < 0.975


@pytest.mark.slow
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.data())
def test_the_chance_to_block(chances, data):
    k = data.draw(st.integers(1, len(chances)))
    expected = 0.0
    for bits in range(2 ** len(chances)):
        votes = [bits >> i & 1 for i in range(len(chances))]
        if sum(votes) >= k:
            expected += math.prod(c if v else 1 - c for c, v in zip(chances, votes, strict=True))
    assert block_chance(chances, k) == pytest.approx(expected, abs=1e-9)


@given(st.floats(0, 1), st.integers(1, 12))
def test_a_veto_of_equals_is_one_minus_a_power(chance, n):
    assert block_chance([chance] * n) == pytest.approx(1 - (1 - chance) ** n, abs=1e-9)


@pytest.mark.parametrize("arguments", [([0.5], 2), ([0.5], 0), ([1.5], 1), ([], 1)])
def test_chances_that_are_none(arguments):
    with pytest.raises(ConfigError):
        block_chance(*arguments)


@pytest.mark.slow
def test_the_study_writes_tables_and_pictures(capsys, tmp_path):
    out = tmp_path / "study"
    small = ["--scenarios", 2, "--seeds", 1, "--draws", 20]
    done = swarm(capsys, "consensus", "codef-study", *small, "--out", out)
    assert done.status == 0, done.err
    assert "codef minus self_voting" in done.out and "defenders" in done.out
    names = {"errors", "threshold", "defenders", "adversaries", "algebra"}
    assert {file.name for file in out.iterdir()} == {f"codef-{n}.png" for n in names} | {"study.json"}
    study = json.loads((out / "study.json").read_text())
    assert {line["series"] for line in study["lines"]} == names - {"algebra"}
    assert all(line["better"] in ("", "codef", "self_voting", "cannot tell") for line in study["lines"])
    refused = swarm(capsys, "consensus", "codef-study", *small, "--out", out)
    assert refused.status == 2 and "--force" in refused.err
