"""Codebooks: tokens in words, so that language models and learners can talk in one team (`phrases`).

Token t is phrase number t: "3: food north" for a model, 3 for a learner. Token 0 is silence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.envs.channel.text_delivery import TEXT_LIMIT

_NUMBERS = re.compile(r"\s*\d{1,4}(?:[\s,;]+\d{1,4})*\s*")
_NUMBERED = re.compile(r"\W*(?:token|message|phrase)?\W{0,3}(\d{1,4})\s*(?:[:.)=\-–—].*)?", re.IGNORECASE)
_PARTS = re.compile(r"[;\n]")
_EDGES = " \t\"'`.!*_()[]"


class SameWords:
    """What an agent is given and returns, unchanged; base of `Codebook`."""

    def brief(self, brief: Brief) -> Brief:
        """The task, as the agent receives it."""
        return brief

    def perception(self, seen: Perception) -> Perception:
        """A perception, as the agent receives it."""
        return seen

    def decision(self, decided: Any) -> Any:
        """What the agent returned, as the world takes it, unchecked."""
        return decided

    def past(self, decided: Decision) -> Decision:
        """A decision of the past, as the agent receives it."""
        return decided


SAME_WORDS = SameWords()


@dataclass(frozen=True)
class Codebook(SameWords):
    """Translates between the messages of a world with phrases and texts.

    Attributes:
        phrases: Those of tokens 1, 2, …
        length: Tokens in a message.
        slots: Slots of what is heard; 0 for sums.
        sender: Whether slots hold the number of the speaker.
        agents: Number of agents.
    """

    phrases: tuple[str, ...]
    length: int
    slots: int = 0
    sender: bool = False
    agents: int = 1

    def text(self, tokens: Sequence[int]) -> str:
        """A message in words: "3: food north"; several tokens are separated by "; ", silence is ""."""
        return "; ".join(f"{token}: {self.phrases[token - 1]}" for token in tokens if token)

    def tokens(self, text: str) -> tuple[int, ...] | None:
        """The message that a text names by numbers or phrases; None (silence) if it names none.

        What is left of "3", "3: food north", "food north" and "I say: Food north!" is token 3.
        """
        found = [int(word) for word in re.findall(r"\d+", text)] if _NUMBERS.fullmatch(text) else []
        found = found or [self._token(part) for part in _PARTS.split(text)]
        said = [token for token in found if 0 < token <= len(self.phrases)][: self.length]
        return (*said, *[0] * (self.length - len(said))) if said else None

    def _token(self, part: str) -> int:
        """The token that a part of a text names; 0 for none."""
        numbered = _NUMBERED.fullmatch(part)
        if numbered:
            return int(numbered[1])
        words = part.strip(_EDGES).casefold()
        named = [phrase for phrase in self.phrases if phrase.casefold() in words]
        return self.phrases.index(max(named, key=len)) + 1 if named else 0

    def heard(self, numbers: Sequence[float]) -> tuple[str, ...]:
        """What an agent hears, in words: a text for each message, or for each token that was counted."""
        vocabulary = len(self.phrases) + 1
        if not self.slots:
            counts = [(i % vocabulary, round(count)) for i, count in enumerate(numbers)]
            return tuple(self.text([token]) for token, count in counts for _ in range(count) if token)
        texts, width = [], len(numbers) // self.slots
        for start in range(0, len(numbers), width):
            slot = numbers[start : start + width]
            if slot[0]:
                hot = slot[width - self.length * vocabulary :]
                text = self.text([i % vocabulary for i, there in enumerate(hot) if there])
                speaker = f"agent_{round(slot[4] * self.agents) - 1}: " if self.sender else ""
                texts.append(speaker + text)
        return tuple(texts)

    # For agents that talk in texts.

    def brief(self, brief: Brief) -> Brief:
        """The task, as an agent that talks in texts receives it."""
        return replace(brief, message="text", message_shape=(TEXT_LIMIT,))

    def perception(self, seen: Perception) -> Perception:
        """A perception with the messages in words."""
        return replace(seen, heard=self.heard([float(number) for number in seen.heard]))

    def decision(self, decided: Any) -> Any:
        """A decision with the text as tokens; what is no text stays as it is."""
        if not isinstance(decided, Decision) or not isinstance(decided.message, str):
            return decided
        return replace(decided, message=self.tokens(decided.message))

    def past(self, decided: Decision) -> Decision:
        """A decision of the past, with the tokens in words."""
        if not isinstance(decided.message, tuple):
            return decided
        return replace(decided, message=self.text([int(token) for token in decided.message]))


def words_of(agent: Any, brief: Brief, num_agents: int) -> SameWords:
    """The codebook for an agent that talks in texts (`message = "text"`) in a world with phrases."""
    if not brief.phrases or getattr(agent, "message", None) != "text":
        return SAME_WORDS
    return Codebook(brief.phrases, brief.message_shape[1], brief.heard_slots, brief.sender, num_agents)
