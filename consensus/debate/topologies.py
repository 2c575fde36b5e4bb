"""Who hears whom."""

import math

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number

from swarm_env.errors import ConfigError, did_you_mean

TOPOLOGIES = ("complete", "ring", "small world", "grid")


def neighbours(
    topology: str, agents: int, seed: int = 0, *, reach: int = 2, rewired: float = 0.2
) -> NDArray[np.bool_]:
    """(agents, agents) bool, symmetric: who hears whom.

    Args:
        topology: "complete"; "ring": `reach` neighbours on either side; "small world": a ring of which each
            edge leads elsewhere with probability `rewired` (D. Watts, S. Strogatz, Nature 393, 1998); "grid":
            a square grid, as full as can be, on which all within `reach` steps (rows plus columns) hear each
            other.
        agents: How many, 1 to 5000.
        seed: Of the rewiring.
        reach: See above, at least 1.
        rewired: See above.

    Raises:
        ConfigError: An argument is not allowed.
    """
    checked_number("agents", agents, 1, 5000)
    checked_number("reach", reach, 1, 5000)
    checked_number("rewired", rewired, 0.0, 1.0)
    if topology not in TOPOLOGIES:
        known = ", ".join(TOPOLOGIES)
        raise ConfigError(
            f"topology {topology!r} is not one of: {known}.{did_you_mean(topology, TOPOLOGIES)}"
        )
    place = np.arange(agents)
    apart = np.abs(place[:, None] - place)
    if topology == "complete":
        found = apart > 0
    elif topology == "grid":
        side = math.ceil(math.sqrt(agents))
        row, column = np.divmod(place, side)
        steps = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
        found = (steps > 0) & (steps <= reach)
    else:
        found = (apart > 0) & (np.minimum(apart, agents - apart) <= reach)
        if topology == "small world":
            found = _rewired(found, rewired, np.random.default_rng([seed % 2**64, 61]))
    return np.asarray(found, np.bool_)


def _rewired(edges: NDArray[np.bool_], chance: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    found = edges.copy()
    for a, b in zip(*np.nonzero(np.triu(edges)), strict=True):
        free = np.flatnonzero(~found[a])
        free = free[free != a]
        if rng.random() < chance and len(free):
            c = rng.choice(free)
            found[a, b] = found[b, a] = False
            found[a, c] = found[c, a] = True
    return found
