"""Attackers: what they answer and how they vote.

| kind | answers | votes |
|---|---|---|
| random | as an honest node | at random |
| lazy | as an honest node | unread: always the same place, half of them the first |
| position | as an honest node | reads, but leans to the first place |
| collude | the popular mistake of the question | a share `effort` for the ring, else honestly |
| sybil | as collude | as collude |
| sleeper | as collude from `wake` on, honestly before | as collude from `wake` on |
| whitewash | as collude | as collude |
| noise | the popular mistake, with a text that tells the judge to choose it | as an honest judge |

The ring knows the mistake that most honest nodes make too: the worst case for the swarm. It votes honestly on
pairs that do not concern it, to keep its reputation up.
"""

from dataclasses import dataclass, field
from math import floor

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.fortytwo.admission import Account
from swarm_env.consensus.fortytwo.settings import Attack, Protocol
from swarm_env.consensus.fortytwo.simulated.nodes import (
    ATTACK,
    POPULAR,
    Bools,
    Floats,
    Ints,
    Nodes,
    generator,
)

RINGS = ("collude", "sybil", "sleeper", "whitewash")
COOL_DOWN = 10  # rounds between leaving and coming back


@dataclass(slots=True)
class Attackers:
    """The attackers of one simulation."""

    attack: Attack
    member: Bools  # (n,) bool, which nodes attack
    account: Account  # their money, shared by all
    waits_until: Ints  # (n,) round from which a node that left may return
    entered: int = 0  # number of identities that entered after the start
    _rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    @classmethod
    def of(cls, attack: Attack, protocol: Protocol, nodes: Nodes, seed: int) -> "Attackers":
        """The attackers among some nodes: a larger share includes those of a smaller one."""
        count = 0 if attack.kind == "none" else floor(attack.share * len(nodes.rank) + 0.5)
        member = nodes.rank < count
        money = attack.budget * protocol.stake * count
        entered_at_start = attack.kind != "sybil"
        locked = protocol.stake * count if entered_at_start else 0.0
        rng = generator(seed, ATTACK)
        return cls(attack, member, Account(money, locked), np.zeros(len(member), np.int32), 0, rng)

    def prepare(self, question: int, active: Bools, reputation: Floats, answer: Ints) -> None:
        """A question begins; `answer` (n,) is what all nodes would answer honestly."""

    def learn(self, question: int, right: bool, excluded: Ints) -> None:
        """A question ends: whether the chosen answer was right, and who was excluded."""

    def in_ring(self, question: int) -> Bools:
        """(n,) which nodes act as a ring in a question."""
        kind = self.attack.kind
        acts = kind in RINGS and (kind != "sleeper" or question >= self.attack.wake)
        return self.member if acts else np.zeros_like(self.member)

    def answers(self, question: int, honest: Ints) -> Ints:
        """(n,) classes of the answers of all nodes."""
        wrong = self.member if self.attack.kind == "noise" else self.in_ring(question)
        return np.where(wrong, np.int32(POPULAR), honest).astype(np.int32)

    def bias(self, position_bias: float) -> Floats:
        """(n,) how far each node leans to the first place [logits]."""
        leans = self.member if self.attack.kind == "position" else np.zeros_like(self.member)
        return np.asarray(position_bias + self.attack.bias * leans, np.float64)

    def vote(
        self, question: int, first: Ints, second: Ints, honest: Floats, draw: Floats, letter: Ints
    ) -> Floats:
        """(n, P) votes in place of honest ones: 1 for the first, 0 for the second, 0.5 for neither.

        `first` and `second` are the authors of the answers, (n, P) or (1, P); `draw` (n, P) uniform random
        numbers; `letter` (n,) 0 or 1, the vote of lazy nodes.
        """
        kind, member = self.attack.kind, self.member[:, None]
        if kind == "random":
            return np.where(member, (draw < 0.5).astype(np.float64), honest)
        if kind == "lazy":
            return np.where(member, letter[:, None].astype(np.float64), honest)
        if kind == "noise":
            return self._obeyed(first, second, honest, draw)
        ring = self.in_ring(question)
        if not ring.any():
            return honest
        for_first, for_second = ring[first] & ~ring[second], ring[second] & ~ring[first]
        promoted = np.where(for_first, 1.0, np.where(for_second, 0.0, honest))
        dares = ring[:, None] & (draw < self.attack.effort)
        return np.where(dares, promoted, honest)

    def _obeyed(self, first: Ints, second: Ints, honest: Floats, draw: Floats) -> Floats:
        """Honest judges, some of whom follow the instruction in one of two texts."""
        addressed = self.member[first] ^ self.member[second]
        obeys = addressed & (draw < self.attack.obeyed) & ~self.member[:, None]
        return np.where(obeys, self.member[first].astype(np.float64), honest)

    def identities(
        self, question: int, active: Bools, reputation: Floats, protocol: Protocol, skill: Floats
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Nodes that leave before a question, and nodes that enter (again) as new identities.

        `active` (n,) are the nodes that take part now, `reputation` (n,) their reputations, `skill` (n,) the
        probabilities of a right answer in a capability test.
        """
        kind = self.attack.kind
        if kind not in ("sybil", "whitewash"):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        leaving = np.zeros_like(active)
        if kind == "whitewash" and question:
            others = reputation[active & ~self.member]
            poor = reputation < 0.7 * (np.median(others) if len(others) else 1.0)
            leaving = self.member & active & poor
            self.waits_until[leaving] = question + COOL_DOWN
        outside = self.member & ~active & (self.waits_until <= question)
        chance = np.full(len(active), self.attack.skill) if kind == "sybil" else skill
        coming = [
            node
            for node in np.flatnonzero(outside)
            if self.account.enter(float(chance[node]), protocol, self._rng)
        ]
        self.entered += len(coming)
        return np.flatnonzero(leaving), np.asarray(coming, np.intp)
