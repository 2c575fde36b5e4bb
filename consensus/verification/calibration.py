"""Calibration: from distances of honest repeats and of frauds to a threshold and its error rates.

Work is accepted if its distance is at most the threshold. Rates are measured on other work than that which
the threshold was chosen on. All functions raise `ConfigError` for an argument that is not allowed.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import checked_number, real
from swarm_env.consensus.intervals import LEVEL, Interval, exact_share
from swarm_env.consensus.verification.agreement import (
    NEED,
    VERIFIERS,
    check_majority,
    correlation,
    majority_rate,
)

from swarm_env.errors import ConfigError

TARGET = 0.01


class Rates(NamedTuple):
    """Acceptance rates.

    Attributes:
        true_accept: Share of honest work that is accepted, with its interval.
        false_accept: Share of fraud that is accepted, with its interval.
    """

    true_accept: Interval
    false_accept: Interval

    def as_json(self) -> dict[str, Any]:
        """For JSON: `true_accept`, `false_accept`, `n` (pieces of work), and intervals."""
        return {
            "true_accept": self.true_accept.value,
            "false_accept": self.false_accept.value,
            "n": {"honest": self.true_accept.n, "fraud": self.false_accept.n},
            "true_accept_interval": [self.true_accept.low, self.true_accept.high],
            "false_accept_interval": [self.false_accept.low, self.false_accept.high],
        }


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold and its error rates.

    Attributes:
        threshold: Work is accepted if its distance is at most this.
        target: Largest share of fraud that one verifier was to accept.
        single: Rates of one verifier.
        majority: Rates of `need` of `verifiers`: measured, where so many examined each piece of work, else
            computed for independent ones.
        independent: Rates if they were independent.
        measured: Whether `majority` was measured.
        correlation: Of two verifiers' verdicts on honest work and on fraud; NaN where unknown.
        area: Area under the curve of true over false accepts, 0.5 (chance) to 1.
        verifiers: m.
        need: How many of them must accept.
    """

    threshold: float
    target: float
    single: Rates
    majority: Rates
    independent: Rates
    measured: bool
    correlation: tuple[float, float]
    area: float
    verifiers: int
    need: int

    def accepts(self, distances: ArrayLike) -> NDArray[np.bool_]:
        """Whether single distances are accepted, of the shape of `distances`."""
        return np.asarray(distances) <= self.threshold


class Curve(NamedTuple):
    """True over false accepts for every threshold that makes a difference.

    Attributes:
        threshold: (T,) rising, the first below every distance.
        true_accept: (T,) share of honest work accepted.
        false_accept: (T,) share of fraud accepted.
        area: Area under the curve: probability that honest work is nearer than a fraud (ties: half).
    """

    threshold: NDArray[np.float64]
    true_accept: NDArray[np.float64]
    false_accept: NDArray[np.float64]
    area: float


class Spread(NamedTuple):
    """Distribution of distances."""

    n: int
    least: float
    median: float
    mean: float
    p99: float
    greatest: float


def spread(distances: ArrayLike) -> Spread:
    """Distribution of distances, (n,) or (n, V); `ConfigError` if there is none, or one is not a number."""
    d = _distances("distances", distances).ravel()
    least, median, p99, greatest = np.quantile(d, (0.0, 0.5, 0.99, 1.0))
    return Spread(d.size, float(least), float(median), float(d.mean()), float(p99), float(greatest))


def threshold_at(honest: ArrayLike, fraud: ArrayLike, rate: float) -> float:
    """The largest threshold that makes a difference and accepts at most this share of the frauds.

    Args:
        honest: Distances of honest work, (n,) or (n, V).
        fraud: Distances of frauds, (f,) or (f, V).
        rate: 0 to 1. With 0 none of these frauds is accepted.

    Returns:
        Half way between the first fraud that must be rejected and the largest distance below it.
    """
    checked_number("rate", rate, 0.0, 1.0)
    ours, theirs = _distances("honest", honest).ravel(), np.sort(_distances("fraud", fraud).ravel())
    allowed = int(math.floor(rate * theirs.size + 1e-9))
    if allowed >= theirs.size:
        return float(max(ours.max(), theirs.max()))
    first = theirs[allowed]
    below = np.concatenate((ours, theirs))
    below = below[below < first]
    return float((below.max() + first) / 2) if below.size else float(np.nextafter(first, -np.inf))


def roc(honest: ArrayLike, fraud: ArrayLike) -> Curve:
    """The curve of true over false accepts, from distances of honest work and of frauds, (n,) or (n, V).

    Raises `ConfigError` if there is none, or one is not a number.
    """
    ours = np.sort(_distances("honest", honest).ravel())
    theirs = np.sort(_distances("fraud", fraud).ravel())
    seen = np.unique(np.concatenate((ours, theirs)))
    threshold = np.concatenate(([np.nextafter(seen[0], -np.inf)], seen))
    true = np.searchsorted(ours, threshold, side="right") / ours.size
    false = np.searchsorted(theirs, threshold, side="right") / theirs.size
    area = float(np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2))
    return Curve(threshold, true, false, area)


def calibrate(
    honest: ArrayLike,
    fraud: ArrayLike,
    false_accept: float = TARGET,
    verifiers: int = VERIFIERS,
    need: int = NEED,
    hold_out: bool = True,
) -> Calibration:
    """Choose a threshold and measure its error rates.

    Args:
        honest: (n,) distances of honest work from a verifier's result for the same task, or (n, V) from the
            results of V verifiers.
        fraud: (f,) or (f, V) the same for frauds.
        false_accept: Largest share of frauds that one verifier may accept, on the work the threshold is
            chosen on.
        verifiers: m.
        need: How many of m must accept.
        hold_out: Choose on every other piece of work and measure on the rest. Without it the same work serves
            both, which makes rates look better than they are.

    Returns:
        The calibration. With V >= m the majority is measured (over all choices of m of the V); with fewer it
        is computed as if verifiers were independent.

    Raises:
        ConfigError: An argument is not allowed, or there are not at least two pieces of work of each kind.
    """
    check_majority(verifiers, need)
    checked_number("false_accept", false_accept, 0.0, 1.0)
    ours, theirs = _distances("honest", honest), _distances("fraud", fraud)
    if min(len(ours), len(theirs)) < 2:
        raise ConfigError("To calibrate, there must be at least 2 pieces of honest work and 2 frauds.")
    chosen_on = (ours[::2], theirs[::2]) if hold_out else (ours, theirs)
    threshold = threshold_at(*chosen_on, false_accept)
    measured_on = (ours[1::2], theirs[1::2]) if hold_out else (ours, theirs)
    verdicts = [d <= threshold for d in measured_on]
    single = Rates(*(_single(v) for v in verdicts))
    independent = Rates(*(_as_independent(rate, verifiers, need) for rate in single))
    measured = all(v.shape[1] >= verifiers for v in verdicts)
    together = [_together(v, verifiers, need) for v in verdicts] if measured else independent
    related = [correlation(v) if v.shape[1] > 1 else math.nan for v in verdicts]
    return Calibration(
        threshold, false_accept, single, Rates(*together), independent, measured, (related[0], related[1]),
        roc(*measured_on).area, verifiers, need,
    )  # fmt: skip


def _distances(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """(n, V) distances, finite or infinite; at least one."""
    d = real(name, values, None, dims=(1, 2), infinite=True)
    if not d.size:
        raise ConfigError(f"{name} must hold at least one distance.")
    return d[:, None] if d.ndim == 1 else d


def _single(verdicts: NDArray[np.bool_]) -> Interval:
    """Share of single verdicts that accept; verdicts on one piece of work are not independent.

    The interval is Clopper and Pearson's for the effective number of independent verdicts, n V / (1 + (V - 1)
    r) with the correlation r, taken as 1 where it cannot be estimated.
    """
    n, m = verdicts.shape
    found = correlation(verdicts) if m > 1 else 0.0
    related = 1.0 if math.isnan(found) else min(1.0, max(0.0, found))
    worth = max(1, round(n * m / (1.0 + (m - 1) * related)))
    value = float(verdicts.mean())
    return _around(value, worth, n)


def _together(verdicts: NDArray[np.bool_], verifiers: int, need: int) -> Interval:
    """Share of work that at least `need` of m verifiers accept, over all choices of m of the V."""
    n, many = verdicts.shape
    ways = math.comb(many, verifiers)
    chance = np.array(
        [
            sum(math.comb(a, i) * math.comb(many - a, verifiers - i) for i in range(need, verifiers + 1))
            / ways
            for a in range(many + 1)
        ]
    )
    return _around(float(chance[verdicts.sum(axis=1)].mean()), n, n)


def _around(value: float, worth: int, n: int) -> Interval:
    """Clopper and Pearson's interval of a share of `worth` independent verdicts, on n pieces of work."""
    low, high = (exact_share(k, worth, LEVEL) for k in (math.floor(value * worth), math.ceil(value * worth)))
    return Interval(value, min(value, low.low), max(value, high.high), n)


def _as_independent(rate: Interval, verifiers: int, need: int) -> Interval:
    """Rate of a majority of independent verifiers; it rises with their rate, so ends map to ends."""
    ends = [majority_rate(p, verifiers, need) for p in rate[:3]]
    return Interval(ends[0], ends[1], ends[2], rate.n)
