"""Group measures: how a team moves and talks in each round of a recorded run.

`measure` replays a run, or reads a SwarmBench log, and returns one number per measure and round.
`correlations` and `correlations_by_round` compare them with the final scores of many runs, and
`correlations_within` does so within teams. `MEASURES` describes each measure; `docs/measures.md` has the
formulas.
"""

from swarm_env.measures.correlate import (
    Correlation,
    Estimate,
    RoundCorrelation,
    correlations,
    correlations_by_round,
    correlations_within,
)
from swarm_env.measures.declare import Measure
from swarm_env.measures.measuring import Measures, measure
from swarm_env.measures.table import MEASURES

__all__ = [
    "MEASURES",
    "Correlation",
    "Estimate",
    "Measure",
    "Measures",
    "RoundCorrelation",
    "correlations",
    "correlations_by_round",
    "correlations_within",
    "measure",
]
