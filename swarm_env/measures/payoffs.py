"""Social outcomes of private payoffs: welfare, equality, sustainability.

After J. Perolat et al., "A multi-agent reinforcement learning model of common-pool resource appropriation",
NeurIPS 2017, where these are the utilitarian measure U, E and S. Unlike there U is not divided by the number
of rounds, agents that were never paid are left out of S, and S is a share of the rounds.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import RunError
from swarm_env.runs.recording import Recording, replay

Payoffs = NDArray[np.float64]


def payoffs_of(recording: Recording) -> Payoffs:
    """(R + 1, N) what each agent has got at the start and after each round of a recording, which is replayed.

    Raises `RunError` if the scenario pays no agent by itself, or the recording is broken.
    """
    rows = [list(simulation.payoffs.values()) for simulation in replay(recording)]
    if not rows[0]:
        raise RunError(f"{recording.source}: {recording.config.scenario} pays all agents alike.")
    return np.array(rows)


def welfare(last: Sequence[float] | Payoffs) -> float:
    """The sum of the (N,) payoffs at the end."""
    return float(np.sum(last))


def equality(last: Sequence[float] | Payoffs) -> float | None:
    """1 - Gini coefficient of the (N,) payoffs at the end: 1 if all are equal, 1 / N if one has everything.

    None if a payoff is negative, for which the coefficient is not defined, or if all are 0.
    """
    paid = np.asarray(last, np.float64)
    if not paid.size or paid.min() < 0 or paid.sum() <= 0:
        return None
    gaps = np.abs(paid[:, None] - paid[None, :]).sum()
    return 1.0 - float(gaps / (2 * paid.size * paid.sum()))


def sustainability(payoffs: Payoffs) -> float | None:
    """When agents are paid: the mean round of their gains as a share of the rounds, averaged over agents.

    `payoffs` are (R + 1, N). 0.5 if gains come evenly, less if they come early. None if no agent gains.
    """
    gains = np.diff(payoffs, axis=0) > 0
    counts = gains.sum(axis=0)
    if not counts.any():
        return None
    rounds = np.arange(1, len(gains) + 1)
    times = (gains * rounds[:, None]).sum(axis=0)[counts > 0] / counts[counts > 0]
    return float(times.mean() / len(gains))


def by_role(last: Mapping[str, float], roles: Mapping[str, str]) -> dict[str, float]:
    """The mean payoff of the agents of each role; `roles` are by agent name."""
    found: dict[str, list[float]] = {}
    for name, role in roles.items():
        found.setdefault(role, []).append(last[name])
    return {role: float(np.mean(own)) for role, own in found.items()}
