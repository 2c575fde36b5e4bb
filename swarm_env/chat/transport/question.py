"""One request with its attempts, until it is answered, fails for good or runs out of time."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from swarm_env.chat.ledger.budget import Spending, price
from swarm_env.chat.ledger.cache import Answers, CachedAnswer
from swarm_env.chat.ledger.store import CallRow, Ledger, OutcomeRow, Past
from swarm_env.chat.request import (
    DEADLINE,
    CallKey,
    ChatAnswer,
    ChatRequest,
    Limits,
    Outcome,
    Unusable,
    Usage,
    rest_of,
)
from swarm_env.chat.transport.client import ReplyTooLarge, ServerClient, Unreachable
from swarm_env.chat.transport.endpoint import INSIDE, Endpoint
from swarm_env.chat.transport.limiter import Gate
from swarm_env.chat.transport.payload import FORMS, AnswerForms, call_payload, most_tokens, options_of
from swarm_env.chat.transport.reply import AttemptResult, read_reply, scored
from swarm_env.errors import BudgetReached, EndpointFailure

T = TypeVar("T")

FIRST_WAIT = 0.2  # after a transient error; doubled with each one [s]
LONGEST_WAIT = 8.0  # [s]
MORE_ROOM = 4  # times as many tokens for an answer that was cut; our choice
MOST_REPAIRS = 8  # rejections of one request that are understood

_jitter = random.Random()  # the time of a retry is not part of a run


@dataclass(slots=True)
class Question(Generic[T]):
    """A request under way. It lives in the shared event loop; call `settle` once.

    Attributes:
        endpoint: The model to ask.
        request: The request.
        key: Who asks, and when.
        read: Parser of answers, as for `Chat.ask`.
        digest: Of the request.
        client: Of the server.
        gate: Limits calls to the server.
        limits: Of time and attempts.
        ledger: Records every attempt and the outcome.
        spending: None without a budget.
        cache: None without a cache.
        stops: Whether a failure of the endpoint raises `EndpointFailure`.
    """

    endpoint: Endpoint
    request: ChatRequest
    key: CallKey
    read: Callable[[str], T]
    digest: str
    client: ServerClient
    gate: Gate
    limits: Limits
    ledger: Ledger
    spending: Spending | None
    cache: Answers | None
    stops: bool
    _forms: AnswerForms = field(init=False)
    _form: int = field(init=False)
    _started: float = field(init=False)
    _attempts: int = 0
    _unusable: int = 0
    _failures: int = 0
    _wait: float = 0.0
    _paced: float = 0.0  # time that the pace of the endpoint and the budget have cost [s]
    _repairs: int = 0
    _room: int | None = None  # maximum tokens of the answer, after one that was cut
    _payload: dict[str, Any] = field(default_factory=dict)
    _deadline: float = field(init=False)  # time of all attempts [s]
    _most: int = field(init=False)  # unusable answers
    _goes_first: bool = False  # to find the answer form that the endpoint supports
    _value: T | None = None

    def __post_init__(self) -> None:
        self._forms = self.client.forms(self.endpoint.model)
        self._form = self._forms.best
        self._deadline = self.limits.deadline or self.request.deadline or DEADLINE
        self._most = self.request.attempts or self.limits.attempts
        self._started = asyncio.get_running_loop().time()

    async def settle(self, past: Past) -> Outcome[T]:
        """Get an answer.

        Args:
            past: Attempts made before the process was restarted.

        Raises:
            BudgetReached: The budget is spent.
            EndpointFailure: The endpoint or the account cannot answer any request.
        """
        result, row = self._resumed(past) if past.calls else await self._cached()
        while result is None or not self._is_over(result):
            if row is not None:
                self.ledger.add(row, None)
            sent = await self._within_budget()
            row = None
            if sent is None:
                break
            result, row = sent
        if result is None:
            result = AttemptResult("timeout", "its turn to be sent never came")
        if self.stops and self._is_outage(result):
            if row is not None:
                self.ledger.add(row, None)
            raise EndpointFailure(self.endpoint.text(), result.detail)
        return self.end(result, row)

    def _is_outage(self, result: AttemptResult) -> bool:
        """Whether endpoint or account failed: nothing was answered since the request began."""
        if result.status != "http":
            return False
        return result.endpoint or self.client.answered < self._started

    def end(self, result: AttemptResult, row: CallRow | None) -> Outcome[T]:
        """Record the outcome.

        Args:
            result: Of the last attempt.
            row: Of the last attempt if it is not recorded yet.
        """
        reason = None if result.status == "ok" else result.status
        key, seconds = self.key, asyncio.get_running_loop().time() - self._started
        ended = OutcomeRow(
            self.digest, key.asker, key.round, key.step, reason, result.detail, self._attempts, seconds
        )
        self.ledger.add(row, ended)
        value = self._value
        if reason is not None:
            value = None if result.answer is None else rest_of(result.answer.text, reason, self.read)
        return Outcome(value, reason, result.detail, self._attempts)

    def over_budget(self, error: BudgetReached) -> Outcome[T]:
        """Record that the budget is spent."""
        return self.end(AttemptResult("budget", str(error)), None)

    def _is_over(self, result: AttemptResult) -> bool:
        if result.is_answer and (result.status == "ok" or self._unusable >= self._most):
            return True
        return not result.retryable

    def _resumed(self, past: Past) -> tuple[AttemptResult, None]:
        """Count the attempts made before a restart."""
        for call in past.calls:
            answer = ChatAnswer(
                call.response, call.usage, call.latency, call.model, call.finish, call.reasoning
            )
            detail = "" if call.status == "ok" else call.response
            result = AttemptResult(call.status, detail, call.http_status, answer)
            result = self._count(self._read(result) if call.status == "ok" else result)
        self._wait = 0.0
        return result, None

    async def _cached(self) -> tuple[AttemptResult, CallRow] | tuple[None, None]:
        """A cached answer to an equal request, if it can be used here."""
        found = None if self.cache is None else await self.cache.find(self.client.url, self.digest)
        if found is None:
            return None, None
        answer = ChatAnswer(found.text, found.usage, 0.0, found.model, found.finish)
        result = self._read(AttemptResult("ok", answer=answer))
        if result.status != "ok":
            return None, None
        row = self._row(result, time.time(), 0.0)
        row = row._replace(origin="cache", cost=0.0, form=None, budget_tokens=0, budget_cost=0.0)
        return self._count(result), row

    async def _within_budget(self) -> tuple[AttemptResult, CallRow] | None:
        if self.spending is None:
            return await self._attempt()
        usage = self._estimate()
        tokens = usage.prompt + usage.completion
        dollars = self._price(usage) or 0.0
        before, sent = asyncio.get_running_loop().time(), None
        await self.spending.begin(tokens, dollars)
        self._paced += asyncio.get_running_loop().time() - before
        try:
            sent = await self._attempt()
        finally:
            self.spending.end(tokens, dollars, sent[1] if sent else None)
        return sent

    def _estimate(self) -> Usage:
        return self._forms.estimate(self.request, self._room or most_tokens(self.request))

    async def _attempt(self) -> tuple[AttemptResult, CallRow] | None:
        """Wait for the limiter and send one call; None if the deadline comes first."""
        await self._keep_pace()
        end, congested = self._started + self._paced + self._deadline, None
        try:
            ticket = await self._enter(end)
            if ticket is None:
                return None
            try:
                if asyncio.get_running_loop().time() >= end:
                    return None
                result, row = await self._send(end)
                congested = result.congested
                if result.is_answer:
                    self.client.pace.hold(result.pause)
                else:
                    self.gate.pause(result.pause)
            finally:
                self.gate.leave(ticket, congested)
            return self._count(self._understood(result)), row
        finally:
            if self._goes_first:
                self._goes_first = False
                self._forms.returned()

    async def _keep_pace(self) -> None:
        """Wait for the pace of the endpoint; this does not count as time of the request."""
        limits, own = self.limits, (self.endpoint.requests_per_minute, self.endpoint.tokens_per_minute)
        shared = (
            limits.requests_per_minute if own[0] is None else None,
            limits.tokens_per_minute if own[1] is None else None,
        )
        size = 0
        if own[1] or shared[1]:
            usage = self._estimate()
            size = usage.prompt + usage.completion
        if any(own):
            self._paced += await self.client.pace_of(self.endpoint.model).turn(*own, size)
        self._paced += await self.client.pace.turn(*shared, size)

    async def _enter(self, end: float) -> int | None:
        try:
            async with asyncio.timeout_at(end):
                if self._wait or asyncio.get_running_loop().time() >= end:
                    await asyncio.sleep(self._wait)
                if self.request.schema is not None:
                    self._goes_first = await self._forms.turn()
                    self._form = max(self._form, self._forms.best)
                return await self.gate.enter(self.limits.concurrency)
        except TimeoutError:
            return None

    async def _send(self, end: float) -> tuple[AttemptResult, CallRow]:
        started, clock = time.time(), asyncio.get_running_loop().time()
        attempt = self.request.attempt_time or self.limits.attempt
        until = end if attempt is None else min(end, clock + attempt)
        self._payload = call_payload(
            self.endpoint.model, self.request, self._form, self._forms, self._unusable, self._room
        )
        try:
            async with asyncio.timeout_at(until):
                result = read_reply(await self.client.post(self.endpoint, self._payload))
            result = scored(result, self.request, f"{self.digest} {self.key}")
        except TimeoutError:
            result = AttemptResult("timeout", f"no answer within {until - clock:.3g} s")
        except Unreachable as error:
            result = AttemptResult("http", str(error), congested=True, sent=error.sent)
        except ReplyTooLarge as error:
            result = AttemptResult("unparsable", str(error), congested=False)
        row = self._row(result, started, asyncio.get_running_loop().time() - clock)
        try:
            result = self._read(result)
        except BaseException:  # the parser failed, but the answer is paid for
            self.ledger.add(row, None)
            raise
        return result, row._replace(status=result.status)

    def _read(self, result: AttemptResult) -> AttemptResult:
        if result.status != "ok" or result.answer is None:
            return result
        try:
            if self.request.whole and result.answer.finish == "length":
                raise Unusable("the answer was cut at its maximum length")
            self._value = self.read(result.answer.text)
        except Unusable as unusable:
            return result.unusable(unusable)
        if self.cache is not None:
            answer = result.answer
            cached = CachedAnswer(answer.model, answer.text, answer.finish, answer.usage)
            self.cache.put(self.client.url, self.digest, cached)
        return result

    def _understood(self, result: AttemptResult) -> AttemptResult:
        """Note what the endpoint supports; after a rejection that is understood, ask in another way."""
        status, detail = result.http_status, result.detail
        if result.is_answer:
            self.client.answered = asyncio.get_running_loop().time()
            if self.request.schema is not None and status == 200:
                self._forms.worked(self._form)
            return result
        if result.final or self._repairs >= MOST_REPAIRS:
            return result
        if self._forms.understands(self._payload, status, detail, result.field):
            self._repairs += 1
            return replace(result, retryable=True)
        if self.request.schema is not None and self._forms.is_rejected(self._form, status, detail):
            self._form += 1
            return replace(result, retryable=True)
        return result

    def _with_room(self, result: AttemptResult) -> AttemptResult:
        """After an answer that was cut: ask once more with more room, and then say what helps."""
        answer = result.answer
        if result.status != "unparsable" or answer is None or answer.finish != "length":
            return result
        if self._room is None:
            used = answer.usage.completion if answer.usage else 0
            self._room = MORE_ROOM * (most_tokens(self.request) or max(used, 1024))
            return result
        detail = f"{result.detail}; it was cut after {self._room} tokens: raise --max-tokens"
        return replace(result, detail=detail, retryable=False)

    def _count(self, result: AttemptResult) -> AttemptResult:
        """Count an attempt, and choose the wait before the next one."""
        self._attempts += 1
        self._wait = 0.0
        if result.is_answer:
            self._unusable += result.status != "ok"
            result = self._with_room(result)
        elif result.congested or result.status == "timeout":
            wait = min(FIRST_WAIT * 2 ** min(self._failures, 16), LONGEST_WAIT)
            self._wait = wait * _jitter.uniform(0.5, 1.0)
            self._failures += 1
        return result

    def _row(self, result: AttemptResult, started: float, latency: float) -> CallRow:
        answer = result.answer
        usage = answer.usage if answer else None
        cost = self._cost(result, usage)
        counted, expense = self._taken(result, usage, cost)
        form = "text" if self.request.schema is None else FORMS[self._form]
        return CallRow(
            digest=self.digest,
            asker=self.key.asker,
            round=self.key.round,
            step=self.key.step,
            attempt=self._attempts,
            model=self.endpoint.model,
            endpoint=self.client.url,
            status=result.status,
            http_status=result.http_status,
            response=answer.text if answer and answer.text else result.detail,
            finish=answer.finish if answer else None,
            prompt_tokens=usage.prompt if usage else None,
            completion_tokens=usage.completion if usage else None,
            cached_tokens=usage.cached if usage else None,
            reasoning_tokens=usage.reasoning if usage else None,
            cost=cost,
            latency=latency,
            started=started,
            origin="endpoint",
            reasoning=answer.reasoning if answer else None,
            form=f"{form}, reasoning" if result.marked else form,
            options=options_of(self._payload, self.endpoint.sent_options()) if self._payload else None,
            stated_cost=result.stated_cost,
            budget_tokens=counted,
            budget_cost=expense,
        )

    def _cost(self, result: AttemptResult, usage: Usage | None) -> float | None:
        """Cost of a call; 0 if it was not sent or was rejected, None if unknown."""
        if usage is not None:
            return self._price(usage)
        return 0.0 if _is_free(result) or self.endpoint.base_url in INSIDE else None

    def _price(self, usage: Usage) -> float | None:
        stated = self.endpoint.price
        return stated.of(usage) if stated else price(self.endpoint.model, self.endpoint.base_url, usage)

    def _taken(
        self, result: AttemptResult, usage: Usage | None, cost: float | None
    ) -> tuple[int, float | None]:
        """Tokens and dollars that a call takes from a budget: reported, or else estimated."""
        if usage is not None:
            self._forms.measure(self.request, usage)
        elif _is_free(result):
            return 0, 0.0
        else:
            usage = self._estimate()
            cost = self._price(usage)
        known = [amount for amount in (cost, result.stated_cost) if amount is not None]
        return usage.prompt + usage.completion, max(known) if known else None


def _is_free(result: AttemptResult) -> bool:
    """Whether a call was not sent, or was rejected."""
    return not result.sent or (result.http_status is not None and result.http_status >= 400)
