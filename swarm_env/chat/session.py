"""`Chat`: the requests of one run to language models."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from swarm_env.chat.ledger.budget import Budget, Spending, is_priced
from swarm_env.chat.ledger.cache import Answers
from swarm_env.chat.ledger.store import CallRow, Ledger, OutcomeRow, Row
from swarm_env.chat.ledger.summary import Totals, totals
from swarm_env.chat.live_calls import LiveCalls
from swarm_env.chat.request import CallKey, ChatRequest, Limits, Outcome, Unusable, rest_of
from swarm_env.chat.transport.endpoint import INSIDE, LOCAL, LOCAL_SLOTS, Endpoint, scrub, where
from swarm_env.chat.transport.keys import Keys
from swarm_env.chat.transport.limiter import Gate
from swarm_env.errors import BudgetReached, ConfigError, EndpointFailure, ReplayMissing, install
from swarm_env.runtime.event_loop import shared

T = TypeVar("T")

CALLS = ("live", "replay")
ON_FAILURE = ("stop", "stay")


class Relay(Protocol):
    """Connects a run to the ledger, gates and answer cache on another machine; see `swarm_env.cluster`.

    The runs of one bench on several machines still share one gate per endpoint and one ledger per run.
    """

    def past(self) -> Sequence[Row]:
        """Rows of the run's ledger there."""

    def note(self, call: CallRow | None, outcome: OutcomeRow | None) -> None:
        """Send new rows of the run's ledger; may be called from any thread."""

    async def noted(self) -> None:
        """Wait until all rows sent so far are stored there; an answer is used only then."""

    def gate(self, url: str) -> Gate:
        """The gate of an endpoint."""

    def answers(self) -> Answers | None:
        """The shared answer cache there; None: none."""


class Chat:
    """Sends the requests of one run: limited, recorded, and never the same request twice.

    Args:
        ledger: Records every call, and supplies recorded answers.
        budget: Spending limits; None: no limit.
        total: Spending of all runs of this process that share a budget; None: there is none.
        calls: "live", or "replay" to use recorded answers only, without a network.
        cache: Answers shared with other runs; None: none.
        limits: Of time, attempts and concurrency.
        relay: Connection to the machine that counts and stores calls; None: this one.
        on_failure: When endpoint or account cannot answer any request: "stop" raises `EndpointFailure`,
            "stay" lets the request fail with reason "http".
        breaker: With "stop": rounds in a row without any answer, after which `EndpointFailure` is raised; 0:
            never.
        keys: Which servers may have which keys, besides those of the environment and of keys.toml; None:
            every endpoint may have the key that it names. None is for endpoints that the user's code makes.

    Attributes:
        live_calls: Recent calls, for viewers; usable after `close` too.
        left_out: Fields of requests that a server rejected and that are no longer sent, by endpoint.

    Raises:
        ConfigError: `calls` or `on_failure` is not an allowed value, or the user's file of keys cannot be
            read.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        budget: Budget | None = None,
        total: Spending | None = None,
        calls: str = "live",
        cache: Answers | None = None,
        limits: Limits | None = None,
        relay: Relay | None = None,
        on_failure: str = "stay",
        breaker: int = 0,
        keys: Keys | None = None,
    ) -> None:
        if calls not in CALLS:
            raise ConfigError(f"calls {calls!r} is not one of: {', '.join(CALLS)}.")
        if on_failure not in ON_FAILURE:
            raise ConfigError(f"on_failure {on_failure!r} is not one of: {', '.join(ON_FAILURE)}.")
        self._stops, self._breaker = on_failure == "stop", breaker
        self.ledger, self.calls, self.cache = ledger, calls, cache
        self.budget, self._total = Budget() if budget is None and total is not None else budget, total
        self.limits, self._relay = limits or Limits(), relay
        self.keys = None if keys is None else keys.with_user()
        self.live_calls = LiveCalls()
        self.left_out: dict[str, frozenset[str]] = {}
        if relay is not None:
            ledger.fill(relay.past())
            ledger.listener = relay.note
        self._spending: Spending | None = None
        self._failed_rounds: set[int] = set()  # since the last answer

    async def ask(
        self, endpoint: Endpoint, request: ChatRequest, key: CallKey, read: Callable[[str], T]
    ) -> Outcome[T]:
        """Send a request, unless its outcome is in the ledger.

        Args:
            endpoint: The model.
            request: The request.
            key: Who asks, and when.
            read: Parses the text of an answer or raises `Unusable`; a pure function. It runs in the event
                loop of all runs, so it must be quick.

        Returns:
            The result of `read`, or why there is none.

        Raises:
            BudgetReached: The budget is spent and its `on_reached` is "stop", or that of all runs is spent.
            EndpointFailure: With `on_failure="stop"`: the endpoint or the account cannot answer any request,
                or no request of the last `breaker` rounds was answered.
            ReplayMissing: With `calls="replay"`: the outcome is not in the ledger.
            ConfigError: The key is missing, or the budget is in dollars and the price unknown.
            RunError: The ledger cannot be written.
        """
        return await shared().hop(self._watched(endpoint, request, key, read))

    async def _watched(
        self, endpoint: Endpoint, request: ChatRequest, key: CallKey, read: Callable[[str], T]
    ) -> Outcome[T]:
        """Ask, and keep `live_calls` up to date."""
        digest = request.digest(endpoint.model, endpoint.answer_options())
        self.live_calls.begin(key, endpoint.model, request.messages)
        try:
            outcome = await self._ask(endpoint, request, digest, key, read)
        except BaseException:  # cancelled, or an error that ends the run
            self.live_calls.give_up(key)
            raise
        self.live_calls.end(key, self.ledger.past(digest, key))
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
        self._check_breaker(endpoint, key.round)
        if self.budget is not None and self._spending is None:  # learns what the past has cost
            self._spending = Spending.of_run(self.budget, self.ledger, self._total)
        # Imported here: they load the HTTP libraries, which takes long and must not happen during an attempt.
        from swarm_env.chat.transport.client import ServerClient
        from swarm_env.chat.transport.question import Question

        client = ServerClient.of(where(endpoint.base_url, endpoint.model))
        endpoint = self._with_keys(endpoint)
        client.connect(endpoint)
        endpoint.all_headers(client.url)
        relayed = endpoint.base_url not in INSIDE
        question = Question(
            endpoint,
            request,
            key,
            read,
            digest,
            client,
            self._relay.gate(client.url) if self._relay and relayed else client.limiter,
            self._limits_of(endpoint),
            self.ledger,
            self._spending,
            self.cache,
            self._stops,
        )
        try:
            outcome = await question.settle(past)
        except BudgetReached as error:
            assert self.budget is not None and self._spending is not None
            if error.of_all or self.budget.on_reached != "stay":
                await self._spending.quiet()
                raise
            outcome = question.over_budget(error)
        if dropped := client.forms(endpoint.model).dropped:
            self.left_out[endpoint.text()] = frozenset(dropped)
        if outcome.reason in ("http", "timeout"):
            self._failed_rounds.add(key.round)
        else:
            self._failed_rounds.clear()
        if self._relay is not None:
            await self._relay.noted()
        return outcome

    def check(self, endpoint: Endpoint) -> None:
        """Check an endpoint before a run begins; a replay needs none.

        Raises:
            ConfigError: As for `ask`.
        """
        if self.calls == "live":
            self._check_price(endpoint)
            url, endpoint = where(endpoint.base_url, endpoint.model), self._with_keys(endpoint)
            endpoint.key(url)
            endpoint.all_headers(url)

    def _limits_of(self, endpoint: Endpoint) -> Limits:
        """The limits of calls; what a local model cannot answer at once waits here, where no time counts."""
        if endpoint.base_url != LOCAL:
            return self.limits
        return replace(self.limits, concurrency=min(self.limits.concurrency, LOCAL_SLOTS))

    def _with_keys(self, endpoint: Endpoint) -> Endpoint:
        return endpoint if self.keys is None else replace(endpoint, keys=self.keys)

    def _check_breaker(self, endpoint: Endpoint, number: int) -> None:
        """Raise EndpointFailure if no request of the rounds before was answered."""
        failed = len(self._failed_rounds - {number})
        if self._stops and 0 < self._breaker <= failed:
            cause = f"no request of the last {failed} rounds was answered in time"
            raise EndpointFailure(endpoint.text(), cause)

    def unanswered_from(self) -> int | None:
        """First round of an outage that goes on: nobody was answered after it.

        Returns:
            None if the last round has all its answers, or failures do not stop the run.
        """
        return self.ledger.unanswered_from() if self._stops and self.calls == "live" else None

    def forget_failures(self, from_round: int) -> None:
        """Ask anew for what endpoint or network failed to answer from this round on."""
        self.ledger.forget_failures(from_round)

    def _check_price(self, endpoint: Endpoint) -> None:
        if self.budget is None or self.budget.dollars is None:
            return
        if endpoint.price is None and not is_priced(endpoint.model, endpoint.base_url):
            raise ConfigError(
                f"A budget of dollars needs prices, and that of {endpoint.text()} is unknown. State it "
                "(price.input and price.output, dollars per million tokens), limit calls or tokens instead, "
                f"or install the known prices, in your clone of swarm-env: {install('data')}"
            )

    def totals(self) -> Totals:
        """Sums over all requests in the ledger."""
        with self.ledger.database.read() as connection:
            return totals(connection)

    def close(self) -> None:
        """Close ledger and cache."""
        self.ledger.close()
        if self.cache is not None:
            self.cache.close()


def _recalled(calls: list[CallRow], outcome: OutcomeRow, read: Callable[[str], T]) -> Outcome[T]:
    """The outcome recorded in the ledger."""
    if outcome.reason is not None:
        rest = rest_of(calls[-1].response, outcome.reason, read) if calls else None
        return Outcome(rest, outcome.reason, outcome.detail, outcome.attempts)
    try:
        value = read(next(call.response for call in reversed(calls) if call.status == "ok"))
    except Unusable as unusable:  # `read` has become stricter
        return Outcome(None, unusable.reason, scrub(str(unusable)), outcome.attempts)
    return Outcome(value, None, "", outcome.attempts)
