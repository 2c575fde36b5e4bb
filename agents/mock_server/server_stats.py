"""What a server has served."""

import time
from collections import Counter
from typing import Any

MOST_BODIES = 1_000_000  # remembered at once; the oldest is forgotten first


class Stats:
    """Counts of one server. Of chat completions only; other pages are not counted.

    Every request ends as one of: answered, a fault (late answers aside), rejected, failed, abandoned. How it
    ends is counted before the client hears of it, so that whoever has an answer finds it counted.

    Attributes:
        requests: Requests that came.
        waiting: Of these, those whose end is open.
        answered: Answered well, late answers included.
        faults: Faults met, by kind; "latency" counts late answers, which are counted under what became of
            them as well.
        rejected: Requests that were wrong, by HTTP status.
        failed: Answers that the mind could not give.
        abandoned: Requests whose client left before the answer.
        streamed: Answers sent as streams, of those answered.
        tokens: prompt, completion, cached and reasoning tokens of those answered.
        models: Answers by name of the model, faults of the name left out.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self.clear()

    def clear(self) -> None:
        """Start again with what is worked on now."""
        self.answered = self.failed = self.abandoned = self.streamed = 0
        self.requests = self.waiting
        self.faults: Counter[str] = Counter()
        self.rejected: Counter[int] = Counter()
        self.tokens: Counter[str] = Counter()
        self.models: Counter[str] = Counter()
        self._bodies: dict[bytes, list[int]] = {}  # digest to (came, answered)
        self._since = time.monotonic()

    def note_request(self) -> None:
        """Count a request that comes."""
        self.requests += 1
        self.waiting += 1

    def note_body(self, digest: bytes) -> int:
        """Count a request that could be read.

        Args:
            digest: Of its body, 16 bytes.

        Returns:
            How often the same body came before.
        """
        counts = self._bodies.get(digest)
        if counts is None:
            if len(self._bodies) >= MOST_BODIES:
                del self._bodies[next(iter(self._bodies))]
            counts = self._bodies[digest] = [0, 0]
        counts[0] += 1
        return counts[0] - 1

    def note_answer(self, digest: bytes, model: str, usage: dict[str, int], streamed: bool) -> None:
        """Count a good answer.

        Args:
            digest: Of the request's body.
            model: Name of the model.
            usage: Tokens by sort.
            streamed: Whether it is sent as a stream.
        """
        self.waiting -= 1
        self.answered += 1
        self.streamed += streamed
        self.models[model] += 1
        self.tokens.update(usage)
        counts = self._bodies.get(digest)
        if counts:
            counts[1] += 1

    def note_fault(self, kind: str) -> None:
        """Count a request that met a fault, late answers aside."""
        self.waiting -= 1
        self.faults[kind] += 1

    def note_late(self) -> None:
        """Count a request that is answered late; what becomes of it is counted as well."""
        self.faults["latency"] += 1

    def note_rejection(self, status: int) -> None:
        """Count a request that was wrong (400 to 499) or that the mind failed at (500 to 599)."""
        self.waiting -= 1
        if status < 500:
            self.rejected[status] += 1
        else:
            self.failed += 1

    def note_abandoned(self) -> None:
        """Count a request whose client left, or was left when the server stopped."""
        self.waiting -= 1
        self.abandoned += 1

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON has them.

        Returns:
            The attributes, and `bodies` (different bodies of requests), `repeats` (requests whose body came
            before), `answered_again` (good answers to a body that was answered well before) and `seconds`.
        """
        bodies = list(self._bodies.values())
        return {
            "requests": self.requests,
            "waiting": self.waiting,
            "answered": self.answered,
            "faults": dict(sorted(self.faults.items())),
            "rejected": {str(status): number for status, number in sorted(self.rejected.items())},
            "failed": self.failed,
            "abandoned": self.abandoned,
            "streamed": self.streamed,
            "bodies": len(bodies),
            "repeats": sum(came - 1 for came, _ in bodies),
            "answered_again": sum(max(0, answered - 1) for _, answered in bodies),
            "tokens": {sort: self.tokens[sort] for sort in ("prompt", "completion", "cached", "reasoning")},
            "models": dict(sorted(self.models.items())),
            "seconds": time.monotonic() - self._since,
        }

    def bodies(self) -> dict[str, dict[str, int]]:
        """For each body of a request, by BLAKE2b digest in hex: how often it came and was answered well."""
        return {
            digest.hex(): {"came": came, "answered": answered}
            for digest, (came, answered) in list(self._bodies.items())
        }
