"""Faults on demand: late, bad and missing answers.

The fault of a request depends on the seed, the content of the request and the number of equal requests
before, so the same requests get the same faults in any order of arrival, and a repeated request draws again.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from swarm_env.errors import ConfigError, did_you_mean

# Named kinds; any HTTP status from 400 to 599 is a kind too.
KINDS: Mapping[str, str] = MappingProxyType({
    "hang": "no answer until the client disconnects",
    "cut": "the connection is closed in the middle of the response",
    "malformed": "the response is not valid JSON",
    "wrong_schema": "the answer is JSON of another schema than requested",
    "truncated": "the answer ends in the middle, with finish_reason `length`",
    "refusal": "the model refuses to answer",
    "nonsense": "the answer is meaningless words",
})  # fmt: skip
LATENCY = "latency"

REFUSAL = "I'm sorry, but I can't help with that."
WRONG_SCHEMA = '{"colour": "blue", "sizes": [3, null, {"unit": 7}]}'
_WORDS = (
    "blorp", "quazzle", "fnim", "ostrevax", "plonkit", "zibber", "mumfle", "crindle",
    "wexo", "tramblish", "gorpin", "yssel", "nockwit", "dravvy", "skoob", "umbrit",
)  # fmt: skip
_SENTENCE = 24  # words
_STATUS = re.compile(r"[45]\d\d")


@dataclass(frozen=True, slots=True)
class DrawnFault:
    """The fault drawn for one request."""

    kind: str | None  # None: a normal answer
    wait: float  # delay of the response [s]
    random_bytes: bytes  # 16 bytes, determined by seed and request, for choices within a fault


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates of faults. A request gets at most one besides latency.

    Attributes:
        rates: Fraction of the requests by kind, each 0 to 1, in sum at most 1. Kinds: those of `KINDS` and
            HTTP statuses ("429", "500", …).
        latency: Delay of an answer [s], at least 0.
        latency_rate: Fraction of the requests with this delay, 0 to 1; independent of other faults.
        retry_after: `Retry-After` of a 429 or 503 [s]; None: no such header.
        retry_after_date: Send it as a date (whole seconds, rounded up) instead of a number.
        capacity: Maximum concurrent requests; more get a 429. None: no limit.
        seed: Determines which requests get the faults.

    Raises:
        ConfigError: A kind is unknown, or a number is out of its range.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    latency_rate: float = 1.0
    retry_after: float | None = 1.0
    retry_after_date: bool = False
    capacity: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for kind, rate in self.rates.items():
            _check_kind(kind)
            _check_share(f"the rate of fault {kind!r}", rate)
        if sum(self.rates.values()) > 1 + 1e-9:
            raise ConfigError(
                f"The rates of the faults add up to {sum(self.rates.values()):g}; a request gets at most one "
                "fault, so they may add up to 1. Lower some."
            )
        _check_share("latency_rate", self.latency_rate)
        for name, seconds in (("latency", self.latency), ("retry_after", self.retry_after or 0.0)):
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ConfigError(f"{name} is {seconds!r}; it is a number of seconds, 0 or more.")
        if self.capacity is not None and self.capacity < 1:
            raise ConfigError(f"capacity is {self.capacity!r}; at least 1 request must fit.")

    @classmethod
    def parse(cls, texts: Iterable[str], **others: float | bool | None) -> Self:
        """Faults from texts such as "429=0.2", "hang" (rate 1), "latency=0.2" or "latency=0.2:0.5".

        Args:
            texts: Each a kind and its rate; for latency seconds and, after a colon, the rate.
            others: More attributes, by name.

        Raises:
            ConfigError: A text cannot be parsed, or a value is not allowed.
        """
        rates: dict[str, float] = {}
        fields: dict[str, float | bool | None] = dict(others)
        for text in texts:
            kind, _, value = text.strip().partition("=")
            kind = kind.replace("-", "_")
            if kind == LATENCY:
                seconds, _, rate = value.partition(":")
                fields["latency"] = _number(text, seconds)
                fields["latency_rate"] = _number(text, rate or "1")
            else:
                rates[kind] = _number(text, value or "1")
        return cls(rates=rates, **fields)  # type: ignore[arg-type]

    def draw(self, digest: bytes, use: int) -> DrawnFault:
        """The fault of a request, by its digest (16 bytes) and the number of equal requests before it."""
        if not self.rates and not (self.latency and self.latency_rate < 1):
            return DrawnFault(None, self.latency, digest)
        drawn = hashlib.blake2b(b"%d %d " % (self.seed, use) + digest, digest_size=32).digest()
        late = int.from_bytes(drawn[:8], "little") / 2**64 < self.latency_rate
        left = int.from_bytes(drawn[8:16], "little") / 2**64
        met = None
        for kind, rate in self.rates.items():
            left -= rate
            if left < 0:
                met = kind
                break
        return DrawnFault(met, self.latency if late else 0.0, drawn[16:])


def spoil(text: str, fault: DrawnFault) -> str:
    """The text of an answer with a fault; faults that do not concern the text leave it unchanged."""
    kind, random_bytes = fault.kind, fault.random_bytes
    if kind == "wrong_schema":
        return WRONG_SCHEMA
    if kind == "nonsense":
        return (
            " ".join(_WORDS[random_bytes[i % len(random_bytes)] % len(_WORDS)] for i in range(_SENTENCE))
            + "."
        )
    if kind == "truncated":
        return text[: len(text) // 2]
    return text


def _check_kind(kind: str) -> None:
    if kind not in KINDS and not _STATUS.fullmatch(kind):
        known = ", ".join(KINDS)
        raise ConfigError(
            f"No fault is named {kind!r}.{did_you_mean(kind, [*KINDS, LATENCY])} Known: {LATENCY}, {known}, "
            "and HTTP statuses from 400 to 599."
        )


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ConfigError(f"{name} is {value!r}; it is a fraction of the requests, 0 to 1.")


def _number(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ConfigError(
            f"The fault {text!r} cannot be read. Write KIND=RATE, as in 429=0.2, or latency=SECONDS."
        ) from None
