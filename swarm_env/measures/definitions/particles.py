"""Order parameters of swarms in continuous space, as their scenarios measure them after each round."""

from math import inf

import numpy as np

from swarm_env.measures.declare import GameStatistics, Series, group_measure

ELSEWHERE = "the scenario does not measure it"


def measured(stats: GameStatistics, name: str) -> Series:
    """(R,) a measure of the scenario's own; NaN if it has no such one."""
    found = stats.game.measured.get(name)
    return np.full(stats.game.rounds, np.nan) if found is None else found


@group_measure("length of the mean heading of all agents (continuous space)", high=1.0, undefined=ELSEWHERE)
def order(stats: GameStatistics) -> Series:
    """1 if all head the same way."""
    return measured(stats, "order")


@group_measure("how far all circle around their centre the same way (couzin)", high=1.0, undefined=ELSEWHERE)
def rotation(stats: GameStatistics) -> Series:
    """Length of the mean cross product of the direction from the centre and the heading."""
    return measured(stats, "rotation")


@group_measure(
    "root mean square distance of all agents from their centre (aggregation, couzin)",
    unit="cells",
    high=inf,
    undefined=ELSEWHERE,
)
def dispersion(stats: GameStatistics) -> Series:
    """0 if all are in one place."""
    return measured(stats, "dispersion")
