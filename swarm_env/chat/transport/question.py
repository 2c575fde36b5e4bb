"""One question on its way: its attempts, until it is answered, hopeless or out of time."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from swarm_env.chat.ledger.budget import Spending
from swarm_env.chat.ledger.cache import Answers, CachedAnswer
from swarm_env.chat.ledger.prices import price
from swarm_env.chat.ledger.store import CallRow, Ledger, OutcomeRow, Past
from swarm_env.chat.outcome import Limits, Outcome, Unusable
from swarm_env.chat.relay import Gate
from swarm_env.chat.request import CallKey, ChatAnswer, ChatRequest
from swarm_env.chat.transport.client import Line, TooLong, Unreachable
from swarm_env.chat.transport.endpoint import Endpoint
from swarm_env.chat.transport.forms import Forms, body
from swarm_env.chat.transport.verdict import Verdict, judge

T = TypeVar("T")

FIRST_WAIT = 0.2  # after an error that may pass; doubled from time to time [s]
LONGEST_WAIT = 8.0  # [s]

_jitter = random.Random()  # when something is tried again is no part of a run


@dataclass(slots=True)
class Question(Generic[T]):
    """A question and what it needs. It lives in the shared event loop; `settle` is called once.

    Attributes:
        endpoint: Whom to ask.
        request: What to ask.
        key: Who asks.
        read: As in `Chat.ask`.
        digest: Of the request.
        line: To the server.
        gate: What holds calls to it back.
        limits: Of time and attempts.
        ledger: Where everything is written.
        spending: None without a budget.
        cache: None without one.
    """

    endpoint: Endpoint
    request: ChatRequest
    key: CallKey
    read: Callable[[str], T]
    digest: str
    line: Line
    gate: Gate
    limits: Limits
    ledger: Ledger
    spending: Spending | None
    cache: Answers | None
    _forms: Forms = field(init=False)
    _form: int = field(init=False)
    _started: float = field(init=False)
    _attempts: int = 0
    _unusable: int = 0
    _failures: int = 0
    _wait: float = 0.0
    _goes_first: bool = False  # to find out which form of answer the endpoint takes
    _value: T | None = None

    def __post_init__(self) -> None:
        self._forms = self.line.forms(self.endpoint.model)
        self._form = self._forms.best
        self._started = asyncio.get_running_loop().time()

    async def settle(self, past: Past) -> Outcome[T]:
        """Get the question answered.

        Args:
            past: Attempts that were made before the process died.

        Raises:
            BudgetReached: It takes more than is left.
        """
        verdict, row = self._remembered(past) if past.calls else await self._cached()
        while verdict is None or not self._is_over(verdict):
            if row is not None:
                self.ledger.add(row, None)
            sent = await self._within_budget()
            row = None
            if sent is None:
                break
            verdict, row = sent
        return self.end(verdict or Verdict("timeout", "its turn to be sent never came"), row)

    def end(self, verdict: Verdict, row: CallRow | None) -> Outcome[T]:
        """Write down how the question ended.

        Args:
            verdict: On the last attempt.
            row: Of the last attempt if it is not written yet.
        """
        reason = None if verdict.status == "ok" else verdict.status
        key, seconds = self.key, asyncio.get_running_loop().time() - self._started
        ended = OutcomeRow(
            self.digest, key.asker, key.round, key.step, reason, verdict.detail, self._attempts, seconds
        )
        self.ledger.add(row, ended)
        return Outcome(self._value, reason, verdict.detail, self._attempts)

    def _is_over(self, verdict: Verdict) -> bool:
        if verdict.is_answer:
            return verdict.status == "ok" or self._unusable >= self.limits.attempts
        return not verdict.passes

    def _remembered(self, past: Past) -> tuple[Verdict, None]:
        """What the attempts before a restart came to."""
        for call in past.calls:
            answer = ChatAnswer(call.response, call.usage, call.latency, call.model, call.finish)
            detail = "" if call.status == "ok" else call.response
            verdict = Verdict(call.status, detail, call.http_status, answer)
            verdict = self._count(self._read(verdict) if call.status == "ok" else verdict)
        self._wait = 0.0
        return verdict, None

    async def _cached(self) -> tuple[Verdict, CallRow] | tuple[None, None]:
        """What somebody else was answered, if that can be used here."""
        found = None if self.cache is None else await self.cache.find(self.line.url, self.digest)
        if found is None:
            return None, None
        answer = ChatAnswer(found.text, found.usage, 0.0, found.model, found.finish)
        verdict = self._read(Verdict("ok", answer=answer))
        if verdict.status != "ok":
            return None, None
        row = self._row(verdict, time.time(), 0.0)._replace(origin="cache", cost=0.0)
        return self._count(verdict), row

    async def _within_budget(self) -> tuple[Verdict, CallRow] | None:
        if self.spending is None:
            return await self._attempt()
        self.spending.begin()
        sent = None
        try:
            sent = await self._attempt()
        finally:
            self.spending.end(sent[1] if sent else None)
        return sent

    async def _attempt(self) -> tuple[Verdict, CallRow] | None:
        """Wait for our turn and send the question; None if the turn does not come before the deadline."""
        end, congested = self._started + self.limits.deadline, None
        try:
            ticket = await self._enter(end)
            if ticket is None:
                return None
            try:
                verdict, row = await self._send(end)
                congested = verdict.congested
                self.gate.pause(verdict.pause)
            finally:
                self.gate.leave(ticket, congested)
            return self._count(self._formed(verdict)), row
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

    async def _send(self, end: float) -> tuple[Verdict, CallRow]:
        started, clock = time.time(), asyncio.get_running_loop().time()
        call = body(self.endpoint.model, self.request, self._form, self._forms.tokens_field, self._unusable)
        try:
            async with asyncio.timeout_at(min(end, clock + self.limits.attempt)):
                verdict = judge(await self.line.post(self.endpoint, call))
        except TimeoutError:
            verdict = Verdict("timeout", f"no answer within {min(end - clock, self.limits.attempt):.3g} s")
        except Unreachable as error:
            verdict = Verdict("http", str(error), congested=True)
        except TooLong as error:
            verdict = Verdict("unparsable", str(error), congested=False)
        row = self._row(verdict, started, asyncio.get_running_loop().time() - clock)
        try:
            verdict = self._read(verdict)
        except BaseException:  # an error of the reader's: the answer is paid for all the same
            self.ledger.add(row, None)
            raise
        return verdict, row._replace(status=verdict.status)

    def _read(self, verdict: Verdict) -> Verdict:
        if verdict.status != "ok" or verdict.answer is None:
            return verdict
        try:
            self._value = self.read(verdict.answer.text)
        except Unusable as unusable:
            return verdict.spoilt(unusable)
        if self.cache is not None:
            answer = verdict.answer
            cached = CachedAnswer(answer.model, answer.text, answer.finish, answer.usage)
            self.cache.put(self.line.url, self.digest, cached)
        return verdict

    def _formed(self, verdict: Verdict) -> Verdict:
        """Learn which form of answer the endpoint takes; go on to the next one if it was that."""
        if verdict.is_answer and verdict.http_status is not None and self.request.schema is not None:
            self._forms.worked(self._form)
            return verdict
        if self._forms.is_renamed(verdict.http_status, verdict.detail):
            return replace(verdict, passes=True)
        status, detail = verdict.http_status, verdict.detail
        if self.request.schema is not None and self._forms.is_rejected(self._form, status, detail):
            self._form += 1
            return replace(verdict, passes=True)
        return verdict

    def _count(self, verdict: Verdict) -> Verdict:
        """Count an attempt, and say how long to wait before another one."""
        self._attempts += 1
        self._wait = 0.0
        if verdict.is_answer:
            self._unusable += verdict.status != "ok"
        elif verdict.congested or verdict.status == "timeout":
            wait = min(FIRST_WAIT * 2 ** min(self._failures, 16), LONGEST_WAIT)
            self._wait = wait * _jitter.uniform(0.5, 1.0)
            self._failures += 1
        return verdict

    def _row(self, verdict: Verdict, started: float, latency: float) -> CallRow:
        answer = verdict.answer
        usage = answer.usage if answer else None
        return CallRow(
            digest=self.digest,
            asker=self.key.asker,
            round=self.key.round,
            step=self.key.step,
            attempt=self._attempts,
            model=self.endpoint.model,
            endpoint=self.line.url,
            status=verdict.status,
            http_status=verdict.http_status,
            response=answer.text if answer and answer.text else verdict.detail,
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
