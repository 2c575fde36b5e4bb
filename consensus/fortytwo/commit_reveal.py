"""Votes are promised by their hash, and told when all have promised: nobody votes after seeing others' votes.

The hash is SHA-256 over the question, the rater, a random salt of 16 bytes and the votes. The salt keeps
others from finding the votes by trying; the names keep a promise from being copied from another rater or
from another question.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Literal

SALT_BYTES = 16
Verdict = Literal["accepted", "late", "changed", "missing", "not promised"]


def commitment(question: str, rater: str, salt: bytes, votes: bytes) -> bytes:
    """The hash that promises votes.

    Args:
        question: Which question it is.
        rater: Who votes.
        salt: Random, 16 bytes, secret until the votes are told.
        votes: The votes, encoded in any one way.

    Returns:
        32 bytes.

    Raises:
        ValueError: The salt has another length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    asked, who = question.encode(), rater.encode()
    lengths = b"fortytwo vote %d %d %d:" % (len(asked), len(who), len(votes))
    return hashlib.sha256(b"".join((lengths, asked, who, salt, votes))).digest()


@dataclass(slots=True)
class Ballot:
    """The box for one question: open for promises, then for votes, then closed.

    Attributes:
        question: Which question it is.
        promises: Rater to hash.
        told: Rater to votes that count.
        refused: Rater to why its votes do not count, of those who told or were to tell.
    """

    question: str
    promises: dict[str, bytes] = field(default_factory=dict)
    told: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, Verdict] = field(default_factory=dict)
    _stage: Literal["promise", "tell", "closed"] = "promise"

    def promise(self, rater: str, digest: bytes) -> bool:
        """Take a promise.

        Args:
            rater: Who promises. The first promise stands.
            digest: As from `commitment`.

        Returns:
            Whether it was taken: not a second time, and not after the end of promising.
        """
        if self._stage != "promise" or rater in self.promises:
            return False
        self.promises[rater] = digest
        return True

    def end_promising(self) -> None:
        """From now on votes are told; no promise is taken any more."""
        self._stage = "tell"

    def tell(self, rater: str, salt: bytes, votes: bytes) -> Verdict:
        """Take the votes that were promised.

        Args:
            rater: Who votes.
            salt: As in the promise.
            votes: As in the promise.

        Returns:
            "accepted", or why the votes do not count. Votes told before promising has ended count as not
            promised: they could be copied.
        """
        verdict = self._judge(rater, salt, votes)
        if verdict == "accepted":
            self.told[rater] = votes
        elif rater not in self.told:
            self.refused[rater] = verdict
        return verdict

    def close(self) -> dict[str, Verdict]:
        """End it. Promises without votes are missing.

        Returns:
            Rater to why nothing of it counts: whom to punish.
        """
        self._stage = "closed"
        for rater in self.promises:
            if rater not in self.told:
                self.refused.setdefault(rater, "missing")
        return dict(self.refused)

    def _judge(self, rater: str, salt: bytes, votes: bytes) -> Verdict:
        if self._stage == "closed":
            return "late"
        promised = self.promises.get(rater)
        if promised is None or self._stage != "tell":
            return "not promised"
        if rater in self.told or len(salt) != SALT_BYTES:
            return "changed"
        same = hmac.compare_digest(promised, commitment(self.question, rater, salt, votes))
        return "accepted" if same else "changed"
