"""Request counts of a mock server."""

import time
from collections import Counter
from typing import Any

MOST_REQUESTS = 1_000_000  # different requests that are remembered; the oldest is dropped first


class ServerStats:
    """Counts of one server, of chat completions only.

    Every request ends as one of: answered, a fault other than latency, rejected, failed, abandoned. It is
    counted before the response is sent, so a client that has an answer finds it counted.

    Attributes:
        requests: All requests.
        waiting: Requests not yet ended.
        answered: Normal answers, late ones included.
        faults: Faults by kind; "latency" counts late answers, which are also counted as what they end as.
        rejected: Invalid requests, by HTTP status.
        failed: Requests for which the model raised an error.
        abandoned: Requests whose client disconnected before the answer.
        streamed: Streamed answers, of those answered.
        tokens: prompt, completion, cached and reasoning tokens of those answered.
        models: Answers by name of the model, without the faults in the name.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self.clear()

    def clear(self) -> None:
        """Reset the counts; only waiting requests remain."""
        self.answered = self.failed = self.abandoned = self.streamed = 0
        self.requests = self.waiting
        self.faults: Counter[str] = Counter()
        self.rejected: Counter[int] = Counter()
        self.tokens: Counter[str] = Counter()
        self.models: Counter[str] = Counter()
        self._seen: dict[bytes, list[int]] = {}  # digest to (came, answered)
        self._since = time.monotonic()

    def note_request(self) -> None:
        """Count a new request."""
        self.requests += 1
        self.waiting += 1

    def note_valid(self, digest: bytes) -> int:
        """Count a valid request by its digest (16 bytes); return the number of equal requests before."""
        counts = self._seen.get(digest)
        if counts is None:
            if len(self._seen) >= MOST_REQUESTS:
                del self._seen[next(iter(self._seen))]
            counts = self._seen[digest] = [0, 0]
        counts[0] += 1
        return counts[0] - 1

    def note_answer(self, digest: bytes, model: str, usage: dict[str, int], streamed: bool) -> None:
        """Count a normal answer and its tokens: prompt, completion, cached and reasoning."""
        self.waiting -= 1
        self.answered += 1
        self.streamed += streamed
        self.models[model] += 1
        self.tokens.update(usage)
        counts = self._seen.get(digest)
        if counts:
            counts[1] += 1

    def note_fault(self, kind: str) -> None:
        """Count a fault other than latency."""
        self.waiting -= 1
        self.faults[kind] += 1

    def note_late(self) -> None:
        """Count a late answer; its end is counted too."""
        self.faults["latency"] += 1

    def note_rejection(self, status: int) -> None:
        """Count an invalid request (status 400 to 499) or an error of the model (500 to 599)."""
        self.waiting -= 1
        if status < 500:
            self.rejected[status] += 1
        else:
            self.failed += 1

    def note_abandoned(self) -> None:
        """Count a request whose client disconnected, or that was open when the server stopped."""
        self.waiting -= 1
        self.abandoned += 1

    def as_dict(self) -> dict[str, Any]:
        """The counts for JSON.

        Returns:
            The attributes, and `bodies` (different requests), `repeats` (requests equal to an earlier one),
            `answered_again` (normal answers to a request that had one before) and `seconds`.
        """
        seen = list(self._seen.values())
        return {
            "requests": self.requests,
            "waiting": self.waiting,
            "answered": self.answered,
            "faults": dict(sorted(self.faults.items())),
            "rejected": {str(status): number for status, number in sorted(self.rejected.items())},
            "failed": self.failed,
            "abandoned": self.abandoned,
            "streamed": self.streamed,
            "bodies": len(seen),
            "repeats": sum(came - 1 for came, _ in seen),
            "answered_again": sum(max(0, answered - 1) for _, answered in seen),
            "tokens": {sort: self.tokens[sort] for sort in ("prompt", "completion", "cached", "reasoning")},
            "models": dict(sorted(self.models.items())),
            "seconds": time.monotonic() - self._since,
        }

    def by_request(self) -> dict[str, dict[str, int]]:
        """For each different request, by BLAKE2b digest in hex: how often it came and was answered."""
        return {
            digest.hex(): {"came": came, "answered": answered}
            for digest, (came, answered) in list(self._seen.items())
        }
