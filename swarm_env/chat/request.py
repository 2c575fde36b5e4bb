"""Requests to language models, their answers and outcomes, and the limits of a request."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from swarm_env.errors import ConfigError

T = TypeVar("T")

DEADLINE = 60.0  # [s]; our choice
REASONS = ("timeout", "refused", "unparsable", "budget", "http")


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request to a language model.

    Attributes:
        messages: Pairs of role ("system", "user" or "assistant") and text.
        schema: JSON schema of the answer; None for free text. An endpoint without schemas gets the best form
            it supports, so the messages should describe the answer too.
        schema_name: Name of the schema.
        temperature: None: not sent (also `max_tokens` and `seed`).
        max_tokens: Maximum tokens of the answer.
        seed: Sampling seed; a retry after an unusable answer sends the next number.
        extra: More fields of the HTTP request.
        attempt_time: Time of one attempt [s]; None: that of `Limits`. It does not identify the request; nor
            do the next three.
        deadline: Time of all attempts where `Limits` has none [s]; None: the default.
        attempts: Maximum unusable answers; None: that of `Limits`.
        choices: Actions by label, of which the answer is to be one: the model is asked for log-probabilities
            instead of text, where the endpoint has them (`transport.scored_choice`). Labels differ in their
            first character. None: a text.
        likeliest: Tokens whose log-probabilities are asked for with `choices`.
        whole: Whether an answer that was cut at its maximum is unusable whatever it says.
    """

    messages: tuple[tuple[str, str], ...]
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    attempt_time: float | None = None
    deadline: float | None = None
    attempts: int | None = None
    whole: bool = False
    choices: Mapping[str, str] | None = None
    likeliest: int = 20  # the most that OpenAI's API gives

    def digest(self, model: str, more: Mapping[str, Any] | None = None) -> str:
        """Identify this request to this model: 32 hexadecimal digits (BLAKE2b).

        The server and the form in which it takes schemas do not count.

        Args:
            model: Name of the model.
            more: What else the answer may depend on, such as headers.
        """
        parts: list[Any] = [
            model,
            self.messages,
            self.schema,
            self.schema_name,
            self.temperature,
            self.max_tokens,
            self.seed,
            self.extra,
        ]
        if more:
            parts.append(more)
        if self.choices is not None:
            parts.append([dict(self.choices), self.likeliest])
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=dict)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class CallKey:
    """Identify the request of one asker: equal requests of two agents are two requests.

    Attributes:
        asker: "agent_3", "judge_0", …
        round: Round of the run, from 0.
        step: Index of the request in that round, from 0.
    """

    asker: str
    round: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call.

    Attributes:
        prompt: Prompt tokens.
        completion: Answer tokens, reasoning included.
        cached: Prompt tokens that the endpoint had cached (usually cheaper).
        reasoning: Answer tokens spent on reasoning.
    """

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


class Price(NamedTuple):
    """Price of a model [US dollars per million tokens].

    Attributes:
        input: Of prompt tokens.
        output: Of answer tokens.
        cached: Of prompt tokens that the endpoint had cached; None: as `input`.
    """

    input: float
    output: float
    cached: float | None = None

    def of(self, usage: Usage) -> float:
        """Price of an answer [US dollars]."""
        cached = min(usage.cached, usage.prompt)
        less = self.input if self.cached is None else self.cached
        return ((usage.prompt - cached) * self.input + cached * less + usage.completion * self.output) / 1e6


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """An answer of an endpoint.

    Attributes:
        text: Content of the message, or arguments of its tool call.
        usage: None if not reported.
        latency: From sending the request to the complete answer [s].
        model: Name of the model as the endpoint reports it.
        finish: Why the answer ended ("stop", "length", …); None if not reported.
        reasoning: What the model thought before; None if not reported.
        first_token: The likeliest first tokens with their log-probabilities; () if not reported.
    """

    text: str
    usage: Usage | None
    latency: float
    model: str
    finish: str | None
    reasoning: str | None = None
    first_token: tuple[tuple[str, float], ...] = ()


class Unusable(ValueError):
    """Raised by readers of answers: the answer cannot be used.

    Args:
        detail: What is wrong, for people.
        reason: "unparsable" or "refused".
        rest: What can be used all the same, as the `value` of a failed outcome.
    """

    def __init__(self, detail: str, reason: str = "unparsable", rest: Any = None) -> None:
        super().__init__(detail)
        self.reason, self.rest = reason, rest


def rest_of(text: str, reason: str, read: Callable[[str], T]) -> T | None:
    """What a reader can use of an answer that failed for this reason; None if nothing."""
    if reason not in ("unparsable", "refused"):
        return None
    try:
        read(text)
    except Unusable as unusable:
        rest: T | None = unusable.rest
        return rest
    return None


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """Final result of a request.

    Attributes:
        value: Result of the reader; after a failure what it could use (`Unusable.rest`), else None.
        reason: None after a success, else one of `REASONS`.
        detail: What went wrong, for people, without API keys.
        attempts: Number of the request's rows in the ledger.
    """

    value: T | None
    reason: str | None
    detail: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of time, retries and concurrency. The defaults are our choice.

    Attributes:
        deadline: For all attempts together, waiting included [s]; None: that of the request, else 60.
        attempt: For one attempt, from sending to the complete answer [s]; None: what is left of the deadline.
        attempts: Maximum unusable answers. Server and network errors are retried until the deadline.
        concurrency: Maximum concurrent requests to an endpoint.
        requests_per_minute: Maximum requests to an endpoint; None: no limit. The wait does not count as time.
        tokens_per_minute: Maximum tokens, estimated before each call; None: no limit.

    Raises:
        ConfigError: A limit is not positive.
    """

    deadline: float | None = None
    attempt: float | None = None
    attempts: int = 3
    concurrency: int = 512
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"{name} must be more than 0, not {value!r}.")
