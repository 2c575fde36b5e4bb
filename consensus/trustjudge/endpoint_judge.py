"""A judge at an OpenAI-compatible endpoint that tells log-probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.plain_endpoint import ask
from swarm_env.consensus.trustjudge import rating_distribution

from swarm_env.errors import ConfigError

_RATE = """Question: {question}

Answer: {answer}

Rate the answer from {low} (useless) to {high} (perfect). Reply with the number only."""
_COMPARE = """Question: {question}

Answer 1: {first}

Answer 2: {second}

Which answer is better? Reply with 1 or 2, or with 0 if they are equally good. Reply with the number only."""


@dataclass(frozen=True, slots=True)
class EndpointJudge:
    """Reads the probabilities of the first token of a reply; the server gets no key.

    Attributes:
        model: Name of the model.
        url: Address of the server, as in http://127.0.0.1:8000/v1.
        ratings: The ratings, from low to high, each a single token.
    """

    model: str
    url: str
    ratings: tuple[int, ...] = (1, 2, 3, 4, 5)

    def rates(self, question: str, answers: Sequence[str]) -> NDArray[np.float64]:
        """(answers, ratings) probabilities. Raises `ConfigError` if the server fails or tells none."""
        low, high = self.ratings[0], self.ratings[-1]
        asked = [_RATE.format(question=question, answer=one, low=low, high=high) for one in answers]
        return np.array([rating_distribution(self._ask(text), self.ratings) for text in asked])

    def compares(self, question: str, answers: Sequence[str]) -> NDArray[np.float64]:
        """(answers, answers, 3) probabilities: row first, column second; first better, second, neither."""
        n = len(answers)
        found = np.full((n, n, 3), 1.0 / 3.0)
        for a in range(n):
            for b in range(n):
                if a != b:
                    text = _COMPARE.format(question=question, first=answers[a], second=answers[b])
                    found[a, b] = rating_distribution(self._ask(text), (1, 2, 0))
        return found

    def _ask(self, text: str) -> dict[str, float]:
        choice = ask(
            self.model, self.url, text, temperature=0.0, max_tokens=1, logprobs=True, top_logprobs=20
        )
        logprobs = choice.logprobs
        if logprobs is None or not logprobs.content:
            raise ConfigError(
                f"The server {self.url} tells no log-probabilities: ask another model or server."
            )
        sums: dict[str, float] = {}
        for one in logprobs.content[0].top_logprobs:
            sums[one.token] = float(np.logaddexp(sums.get(one.token, -np.inf), one.logprob))
        return sums
