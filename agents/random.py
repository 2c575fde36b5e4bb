"""Uniformly random allowed moves and messages: the baseline."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.engine.compiler import kernel, ready
from swarm_env.envs.perception import Codes

BLOCK, SPARE = 256, 32  # random words that an agent draws at once; for words that are drawn in vain
MATRIX = types.Array(types.int64, 2, "C")


@kernel(inline=True)
def below(words: NDArray[np.uint32], at: NDArray[np.int64], row: int, count: int) -> int:
    """A number from 0 to `count` - 1, as numpy's `Generator.integers` (D. Lemire, 2019, algorithm 5)."""
    if count <= 1:
        return 0
    while True:
        product = np.uint64(words[row, at[row]]) * np.uint64(count)
        at[row] += 1
        if (product & np.uint64(2**32 - 1)) >= np.uint64(2**32 - count) % np.uint64(count):
            return int(product >> np.uint64(32))


@kernel(
    types.int64(types.Array(types.uint32, 2, "C"), types.int64[::1], types.int64[::1],
                types.Array(types.uint8, 2, "C"), types.int64, MATRIX, MATRIX),
    wrapped=True,
)  # fmt: skip
def draw(
    words: NDArray[np.uint32], at: NDArray[np.int64], rows: NDArray[np.int64], allowed: NDArray[np.uint8],
    vocabulary: int, moves: NDArray[np.int64], said: NDArray[np.int64],
) -> int:  # fmt: skip
    """Draw moves (n, 1) and tokens (n, L) for the agents in these rows of `words`; returns the words used."""
    most = 0
    for i in range(len(rows)):
        row, legal = rows[i], 0
        for move in range(allowed.shape[1]):
            legal += int(allowed[i, move])
        chosen = below(words, at, row, legal)
        moves[i, 0] = 0
        for move in range(allowed.shape[1]):
            if allowed[i, move]:
                if chosen == 0:
                    moves[i, 0] = move
                chosen -= 1
        for part in range(said.shape[1]):
            said[i, part] = below(words, at, row, vocabulary)
        most = max(most, at[row])
    return most


class RandomAgent:
    """Chooses uniformly among the allowed moves; sends random tokens or vectors, but no text.

    Every agent has its own random stream, so its choices do not depend on the other agents of this object.
    """

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode; the same seed gives the same choices."""
        numbers = [int(name.rpartition("_")[2]) for name in agents]
        self._brief, self._names = brief, list(agents)
        self._vocabulary, self._length = brief.message_shape if brief.message == "tokens" else (0, 0)
        self._streams = [np.random.default_rng([seed, number]) for number in numbers]
        self._rows = {name: row for row, name in enumerate(agents)}
        self._row_of = np.zeros(max(numbers, default=0) + 1, np.int64)
        self._row_of[numbers] = np.arange(len(numbers))
        self._words = np.empty((len(agents), max(BLOCK, 2 * (self._length + 1 + SPARE))), np.uint32)
        self._at = np.full(len(agents), self._words.shape[1])  # words that an agent has used
        self._used = self._words.shape[1]  # by the agent that has used most
        ready(draw)

    def reseed(self, seed: int) -> None:
        """Draw other choices from now on."""
        self.reset(self._brief, self._names, seed)

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Draw one decision per perception."""
        if self._brief.message == "vector":
            return [self._choose(perception) for perception in perceptions]
        allowed = np.zeros((len(perceptions), len(self._brief.actions)), np.uint8)
        for row, perception in zip(allowed, perceptions, strict=True):
            row[: len(perception.allowed)] = perception.allowed
        moves, said = self._draw(np.array([self._rows[p.name] for p in perceptions], np.int64), allowed)
        if self._length == 0:
            return [Decision(move) for move in moves.tolist()]
        messages = map(tuple, said.tolist())
        return [Decision(move, message) for move, message in zip(moves.tolist(), messages, strict=True)]

    def decide_codes(self, codes: Codes) -> tuple[NDArray[np.int64], NDArray[Any] | None]:
        """Draw the same decisions, given and returned as arrays."""
        rows = self._row_of[codes.agents]
        if self._brief.message == "vector":
            chosen = [self._pair(row, legal) for row, legal in zip(rows, codes.allowed.tolist(), strict=True)]
            return np.array([move for move, _ in chosen]), np.array([vector for _, vector in chosen])
        moves, said = self._draw(rows, codes.allowed)
        return moves, said if self._length else None

    def _draw(
        self, rows: NDArray[np.int64], allowed: NDArray[np.uint8]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Moves (n,) and tokens (n, L); `allowed` is (n, moves)."""
        size = self._words.shape[1]
        if self._used + self._length + 1 + SPARE > size:
            for words, at, stream in zip(self._words, self._at.tolist(), self._streams, strict=True):
                words[: size - at] = words[at:]
                words[size - at :] = stream.integers(2**32, size=at, dtype=np.uint32)
            self._at[:], self._used = 0, 0
        moves, said = np.empty((len(rows), 1), np.int64), np.empty((len(rows), self._length), np.int64)
        used = draw(self._words, self._at, rows, allowed, self._vocabulary, moves, said)
        self._used = max(self._used, used)
        return moves[:, 0], said

    def _choose(self, perception: Perception) -> Decision:
        move, vector = self._pair(self._rows[perception.name], perception.allowed)
        return Decision(move, tuple(vector))

    def _pair(self, row: int, allowed: Sequence[int]) -> tuple[int, list[float]]:
        """A move and a vector."""
        stream = self._streams[row]
        moves = [move for move, legal in enumerate(allowed) if legal] or [0]
        move = moves[int(stream.integers(len(moves)))]
        return move, stream.uniform(-1, 1, size=self._brief.message_shape[0]).tolist()


AGENT = RandomAgent
