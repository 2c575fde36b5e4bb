"""Group measures: how a team moves and talks, round by round, computed from a recorded run.

`measure` plays a run of ours again, or takes a native log of SwarmBench, and gives one number per measure and
round. `correlations` and `correlations_by_round` set them against the final scores of many runs. What each
measure says stands in `MEASURES` and, with its formula, in `docs/measures.md`.
"""

from swarm_env.measures.correlate import (
    Correlation,
    Estimate,
    RoundCorrelation,
    correlations,
    correlations_by_round,
)
from swarm_env.measures.measuring import Measures, measure
from swarm_env.measures.table import MEASURES, Measure

__all__ = [
    "MEASURES",
    "Correlation",
    "Estimate",
    "Measure",
    "Measures",
    "RoundCorrelation",
    "correlations",
    "correlations_by_round",
    "measure",
]
