"""Activations: proofs that the right model was run, over jobs of 32 chunks, for pictures and for text.

A job is 32 pictures, each a chunk of 20 steps; or 16 texts of 64 symbols, each two chunks of 32. A job is
judged by the mean over its chunks of the distance of the verifier's activations from the proofs, in steps,
and by its farthest chunks, which show frauds that invented only some of them. A verifier of text reads the
worker's text at once; that also shows whether its symbols are those that the request's seed would have drawn:
proofs alone accept any text that the right model has read.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.signatures.activations import Context, build, check
from swarm_env.consensus.studies.models.hardware import HONEST
from swarm_env.consensus.studies.verification.acceptance import DECIDING, FRAUDS, Judged, Rates, chosen, rates
from swarm_env.consensus.studies.verification.jobs import CHUNKS, PictureJobs, TextJobs, Work
from swarm_env.consensus.verification.calibration import threshold_at
from swarm_env.consensus.verification.chunk_limits import (
    ChunkLimits,
    calibrate_chunks,
    mixed,
)

FINE = 64  # steps in which a magnitude doubles: finer than the default, so that more values reveal int8
COPIED = "copied proof"  # of another worker, with its answer
DISTANT = 3.5  # the distance of a proof that is refused
FALSE_REJECT = 0.02  # of honest jobs by their chunks; more where there are too few jobs
INVENTED = (1, 2, 4, 7, 16, CHUNKS)  # chunks of a job that are a fraud's

Floats = NDArray[np.float64]


class Seen(NamedTuple):
    """Distances of jobs to three verifiers, (jobs, 3) where no other shape is named."""

    chunks: Floats  # (jobs, 3, 32) distances of the proofs of the chunks
    symbols: Floats  # how much likelier another symbol was, mean over the text; 0 for pictures

    @property
    def proofs(self) -> Floats:
        """Mean over the chunks."""
        return np.asarray(self.chunks.mean(axis=2), np.float64)

    def judged(self, proofs: float, symbols: float, limits: ChunkLimits | None = None) -> Judged:
        """Distances that are at most 1 if mean, symbols and chunks are within their limits."""
        far = np.maximum(self.proofs / proofs, self.symbols / symbols)
        return Judged(far if limits is None else np.maximum(far, limits.excess(self.chunks)))


class Kind(NamedTuple):
    """What was measured on jobs of one kind."""

    honest: Judged
    frauds: dict[str, Judged]
    proofs: float  # thresholds
    symbols: float
    largest: dict[str, float]  # distance of proofs of honest jobs, by precision
    least: dict[str, float]  # distance of proofs of fraudulent jobs, by kind
    distances: dict[str, dict[str, list[float]]]  # of proofs: honest ones by precision, frauds by kind
    limits: ChunkLimits
    by_share: dict[
        str, dict[int, tuple[float, float]]
    ]  # by kind and invented chunks: accepted by mean, by both


class Found(NamedTuple):
    """What was measured."""

    rates: dict[str, Rates]
    kinds: dict[str, Kind]  # pictures, text
    bytes_per_chunk: dict[str, int]


def measure(number: int = 8, seed: int = 0) -> Found:
    """Let machines and cheats prove jobs, choose thresholds on half of the jobs, measure on the other half.

    There is an even number of jobs of each kind of each machine and each kind of cheat; the seed chooses
    verifiers.
    """
    rng = np.random.default_rng([seed, 3])
    kinds, sizes = {}, {}
    for name, jobs in (("pictures", PictureJobs(number)), ("text", TextJobs(number))):
        kinds[name] = _measured(jobs, number, rng)
        sizes[name] = len(build(jobs.honest(1).chunks[0, 0], Context("", ""), steps=FINE))
    honest = Judged.join([kind.honest for kind in kinds.values()])
    frauds = Judged.join([judged for kind in kinds.values() for judged in kind.frauds.values()])
    return Found(rates(honest, frauds, 1.0), kinds, sizes)


def _measured(jobs: PictureJobs | TextJobs, number: int, rng: np.random.Generator) -> Kind:
    honest = [verified(jobs, jobs.honest(machine), machine, rng) for machine in range(len(HONEST))]
    frauds = {kind: verified(jobs, jobs.fraud(kind), -1, rng) for kind in FRAUDS}
    frauds[COPIED] = verified(jobs, jobs.honest(1), -1, rng, copied=True)
    early, late = slice(0, number // 2), slice(number // 2, number)
    drawn = {k: f for k, f in frauds.items() if not (k == "other seed" and isinstance(jobs, TextJobs))}
    proofs = threshold_at(
        np.concatenate([job.proofs[early].ravel() for job in honest]),
        np.concatenate([fraud.proofs[early].ravel() for fraud in drawn.values()]),
        0.0,
    )
    symbols = 1.0
    if isinstance(jobs, TextJobs):
        symbols = threshold_at(
            np.concatenate([job.symbols[early].ravel() for job in honest]),
            frauds["other seed"].symbols[early],
            0.0,
        )

    limits = _limits([job.chunks[early] for job in honest], [f.chunks[early] for f in drawn.values()])
    fair = np.concatenate([job.chunks[late].reshape(-1, CHUNKS) for job in honest])
    shares = {kind: _by_share(fair, seen.chunks[late], proofs, limits) for kind, seen in drawn.items()}

    def second_half(seen: Seen) -> Judged:
        return Seen(seen.chunks[late], seen.symbols[late]).judged(proofs, symbols, limits)

    by_precision: dict[str, list[float]] = {
        precision: [
            float(distance)
            for seen, machine in zip(honest, HONEST, strict=True)
            if machine.precision == precision
            for distance in seen.proofs.ravel()
        ]
        for precision in dict.fromkeys(machine.precision for machine in HONEST)
    }
    by_kind = {kind: [float(distance) for distance in seen.proofs.ravel()] for kind, seen in frauds.items()}
    return Kind(
        Judged.join([second_half(seen) for seen in honest]),
        {kind: second_half(seen) for kind, seen in frauds.items()},
        proofs,
        symbols,
        {precision: max(far) for precision, far in by_precision.items()},
        {kind: min(near) for kind, near in by_kind.items()},
        {"honest": by_precision, "frauds": by_kind},
        limits,
        shares,
    )


def _limits(honest: list[Floats], frauds: list[Floats]) -> ChunkLimits:
    fair = np.concatenate(honest).reshape(-1, CHUNKS)
    least = 1.0 / (len(fair) // 2 + 1)  # that so many rows can promise
    kinds = {str(number): fraud.reshape(-1, CHUNKS) for number, fraud in enumerate(frauds)}
    return calibrate_chunks(fair, kinds, max(FALSE_REJECT, least))


def _by_share(
    honest: Floats, fraud: Floats, proofs: float, limits: ChunkLimits
) -> dict[int, tuple[float, float]]:
    """By the number of invented chunks: share of jobs that one verifier accepts by the mean, and by both."""
    found = {}
    for number in INVENTED:
        jobs = mixed(honest, fraud.reshape(-1, CHUNKS), number)
        near = jobs.mean(axis=1) <= proofs
        found[number] = float(near.mean()), float((near & limits.accepts(jobs)).mean())
    return found


def verified(
    jobs: PictureJobs | TextJobs, work: Work, worker: int, rng: np.random.Generator, copied: bool = False
) -> Seen:
    """Build the proofs of a worker's jobs and let three verifiers check each job.

    `worker` is its machine, -1 for one that no verifier has; `copied` says whether the proofs are another
    worker's.
    """
    number = len(work.chunks)
    name = f"worker {worker}"
    proofs = [
        [build(chunk, _context(jobs, job, i, "another" if copied else name), steps=FINE)
         for i, chunk in enumerate(work.chunks[job])]
        for job in range(number)
    ]  # fmt: skip
    verifiers = chosen(np.full(number, worker), len(HONEST), rng)
    distance, symbols = np.zeros((number, DECIDING, CHUNKS)), np.zeros((number, DECIDING))
    for machine in np.unique(verifiers):
        which = np.flatnonzero((verifiers == machine).any(axis=1))
        own = jobs.verify(work, int(machine), which)
        for row, job in enumerate(which):
            checked = [
                check(proofs[job][i], own.chunks[row, i], _context(jobs, int(job), i, name), steps=FINE)
                for i in range(CHUNKS)
            ]
            place = np.flatnonzero(verifiers[job] == machine)[0]
            distance[job, place] = [DISTANT if one.refused else one.error for one in checked]
            symbols[job, place] = own.symbols[row]
    return Seen(distance, symbols)


def _context(jobs: PictureJobs | TextJobs, job: int, chunk: int, worker: str) -> Context:
    return Context(f"{jobs.name} {job}", f"{jobs.name}-0", chunk, worker)
