"""Jobs of 32 chunks: the results of machines, cheats and verifiers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.studies.models.diffusion import STEPS, draw, draw_as_cheat
from swarm_env.consensus.studies.models.hardware import CHEAT, HONEST, Hardware
from swarm_env.consensus.studies.models.language import luck, read, write
from swarm_env.consensus.studies.models.model_sizes import DIGITS, TEXT
from swarm_env.consensus.studies.models.weights import Weights, load
from swarm_env.consensus.studies.verification.text_study import LENGTH, TEMPERATURE, cheap, prompts

CHUNKS, TOKENS = 32, 32
TEXTS = CHUNKS * TOKENS // LENGTH  # of a job
FAR = 5.0  # a symbol counts as at most so much less likely than the likeliest


class Work(NamedTuple):
    """Results of jobs."""

    chunks: NDArray[np.float32]  # (jobs, 32, tokens, width) activations
    symbols: NDArray[np.float64]  # (jobs,) as a verifier: how much likelier another symbol was; else 0
    answers: NDArray[np.int64]  # (jobs, texts, length) symbols of text; none for pictures


class PictureJobs:
    """Jobs of 32 pictures, each a chunk."""

    name = "digits"

    def __init__(self, number: int) -> None:
        self.weights = load("digits")
        self.label = np.arange(number * CHUNKS) % 10
        self.seed = 5_000_000 + np.arange(number * CHUNKS)
        self._kept: dict[int, NDArray[np.float32]] = {}

    def honest(self, machine: int) -> Work:
        """The result of a machine."""
        if machine not in self._kept:
            drawn = draw(self.weights, self.label, self.seed, HONEST[machine], keep=True)
            self._kept[machine] = drawn.thoughts
        return self._work(self._kept[machine])

    def fraud(self, kind: str) -> Work:
        """The result of a cheat: proofs of what it computed, sent as if it were what was requested."""
        thoughts = draw_as_cheat(kind, self.weights, self.label, self.seed, CHEAT, keep=True).thoughts
        if kind == "fewer steps":  # each sent twice, so that nothing is missing
            thoughts = np.repeat(thoughts, 2, axis=1)
        if kind == "copied answer":  # of another request
            thoughts = np.roll(thoughts, 10, axis=0)
        return self._work(thoughts)

    def verify(self, work: Work, machine: int, which: NDArray[np.int64]) -> Work:
        """The results of a verifier for some jobs: it computes all again, whatever was delivered."""
        return self._work(self.honest(machine).chunks[which])

    def _work(self, thoughts: NDArray[np.float32]) -> Work:
        chunks = thoughts.reshape(-1, CHUNKS, STEPS, DIGITS.width)
        return Work(chunks, np.zeros(len(chunks)), np.zeros((len(chunks), 0, 0), np.int64))


class TextJobs:
    """Jobs of 16 texts, drawn with a seed of the request, each two chunks."""

    name = "text"

    def __init__(self, number: int) -> None:
        self.weights = load("text")
        self.prompts = prompts(number * TEXTS)
        self.seeds = np.arange(number * TEXTS)

    def honest(self, machine: int) -> Work:
        """The result of a machine."""
        return self._written(self.weights, self.prompts, self.seeds, HONEST[machine])

    def fraud(self, kind: str) -> Work:
        """The result of a cheat."""
        asked = prompts(len(self.prompts), 1_000) if kind == "other prompt" else self.prompts
        seeds = self.seeds + 1_000_000 if kind == "other seed" else self.seeds
        work = self._written(cheap(kind, self.weights), asked, seeds, CHEAT)
        if kind == "copied answer":  # of another request
            chunks = np.roll(work.chunks, CHUNKS // TEXTS * TOKENS * TEXT.width)
            return Work(chunks, work.symbols, np.roll(work.answers, LENGTH))
        return work

    def verify(self, work: Work, machine: int, which: NDArray[np.int64]) -> Work:
        """The results of a verifier for some jobs: it reads the answers, all places at once."""
        rows = (which[:, None] * TEXTS + np.arange(TEXTS)).ravel()
        answers = work.answers[which].reshape(-1, LENGTH)
        hardware = HONEST[machine]
        thoughts = read(self.weights, self.prompts[rows], answers, hardware)
        scores = thoughts.astype(np.float64) @ self.weights["symbols"].T / TEMPERATURE
        scores += luck(self.seeds[rows], LENGTH)
        short = scores.max(axis=-1) - np.take_along_axis(scores, answers[:, :, None], 2)[:, :, 0]
        symbols = np.minimum(short, FAR).reshape(len(which), -1).mean(axis=1)
        return Work(_chunked(thoughts), symbols, work.answers[which])

    def _written(
        self, weights: Weights, asked: NDArray[np.int64], seeds: NDArray[np.int64], hardware: Hardware
    ) -> Work:
        found = write(weights, asked, LENGTH, hardware, TEMPERATURE, seeds)
        chunks = _chunked(found.thoughts)
        return Work(chunks, np.zeros(len(chunks)), found.symbols.reshape(-1, TEXTS, LENGTH))


def _chunked(thoughts: NDArray[np.float32]) -> NDArray[np.float32]:
    return thoughts.reshape(-1, CHUNKS, TOKENS, TEXT.width)
