"""The worth of three verifiers: on one machine, on three machines, and if they were independent."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.studies.models.weights import load
from swarm_env.consensus.studies.verification.acceptance import PUBLISHED, Judged
from swarm_env.consensus.studies.verification.image_study import (
    Drawn,
    Hashed,
    Words,
    cheated,
    hamming_rows,
    hashes,
)
from swarm_env.consensus.verification.agreement import correlation, majority_rate, single_rate

FAULT = "other weights"  # what a faulty kind of machine computes with


class Worth(NamedTuple):
    """Shares accepted, of one kind of work at one threshold."""

    threshold: float
    single: float
    same_machine: float  # two of three verifiers that share a machine: they say the same
    three_machines: float
    if_independent: float
    correlation: float  # of two verifiers on two machines; not a number if all say the same


class Found(NamedTuple):
    """What was measured, on pictures."""

    other_seed: Worth  # where one verifier errs about as often as the published figures imply
    honest: Worth  # at the strictest threshold, 0
    faulty: dict[str, float]  # share of honest work accepted, by how many of three verifiers share a fault


def measure(drawn: Drawn, seed: int = 0) -> Found:
    """Measure the worth of three verifiers, chosen by the seed, by the hashes of honest pictures."""
    (found, hashed, jobs), rng = drawn, np.random.default_rng([seed, 4])
    honest, other = hashed.honest(rng), hashed.other_seed(rng)
    wanted = single_rate(PUBLISHED["false_accept"])
    each = [abs(other.accepted(t)[0] - wanted) for t in range(found.size * found.size)]
    faulty = hashes(cheated(FAULT, load("digits"), jobs), found.method, found.size)
    shared = _with_fault(hashed, faulty, found.threshold)
    return Found(_worth(other, float(np.argmin(each))), _worth(honest, 0.0), shared)


def _worth(judged: Judged, threshold: float) -> Worth:
    verdicts = judged.distances <= threshold
    single, majority = judged.accepted(threshold)
    # Verifiers on one machine compute the same hash, so any of the three columns is what all of them say.
    alone = float(verdicts[:, 0].mean())
    return Worth(threshold, single, alone, majority, majority_rate(single), correlation(verdicts))


def _with_fault(hashed: Hashed, faulty: Words, threshold: float) -> dict[str, float]:
    """Share of honest work that two of three accept if 0 to 3 of them are on machines with one fault."""
    machines, n = hashed.words.shape[:2]
    good = _accept(hashed.words[:, None], hashed.words[None], threshold)  # (worker, verifier, n)
    bad = _accept(hashed.words, faulty[None], threshold)  # (worker, n)
    found: dict[str, list[Any]] = {str(number): [] for number in range(4)}
    for worker in range(machines):
        others = [m for m in range(machines) if m != worker][:3]
        for number in range(4):
            votes = good[worker, others[number:]].sum(axis=0) + number * bad[worker]
            found[str(number)].append((votes >= 2).mean())
    return {number: float(np.mean(shares)) for number, shares in found.items()}


def _accept(a: Words, b: Words, threshold: float) -> NDArray[np.bool_]:
    return np.asarray(hamming_rows(a, b) <= threshold)
