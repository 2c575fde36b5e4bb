"""Text: whether machines write the same symbols, by decoding, and what cheats write."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.studies.models.hardware import CHEAT, HONEST, Hardware
from swarm_env.consensus.studies.models.language import beam, encode, write
from swarm_env.consensus.studies.models.model_sizes import TEXT
from swarm_env.consensus.studies.models.weights import Weights, load, quantised
from swarm_env.consensus.studies.verification.acceptance import FRAUDS, Judged, Rates, judge, rates

LENGTH, TEMPERATURE = 64, 0.8
OPENINGS = (
    "The {} statement is used to", "When the {} is evaluated, ", "A {} may contain other objects",
    "If the {} does not exist, ", "In the case of a {} there", "Every {} has a value which",
    "Note that {} is executed ", "The following {} describes", "The value of {} must be a",
    "See section {} for more on",
)  # fmt: skip
WORDS = (
    "if", "while", "for", "try", "with", "function", "class", "return", "yield", "import", "lambda", "assert",
    "del", "pass", "raise", "global", "string", "list", "dictionary", "set", "tuple", "slice", "name",
    "module", "method", "attribute", "generator", "coroutine", "iterator", "expression", "operator",
    "exception",
)  # fmt: skip
DECODINGS = ("greedy", "beam of 4", "sampled, shared seed", "sampled, own seed")
# Greedy text should be the same on all machines, but half precisions break ties by rounding.
PRECISE = [i for i, machine in enumerate(HONEST) if machine.precision in ("float64", "float32")]

Symbols = NDArray[np.int64]


class Found(NamedTuple):
    """What was measured."""

    rates: dict[str, Rates]  # of greedy text in float32 and float64; frauds of all kinds
    decodings: dict[str, dict[str, float]]  # share of equal texts by way of choosing, and of equal beginnings
    frauds: dict[str, dict[str, float]]


def prompts(number: int, first: int = 0) -> Symbols:
    """Prompts of 24 symbols, (number, 24), all different up to the number of words times openings."""
    texts = [
        OPENINGS[i % len(OPENINGS)].format(WORDS[(i // len(OPENINGS) + i) % len(WORDS)])[:24]
        for i in range(first, first + number)
    ]
    return encode(texts)


def measure(number: int = 80, seed: int = 0) -> Found:
    """Let all machines continue prompts by every decoding, and cheats greedily; `seed` chooses verifiers."""
    weights, asked = load("text"), prompts(number)
    rng = np.random.default_rng([seed, 2])
    decodings: dict[str, dict[str, float]] = {}
    for way in DECODINGS:
        texts = np.stack([_written(way, weights, asked, i) for i in range(len(HONEST))])
        every, precise = compared(texts, rng), compared(texts[PRECISE], rng)
        decodings[way] = {
            **every.shares(0),
            **{f"{who}_32_64_bits": share for who, share in precise.shares(0).items()},
            "equal_beginning": 1 - float(every.distances.mean()) / LENGTH,
        }
        if way == "greedy":
            greedy, honest = texts[PRECISE], precise
    frauds, judged = {}, []
    for kind in FRAUDS:
        judged.append(against(cheated(kind, weights, asked), greedy, rng))
        frauds[kind] = judged[-1].shares(0)
    return Found(rates(honest, Judged.join(judged), 0), decodings, frauds)


def compared(texts: Symbols, rng: np.random.Generator) -> Judged:
    """Distances, as `rest` counts them, between the same texts (machines, n, length) of unlike machines."""
    machines, n, _ = texts.shape
    worker, job = (x.ravel() for x in np.meshgrid(np.arange(machines), np.arange(n), indexing="ij"))
    return judge(
        lambda rows, v: rest(texts[worker[rows], job[rows]], texts[v, job[rows]]), worker, machines, rng
    )


def against(delivered: Symbols, texts: Symbols, rng: np.random.Generator) -> Judged:
    """Distances between delivered texts (n, length) and those of verifiers (machines, n, length)."""
    worker = np.full(len(delivered), -1)
    return judge(lambda rows, v: rest(delivered[rows], texts[v, rows]), worker, len(texts), rng)


def rest(a: Symbols, b: Symbols) -> Symbols:
    """How many symbols follow from the first that differs on, row by row; 0 for equal rows."""
    differs = a != b
    return np.where(differs.any(axis=1), a.shape[1] - differs.argmax(axis=1), 0)


def cheated(kind: str, weights: Weights, asked: Symbols, machine: Hardware = CHEAT) -> Symbols:
    """Answers (n, length) that a cheat delivers instead of greedy ones."""
    if kind == "other seed":  # than none: symbols are drawn
        return write(weights, asked, LENGTH, machine, TEMPERATURE, 1 + np.arange(len(asked))).symbols
    if kind == "other prompt":
        asked = prompts(len(asked), 1_000)
    answers = write(cheap(kind, weights), asked, LENGTH, machine).symbols
    return np.roll(answers, 1, axis=0) if kind == "copied answer" else answers


def cheap(kind: str, weights: Weights) -> Weights:
    """The weights that a kind of cheat computes with."""
    if kind == "other weights":
        return load("text", 1)
    if kind in ("int8", "int4"):
        return quantised(weights, int(kind[3:]))
    if kind == "fewer steps":  # the last block adds nothing
        last = TEXT.blocks - 1
        return {n: v * 0 if n in (f"mix{last}", f"down{last}") else v for n, v in weights.items()}
    return weights


def _written(way: str, weights: Weights, asked: Symbols, machine: int) -> Symbols:
    if way == "beam of 4":
        return beam(weights, asked, LENGTH, HONEST[machine])
    seeds = np.arange(len(asked)) + (1000 * machine if "own" in way else 0)
    temperature = 0.0 if way == "greedy" else TEMPERATURE
    return write(weights, asked, LENGTH, HONEST[machine], temperature, seeds).symbols
