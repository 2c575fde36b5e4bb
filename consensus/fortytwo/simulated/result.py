"""The result of a simulation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Simulated:
    """The result of a simulation.

    Attributes:
        right: By rule, (Q,) bool: whether its answer was right.
        alone: (Q,) share of the honest nodes whose own answer was right.
        votes: Number of votes.
        counted: Number of votes that the protocol weighted (revealed in time, weight above 0, no own pair).
        reputation: (Q, n) float32 after each question; NaN of nodes that did not take part.
        attacker: (n,) bool.
        excluded: (question, node) of each that was excluded for collusion.
        entered: Number of identities that entered after the start.
        slashed: Stakes lost, of honest nodes and of attackers.
        fees: Fees that attackers paid for tests.
    """

    right: dict[str, NDArray[np.bool_]]
    alone: NDArray[np.float64]
    votes: int
    counted: int
    reputation: NDArray[np.float32]
    attacker: NDArray[np.bool_]
    excluded: list[tuple[int, int]]
    entered: int
    slashed: tuple[float, float]
    fees: float
