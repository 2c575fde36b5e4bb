"""The coordinator between a cluster's driver and its workers: a queue of reports, and a limiter per endpoint.

It holds no state that must survive. When it dies, the driver starts another one, and every run continues from
what the driver has written.
"""

import asyncio
from typing import Any, NamedTuple

from swarm_env.chat.transport.limiter import Limiter


class Event(NamedTuple):
    """A report of a worker: number from 0, number of its attempt, a method of `RunStore`, its arguments."""

    number: int
    attempt: int
    kind: str
    content: tuple[Any, ...]


class Answer(NamedTuple):
    """The answer to a report: the result of the method.

    Not `wanted`: the attempt is closed, and its reports are dropped.
    """

    wanted: bool
    value: Any = None


UNWANTED = Answer(False)


class Coordinator:
    """Runs in one event loop: that of a Ray actor, or of a test.

    Example:
        >>> coordinator = Coordinator()
        >>> async def example():
        ...     reported = asyncio.ensure_future(coordinator.report(7, "notice", "hello"))
        ...     (event,) = await coordinator.take([])
        ...     asyncio.ensure_future(coordinator.take([(event.number, Answer(True, "noted"))]))
        ...     return await reported
        >>> asyncio.run(example())
        Answer(wanted=True, value='noted')
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._count = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._news = asyncio.Event()
        self._closed: set[int] = set()
        self._gates: dict[str, Limiter] = {}
        self._tickets: dict[int, dict[int, tuple[Limiter, asyncio.Future[int]]]] = {}

    async def report(self, attempt: int, kind: str, *content: Any) -> Answer:
        """Called by a worker: queue a report, see `Event`, and wait for the driver's answer."""
        if attempt in self._closed:
            return UNWANTED
        event = Event(self._count, attempt, kind, content)
        self._count += 1
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[event.number] = answered
        self._events.append(event)
        self._news.set()
        return await answered

    async def take(self, answers: list[tuple[int, Answer]]) -> list[Event]:
        """Called by the driver: answer the events taken before, and wait for new ones.

        Takes the numbers of events with their answers; returns at least one event, in order.
        """
        for number, answer in answers:
            waiting = self._waiting.pop(number)
            if not waiting.done():
                waiting.set_result(answer)
        await self._news.wait()
        self._news.clear()
        events, self._events = self._events, []
        return events

    async def close(self, attempt: int) -> int:
        """Called by the driver: close an attempt, drop its later reports, and free its limiter slots.

        Returns the number of events so far, those of the attempt included.
        """
        self._closed.add(attempt)
        for ticket in list(self._tickets.get(attempt, ())):
            await self.leave(attempt, ticket, None)
        self._tickets.pop(attempt, None)
        return self._count

    async def enter(self, attempt: int, ticket: int, url: str, most: int) -> bool:
        """Called by a worker with a new ticket: wait until it may call an endpoint, see `Limiter.enter`.

        Returns False if the attempt is closed or the worker left before its turn.
        """
        if attempt in self._closed:
            return False
        gate = self._gates.setdefault(url, Limiter())
        entering = asyncio.ensure_future(gate.enter(most))
        self._tickets.setdefault(attempt, {})[ticket] = gate, entering
        await asyncio.wait([entering])
        return not entering.cancelled()

    async def leave(self, attempt: int, ticket: int, congested: bool | None) -> None:
        """Called by a worker: its call is over, or it stops waiting; see `enter` and `Limiter.leave`."""
        gate, entering = self._tickets.get(attempt, {}).pop(ticket, (None, None))
        if gate is None or entering is None:
            return
        if entering.done() and not entering.cancelled():
            gate.leave(entering.result(), congested)
        else:
            entering.cancel()

    async def pause(self, attempt: int, url: str, seconds: float) -> None:
        """Called by a worker: an endpoint requested a pause [s] of all calls."""
        self._gates.setdefault(url, Limiter()).pause(seconds)

    async def under_way(self) -> dict[str, int]:
        """Number of calls in flight per endpoint."""
        return {url: gate.under_way for url, gate in self._gates.items()}
