"""One run's conversation with language models."""

from collections.abc import Callable
from typing import TypeVar

from swarm_env.chat.ledger.budget import Budget, Spending
from swarm_env.chat.ledger.cache import Answers
from swarm_env.chat.ledger.prices import is_priced
from swarm_env.chat.ledger.store import CallRow, Ledger, OutcomeRow
from swarm_env.chat.ledger.summary import Totals, totals
from swarm_env.chat.live_calls import LiveCalls
from swarm_env.chat.outcome import Limits, Outcome, Unusable
from swarm_env.chat.relay import Gate, Relay
from swarm_env.chat.request import CallKey, ChatRequest
from swarm_env.chat.scrub import scrub
from swarm_env.chat.transport.client import Line
from swarm_env.chat.transport.endpoint import EMBEDDED, Endpoint, where
from swarm_env.chat.transport.question import Question
from swarm_env.chat.transport.verdict import Verdict
from swarm_env.errors import BudgetReached, ConfigError, ReplayMissing
from swarm_env.runtime.event_loop import shared

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
        relay: The way to where calls are counted and kept, if that is elsewhere; None: here.

    Attributes:
        minds: Lets viewers look into what is asked; it can be used when the session is closed too.

    Raises:
        ConfigError: `calls` is none of the two.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        budget: Budget | None = None,
        calls: str = "live",
        cache: Answers | None = None,
        limits: Limits | None = None,
        relay: Relay | None = None,
    ) -> None:
        if calls not in CALLS:
            raise ConfigError(f"calls {calls!r} is not one of: {', '.join(CALLS)}.")
        self.ledger, self.budget, self.calls, self.cache = ledger, budget, calls, cache
        self.limits, self._relay = limits or Limits(), relay
        self.minds = LiveCalls()
        if relay is not None:
            ledger.fill(relay.past())
            ledger.listener = relay.note
        self._spending: Spending | None = None

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
        return await shared().hop(self._watched(endpoint, request, key, read))

    async def _watched(
        self, endpoint: Endpoint, request: ChatRequest, key: CallKey, read: Callable[[str], T]
    ) -> Outcome[T]:
        """Ask, for viewers to see."""
        digest = request.digest(endpoint.model)
        self.minds.begin(key, endpoint.model, request.messages)
        try:
            outcome = await self._ask(endpoint, request, digest, key, read)
        except BaseException:  # nothing came of it: cancelled, or an error that ends the run
            self.minds.give_up(key)
            raise
        self.minds.end(key, self.ledger.past(digest, key))
        return outcome

    async def _ask(
        self, endpoint: Endpoint, request: ChatRequest, digest: str, key: CallKey, read: Callable[[str], T]
    ) -> Outcome[T]:
        past = self.ledger.past(digest, key)
        if past.outcome is not None:
            return _recalled(past.calls, past.outcome, read)
        if self.calls == "replay":
            raise ReplayMissing(key.asker, key.round, key.step)
        self._check_price(endpoint)
        if self.budget is not None and self._spending is None:  # learns what the past has cost
            self._spending = Spending(self.budget, self.ledger)
        line = Line.to(where(endpoint.base_url))
        line.client(endpoint)
        question = Question(
            endpoint,
            request,
            key,
            read,
            digest,
            line,
            self._gate(endpoint, line),
            self.limits,
            self.ledger,
            self._spending,
            self.cache,
        )
        try:
            outcome = await question.settle(past)
        except BudgetReached as error:
            assert self.budget is not None and self._spending is not None
            if self.budget.on_reached != "stay":
                await self._spending.quiet()
                raise
            outcome = question.end(Verdict("budget", str(error)), None)
        if self._relay is not None:
            await self._relay.noted()
        return outcome

    def _gate(self, endpoint: Endpoint, line: Line) -> Gate:
        """What holds calls back: the relay's gate, but for a server that is in this process itself."""
        if self._relay is None or endpoint.base_url == EMBEDDED:
            return line.limiter
        return self._relay.gate(line.url)

    def check(self, endpoint: Endpoint) -> None:
        """Refuse an endpoint that could not be asked, before a run begins. In a replay all are fine.

        Args:
            endpoint: Whom to ask.

        Raises:
            ConfigError: As for `ask`.
        """
        if self.calls == "live":
            self._check_price(endpoint)
            endpoint.key(where(endpoint.base_url))

    def _check_price(self, endpoint: Endpoint) -> None:
        if self.budget is None or self.budget.dollars is None:
            return
        if not is_priced(endpoint.model, endpoint.base_url):
            raise ConfigError(
                f"A budget of dollars needs prices, and that of {endpoint.text()} is unknown. Limit calls or "
                "tokens instead, or install the prices: pip install 'swarm-env[data]'"
            )

    def totals(self) -> Totals:
        """What the ledger adds up to, its past included."""
        with self.ledger.database.read() as connection:
            return totals(connection)

    def close(self) -> None:
        """Close ledger and cache."""
        self.ledger.close()
        if self.cache is not None:
            self.cache.close()


def _recalled(calls: list[CallRow], outcome: OutcomeRow, read: Callable[[str], T]) -> Outcome[T]:
    """How a question ended, from the ledger."""
    if outcome.reason is not None:
        return Outcome(None, outcome.reason, outcome.detail, outcome.attempts)
    try:
        value = read(next(call.response for call in reversed(calls) if call.status == "ok"))
    except Unusable as unusable:  # the reader has become stricter
        return Outcome(None, unusable.reason, scrub(str(unusable)), outcome.attempts)
    return Outcome(value, None, "", outcome.attempts)
