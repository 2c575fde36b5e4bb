"""How a question may end, and what bounds it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from swarm_env.errors import ConfigError

T = TypeVar("T")

ATTEMPT_SHARE = 0.5  # of the deadline, for one attempt; our choice
REASONS = ("timeout", "refused", "unparsable", "budget", "http")


class Unusable(ValueError):
    """An answer that cannot be used; who reads answers raises it.

    Args:
        detail: For people: what is wrong with it.
        reason: "unparsable" or "refused".
    """

    def __init__(self, detail: str, reason: str = "unparsable") -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """How a question ended.

    Attributes:
        value: What the reader made of the answer; None after a failure.
        reason: None, or one of `REASONS`.
        detail: What went wrong, for people; it never holds a key.
        attempts: Rows of the ledger that belong to the question.
    """

    value: T | None
    reason: str | None
    detail: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often a question is tried. The figures are our choice.

    Attributes:
        deadline: For all attempts together, waiting included [s].
        attempt: For one attempt, from sending to the whole answer [s].
        attempts: Most answers that cannot be used. Errors of the server or of the network are retried until
            the deadline.
        concurrency: Most questions that an endpoint gets at once.

    Raises:
        ConfigError: One of them is not positive.
    """

    deadline: float = 60.0
    attempt: float = 30.0
    attempts: int = 3
    concurrency: int = 512

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not value > 0:
                raise ConfigError(f"{name} must be more than 0, not {value!r}.")

    @classmethod
    def of(cls, deadline: float | None = None, concurrency: int | None = None) -> "Limits":
        """Limits with what people choose; an attempt gets half of the deadline at most, so a second has time.

        Args:
            deadline: As the attribute; None: the default, as with the next.
            concurrency: As the attribute.
        """
        deadline = cls().deadline if deadline is None else deadline
        return cls(
            deadline,
            min(deadline * ATTEMPT_SHARE, cls().attempt),
            concurrency=cls().concurrency if concurrency is None else concurrency,
        )
