"""What is asked and what comes back, as plain records."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A question to a language model.

    Attributes:
        messages: Pairs of role ("system", "user" or "assistant") and text.
        schema: JSON schema of the answer that is wanted; None for free text. Endpoints that know no schemas
            are asked in the best way they have, so the text of the messages should describe the answer too.
        schema_name: Name of the schema.
        temperature: None: not sent; so with the next two.
        max_tokens: Most tokens of the answer.
        seed: Of the endpoint's sampling; the second attempt at an answer sends the next number.
        extra: Further fields of the request's body.
    """

    messages: tuple[tuple[str, str], ...]
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def digest(self, model: str) -> str:
        """What tells this question to this model from all others: 32 hexadecimal digits (BLAKE2b).

        Where the server is and how it takes schemas make no difference.
        """
        parts = [
            model,
            self.messages,
            self.schema,
            self.schema_name,
            self.temperature,
            self.max_tokens,
            self.seed,
            self.extra,
        ]
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=dict)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class CallKey:
    """Which question of whom: equal questions of two agents are two questions.

    Attributes:
        asker: "agent_3", "judge_0", …
        round: Of the run, from 0.
        step: Which question of that round, from 0.
    """

    asker: str
    round: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took, in tokens.

    Attributes:
        prompt: Of the question.
        completion: Of the answer, thoughts included.
        cached: Those of the question that the endpoint remembered (most charge less for them).
        reasoning: Those of the answer that were thoughts.
    """

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What an endpoint answered.

    Attributes:
        text: Of the message, or the arguments of its tool call.
        usage: None if the endpoint did not say.
        latency: From sending the question to the whole answer [s].
        model: As the endpoint calls itself.
        finish: Why the answer ended ("stop", "length", …), None if the endpoint did not say.
    """

    text: str
    usage: Usage | None
    latency: float
    model: str
    finish: str | None
