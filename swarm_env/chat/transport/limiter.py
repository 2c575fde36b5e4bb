"""Limit concurrent calls to an endpoint, adapted to the calls that it rejects.

Additive increase, multiplicative decrease (Chiu and Jain 1989), with two changes of our own. The limit starts
high, since most endpoints take a whole swarm at once. A drop goes straight to the load that the server
accepted: the concurrent calls minus the rejected ones.
"""

import asyncio
import time
from collections import deque
from email.utils import parsedate_to_datetime
from typing import Protocol

START = 128
MOST = 4096
LONGEST_PAUSE = 600.0  # [s]
CATCH_UP = 0.5  # growth per answer below half of the last rejected load; above it, 1 per round of answers


class Gate(Protocol):
    """Limits calls to an endpoint; `Limiter` is one, a cluster has another."""

    async def enter(self, most: int) -> int:
        """Wait until a call may be sent and fewer than `most` are under way; return a ticket for `leave`."""

    def leave(self, ticket: int, congested: bool | None) -> None:
        """End a call."""

    def pause(self, seconds: float) -> None:
        """Send nothing for a while [s]."""


class Limiter:
    """A gate before an endpoint, first come first served; lives in one event loop.

    Attributes:
        limit: Maximum calls under way; it adapts.
        under_way: Calls under way.
    """

    def __init__(self) -> None:
        self.limit = float(START)
        self.under_way = 0
        self._peak = 0  # maximum of `under_way` since the last drop
        self._sent = 0
        self._last_drop = 0  # calls sent before this number belong to the same congestion
        self._catch_up_to = 0.0
        self._paused_until = 0.0
        self._waking: asyncio.TimerHandle | None = None
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()

    async def enter(self, most: int) -> int:
        """Wait until a call may be sent.

        Args:
            most: Wait also while this many are under way.

        Returns:
            A ticket for `leave`.
        """
        if self._waiting or not self._is_open(most):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((turn, most))
            self._wake()
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # it was let in and then cancelled
                    self.under_way -= 1
                self._wake()
                raise
        else:
            self.under_way += 1
        self._peak = max(self._peak, self.under_way)
        self._sent += 1
        return self._sent - 1

    def leave(self, ticket: int, congested: bool | None) -> None:
        """End a call.

        Args:
            ticket: From `enter`.
            congested: Whether the endpoint rejected the call or failed; None: unknown.
        """
        if congested:
            if ticket >= self._last_drop:
                self._last_drop = self._sent
                self.limit = min(self.limit, self._peak)
                self._catch_up_to = self.limit / 2
                self._peak = self.under_way
            self.limit = max(1.0, self.limit - 1)
        elif congested is False and self._peak >= int(self.limit):
            self.limit += CATCH_UP if self.limit < self._catch_up_to else 1 / self.limit
            self.limit = min(self.limit, MOST)
        self.under_way -= 1
        self._wake()

    def pause(self, seconds: float) -> None:
        """Send nothing for a while, as the endpoint asks [s]."""
        until = time.monotonic() + min(seconds, LONGEST_PAUSE)
        self._paused_until = max(self._paused_until, until)

    def _is_open(self, most: int) -> bool:
        return self.under_way < min(int(self.limit), most) and time.monotonic() >= self._paused_until

    def _wake(self) -> None:
        while self._waiting and (self._waiting[0][0].done() or self._is_open(self._waiting[0][1])):
            turn, _ = self._waiting.popleft()
            if not turn.done():
                self.under_way += 1
                turn.set_result(None)
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        pause = self._paused_until - time.monotonic()
        if self._waiting and pause > 0:
            self._waking = asyncio.get_running_loop().call_later(pause + 1e-3, self._wake)


def retry_after(text: str | None, now: float) -> float:
    """The pause that a server asks for.

    Args:
        text: The header `Retry-After`: seconds or an HTTP date; None: no header.
        now: Seconds since 1970.

    Returns:
        Seconds; 0 if there is no valid header.
    """
    if not text:
        return 0.0
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return 0.0
    return seconds if 0 < seconds < float("inf") else 0.0
