"""Faults on demand: which requests are answered late, badly or not at all.

Whether a request meets a fault follows from the seed, the request's body and how often that body came before,
so the same requests meet the same faults in whatever order they arrive, and a repeated request draws anew.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from swarm_env.errors import ConfigError, did_you_mean

# Kinds that have a name of their own; any HTTP status from 400 to 599 is a kind too.
KINDS: Mapping[str, str] = MappingProxyType({
    "hang": "no answer ever, until the client goes away",
    "cut": "the connection is closed in the middle of the body",
    "malformed": "the body of the response is no JSON",
    "wrong_schema": "the answer is JSON of another schema than asked for",
    "truncated": "the answer breaks off in the middle, with finish_reason `length`",
    "refusal": "the model refuses to answer",
    "nonsense": "the answer is words that mean nothing",
})  # fmt: skip
LATENCY = "latency"

_STATUS = re.compile(r"[45]\d\d")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one request.

    Attributes:
        kind: The fault it meets; None: it is answered well.
        wait: Seconds before anything is sent.
        dice: 16 bytes that follow from seed and request, for choices within a fault.
    """

    kind: str | None
    wait: float
    dice: bytes


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates of faults. A request meets at most one, late answers aside.

    Attributes:
        rates: Kind to share of the requests, each 0 to 1 and at most 1 together. Kinds: those of `KINDS` and
            HTTP statuses ("429", "500", …).
        latency: Seconds that an answer takes, at least 0.
        latency_rate: Share of the requests that take so long, 0 to 1; independent of other faults.
        retry_after: Seconds that a 429 or 503 asks to wait; None: it does not say.
        retry_after_date: Say it as a date (whole seconds, rounded up) instead of a number.
        capacity: Requests worked on at once; any more get a 429. None: no limit.
        seed: Another seed, other requests.

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
                f"The rates of the faults add up to {sum(self.rates.values()):g}; a request meets one fault "
                "at most, so they may add up to 1. Lower some."
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
            texts: Each a kind and its rate; of latency its seconds and, after a colon, its rate.
            others: More fields, by name.

        Returns:
            The faults.

        Raises:
            ConfigError: A text cannot be read, or what it says is not allowed.
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

    def fate(self, digest: bytes, use: int) -> Fate:
        """What becomes of a request.

        Args:
            digest: Of its body, 16 bytes.
            use: How often the same body came before.

        Returns:
            The same for the same arguments.
        """
        if not self.rates and not (self.latency and self.latency_rate < 1):
            return Fate(None, self.latency, digest)
        dice = hashlib.blake2b(b"%d %d " % (self.seed, use) + digest, digest_size=32).digest()
        late = int.from_bytes(dice[:8], "little") / 2**64 < self.latency_rate
        left = int.from_bytes(dice[8:16], "little") / 2**64
        met = None
        for kind, rate in self.rates.items():
            left -= rate
            if left < 0:
                met = kind
                break
        return Fate(met, self.latency if late else 0.0, dice[16:])


def _check_kind(kind: str) -> None:
    if kind not in KINDS and not _STATUS.fullmatch(kind):
        known = ", ".join(KINDS)
        raise ConfigError(
            f"No fault is named {kind!r}.{did_you_mean(kind, [*KINDS, LATENCY])} Known: {LATENCY}, {known}, "
            "and HTTP statuses from 400 to 599."
        )


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ConfigError(f"{name} is {value!r}; it is a share of the requests, 0 to 1.")


def _number(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ConfigError(
            f"The fault {text!r} cannot be read. Write KIND=RATE, as in 429=0.2, or latency=SECONDS."
        ) from None
