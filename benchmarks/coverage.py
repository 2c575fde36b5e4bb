"""How often the leaderboard's 95% intervals hold the true mean, and how often equal teams look different.

Simulated scores with a known mean, for few seeds. Coverage counts the intervals that were given; "refused" is
the share of samples without one. Beside it: Student's interval over all games, as if they were independent.
The second table has ten teams of equal strength; "beside" takes the best team as the reference and Student's
interval of each paired difference by itself.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import Row, flags, say, show
from swarm_env.leaderboard.comparisons import adjust, compare
from swarm_env.leaderboard.intervals import LEVEL, Bounds, mean_interval, student_quantile

SEEDS = (5, 8, 10, 15, 20)
SAMPLES, QUICK_SAMPLES = 2000, 50
TABLES, QUICK_TABLES = 400, 10
TEAMS = 10
PLAYS = 4  # of each seed, where seeds are repeated
LOGNORMAL = float(np.exp(0.125))  # mean of a lognormal number with sigma 0.5

Numbers = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Numbers]


class Case(NamedTuple):
    """A distribution of scores.

    Attributes:
        draw: Scores of shape (samples, seeds, plays).
        mean: Their true mean.
        bounds: As a scenario declares them.
        plays: Games per seed.
    """

    draw: Draw
    mean: float
    bounds: Bounds | None = None
    plays: int = 1


def zero_heavy(zeros: float, positive: Draw) -> Draw:
    """Scores that are 0 with probability `zeros`, else drawn by `positive`."""
    return lambda rng, shape: (rng.random(shape) >= zeros) * positive(rng, shape)


def bernoulli(chance: float) -> Draw:
    """Scores of 1 with probability `chance`, else 0."""
    return lambda rng, shape: (rng.random(shape) < chance).astype(np.float64)


def clustered(effect: Draw, noise: float) -> Draw:
    """Scores that share an effect within a seed, plus normal noise for each game."""
    return lambda rng, shape: effect(rng, (*shape[:2], 1)) + rng.normal(0, noise, shape)


def exponential(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    """Scores with mean 1."""
    return rng.exponential(size=shape)


def lognormal(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    """Scores with sigma 0.5 and mean `LOGNORMAL`."""
    return rng.lognormal(0, 0.5, shape)


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    """Scores with mean 3 and standard deviation 1."""
    return rng.normal(3, 1, shape)


def chances(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    """Scores of 0 or 1 whose chance, 0.8 on average, is a property of the seed."""
    return (rng.random(shape) < rng.beta(1.6, 0.4, (*shape[:2], 1))).astype(np.float64)


def seeds_of_zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    """Scores that are 0 in all games of 80% of the seeds, else exponential around a level of the seed."""
    level = zero_heavy(0.8, lognormal)(rng, (*shape[:2], 1))
    return level * rng.exponential(size=shape)


CASES = {
    "normal": Case(normal, 3.0),
    "lognormal, sigma 0.5": Case(lognormal, LOGNORMAL),
    "80% zeros, else exponential": Case(zero_heavy(0.8, exponential), 0.2),
    "80% zeros, else lognormal": Case(zero_heavy(0.8, lognormal), 0.2 * LOGNORMAL),
    "Bernoulli 0.9, bounds 0 and 1": Case(bernoulli(0.9), 0.9, (0.0, 1.0)),
    "Bernoulli 0.9, no bounds": Case(bernoulli(0.9), 0.9),
    "seed effect, 4 plays": Case(clustered(normal, 1.0), 3.0, plays=PLAYS),
    "seed effect lognormal, 4 plays": Case(clustered(lognormal, 0.25), LOGNORMAL, plays=PLAYS),
    "80% of seeds zero, 4 plays": Case(seeds_of_zeros, 0.2 * LOGNORMAL, plays=PLAYS),
    "chance by seed, bounds, 4 plays": Case(chances, 0.8, (0.0, 1.0), PLAYS),
    "Beta(0.3, 3), bounds 0 and 1": Case(lambda rng, shape: rng.beta(0.3, 3, shape), 0.3 / 3.3, (0.0, 1.0)),
    "10% zeros, else near 0.8, bounds": Case(
        zero_heavy(0.1, lambda rng, shape: rng.uniform(0.75, 0.85, shape)), 0.72, (0.0, 1.0)
    ),
    "exponential (not promised)": Case(exponential, 1.0),
    "40% zeros, else exponential (not promised)": Case(zero_heavy(0.4, exponential), 0.6),
    "80% at 5, else 0 or 10": Case(
        lambda rng, shape: rng.choice([0.0, 5.0, 10.0], shape, p=[0.1, 0.8, 0.1]), 5.0
    ),
}


def measure(samples: int) -> list[Row]:
    """Coverage in each case for each number of seeds."""
    rows: list[Row] = []
    for name, case in CASES.items():
        say(name)
        for seeds in SEEDS:
            rng = np.random.default_rng(seeds)
            scores = case.draw(rng, (samples, seeds, case.plays))
            found = [mean_interval(means, case.bounds) for means in scores.mean(axis=2)]
            given = [interval for interval in found if interval is not None]
            low, high = np.array([(interval.low, interval.high) for interval in given]).T
            rows.append(
                {
                    "scores": name,
                    "seeds": seeds,
                    "coverage %": 100 * float(np.mean((low <= case.mean) & (case.mean <= high))),
                    "refused %": 100 * (1 - len(given) / samples),
                    "median width": float(np.median(high - low)),
                    "least width": float(np.min(high - low)),
                    "Student over games %": 100 * _student_coverage(scores.reshape(samples, -1), case.mean),
                }
            )
    return rows


def _student_coverage(scores: Numbers, mean: float) -> float:
    n = scores.shape[1]
    reach = student_quantile((1 + LEVEL) / 2, n - 1) * scores.std(axis=1, ddof=1) / np.sqrt(n)
    return float(np.mean(np.abs(scores.mean(axis=1) - mean) <= reach))


def measure_equal_teams(tables: int) -> list[Row]:
    """Share of tables of ten equal teams in which some difference passes for real."""
    rows: list[Row] = []
    for name, draw in (("normal", normal), ("80% zeros", zero_heavy(0.8, exponential))):
        say(f"ten equal teams, {name}")
        for seeds in SEEDS:
            rng = np.random.default_rng(100 + seeds)
            ours, beside = 0, 0
            for _ in range(tables):
                scores = draw(rng, (TEAMS, seeds))
                ours += any(
                    one.is_significant for one in adjust([compare(d) for d in scores[1:] - scores[0]])
                )
                best = int(scores.mean(axis=1).argmax())
                apart = np.delete(scores, best, axis=0) - scores[best]
                reach = student_quantile((1 + LEVEL) / 2, seeds - 1) * apart.std(axis=1, ddof=1) / seeds**0.5
                beside += bool(np.any(np.abs(apart.mean(axis=1)) > reach))
            rows.append(
                {
                    "scores": name,
                    "seeds": seeds,
                    "some difference %": 100 * ours / tables,
                    "beside %": 100 * beside / tables,
                }
            )
    return rows


def main() -> None:
    """Print the tables."""
    chosen = flags(__doc__).parse_args()
    show(
        {
            "Coverage of 95% intervals": measure(QUICK_SAMPLES if chosen.quick else SAMPLES),
            f"{TEAMS} equal teams": measure_equal_teams(QUICK_TABLES if chosen.quick else TABLES),
        },
        chosen.json,
    )


if __name__ == "__main__":
    main()
