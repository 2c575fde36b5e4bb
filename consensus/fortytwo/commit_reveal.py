"""Commit and reveal: votes are committed to by a hash, and revealed when all raters have committed.

So no rater can vote after it has seen others' votes. The hash is SHA-256 over question, rater, a random salt
of 16 bytes and the votes. The salt keeps others from finding the votes by trial; the names keep a commitment
from being copied from another rater or another question.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
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
    """The votes on one question: first open for commitments, then for votes, then closed.

    A commitment counts only if votes open it: one that nothing opens belongs to nobody and keeps nobody out.
    With `authenticate` a name holds one authentic commitment, which binds it. Without, anybody may send
    commitments in any name, so a name holds all that come, and the earliest that is opened counts. That
    binds nobody who sends several: pass `authenticate` wherever raters are not trusted.

    Attributes:
        question: The question's name.
        authenticate: Called with a rater's name, a commitment and the proof sent with it (a signature, say);
            False: the commitment is not taken. None: every name is believed.
        promises: Commitments by rater, in the order in which they came.
        revealed: Votes that count, by rater.
        refused: Why the votes of a rater do not count, by rater.
    """

    question: str
    authenticate: Callable[[str, bytes, bytes], bool] | None = None
    promises: dict[str, list[bytes]] = field(default_factory=dict)
    revealed: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, Outcome] = field(default_factory=dict)
    _opened: dict[str, int] = field(default_factory=dict)  # place of the commitment that counts
    _stage: Literal["promise", "reveal", "closed"] = "promise"

    def promise(self, rater: str, digest: bytes, proof: bytes = b"") -> bool:
        """Take a `commitment` in a rater's name.

        Returns False if it comes too late, is known already, is not authentic, or is a second authentic one.
        """
        held = self.promises.get(rater, [])
        if self._stage != "promise" or digest in held:
            return False
        if self.authenticate is not None and (held or not self.authenticate(rater, digest, proof)):
            return False
        self.promises.setdefault(rater, []).append(digest)
        return True

    def end_promising(self) -> None:
        """Open the box for votes; it takes no more commitments."""
        self._stage = "reveal"

    def reveal(self, rater: str, salt: bytes, votes: bytes) -> Outcome:
        """Take votes in a rater's name; returns "accepted", or why they do not count.

        Votes that come before `end_promising` count as not promised: others could copy them. Wrong votes in a
        rater's name do no harm to its right ones, before or after.
        """
        outcome, place = self._judge(rater, salt, votes)
        if outcome == "accepted":
            self.revealed[rater], self._opened[rater] = votes, place
            self.refused.pop(rater, None)
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

    def _judge(self, rater: str, salt: bytes, votes: bytes) -> tuple[Outcome, int]:
        """The outcome, and the place of the commitment that the votes open (-1: none)."""
        if self._stage == "closed":
            return "late", -1
        held = self.promises.get(rater)
        if held is None or self._stage != "reveal":
            return "not promised", -1
        if len(salt) != SALT_BYTES:
            return "changed", -1
        opened = commitment(self.question, rater, salt, votes)
        place = next((i for i, digest in enumerate(held) if hmac.compare_digest(digest, opened)), -1)
        if place < 0 or place >= self._opened.get(rater, len(held)):
            return "changed", -1
        return "accepted", place


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
