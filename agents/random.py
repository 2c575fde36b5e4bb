"""Any allowed move with equal probability, and any message: the least that everyone is measured against."""

from collections.abc import Sequence

import numpy as np

from swarm_env.agent import Brief, Decision, Perception


class RandomAgent:
    """Chooses evenly among the allowed moves; says random tokens or vectors, and never a text.

    Every body has a stream of its own, so that its choices do not depend on who else this object drives.
    """

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode.

        Args:
            brief: The task.
            agents: Names of the agents to drive.
            seed: The same seed gives the same choices.
        """
        self._brief = brief
        self._streams = {name: np.random.default_rng([seed, int(name.rpartition("_")[2])]) for name in agents}

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Choose for every living body.

        Args:
            perceptions: One per body.

        Returns:
            One decision per perception.
        """
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
