"""The whole study, as figures for JSON and as a table."""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from swarm_env.consensus.studies import results_of
from swarm_env.consensus.studies.models.hardware import HONEST
from swarm_env.consensus.studies.verification import (
    activation_study,
    checked_training,
    dependence,
    image_study,
    text_study,
)
from swarm_env.consensus.studies.verification.acceptance import PUBLISHED, Rates, upper_bound

from swarm_env.cluster.tasks import Spread

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
PARTS = ("images", "text", "activations")


class Sizes(NamedTuple):
    """How much is computed: even numbers."""

    seeds: int = 200  # pictures per digit
    prompts: int = 80
    jobs: int = 8  # of 32 chunks, of each kind, for every machine and kind of cheat
    rounds: int = checked_training.ROUNDS  # of training


def run(
    sizes: Sizes,
    seed: int = 0,
    report: Callable[[str], None] = lambda line: None,
    processes: int = 1,
    spread: Spread | None = None,
) -> dict[str, Any]:
    """Run the study on the stored models.

    Up to `processes` parts run at the same time; the figures are the same. `spread` calls a function for each
    of many tasks, for example on the machines of a cluster; None: processes of this machine do. `seed`
    chooses verifiers, `report` is called with a line about the progress.

    Returns images, text, activations: of each single and two_of_three with true_accept, false_accept and n;
    and details: all else. Raises `MissingExtraError` if ImageHash is not installed.
    """
    began = time.perf_counter()
    image_study.hashes(np.zeros((1, 16, 16), np.uint8), "phash", 8)  # says at once if ImageHash is missing
    report(
        f"{10 * sizes.seeds} pictures on {len(HONEST)} machines, {sizes.prompts} texts in "
        f"{len(text_study.DECODINGS)} ways, {sizes.jobs} jobs of each kind to prove, and training to replay."
    )
    tasks = [(part, sizes, seed) for part in ("activations", "text", "images", "training")]
    with _one_thread():
        proved, written, (found, worth), trained = results_of(_part, tasks, processes, spread)
    rates = {"images": found.rates, "text": written.rates, "activations": proved.rates}
    result: dict[str, Any] = {
        part: {who: one.as_json() for who, one in rates[part].items()} for part in PARTS
    }
    result["details"] = {
        "published": PUBLISHED,
        "machines": [str(machine) for machine in HONEST],
        "images": _pictures_json(found),
        "dependence": {
            "other_seed": _finite(worth.other_seed._asdict()),
            "honest": _finite(worth.honest._asdict()),
            "honest_accepted_by_faulty_verifiers": worth.faulty,
        },
        "text": {"decodings": written.decodings, "frauds": written.frauds},
        "activations": _activations_json(proved),
        "training": trained,
        "seconds": round(time.perf_counter() - began, 1),
    }
    return result


def table(result: dict[str, Any]) -> list[str]:
    """The results as lines of text."""
    details = result["details"]
    images, proofs, worth = details["images"], details["activations"], details["dependence"]
    lines = [f"{'':34}{'one verifier':>14}{'two of three':>14}{'published':>12}"]

    def row(name: str, one: float, three: float, published: str = "") -> None:
        lines.append(f"{name:34}{one:>14.4%}{three:>14.4%}{published:>12}".rstrip())

    for part, name in zip(
        PARTS, ("pictures", "text, greedy, float32/64", "activations, 32 chunks"), strict=True
    ):
        single, three = result[part]["single"], result[part]["two_of_three"]
        known = [f"{PUBLISHED[key]:.4%}" if part == "images" else "" for key in PUBLISHED]
        row(f"{name}: honest", single["true_accept"], three["true_accept"], known[0])
        fraud = "other seed" if part == "images" else "fraud"
        row(f"{name}: {fraud}", single["false_accept"], three["false_accept"], known[1])
    lines += [
        "",
        f"Pictures: {images['hash']}, accepted up to {images['threshold']:.0f} bits. Frauds accepted:",
    ]
    for kind, shares in images["frauds"].items():
        row(f"  {kind}", shares["single"], shares["two_of_three"])
    lines += ["", "Text, equal symbol by symbol:"]
    for way, shares in details["text"]["decodings"].items():
        row(f"  {way}", shares["single"], shares["two_of_three"])
        row("    float32/64 only", shares["single_32_64_bits"], shares["two_of_three_32_64_bits"])
    lines.append("Frauds that wrote the same greedy text:")
    for kind, shares in details["text"]["frauds"].items():
        row(f"  {kind}", shares["single"], shares["two_of_three"])
    for name, kind in proofs["kinds"].items():
        lines += ["", f"Proofs of {name}: accepted up to {kind['threshold']:.3f} steps, mean of 32 chunks."]
        far = ", ".join(f"{precision} {value:.3f}" for precision, value in kind["largest_honest"].items())
        lines.append(f"  largest of honest jobs: {far}")
        caught = (f"{fraud} {value:.3f}" for fraud, value in kind["least_fraud"].items())
        lines.append(f"  least of frauds: {', '.join(caught)}")
        lines.append(
            "  a fraud in some of 32 chunks, accepted by the mean, and with limits for the farthest:"
        )
        for fraud, shares in kind["accepted_by_invented_chunks"].items():
            found = (f"{number}: {mean:.0%}, {both:.0%}" for number, (mean, both) in shares.items())
            lines.append(f"    {fraud}: {'; '.join(found)}")
    lines += ["", "Three verifiers:" + f"{'one':>18}{'same machine':>14}{'unlike':>10}{'if independent':>16}"]
    for name, of in (("other seed", worth["other_seed"]), ("honest", worth["honest"])):
        label = f"{name}, up to {of['threshold']:.0f} bits"
        lines.append(
            f"  {label:25}{of['single']:>7.3%}{of['same_machine']:>14.3%}{of['three_machines']:>10.3%}"
            f"{of['if_independent']:>16.3%}"
        )
    shares = ", ".join(f"{k}: {v:.2%}" for k, v in worth["honest_accepted_by_faulty_verifiers"].items())
    lines += [f"  honest work accepted, by how many verifiers share a fault: {shares}", ""]
    for way, of in details["training"].items():
        lines.append(
            f"Training, {way}: {of['honest_rejected']} of {of['honest_updates']} honest updates rejected, "
            f"poisoned ones found in {min(of['caught'].values()):.0%} of replays."
        )
    return lines


def _part(task: tuple[str, Sizes, int]) -> Any:
    """One part of the study."""
    part, sizes, seed = task
    if part == "activations":
        return activation_study.measure(sizes.jobs, seed)
    if part == "text":
        return text_study.measure(sizes.prompts, seed)
    if part == "training":
        ways = checked_training.WAYS
        return {way: checked_training.measure(way, seed, sizes.rounds)._asdict() for way in ways}
    drawn = image_study.measure(sizes.seeds, seed)
    return drawn.found, dependence.measure(drawn, seed)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes that start meanwhile multiply matrices in one thread: these are too small for more."""
    before = {name: os.environ[name] for name in _THREADS if name in os.environ}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name in _THREADS:
            del os.environ[name]
        os.environ.update(before)


def _pictures_json(found: image_study.Found) -> dict[str, Any]:
    two: Rates = found.rates["two_of_three"]
    return {
        "hash": f"{found.method}, {found.size * found.size} bits",
        "threshold": found.threshold,
        "honest": two.honest,
        "other_seed": two.frauds,
        "other_seed_accepted": round(two.false_accept * two.frauds),
        "other_seed_upper_bound": upper_bound(round(two.false_accept * two.frauds), two.frauds),
        "hashes": found.methods,
        "frauds": found.frauds,
        "distances": {
            "honest": found.honest,
            "other_seed": found.other_seed,
            "frauds": found.fraud_distances,
        },
        "curves": found.curves,
        "pixels_off": found.gap,
    }


def _activations_json(found: activation_study.Found) -> dict[str, Any]:
    return {
        "bytes_per_chunk": found.bytes_per_chunk,
        "kinds": {
            name: {
                "threshold": kind.proofs,
                "threshold_symbols": kind.symbols if name == "text" else None,
                "distances": kind.distances,
                "chunk_limits": [_number(limit) for limit in kind.limits.limits],
                "chunk_false_reject": kind.limits.false_reject,
                "accepted_by_invented_chunks": kind.by_share,
                "largest_honest": kind.largest,
                "least_fraud": kind.least,
                "honest_jobs": len(kind.honest.distances),
                "honest_accepted": kind.honest.accepted(1.0)[0],
                "frauds_accepted": {fraud: judged.accepted(1.0)[0] for fraud, judged in kind.frauds.items()},
            }
            for name, kind in found.kinds.items()
        },
    }


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
