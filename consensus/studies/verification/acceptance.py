"""How often work is accepted, by one verifier and by two of three."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.intervals import exact_share

# arXiv 2307.01898, abstract: two of three, images.
PUBLISHED = {"true_accept": 0.9989, "false_accept": 0.000267}
DECIDING = 3  # verifiers
FRAUDS = ("other weights", "int8", "int4", "fewer steps", "other seed", "other prompt", "copied answer")


class Rates(NamedTuple):
    """Acceptance rates of honest work and fraud, each with the number of decisions."""

    true_accept: float
    false_accept: float
    honest: int
    frauds: int

    def as_json(self) -> dict[str, float | int]:
        """`n` counts decisions about honest work and about fraud together."""
        shares = {"true_accept": self.true_accept, "false_accept": self.false_accept}
        return {**shares, "n": self.honest + self.frauds}


class Judged(NamedTuple):
    """Distances that verifiers found between pieces of work and their own."""

    distances: NDArray[np.float64]  # (n, 3) to three verifiers on three machines, none of them the worker's

    @property
    def middle(self) -> NDArray[np.float64]:
        """(n,) the middle distance: two of three accept if it is at most the threshold."""
        return np.sort(self.distances, axis=1)[:, DECIDING // 2]

    def accepted(self, threshold: float) -> tuple[float, float]:
        """Shares accepted by one verifier, and by two of three."""
        return float((self.distances <= threshold).mean()), float((self.middle <= threshold).mean())

    def shares(self, threshold: float) -> dict[str, float]:
        """The same, by name, for JSON."""
        return dict(zip(("single", "two_of_three"), self.accepted(threshold), strict=True))

    @classmethod
    def join(cls, parts: "Sequence[Judged]") -> "Judged":
        """All rows."""
        return cls(np.concatenate([part.distances for part in parts]))


def judge(
    distance: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[Any]],
    worker: NDArray[np.int64],
    machines: int,
    rng: np.random.Generator,
) -> Judged:
    """Distances of each piece of work to three verifiers, on unlike machines that are not the worker's.

    `distance` turns rows (m,) and the machine of a verifier of each (m,) into distances (m,). `worker` (n,)
    is the machine of the worker of each row, -1 for one that no verifier has; `machines` the number of
    verifiers' machines.
    """
    verifiers, rows = chosen(worker, machines, rng), np.arange(len(worker))
    return Judged(np.stack([distance(rows, verifiers[:, i]) for i in range(DECIDING)], 1).astype(np.float64))


def chosen(worker: NDArray[np.int64], machines: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Three verifiers for each worker, as in `judge`, (n, 3)."""
    luck = rng.random((len(worker), machines))
    known = worker >= 0
    luck[known, worker[known]] = np.inf
    return np.argsort(luck, axis=1)[:, :DECIDING]


def rates(honest: Judged, frauds: Judged, threshold: float) -> dict[str, Rates]:
    """Rates of one verifier and of two of three at a threshold."""
    true, false = honest.accepted(threshold), frauds.accepted(threshold)
    sizes = (len(honest.distances), len(frauds.distances))
    return {"single": Rates(true[0], false[0], *sizes), "two_of_three": Rates(true[1], false[1], *sizes)}


def upper_bound(accepted: int, number: int, level: float = 0.95) -> float:
    """One-sided upper end of a share (Clopper and Pearson), if all decisions were independent."""
    return exact_share(accepted, number, 2.0 * level - 1.0).high
