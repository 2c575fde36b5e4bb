"""Attackers that follow a policy of `swarm_env.consensus.adversaries`."""

from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.adversaries.policy import BRIBE, Adversary, Outcome, Plan, Scene, View
from swarm_env.consensus.fortytwo.admission import Account
from swarm_env.consensus.fortytwo.settings import Attack, Protocol
from swarm_env.consensus.fortytwo.simulated.attacks import COOL_DOWN, Attackers
from swarm_env.consensus.fortytwo.simulated.nodes import (
    ATTACK,
    OTHER,
    POPULAR,
    Bools,
    Floats,
    Ints,
    Nodes,
    generator,
)


@dataclass(slots=True)
class PolicyAttackers(Attackers):
    """Attackers whose plan a policy makes before every question."""

    policy: Adversary | None = None
    plans: list[Plan] = field(default_factory=list)
    stake: float = 1.0
    mistakes: int = 3  # classes of wrong answers

    @classmethod
    def led_by(
        cls, policy: Adversary, attack: Attack, protocol: Protocol, nodes: Nodes, seed: int, mistakes: int = 3
    ) -> "PolicyAttackers":
        """The attackers among some nodes, and their policy, which forgets what was before."""
        count = int(np.floor(attack.share * len(nodes.rank) + 0.5))
        member = nodes.rank < count
        account = Account(attack.budget * protocol.stake * count, protocol.stake * count)
        rng = generator(seed, ATTACK)
        policy.begin(Scene(member.copy(), asdict(protocol), np.random.default_rng([seed % 2**64, 43])))
        waits = np.zeros(len(member), np.int32)
        return cls(attack, member, account, waits, 0, rng, policy, [], protocol.stake, mistakes)

    def prepare(self, question: int, active: Bools, reputation: Floats, answer: Ints) -> None:
        """Ask the policy for its plan, and pay its bribes."""
        assert self.policy is not None
        view = View(
            question, active.copy(), reputation.copy(), answer.copy(), self.account.money / self.stake
        )
        plan = self.policy.plan(view)
        price = BRIBE * self.stake
        wanted = np.flatnonzero(plan.bribed & active & ~self.member)
        paid = wanted[: int(self.account.money / price + 1e-9)] if price > 0 else wanted
        self.account.money -= price * len(paid)
        plan.bribed = np.isin(np.arange(len(active)), paid)
        self.plans.append(plan)

    def learn(self, question: int, right: bool, excluded: Ints) -> None:
        """Tell the policy what came of the question."""
        assert self.policy is not None
        self.policy.learn(Outcome(question, right, excluded))

    def answers(self, question: int, honest: Ints) -> Ints:
        """(n,) classes of the answers of all nodes."""
        plan = self.plans[question]
        other = np.int32(min(OTHER, self.mistakes))
        answer = np.where(plan.other & self.member, other, honest)
        return np.where(plan.wrong & self.member, np.int32(POPULAR), answer).astype(np.int32)

    def bias(self, position_bias: float) -> Floats:
        """(n,) how far each node leans to the first place [logits]."""
        return np.full(len(self.member), position_bias)

    def vote(
        self, question: int, first: Ints, second: Ints, honest: Floats, draw: Floats, letter: Ints
    ) -> Floats:
        """(n, P) votes in place of honest ones, as in `Attackers`."""
        plan, vote = self.plans[question], honest
        copying = self.member & (plan.copies >= 0)
        if copying.any() and len(first) == 1:
            vote = np.where(copying[:, None], honest[np.maximum(plan.copies, 0)], vote)
        acting = self.member | plan.bribed
        toward = plan.favour[first] - plan.favour[second]
        wanted = np.where(toward > 0.0, 1.0, np.where(toward < 0.0, 0.0, vote))
        return np.where(acting[:, None] & (draw < plan.effort[:, None]), wanted, vote)

    def identities(
        self, question: int, active: Bools, reputation: Floats, protocol: Protocol, skill: Floats
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Nodes that leave before a question, and nodes that enter again as new identities."""
        leaving = self.plans[question].leaves & self.member & active
        self.waits_until[leaving] = question + COOL_DOWN
        outside = self.member & ~active & (self.waits_until <= question)
        comes = [
            node
            for node in np.flatnonzero(outside)
            if self.account.enter(float(skill[node]), protocol, self._rng)
        ]
        self.entered += len(comes)
        return np.flatnonzero(leaving), np.asarray(comes, np.intp)
