"""Commit and reveal: votes are committed to by a hash, and revealed when all raters have committed.

So no rater can vote after it has seen others' votes. The hash is SHA-256 over question, rater, a random salt
of 16 bytes and the votes. The salt keeps others from finding the votes by trial; the names keep a commitment
from being copied from another rater or another question.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

SALT_BYTES = 16
Outcome = Literal["accepted", "late", "changed", "missing", "not promised"]


def commitment(question: str, rater: str, salt: bytes, votes: bytes) -> bytes:
    """The hash that commits a rater to its votes, in any fixed encoding; 32 bytes.

    The salt is 16 random bytes, secret until the votes are revealed; raises `ValueError` for another length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    asked, who = question.encode(), rater.encode()
    lengths = b"fortytwo vote %d %d %d:" % (len(asked), len(who), len(votes))
    return hashlib.sha256(b"".join((lengths, asked, who, salt, votes))).digest()


@dataclass(slots=True)
class BallotBox:
    """The votes on one question: first open for commitments, then for votes, then closed."""

    question: str
    promises: dict[str, bytes] = field(default_factory=dict)  # rater to hash
    revealed: dict[str, bytes] = field(default_factory=dict)  # rater to votes that count
    refused: dict[str, Outcome] = field(default_factory=dict)  # rater to why its votes do not count
    _stage: Literal["promise", "reveal", "closed"] = "promise"

    def promise(self, rater: str, digest: bytes) -> bool:
        """Take a rater's first `commitment`; False if it is its second, or comes too late."""
        if self._stage != "promise" or rater in self.promises:
            return False
        self.promises[rater] = digest
        return True

    def end_promising(self) -> None:
        """Open the box for votes; it takes no more commitments."""
        self._stage = "reveal"

    def reveal(self, rater: str, salt: bytes, votes: bytes) -> Outcome:
        """Take the votes that a rater has committed to; returns "accepted", or why they do not count.

        Votes that come before `end_promising` count as not promised: others could copy them.
        """
        outcome = self._judge(rater, salt, votes)
        if outcome == "accepted":
            self.revealed[rater] = votes
        elif rater not in self.revealed:
            self.refused[rater] = outcome
        return outcome

    def close(self) -> dict[str, Outcome]:
        """Close the box; returns rater to why none of its votes counts, "missing" if it revealed nothing."""
        self._stage = "closed"
        for rater in self.promises:
            if rater not in self.revealed:
                self.refused.setdefault(rater, "missing")
        return dict(self.refused)

    def _judge(self, rater: str, salt: bytes, votes: bytes) -> Outcome:
        if self._stage == "closed":
            return "late"
        promised = self.promises.get(rater)
        if promised is None or self._stage != "reveal":
            return "not promised"
        if rater in self.revealed or len(salt) != SALT_BYTES:
            return "changed"
        same = hmac.compare_digest(promised, commitment(self.question, rater, salt, votes))
        return "accepted" if same else "changed"


def run_ballot(
    question: str, sealed: Mapping[str, tuple[bytes, bytes]], late: Collection[str] = ()
) -> BallotBox:
    """Let all raters commit to their votes, then reveal them; returns the closed box.

    `sealed` is each rater's salt and votes; the raters in `late` do not reveal theirs in time.
    """
    box = BallotBox(question)
    for rater, (salt, votes) in sealed.items():
        box.promise(rater, commitment(question, rater, salt, votes))
    box.end_promising()
    for rater, (salt, votes) in sealed.items():
        if rater not in late:
            box.reveal(rater, salt, votes)
    box.close()
    return box
