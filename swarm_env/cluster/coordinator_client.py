"""A worker's access to the coordinator: reports, shared answers, and the limiters of endpoints."""

import asyncio
import itertools
import platform
from collections.abc import Sequence
from typing import Any, Protocol

from swarm_env.chat.ledger.cache import CachedAnswer
from swarm_env.chat.ledger.store import CallRow, OutcomeRow, Row
from swarm_env.chat.transport.keys import is_loopback
from swarm_env.errors import RunError


class AttemptClosed(RunError):
    """The driver has closed this attempt, or driver or coordinator are lost: stop playing."""

    def __init__(self) -> None:
        super().__init__("The driver of the cluster has closed this attempt to play the run.")


class Link(Protocol):
    """Calls methods of a `Coordinator` for one attempt; raises `AttemptClosed` if it is lost."""

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call a method and wait for its result, in any event loop."""

    def post(self, method: str, *arguments: Any) -> None:
        """Call a method without waiting; calls arrive in order."""

    def ask(self, method: str, *arguments: Any) -> Any:
        """Call a method and wait, in a thread without an event loop."""


class WorkerRelay:
    """The `swarm_env.chat.session.Relay` of one attempt; all but `past` runs in the shared event loop."""

    def __init__(self, link: Link, past: Sequence[Row], shares_answers: bool) -> None:
        """Connect to the coordinator.

        `past` are the ledger rows of the run that the driver has; `shares_answers` is whether the driver has
        a cache of answers that runs share.
        """
        self._link, self._past, self._shares_answers = link, past, shares_answers
        self._rows: list[Row] = []
        self._answers: list[tuple[str, str, CachedAnswer]] = []
        self._noted = self._kept = 0
        self._sending: asyncio.Task[None] | None = None

    def past(self) -> Sequence[Row]:
        """See `Relay.past`."""
        return self._past

    def note(self, call: CallRow | None, outcome: OutcomeRow | None) -> None:
        """See `Relay.note`."""
        self._rows.append((call, outcome))
        self._send_soon()

    def share(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """Send an answer to the shared cache."""
        self._answers.append((url, digest, answer))
        self._send_soon()

    async def noted(self) -> None:
        """See `Relay.noted`. Raises `AttemptClosed` if the driver does not keep it."""
        wanted = self._noted
        while self._kept < wanted and self._sending is not None:
            await asyncio.shield(self._sending)

    def gate(self, url: str) -> "RemoteGate":
        """See `Relay.gate`; equal loopback URLs on two machines are different endpoints."""
        return RemoteGate(self._link, f"{platform.node()} {url}" if is_loopback(url) else url)

    def answers(self) -> "RemoteAnswers | None":
        """See `Relay.answers`."""
        return RemoteAnswers(self._link, self) if self._shares_answers else None

    def _send_soon(self) -> None:
        self._noted += 1
        if self._sending is None or self._sending.done():
            self._sending = asyncio.get_running_loop().create_task(self._send())
            self._sending.add_done_callback(_retrieve_error)

    async def _send(self) -> None:
        """Send all rows and answers, also those that arrive meanwhile, in as few reports as possible."""
        while self._rows or self._answers:
            rows, answers = self._rows, self._answers
            self._rows, self._answers = [], []
            await report(self._link, "calls", rows, answers)
            self._kept += len(rows) + len(answers)


class RemoteGate:
    """The limiter of an endpoint at the coordinator."""

    _numbers = itertools.count()  # of all gates of this process

    def __init__(self, link: Link, url: str) -> None:
        self._link, self._url = link, url

    async def enter(self, most: int) -> int:
        """See `Gate.enter`. Raises `AttemptClosed` if the attempt may make no calls."""
        ticket = next(self._numbers)
        try:
            entered = await self._link.call("enter", ticket, self._url, most)
        except asyncio.CancelledError:
            self.leave(ticket, None)
            raise
        if not entered:
            raise AttemptClosed
        return ticket

    def leave(self, ticket: int, congested: bool | None) -> None:
        """See `Gate.leave`."""
        self._link.post("leave", ticket, congested)

    def pause(self, seconds: float) -> None:
        """See `Gate.pause`."""
        if seconds > 0:
            self._link.post("pause", self._url, seconds)


class RemoteAnswers:
    """The shared cache of answers, which the driver keeps."""

    def __init__(self, link: Link, relay: WorkerRelay) -> None:
        self._link, self._relay = link, relay

    async def find(self, url: str, digest: str) -> CachedAnswer | None:
        """See `Answers.find`."""
        found: CachedAnswer | None = await report(self._link, "find", url, digest)
        return found

    def put(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """See `Answers.put`."""
        self._relay.share(url, digest, answer)

    def close(self) -> None:
        """Nothing to close."""


async def report(link: Link, kind: str, *content: Any) -> Any:
    """Report to the driver and wait for its answer. Raises `AttemptClosed` if the attempt is closed."""
    wanted, value = await link.call("report", kind, *content)
    if not wanted:
        raise AttemptClosed
    return value


def _retrieve_error(task: "asyncio.Task[None]") -> None:
    """Mark the task's error as retrieved: `noted` raises it; without a waiter it must not be logged."""
    if not task.cancelled():
        task.exception()
