"""One run's conversation with language models."""

from collections.abc import Callable
from typing import TypeVar

from swarm_env.chat.budget import Budget
from swarm_env.chat.cache import AnswerCache
from swarm_env.chat.endpoint import Endpoint
from swarm_env.chat.ledger import Ledger
from swarm_env.chat.outcome import Limits, Outcome
from swarm_env.chat.request import CallKey, ChatRequest
from swarm_env.chat.summary import Totals, totals
from swarm_env.errors import ConfigError

T = TypeVar("T")

CALLS = ("live", "replay")


class Chat:
    """Asks language models on behalf of one run: bounded, counted, and never twice the same.

    Args:
        ledger: Where every call is written, and where answers are found again.
        budget: What may be spent; None: anything.
        calls: "live", or "replay" to play from the ledger alone, without a network.
        cache: Answers shared with others; None: none.
        limits: Of time, attempts and concurrency.

    Raises:
        ConfigError: `calls` is none of the two.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        budget: Budget | None = None,
        calls: str = "live",
        cache: AnswerCache | None = None,
        limits: Limits | None = None,
    ) -> None:
        if calls not in CALLS:
            raise ConfigError(f"calls {calls!r} is not one of: {', '.join(CALLS)}.")
        self.ledger, self.budget, self.calls, self.cache = ledger, budget, calls, cache
        self.limits = limits or Limits()

    async def ask(
        self, endpoint: Endpoint, request: ChatRequest, key: CallKey, read: Callable[[str], T]
    ) -> Outcome[T]:
        """Ask a question, unless the ledger knows its outcome already.

        Args:
            endpoint: Whom to ask.
            request: What to ask.
            key: Who asks, and when.
            read: Makes something of the text of an answer, or raises `Unusable`; always the same of the same
                text. It runs in the event loop of all runs, so it must be quick.

        Returns:
            What `read` made of the answer, or why there is none.

        Raises:
            BudgetReached: The budget is spent, and is one that stops.
            ReplayMissing: With `calls="replay"`: the ledger does not know the outcome.
            ConfigError: There is no key, or a budget of dollars for a model whose price is unknown.
            RunError: The ledger cannot be written.
        """
        raise NotImplementedError

    def totals(self) -> Totals:
        """What the ledger adds up to, its past included."""
        with self.ledger.database.use() as connection:
            return totals(connection)

    def close(self) -> None:
        """Close ledger and cache."""
        self.ledger.close()
        if self.cache is not None:
            self.cache.close()
