"""A decision on the chunks of one answer, for frauds that invent only some of them.

The mean over all chunks hides a few invented ones. So the means of the m farthest chunks are looked at for
several m at once: m = 1 is the maximum, m = C the mean of all. All of this is our choice; the limits are
those of split conformal prediction (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random
World", 2005).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import checked_number, real
from swarm_env.consensus.intervals import Interval, exact_share

from swarm_env.errors import ConfigError

Floats = NDArray[np.float64]
FALSE_REJECT = 0.01
_LEAST = 1e-9  # limit of a mean that is 0 in all honest work


@dataclass(frozen=True, slots=True, eq=False)
class ChunkLimits:
    """Limits for the distances of the C chunks of an answer.

    Attributes:
        limits: (C,) above 0: the mean of the m farthest chunks may be at most `limits[m - 1]`; infinite where
            that mean does not decide.
        false_reject: Probability by which honest work is rejected at most.
    """

    limits: Floats
    false_reject: float

    def excess(self, distances: ArrayLike) -> Floats:
        """(...) largest ratio of a mean to its limit, of distances (..., C); accepted up to 1."""
        return np.asarray((worst_means(distances) / self.limits).max(axis=-1), np.float64)

    def accepts(self, distances: ArrayLike) -> NDArray[np.bool_]:
        """(...) whether answers with the distances (..., C) of their chunks are accepted."""
        return np.asarray(self.excess(distances) <= 1.0)

    def rejected_after(self, distances: Sequence[float]) -> int | None:
        """How many chunks, checked in this order, suffice for a rejection; None: it is not rejected.

        Distances are at least 0, so what is not checked yet can only raise the means: a rejection before the
        end is the one that all C chunks would have led to, and no error is added by stopping early.
        """
        seen = np.zeros(len(self.limits))
        for number, distance in enumerate(distances, start=1):
            if number > len(seen):
                raise ConfigError(f"There are limits for {len(seen)} chunks, and {len(distances)} distances.")
            seen[number - 1] = distance
            if not self.accepts(seen):
                return number
        return None


def worst_means(distances: ArrayLike) -> Floats:
    """(..., C) mean of the 1, 2, …, C farthest chunks, of distances (..., C), at least 0."""
    far = real("distances", distances, None, 0.0, dims=(1, 2, 3), infinite=True)
    if not far.shape[-1]:
        raise ConfigError("distances must hold at least one chunk for each answer.")
    return np.cumsum(np.sort(far, axis=-1)[..., ::-1], axis=-1) / np.arange(1, far.shape[-1] + 1)


def mixed(honest: ArrayLike, fraud: ArrayLike, invented: int, seed: int = 0) -> Floats:
    """(n, C) distances of answers of which `invented` chunks, drawn at random, are a fraud's.

    `honest` and `fraud` are (n, C) and (f, C); frauds are used in turn. Raises `ConfigError` for other
    shapes.
    """
    ours, theirs = _rows("honest", honest), _rows("fraud", fraud)
    if ours.shape[1] != theirs.shape[1]:
        raise ConfigError(f"honest has {ours.shape[1]} chunks and fraud {theirs.shape[1]}.")
    checked_number("invented", invented, 0, ours.shape[1])
    luck = np.random.default_rng([seed % 2**64, 71]).random(ours.shape)
    false = np.argsort(np.argsort(luck, axis=1), axis=1) < invented
    return np.where(false, theirs[np.arange(len(ours)) % len(theirs)], ours)


def calibrate_chunks(
    honest: ArrayLike, frauds: Mapping[str, ArrayLike], false_reject: float = FALSE_REJECT, seed: int = 0
) -> ChunkLimits:
    """Limits that reject at most a share of honest work, chosen against frauds of every share.

    Which means decide (only the mean of all; the maximum; both; those of 1, 2, 4, … chunks; all) is chosen by
    the frauds: the set that rejects most of the answers in which 1, 2, 4, …, C chunks are invented, on
    average over shares and kinds. The limits are as many standard deviations above honest means, for all m
    alike, as honest work needs.

    Args:
        honest: (n, C) distances of honest work. Even rows choose, odd rows set the limits.
        frauds: By kind, (f, C) distances of work that is false in all chunks.
        false_reject: Between 0 and 1. New honest work, drawn like `honest`, is rejected with this probability
            at most, whatever its distribution; the n / 2 odd rows must number 1 / false_reject - 1 or more.
        seed: Of the draw of which chunks are invented.

    Raises:
        ConfigError: An argument is not allowed, or there is too little honest work.
    """
    ours = _rows("honest", honest)
    checked_number("false_reject", false_reject, 1e-6, 1.0 - 1e-6)
    need = math.ceil(1.0 / false_reject - 1.0 - 1e-9)
    if len(ours) // 2 < need or not frauds:
        raise ConfigError(
            f"To reject at most {false_reject:g} of honest work, {2 * need} honest rows and one kind of "
            f"fraud are needed; there are {len(ours)} and {len(frauds)}."
        )
    shown, held = worst_means(ours[::2]), worst_means(ours[1::2])
    count = ours.shape[1]
    shares = [1 << i for i in range(count.bit_length()) if 1 << i < count] + [count]
    tries = [
        worst_means(mixed(ours[::2], fraud, number, seed)) for fraud in frauds.values() for number in shares
    ]
    doubling = {1 << i for i in range(count.bit_length())} | {count}
    candidates = ({count}, {1}, {1, count}, doubling, set(range(1, count + 1)))
    allowed = [_limits(sizes, shown, shown, false_reject) for sizes in candidates]
    found = [np.mean([(means > limits).any(axis=1).mean() for means in tries]) for limits in allowed]
    best = candidates[int(np.argmax(found))]
    return ChunkLimits(_limits(best, shown, held, false_reject), false_reject)


def _limits(sizes: set[int], shown: Floats, held: Floats, false_reject: float) -> Floats:
    """(C,) mean plus c standard deviations of the means in `shown`, with c such that `held` is accepted."""
    centre, spread = shown.mean(axis=0), np.maximum(shown.std(axis=0), _LEAST)
    decides = np.isin(np.arange(1, shown.shape[1] + 1), list(sizes))
    far = np.sort(((held - centre) / spread)[:, decides].max(axis=1))
    place = min(len(far), math.ceil((len(far) + 1) * (1.0 - false_reject) - 1e-9))
    return np.where(decides, np.maximum(centre + far[place - 1] * spread, _LEAST), np.inf)


def power_by_share(
    limits: ChunkLimits, honest: ArrayLike, fraud: ArrayLike, invented: Sequence[int], seed: int = 0
) -> dict[int, Interval]:
    """Share of answers that are rejected, by the number of their invented chunks, with exact intervals.

    The arguments are those of `mixed`, for several numbers. 0 invented chunks: honest work rejected.
    """
    found = {}
    for number in invented:
        rejected = ~limits.accepts(mixed(honest, fraud, number, seed))
        found[number] = exact_share(int(rejected.sum()), len(rejected))
    return found


def chunks_to_check(chunks: int, invented: int, miss: float) -> int:
    """How many chunks to draw for a check so that an invented one is among them with probability 1 - miss.

    The probability that n of C chunks hold none of f invented ones is C(C - f, n) / C(C, n). So few are
    enough only where single invented chunks are recognised. Raises `ConfigError` for numbers that are not
    allowed.
    """
    checked_number("chunks", chunks, 1, 10**9)
    checked_number("invented", invented, 1, chunks)
    checked_number("miss", miss, 0.0, 1.0)
    chance, number = 1.0, 0
    while chance > miss:
        chance *= max(0, chunks - invented - number) / (chunks - number)
        number += 1
    return number


def _rows(name: str, distances: ArrayLike) -> Floats:
    """(answers, chunks) distances from 0 on; at least one."""
    d = real(name, distances, None, 0.0, dims=(2,), infinite=True)
    if not d.size:
        raise ConfigError(f"{name} must hold at least one distance.")
    return d
