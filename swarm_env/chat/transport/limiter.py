"""Limit concurrent calls to an endpoint, adapted to the calls that it rejects.

Additive increase, multiplicative decrease (Chiu and Jain 1989), with two changes of our own. The limit starts
high, since most endpoints take a whole swarm at once. A drop goes straight to the load that the server
accepted: the concurrent calls minus the rejected ones.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

START = 128
MOST = 4096
LONGEST_PAUSE = 600.0  # [s]
CATCH_UP = 0.5  # growth per answer below half of the last rejected load; above it, 1 per round of answers

_UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")
_DURATION = re.compile(f"(?:{_PART.pattern})+")
_FIELD = re.compile(r"\b(remaining|r|reset|t)\s*=\s*\"?(\d{1,9})\b")  # of the header field `RateLimit`


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


class Pace:
    """Spaces the calls to an endpoint evenly, by requests and tokens per minute; lives in one event loop."""

    def __init__(self) -> None:
        self._next = 0.0

    async def turn(self, requests: float | None, tokens: float | None, size: int) -> float:
        """Wait until a call may be sent.

        Args:
            requests: Maximum requests per minute; None: no limit (also `tokens`).
            tokens: Maximum tokens per minute.
            size: Estimated tokens of the call.

        Returns:
            The time waited [s].
        """
        now = time.monotonic()
        start = max(now, self._next)
        gap = max(60 / requests if requests else 0.0, 60 * size / tokens if tokens else 0.0)
        self._next = start + gap if gap else self._next
        if start > now:
            await asyncio.sleep(start - now)
        return start - now

    def hold(self, seconds: float) -> None:
        """Send nothing for a while, as the endpoint asks although it has answered [s]."""
        if seconds > 0:
            self._next = max(self._next, time.monotonic() + min(seconds, LONGEST_PAUSE))


def pause_of(headers: Mapping[str, str], now: float, rejected: bool) -> float:
    """The pause that the headers of a reply ask for.

    Args:
        headers: Of the reply. `Retry-After`, `retry-after-ms`, and `x-ratelimit-remaining-*` with
            `x-ratelimit-reset-*` count, also those of Anthropic, and the fields `RateLimit` and
            `RateLimit-Remaining` with `RateLimit-Reset` of the IETF (draft-ietf-httpapi-ratelimit-headers).
        now: Seconds since 1970.
        rejected: Whether the reply is a rejection, which `Retry-After` belongs to.

    Returns:
        Seconds; 0 if nothing is asked for.
    """
    if rejected:
        asked = _positive(headers.get("retry-after-ms")) / 1000 or _until(headers.get("retry-after"), now)
        if asked:
            return asked
    longest = _pause_of_field(headers.get("ratelimit", ""))
    for name, left in headers.items():
        where, remaining, unit = name.lower().partition("ratelimit-remaining")
        if not remaining:  # anthropic-ratelimit-requests-remaining
            where, unit = name.lower().removesuffix("-remaining"), ""
            resets = f"{where}-reset" if name.lower().endswith("-remaining") and "ratelimit" in where else ""
        else:
            resets = f"{where}ratelimit-reset{unit}"
        if resets and _is_used_up(left):
            longest = max(longest, _until(headers.get(resets), now))
    return longest


def _pause_of_field(field: str) -> float:
    """The pause that the field `RateLimit` asks for [s].

    Args:
        field: "limit=10, remaining=0, reset=30" as in draft 7, or '"name";r=0;t=30, ...' as in later ones.
    """
    longest = 0.0
    for limit in [field] if "remaining" in field else field.split(","):
        found = {name: float(number) for name, number in _FIELD.findall(limit.lower())}
        if found.get("remaining", found.get("r")) == 0:
            longest = max(longest, found.get("reset", found.get("t", 0.0)))
    return longest


def _is_used_up(left: str) -> bool:
    try:
        return float(left) <= 0
    except ValueError:
        return False


def _until(text: str | None, now: float) -> float:
    """Seconds until a limit is reset: "6m0s", "350ms", seconds, a time since 1970 in s or ms, or a date."""
    if not text:
        return 0.0
    number = _positive(text)
    if number:
        if number > 1e11:
            number /= 1000
        return max(0.0, number - now) if number > 1e8 else number
    if _DURATION.fullmatch(text.strip()):
        return sum(float(n) * _UNITS[unit] for n, unit in _PART.findall(text))
    try:
        return max(0.0, datetime.fromisoformat(text.strip()).timestamp() - now)
    except ValueError:
        return retry_after(text, now)


def _positive(text: str | None) -> float:
    """A positive number; 0 if it is none."""
    try:
        number = float(text or "")
    except ValueError:
        return 0.0
    return number if 0 < number < float("inf") else 0.0


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
