"""A worker's way to the desk: what it tells, what it asks for, and what holds its calls back."""

import asyncio
import itertools
import platform
from collections.abc import Sequence
from typing import Any, Protocol

from swarm_env.chat.ledger.cache import CachedAnswer
from swarm_env.chat.ledger.store import CallRow, OutcomeRow, Row
from swarm_env.chat.transport.endpoint import is_loopback
from swarm_env.errors import RunError


class Gone(RunError):
    """The driver, or the desk, or its interest in this attempt is gone: what is done here is for nothing."""

    def __init__(self) -> None:
        super().__init__("The driver of the cluster does not want this run from here any more.")


class Wire(Protocol):
    """Calls methods of a `Desk` on behalf of one attempt, and raises `Gone` when it cannot."""

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call a method and wait for what it gives, in any event loop."""

    def post(self, method: str, *arguments: Any) -> None:
        """Call a method and do not wait; calls arrive in order."""

    def ask(self, method: str, *arguments: Any) -> Any:
        """Call a method and wait, in a thread without an event loop."""


class DeskRelay:
    """The `swarm_env.chat.session.Relay` of one attempt; all but `past` is used in the shared event loop."""

    def __init__(self, wire: Wire, past: Sequence[Row], shares_answers: bool) -> None:
        """Connect.

        Args:
            wire: To the desk.
            past: What the driver knows of the run's calls.
            shares_answers: Whether the driver keeps answers that runs share.
        """
        self._wire, self._past, self._shares_answers = wire, past, shares_answers
        self._rows: list[Row] = []
        self._answers: list[tuple[str, str, CachedAnswer]] = []
        self._noted = self._kept = 0
        self._sending: asyncio.Task[None] | None = None

    def past(self) -> Sequence[Row]:
        """As `Relay.past`."""
        return self._past

    def note(self, call: CallRow | None, outcome: OutcomeRow | None) -> None:
        """As `Relay.note`."""
        self._rows.append((call, outcome))
        self._send_soon()

    def share(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """Send an answer that others may use."""
        self._answers.append((url, digest, answer))
        self._send_soon()

    async def noted(self) -> None:
        """As `Relay.noted`.

        Raises:
            Gone: Nobody is there to keep it.
        """
        wanted = self._noted
        while self._kept < wanted and self._sending is not None:
            await asyncio.shield(self._sending)

    def gate(self, url: str) -> "DeskGate":
        """As `Relay.gate`; a server on this machine is not the one of the same URL on another."""
        return DeskGate(self._wire, f"{platform.node()} {url}" if is_loopback(url) else url)

    def answers(self) -> "DeskAnswers | None":
        """As `Relay.answers`."""
        return DeskAnswers(self._wire, self) if self._shares_answers else None

    def _send_soon(self) -> None:
        self._noted += 1
        if self._sending is None or self._sending.done():
            self._sending = asyncio.get_running_loop().create_task(self._send())
            self._sending.add_done_callback(_seen)

    async def _send(self) -> None:
        """Send all there is, and what comes meanwhile: many rows in one message when many come at once."""
        while self._rows or self._answers:
            rows, answers = self._rows, self._answers
            self._rows, self._answers = [], []
            await tell(self._wire, "calls", rows, answers)
            self._kept += len(rows) + len(answers)


class DeskGate:
    """The gate of an endpoint at the desk."""

    _numbers = itertools.count()  # of all gates of this process

    def __init__(self, wire: Wire, url: str) -> None:
        self._wire, self._url = wire, url

    async def enter(self, most: int) -> int:
        """As `Gate.enter`.

        Raises:
            Gone: Nobody is there to let it in.
        """
        ticket = next(self._numbers)
        try:
            entered = await self._wire.call("enter", ticket, self._url, most)
        except asyncio.CancelledError:
            self.leave(ticket, None)
            raise
        if not entered:
            raise Gone
        return ticket

    def leave(self, ticket: int, congested: bool | None) -> None:
        """As `Gate.leave`."""
        self._wire.post("leave", ticket, congested)

    def pause(self, seconds: float) -> None:
        """As `Gate.pause`."""
        if seconds > 0:
            self._wire.post("pause", self._url, seconds)


class DeskAnswers:
    """The answers that runs share, kept by the driver."""

    def __init__(self, wire: Wire, relay: DeskRelay) -> None:
        self._wire, self._relay = wire, relay

    async def find(self, url: str, digest: str) -> CachedAnswer | None:
        """As `Answers.find`."""
        found: CachedAnswer | None = await tell(self._wire, "find", url, digest)
        return found

    def put(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """As `Answers.put`."""
        self._relay.share(url, digest, answer)

    def close(self) -> None:
        """Nothing is held here."""


async def tell(wire: Wire, kind: str, *content: Any) -> Any:
    """Tell the driver something and wait for its answer.

    Raises:
        Gone: It is not wanted any more.
    """
    wanted, value = await wire.call("tell", kind, *content)
    if not wanted:
        raise Gone
    return value


def _seen(task: "asyncio.Task[None]") -> None:
    """Who waits in `noted` is told of an error; if nobody does, it is no reason to complain."""
    if not task.cancelled():
        task.exception()
