"""A few phrases that can be said and heard over every channel."""

from collections.abc import Sequence

from swarm_env.agent import Brief, Perception

Message = str | tuple[int, ...] | tuple[float, ...] | None


class Codebook:
    """Phrases 0, 1, … as texts, as tokens from 1 on, or as signed unit vectors.

    Attributes:
        capacity: How many of the phrases the channel can tell apart; the others cannot be said.
    """

    def __init__(self, brief: Brief, phrases: Sequence[str]) -> None:
        """Prepare for the channel of a task."""
        self._brief, self._phrases = brief, tuple(phrases)
        room = {"text": len(phrases), "tokens": 0, "vector": 0, "none": 0}[brief.message]
        if brief.message == "tokens":
            room = brief.message_shape[0] - 1
        elif brief.message == "vector":
            room = 2 * brief.message_shape[0]
        self.capacity = min(room, len(phrases))

    def say(self, phrase: int) -> Message:
        """The message for a phrase; None (silence) if the channel cannot carry it."""
        if not 0 <= phrase < self.capacity:
            return None
        if self._brief.message == "text":
            return self._phrases[phrase]
        if self._brief.message == "tokens":
            return (phrase + 1,) + (0,) * (self._brief.message_shape[1] - 1)
        vector = [0.0] * self._brief.message_shape[0]
        vector[phrase // 2] = -1.0 if phrase % 2 else 1.0
        return tuple(vector)

    def hear(self, perception: Perception) -> list[int]:
        """The phrases that were heard, each once, the most frequent first."""
        weights: dict[int, float] = {}
        kind = self._brief.message
        heard: Sequence[str | float] = perception.heard
        for i, part in enumerate(heard):
            if isinstance(part, str):
                found = [k for k, phrase in enumerate(self._phrases) if phrase in part]
                weights.update({k: weights.get(k, 0) + 1 for k in found})
            elif kind == "tokens" and part and 0 < i <= self.capacity:
                weights[i - 1] = part
            elif kind == "vector" and abs(part) > 1e-6:
                weights[2 * i + (part < 0)] = abs(part)
        return sorted((k for k in weights if k < self.capacity), key=lambda k: (-weights[k], k))
