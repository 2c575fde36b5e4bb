"""Correlations agree with scipy's and say how little few runs tell."""

import dataclasses

import numpy as np
import pytest
import scipy.stats

from swarm_env.config import WorldConfig
from swarm_env.measures import MEASURES, Measures, correlations, correlations_by_round, correlations_within


def run(final, rounds=3, scenario="flocking", **series):
    """A run whose measures are NaN but for those given."""
    values = {name: np.full(rounds, np.nan) for name in MEASURES}
    values |= {name: np.array(given, np.float64) for name, given in series.items()}
    return Measures(
        "made",
        "run",
        WorldConfig(scenario=scenario),
        0,
        "nobody",
        "tfidf",
        np.full(rounds, float(final)),
        values,
    )


def one(found, name="stillness"):
    (entry,) = [entry for entry in found if entry.measure == name]
    return entry


def drawn(n, seed=3, ties=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = 2 * x + rng.normal(size=n) * 2
    return (np.round(x), np.round(y)) if ties else (x, y)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n", [4, 12, 60])
def test_values_and_intervals_are_scipys(n, ties):
    x, y = drawn(n, ties=ties)
    entry = one(correlations([run(score, stillness=[v, v, np.nan]) for v, score in zip(x, y, strict=True)]))
    assert entry.n == n
    pearson = scipy.stats.pearsonr(x, y)
    low, high = pearson.confidence_interval(0.95)
    assert entry.pearson == pytest.approx((pearson.statistic, low, high))
    rank = scipy.stats.spearmanr(x, y).statistic
    assert abs(rank) < 1
    half = scipy.stats.norm.ppf(0.975) * np.sqrt((1 + rank**2 / 2) / (n - 3))
    ends = np.tanh(np.arctanh(rank) + np.array([-half, half]))
    assert entry.spearman == pytest.approx((rank, *ends))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_intervals_hold_what_they_should_about_as_often_as_they_say(kind):
    """Of many samples of 15 normal pairs with correlation 0.6, about 95% cover the true value."""
    rng = np.random.default_rng(8)
    truth = 0.6 if kind == "pearson" else 6 / np.pi * np.arcsin(0.3)
    covered = 0
    for _ in range(400):
        x, noise = rng.normal(size=(2, 15))
        y = 0.6 * x + 0.8 * noise
        found = getattr(
            one(correlations([run(s, stillness=[v] * 3) for v, s in zip(x, y, strict=True)])), kind
        )
        covered += found.low <= truth <= found.high
    assert 0.92 <= covered / 400 <= 0.98


def test_few_runs_tell_little():
    x, y = drawn(3)
    few = one(correlations([run(s, stillness=[v] * 3) for v, s in zip(x, y, strict=True)]))
    assert few.n == 3 and -1 < few.pearson.value < 1 and np.isnan(few.pearson.low)
    single = one(correlations([run(1, stillness=[0.5] * 3)]))
    assert single.n == 1 and np.isnan(single.pearson).all() and np.isnan(single.spearman).all()
    assert correlations([]) == [] and correlations_by_round([]) == []


def test_what_does_not_vary_goes_with_nothing():
    flat = one(correlations([run(score, stillness=[0.1] * 3) for score in range(6)]))
    assert flat.n == 6 and np.isnan(flat.pearson.value) and np.isnan(flat.spearman.value)
    same_score = one(correlations([run(2, stillness=[s] * 3) for s in (0.1, 0.2, 0.3, 0.4)]))
    assert np.isnan(same_score.pearson.value)


def test_a_perfect_line_has_no_interval():
    entry = one(correlations([run(2 * s, stillness=[s] * 3) for s in (0.1, 0.2, 0.4, 0.5, 0.7)]))
    assert entry.pearson.value == entry.spearman.value == 1 and np.isnan(entry.pearson.high)
    falling = one(correlations([run(-s, stillness=[s**3] * 3) for s in (0.1, 0.2, 0.4, 0.5, 0.7)]))
    assert falling.spearman.value == -1 < falling.pearson.value < 0


def test_tiny_and_huge_numbers_are_no_trouble():
    x, y = drawn(8)
    plain, scaled = (
        one(correlations([run(k * s, stillness=[v / k] * 3) for v, s in zip(x, y, strict=True)]))
        for k in (1.0, 1e200)
    )
    assert scaled.pearson == pytest.approx(plain.pearson)


def test_runs_in_which_a_measure_is_undefined_are_left_out():
    runs = [run(s, stillness=[s * s] * 3) for s in range(5)] + [run(99), run(-99)]
    assert one(correlations(runs)).n == 5 and one(correlations(runs), "conformity").n == 0


def test_scenarios_are_kept_apart():
    runs = [run(s, stillness=[s] * 3) for s in range(4)]
    runs += [run(100 - s, stillness=[s] * 3, scenario="pursuit") for s in range(4)]
    found = correlations(runs)
    assert [entry.scenario for entry in found] == ["flocking"] * len(MEASURES) + ["pursuit"] * len(MEASURES)
    assert [entry.measure for entry in found] == list(MEASURES) * 2
    assert [entry.pearson.value for entry in found if entry.measure == "stillness"] == [1, -1]


def test_by_round_each_round_counts_for_itself():
    rng = np.random.default_rng(2)
    runs = [run(rng.normal(), rounds=r, stillness=rng.random(r)) for r in (2, 4, 4, 5, 5, 5, 5)]
    entry = one(correlations_by_round(runs))
    assert entry.n.tolist() == [7, 7, 6, 6, 4]
    for r in range(5):
        kept = [one_run for one_run in runs if one_run.rounds > r]
        cut = [
            dataclasses.replace(one_run, values={"stillness": one_run.values["stillness"][[r]]})
            for one_run in kept
        ]
        expected = one(correlations(cut))
        pearson = entry.pearson[r], entry.pearson_low[r], entry.pearson_high[r]
        spearman = entry.spearman[r], entry.spearman_low[r], entry.spearman_high[r]
        assert pearson == pytest.approx(expected.pearson) and spearman == pytest.approx(expected.spearman)


def test_relabelling_runs_changes_nothing():
    x, y = drawn(10)
    runs = [run(s, stillness=[v] * 3) for v, s in zip(x, y, strict=True)]
    assert one(correlations(runs)).pearson == pytest.approx(one(correlations(runs[::-1])).pearson)


def test_what_differs_between_teams_is_no_correlation_within_them():
    """Two teams, one better and moving more, in both of which scores have nothing to do with moving."""
    rng = np.random.default_rng(1)
    teams = [
        [[run(base + rng.normal(), stillness=[base + rng.normal()] * 3)] for _ in range(40)]
        for base in (0.0, 20.0)
    ]
    pooled = one(correlations([game for seeds in teams for (game,) in seeds]))
    within = one(correlations_within(teams))
    assert pooled.pearson.value > 0.9 and pooled.spearman.low > 0.5
    assert within.n == 80 and within.pearson.low < 0 < within.pearson.high
    assert within.spearman.low < 0 < within.spearman.high


def test_one_team_alone_has_the_plain_correlation():
    x, y = drawn(12)
    games = [run(score, stillness=[v] * 3) for v, score in zip(x, y, strict=True)]
    found, plain = one(correlations_within([[[game] for game in games]])), one(correlations(games))
    assert found.pearson == pytest.approx(plain.pearson) and found.spearman == pytest.approx(plain.spearman)


def test_runs_of_one_seed_count_once():
    x, y = drawn(12)
    seeds = [
        [run(score - 1, stillness=[v] * 3), run(score + 1, stillness=[v] * 3)]
        for v, score in zip(x, y, strict=True)
    ]
    plain = one(correlations([run(score, stillness=[v] * 3) for v, score in zip(x, y, strict=True)]))
    assert one(correlations_within([seeds])).pearson == pytest.approx(plain.pearson)


def test_too_few_seeds_within_teams_say_nothing():
    games = [run(score, stillness=[score] * 3) for score in range(2)]
    assert correlations_within([[[game] for game in games]] * 2) == []
    assert correlations_within([]) == []
