"""Uniformly random allowed moves and messages: the baseline."""

from collections.abc import Sequence

import numpy as np

from swarm_env.agent import Brief, Decision, Perception


class RandomAgent:
    """Chooses uniformly among the allowed moves; sends random tokens or vectors, but no text.

    Every agent has its own random stream, so its choices do not depend on the other agents of this object.
    """

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode; the same seed gives the same choices."""
        self._brief = brief
        self._streams = {name: np.random.default_rng([seed, int(name.rpartition("_")[2])]) for name in agents}

    def reseed(self, seed: int) -> None:
        """Draw other choices from now on."""
        self.reset(self._brief, list(self._streams), seed)

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Draw one decision per perception."""
        return [self._choose(perception) for perception in perceptions]

    def _choose(self, perception: Perception) -> Decision:
        stream, brief = self._streams[perception.name], self._brief
        moves = [move for move, legal in enumerate(perception.allowed) if legal] or [0]
        move = moves[int(stream.integers(len(moves)))]
        if brief.message == "tokens":
            vocabulary, length = brief.message_shape
            return Decision(move, tuple(stream.integers(vocabulary, size=length).tolist()))
        if brief.message == "vector":
            return Decision(move, tuple(stream.uniform(-1, 1, size=brief.message_shape[0]).tolist()))
        return Decision(move)


AGENT = RandomAgent
