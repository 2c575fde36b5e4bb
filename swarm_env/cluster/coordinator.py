"""The desk between a cluster's driver and its workers: a queue of what they tell, a gate per endpoint.

It keeps nothing that matters. When it dies, the driver sets up another one and every run goes on from what
the driver has written.
"""

import asyncio
from typing import Any, NamedTuple

from swarm_env.chat.transport.limiter import Limiter


class Event(NamedTuple):
    """Something that a worker tells.

    Attributes:
        number: Of all events, from 0.
        attempt: At which run it is, and which attempt to play it.
        kind: What it is: a method of `Store`.
        content: Arguments of that method.
    """

    number: int
    attempt: int
    kind: str
    content: tuple[Any, ...]


class Answer(NamedTuple):
    """What a worker hears.

    Attributes:
        wanted: False: the attempt was given up, and whatever it tells is dropped.
        value: What the driver says.
    """

    wanted: bool
    value: Any = None


UNWANTED = Answer(False)


class Desk:
    """Lives in an event loop: of an actor of Ray, or of a test.

    Example:
        >>> desk = Desk()
        >>> async def example():
        ...     told = asyncio.ensure_future(desk.tell(7, "notice", "hello"))
        ...     (event,) = await desk.take([])
        ...     asyncio.ensure_future(desk.take([(event.number, Answer(True, "noted"))]))
        ...     return await told
        >>> asyncio.run(example())
        Answer(wanted=True, value='noted')
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._told = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._news = asyncio.Event()
        self._closed: set[int] = set()
        self._gates: dict[str, Limiter] = {}
        self._tickets: dict[int, dict[int, tuple[Limiter, asyncio.Future[int]]]] = {}

    async def tell(self, attempt: int, kind: str, *content: Any) -> Answer:
        """A worker tells something, and waits until the driver has dealt with it.

        Args:
            attempt: Of the worker.
            kind: As in `Event`.
            *content: As in `Event`.
        """
        if attempt in self._closed:
            return UNWANTED
        event = Event(self._told, attempt, kind, content)
        self._told += 1
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[event.number] = answered
        self._events.append(event)
        self._news.set()
        return await answered

    async def take(self, answers: list[tuple[int, Answer]]) -> list[Event]:
        """The driver answers what it took last, and waits for more.

        Args:
            answers: Numbers of events, and what their workers are to hear.

        Returns:
            At least one event, in order.
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
        """The driver gives an attempt up, or it is over: nothing more is taken from it, its calls are let go.

        Args:
            attempt: Which.

        Returns:
            How many events there were so far: those of the attempt are among them.
        """
        self._closed.add(attempt)
        for ticket in list(self._tickets.get(attempt, ())):
            await self.leave(attempt, ticket, None)
        self._tickets.pop(attempt, None)
        return self._told

    async def enter(self, attempt: int, ticket: int, url: str, most: int) -> bool:
        """A worker waits until it may call an endpoint.

        Args:
            attempt: Of the worker.
            ticket: A number that the worker has not used before.
            url: Which endpoint.
            most: As for `Limiter.enter`.

        Returns:
            False: it may not; the attempt was given up, or it left before its turn.
        """
        if attempt in self._closed:
            return False
        gate = self._gates.setdefault(url, Limiter())
        entering = asyncio.ensure_future(gate.enter(most))
        self._tickets.setdefault(attempt, {})[ticket] = gate, entering
        await asyncio.wait([entering])
        return not entering.cancelled()

    async def leave(self, attempt: int, ticket: int, congested: bool | None) -> None:
        """A worker's call is over, or it waits no more.

        Args:
            attempt: Of the worker.
            ticket: As for `enter`.
            congested: As for `Limiter.leave`.
        """
        gate, entering = self._tickets.get(attempt, {}).pop(ticket, (None, None))
        if gate is None or entering is None:
            return
        if entering.done() and not entering.cancelled():
            gate.leave(entering.result(), congested)
        else:
            entering.cancel()

    async def pause(self, attempt: int, url: str, seconds: float) -> None:
        """An endpoint asked for a pause.

        Args:
            attempt: Of the worker that heard it.
            url: Which.
            seconds: How long [s].
        """
        self._gates.setdefault(url, Limiter()).pause(seconds)

    async def under_way(self) -> dict[str, int]:
        """Calls under way at each endpoint."""
        return {url: gate.under_way for url, gate in self._gates.items()}
