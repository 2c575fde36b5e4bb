"""What the runs of `[match]` say in scenarios without teams: how a member does alone, and among others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from swarm_env.bench.match_results import Estimate
from swarm_env.leaderboard.intervals import mean_interval

# Values of a run, by name: of one kind of agents alone, and of focal agents among others.
ALONE = ("welfare", "equality", "sustainability", "score")
AMONG = ("focal", "background", "total")


@dataclass(frozen=True, slots=True)
class PlayedAlone:
    """A run of one member, or of focal agents of it among others.

    Attributes:
        member: The member.
        seed: Its seed.
        values: Some of `ALONE` or `AMONG`, by name; None: not defined in this run.
    """

    member: str
    seed: int
    values: Mapping[str, float | None]


def table(runs: Iterable[PlayedAlone]) -> dict[str, dict[str, Estimate]]:
    """The mean of each value with its interval over seeds, by member; without values that no run has."""
    found: dict[str, dict[str, dict[int, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for run in runs:
        for name, value in run.values.items():
            if value is not None:
                found[run.member][name][run.seed].append(value)
    return {
        member: {
            name: _estimate([float(np.mean(own)) for own in by_seed.values()])
            for name, by_seed in values.items()
        }
        for member, values in found.items()
    }


def _estimate(values: list[float]) -> Estimate:
    interval = mean_interval(values) if len(values) >= 2 else None
    ends = (interval.low, interval.high) if interval else (None, None)
    return Estimate(float(np.mean(values)), *ends)
