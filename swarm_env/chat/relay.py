"""What a run needs to ask models when it is played on another machine than it is kept on.

Alone, a process keeps the ledgers of its runs, and one gate per endpoint holds back all their calls. Where
the runs of one bench are spread over machines, somebody must still keep one gate per endpoint and one copy of
what was paid for. A `Relay` is how a run reaches them; `swarm_env.cluster` has one.
"""

from collections.abc import Sequence
from typing import Protocol

from swarm_env.chat.ledger.cache import Answers
from swarm_env.chat.ledger.store import CallRow, OutcomeRow

Row = tuple[CallRow | None, OutcomeRow | None]


class Gate(Protocol):
    """What holds calls to an endpoint back; see `Limiter`, which is one."""

    async def enter(self, most: int) -> int:
        """Wait until a call may be sent while fewer than `most` are under way.

        Returns:
            A ticket to leave with.
        """

    def leave(self, ticket: int, congested: bool | None) -> None:
        """A call is over; `congested` as for `Limiter.leave`."""

    def pause(self, seconds: float) -> None:
        """Send nothing for a while [s]."""


class Relay(Protocol):
    """The way from a run to where its ledger and the gates of its endpoints are kept."""

    def past(self) -> Sequence[Row]:
        """What is known of the run's calls there."""

    def note(self, call: CallRow | None, outcome: OutcomeRow | None) -> None:
        """Send what was written into the ledger of this run; it may be called from any thread."""

    async def noted(self) -> None:
        """Wait until everything sent so far is kept there: an answer is used only then."""

    def gate(self, url: str) -> Gate:
        """The gate of an endpoint."""

    def answers(self) -> Answers | None:
        """The answers that runs share there; None: they share none."""
