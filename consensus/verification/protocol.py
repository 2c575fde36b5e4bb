"""One piece of work, its worker and its verifiers: commit, reveal, compare, pay or slash.

The worker and every verifier do the same task, and commit to a hash of their result before any result is
revealed. So a verifier cannot copy the worker's result, and a worker cannot fit its own to the verifiers'.
Whether a task is checked at all, and by whom, is drawn from a seed that must not be known before the worker
has committed.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.fortytwo.commit_reveal import BallotBox, commitment
from swarm_env.consensus.verification.agreement import NEED, VERIFIERS, check_majority

from swarm_env.errors import ConfigError

Verdict = Literal["accepted", "rejected", "open"]
Match = Callable[[bytes, bytes], bool]  # whether a worker's and a verifier's claim are of the same work


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a check. The shares are our choice.

    Attributes:
        verifiers: Number of verifiers of a task that is checked.
        need: How many must agree for a verdict.
        sampling: Share of the tasks that are checked, 0 to 1.
        worker_loss: Share of its stake that a worker loses for work that is rejected, 0 to 1.
        verifier_loss: Share of its stake that a verifier loses for being outvoted, 0 to 1.
        silence_loss: Share of its stake that a party loses for not revealing its claim.
    """

    verifiers: int = VERIFIERS
    need: int = NEED
    sampling: float = 0.1
    worker_loss: float = 1.0
    verifier_loss: float = 0.1
    silence_loss: float = 0.1

    def __post_init__(self) -> None:
        check_majority(self.verifiers, self.need)
        for name in ("sampling", "worker_loss", "verifier_loss", "silence_loss"):
            checked_number(name, getattr(self, name), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of a check.

    Attributes:
        verdict: "accepted" or "rejected" if enough verifiers say so; else "open".
        matches: For each verifier whose claim counts, whether it matches the worker's.
        losses: Share of its stake that each party loses, of those that lose any.
        reasons: Why each of them does.
    """

    verdict: Verdict
    matches: Mapping[str, bool]
    losses: Mapping[str, float]
    reasons: Mapping[str, str]


@dataclass(slots=True)
class Check:
    """One task that is checked: first open for commitments, then for claims, then settled.

    Attributes:
        task: Name of the task.
        worker: Who did it.
        verifiers: Who repeat it: as many as the terms say, all different, the worker not among them.
        terms: The terms.
    """

    task: str
    worker: str
    verifiers: tuple[str, ...]
    terms: Terms = Terms()
    _box: BallotBox = field(init=False)

    def __post_init__(self) -> None:
        wanted, found = self.terms.verifiers, set(self.verifiers)
        if len(self.verifiers) != wanted or len(found) != wanted or self.worker in found:
            raise ConfigError(
                f"verifiers={self.verifiers!r}: {wanted} different ones, and not the worker {self.worker!r}."
            )
        self._box = BallotBox(self.task)

    def promise(self, who: str, digest: bytes) -> bool:
        """Take the first commitment (`promise_of`) of the worker or a verifier; False if it is not taken."""
        return who in (self.worker, *self.verifiers) and self._box.promise(who, digest)

    def end_promising(self) -> None:
        """Open the check for claims; it takes no more commitments."""
        self._box.end_promising()

    def reveal(self, who: str, salt: bytes, claim: bytes) -> str:
        """Take a claim (a signature, a digest, a proof) of a party, with the salt of its commitment.

        Returns "accepted", or why it does not count: "late", "changed" or "not promised".
        """
        return self._box.reveal(who, salt, claim)

    def settle(self, match: Match) -> Settled:
        """Compare the worker's claim with each verifier's, and determine all losses.

        `match` says whether two claims are of the same work: by equality, or by a calibrated distance. A
        claim is arbitrary bytes; for one that cannot be parsed it must return False. A worker without a claim
        that counts is rejected. Verifiers lose by being outvoted only where there is a verdict.
        """
        silent = self._box.close()
        claims = self._box.revealed
        losses = {who: self.terms.silence_loss for who in self.verifiers if who not in claims}
        reasons: dict[str, str] = {who: silent.get(who, "not promised") for who in losses}
        if self.worker not in claims:
            losses[self.worker] = self.terms.worker_loss
            reasons[self.worker] = silent.get(self.worker, "not promised")
            return Settled("rejected", {}, losses, reasons)
        claim = claims[self.worker]
        matches = {who: bool(match(claim, claims[who])) for who in self.verifiers if who in claims}
        verdict = verdict_of(matches.values(), self.terms.need)
        if verdict == "rejected":
            losses[self.worker], reasons[self.worker] = self.terms.worker_loss, "rejected"
        for who, same in matches.items():
            if verdict != "open" and same != (verdict == "accepted"):
                losses[who], reasons[who] = self.terms.verifier_loss, "outvoted"
        return Settled(verdict, matches, {w: x for w, x in losses.items() if x}, reasons)


def verdict_of(matches: Iterable[bool], need: int) -> Verdict:
    """The verdict: "accepted" or "rejected" if `need` matches or mismatches say so, else "open"."""
    said = list(matches)
    same = sum(said)
    if same >= need:
        return "accepted"
    return "rejected" if len(said) - same >= need else "open"


def promise_of(task: str, who: str, salt: bytes, claim: bytes) -> bytes:
    """32 bytes that commit a party, and no other, to a claim: SHA-256 over task, name, salt and claim.

    The salt is 16 random bytes, secret until the claim is revealed.
    """
    return commitment(task, who, salt, claim)


def sampled(seed: bytes, task: str, rate: float) -> bool:
    """Whether a task belongs to the share `rate` (0 to 1) of tasks that are checked.

    Stands for a verifiable random function, which a chain would have. The seed must not be known to the
    worker before it has committed.
    """
    return _number(seed, "sampled", task) < rate * 2.0**64


def draw_verifiers(seed: bytes, task: str, nodes: Sequence[str], worker: str, count: int) -> tuple[str, ...]:
    """The verifiers of a task; each group of nodes is equally probable.

    The seed is that of `sampled`; the worker is skipped. Raises `ConfigError` if there are fewer other nodes.
    """
    others = sorted({node for node in nodes if node != worker})
    if count > len(others):
        raise ConfigError(f"{count} verifiers cannot be drawn from {len(others)} nodes beside the worker.")
    return tuple(sorted(others, key=lambda node: (_number(seed, "verifier", task, node), node))[:count])


def _number(seed: bytes, *parts: str) -> int:
    state = hashlib.blake2b(seed, digest_size=8, person=b"swarm drawing")
    for part in parts:
        encoded = part.encode()
        state.update(len(encoded).to_bytes(4, "big") + encoded)
    return int.from_bytes(state.digest(), "big")
