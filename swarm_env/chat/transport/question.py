"""One request with its attempts, until it is answered, fails for good or runs out of time."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from swarm_env.chat.ledger.budget import Spending, price
from swarm_env.chat.ledger.cache import Answers, CachedAnswer
from swarm_env.chat.ledger.store import CallRow, Ledger, OutcomeRow, Past
from swarm_env.chat.request import CallKey, ChatAnswer, ChatRequest, Limits, Outcome, Unusable
from swarm_env.chat.transport.client import (
    AnswerForms,
    ReplyTooLarge,
    ServerClient,
    Unreachable,
    call_payload,
)
from swarm_env.chat.transport.endpoint import Endpoint
from swarm_env.chat.transport.limiter import Gate
from swarm_env.chat.transport.reply import AttemptResult, read_reply
from swarm_env.errors import BudgetReached

T = TypeVar("T")

FIRST_WAIT = 0.2  # after a transient error; doubled with each one [s]
LONGEST_WAIT = 8.0  # [s]

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
    _forms: AnswerForms = field(init=False)
    _form: int = field(init=False)
    _started: float = field(init=False)
    _attempts: int = 0
    _unusable: int = 0
    _failures: int = 0
    _wait: float = 0.0
    _goes_first: bool = False  # to find the answer form that the endpoint supports
    _value: T | None = None

    def __post_init__(self) -> None:
        self._forms = self.client.forms(self.endpoint.model)
        self._form = self._forms.best
        self._started = asyncio.get_running_loop().time()

    async def settle(self, past: Past) -> Outcome[T]:
        """Get an answer.

        Args:
            past: Attempts made before the process was restarted.

        Raises:
            BudgetReached: The budget is spent.
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
        return self.end(result or AttemptResult("timeout", "its turn to be sent never came"), row)

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
        return Outcome(self._value, reason, result.detail, self._attempts)

    def over_budget(self, error: BudgetReached) -> Outcome[T]:
        """Record that the budget is spent."""
        return self.end(AttemptResult("budget", str(error)), None)

    def _is_over(self, result: AttemptResult) -> bool:
        if result.is_answer:
            return result.status == "ok" or self._unusable >= self.limits.attempts
        return not result.retryable

    def _resumed(self, past: Past) -> tuple[AttemptResult, None]:
        """Count the attempts made before a restart."""
        for call in past.calls:
            answer = ChatAnswer(call.response, call.usage, call.latency, call.model, call.finish)
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
        row = self._row(result, time.time(), 0.0)._replace(origin="cache", cost=0.0)
        return self._count(result), row

    async def _within_budget(self) -> tuple[AttemptResult, CallRow] | None:
        if self.spending is None:
            return await self._attempt()
        self.spending.begin()
        sent = None
        try:
            sent = await self._attempt()
        finally:
            self.spending.end(sent[1] if sent else None)
        return sent

    async def _attempt(self) -> tuple[AttemptResult, CallRow] | None:
        """Wait for the limiter and send one call; None if the deadline comes first."""
        end, congested = self._started + self.limits.deadline, None
        try:
            ticket = await self._enter(end)
            if ticket is None:
                return None
            try:
                result, row = await self._send(end)
                congested = result.congested
                self.gate.pause(result.pause)
            finally:
                self.gate.leave(ticket, congested)
            return self._count(self._formed(result)), row
        finally:
            if self._goes_first:
                self._goes_first = False
                self._forms.returned()

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
        call = call_payload(
            self.endpoint.model, self.request, self._form, self._forms.tokens_field, self._unusable
        )
        try:
            async with asyncio.timeout_at(min(end, clock + self.limits.attempt)):
                result = read_reply(await self.client.post(self.endpoint, call))
        except TimeoutError:
            result = AttemptResult(
                "timeout", f"no answer within {min(end - clock, self.limits.attempt):.3g} s"
            )
        except Unreachable as error:
            result = AttemptResult("http", str(error), congested=True)
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
            self._value = self.read(result.answer.text)
        except Unusable as unusable:
            return result.unusable(unusable)
        if self.cache is not None:
            answer = result.answer
            cached = CachedAnswer(answer.model, answer.text, answer.finish, answer.usage)
            self.cache.put(self.client.url, self.digest, cached)
        return result

    def _formed(self, result: AttemptResult) -> AttemptResult:
        """Note the answer form that the endpoint supports; go to the next form if this one was rejected."""
        if result.is_answer and result.http_status is not None and self.request.schema is not None:
            self._forms.worked(self._form)
            return result
        if self._forms.is_renamed(result.http_status, result.detail):
            return replace(result, retryable=True)
        status, detail = result.http_status, result.detail
        if self.request.schema is not None and self._forms.is_rejected(self._form, status, detail):
            self._form += 1
            return replace(result, retryable=True)
        return result

    def _count(self, result: AttemptResult) -> AttemptResult:
        """Count an attempt, and choose the wait before the next one."""
        self._attempts += 1
        self._wait = 0.0
        if result.is_answer:
            self._unusable += result.status != "ok"
        elif result.congested or result.status == "timeout":
            wait = min(FIRST_WAIT * 2 ** min(self._failures, 16), LONGEST_WAIT)
            self._wait = wait * _jitter.uniform(0.5, 1.0)
            self._failures += 1
        return result

    def _row(self, result: AttemptResult, started: float, latency: float) -> CallRow:
        answer = result.answer
        usage = answer.usage if answer else None
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
            cost=price(self.endpoint.model, self.endpoint.base_url, usage) if usage else None,
            latency=latency,
            started=started,
            origin="endpoint",
        )
