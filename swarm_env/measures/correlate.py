"""Correlations of measures with final scores over many runs, with intervals.

Scenarios are never mixed: their scores have different scales.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.measures.declare import Series
from swarm_env.measures.measuring import Measures

LEAST_RUNS = 4  # needed for an interval
_Z = 1.959963984540054  # 97.5% point of the normal distribution


class Estimate(NamedTuple):
    """A correlation and its 95% interval; NaN if undefined.

    Attributes:
        value: -1 to 1; NaN with fewer than two runs or if one variable is constant.
        low: Lower end; NaN with fewer than four runs, or if `value` is exactly -1 or 1.
        high: Upper end, likewise.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Correlation:
    """The mean of one measure against the final score, over the runs of one scenario.

    Attributes:
        scenario: Name of the scenario.
        measure: Name of the measure.
        n: Number of runs in which the measure is defined; only these count.
        pearson: Correlation of the values (linear relation).
        spearman: Correlation of the ranks, ties with their mean rank (monotonic relation).
    """

    scenario: str
    measure: str
    n: int
    pearson: Estimate
    spearman: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class RoundCorrelation:
    """One measure in each round against the final score, over the runs of one scenario. R: longest run.

    Attributes:
        scenario: Name of the scenario.
        measure: Name of the measure.
        n: (R,) int64 number of runs with a value in each round.
        pearson: (R,) float64; NaN as in `Estimate`.
        pearson_low: (R,) float64 lower end of the 95% interval of each single round.
        pearson_high: (R,) float64 its upper end.
        spearman: (R,) float64.
        spearman_low: (R,) float64.
        spearman_high: (R,) float64.
    """

    scenario: str
    measure: str
    n: NDArray[np.int64]
    pearson: Series
    pearson_low: Series
    pearson_high: Series
    spearman: Series
    spearman_low: Series
    spearman_high: Series


def correlations(measured: Sequence[Measures]) -> list[Correlation]:
    """The mean of each measure over a run's rounds against the run's final score.

    Args:
        measured: Finished, independent runs.

    Returns:
        One entry per scenario and measure, scenarios sorted by name, measures in the order of `MEASURES`.
    """
    found = []
    for scenario, runs in _by_scenario(measured).items():
        scores = np.array([run.final_score for run in runs])
        for name in runs[0].names:
            means = np.array([run.mean(name) for run in runs])
            kept = ~np.isnan(means)
            pearson, spearman = _both(means[kept], scores[kept])
            found.append(Correlation(scenario, name, int(kept.sum()), pearson, spearman))
    return found


def correlations_within(teams: Sequence[Sequence[Sequence[Measures]]]) -> list[Correlation]:
    """The mean of each measure against the final score within teams: what differs between teams is taken out.

    A team that does everything better has other measures and higher scores than the rest, whether or not the
    one has to do with the other. So each seed's mean (or rank within its team) minus the team's mean is used.

    Args:
        teams: For each team the finished runs of each seed, all of one scenario. Runs of one seed count as
            their mean.

    Returns:
        One entry per measure that enough seeds have; `n` is their number over all teams. Intervals allow for
        the mean that is estimated for each team.
    """
    runs = [run for seeds in teams for own in seeds for run in own]
    found = []
    for name in runs[0].names if runs else ():
        pairs = [np.array([_seed_pair(own, name) for own in seeds]).reshape(-1, 2) for seeds in teams]
        known = [pair[~np.isnan(pair[:, 0])] for pair in pairs]
        known = [pair for pair in known if len(pair) > 1]
        n = sum(map(len, known))
        freedom = n - len(known) + 1  # as many independent pairs
        if freedom < LEAST_RUNS:
            continue
        x, y = (np.concatenate([_centred(pair[:, i]) for pair in known]) for i in (0, 1))
        x_ranks, y_ranks = (np.concatenate([_centred(ranks(pair[:, i])) for pair in known]) for i in (0, 1))
        pearson, spearman = _pearson(x, y), _pearson(x_ranks, y_ranks)
        ends = _estimate(pearson, 1.0, freedom), _estimate(spearman, 1 + spearman**2 / 2, freedom)
        found.append(Correlation(runs[0].scenario, name, n, *ends))
    return found


def _seed_pair(runs: Sequence[Measures], name: str) -> tuple[float, float]:
    """Mean of a measure and mean final score over the runs of a seed in which it is defined."""
    known = [run for run in runs if not math.isnan(run.mean(name))]
    if not known:
        return math.nan, math.nan
    return float(np.mean([run.mean(name) for run in known])), float(np.mean([r.final_score for r in known]))


def correlations_by_round(measured: Sequence[Measures]) -> list[RoundCorrelation]:
    """The value of each measure in round r, for every r, against the final score.

    Args:
        measured: See `correlations`.

    Returns:
        One entry per scenario and measure, in the same order. Runs have no values after their end.
    """
    found = []
    for scenario, runs in _by_scenario(measured).items():
        scores = np.array([run.final_score for run in runs])
        rounds = max(run.rounds for run in runs)
        for name in runs[0].names:
            table = np.full((len(runs), rounds), np.nan)
            for row, run in zip(table, runs, strict=True):
                row[: run.rounds] = run.values[name]
            kept = ~np.isnan(table)
            pairs = [_both(table[kept[:, r], r], scores[kept[:, r]]) for r in range(rounds)]
            ends = np.array(pairs, np.float64).reshape(rounds, 6).T.copy()
            found.append(RoundCorrelation(scenario, name, kept.sum(axis=0), *ends))
    return found


def _by_scenario(measured: Sequence[Measures]) -> dict[str, list[Measures]]:
    return {
        scenario: [run for run in measured if run.scenario == scenario]
        for scenario in sorted({run.scenario for run in measured})
    }


def _both(values: Series, scores: Series) -> tuple[Estimate, Estimate]:
    """Pearson's and Spearman's correlation of n pairs.

    Intervals are Fisher's: symmetric around atanh(r), with variance 1 / (n - 3) for values and
    (1 + r**2 / 2) / (n - 3) for ranks (Bonett and Wright, Psychometrika 65, 2000).
    """
    pearson, spearman = _pearson(values, scores), _pearson(ranks(values), ranks(scores))
    return _estimate(pearson, 1.0, len(values)), _estimate(spearman, 1 + spearman**2 / 2, len(values))


def _estimate(value: float, variance: float, n: int) -> Estimate:
    if n < LEAST_RUNS or math.isnan(value) or abs(value) == 1:
        return Estimate(value, math.nan, math.nan)
    centre, reach = math.atanh(value), _Z * math.sqrt(variance / (n - 3))
    return Estimate(value, math.tanh(centre - reach), math.tanh(centre + reach))


def _pearson(x: Series, y: Series) -> float:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    x, y = x / np.abs(x).max(), y / np.abs(y).max()  # so that no square underflows or overflows
    value = float(x @ y / math.sqrt((x @ x) * (y @ y)))
    return math.copysign(1.0, value) if abs(value) > 1 - 1e-12 else value


def _centred(values: Series) -> Series:
    """Differences to the mean, exactly 0 for equal values."""
    return values - values.mean() if np.ptp(values) > 0 else np.zeros(len(values))


def ranks(values: Series) -> Series:
    """Ranks from 1, ties with their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
