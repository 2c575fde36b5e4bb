"""All means at once, turned by a search: when, how many, how hard, whom. Neutral, it attacks nothing."""

from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.adversaries.policy import BRIBE, Base, Bools, Plan, View

LONGEST = 12  # questions from strike to strike


@dataclass
class Knobs(Base):
    """Every knob is a number from 0 to 1.

    Attributes:
        often: How often it strikes: from every twelfth question (0) to always (1).
        wake: When it begins, as a share of the first 60 questions.
        effort: Share of the votes of a strike in which the ring promotes its own.
        part: Share of the members that give the mistake in a strike; all promote them.
        turns: Into how many parts those are divided, one for each strike in turn: from 1 (0) to 4 (1).
        decoys: Whether the other members give another mistake (above 0.5), else their honest answer.
        cover: Share of the other votes in which members vote honestly rather than for each other.
        victims: Share of honest nodes that are voted down between strikes.
        bribes: Share of the honest nodes that are bribed in a strike.
        leave: Share of the others' reputation below which members leave; below 0.2: never.
        copy: Whether members copy the best judge between strikes (above 0.5).
    """

    often: float = 0.0
    wake: float = 0.0
    effort: float = 0.0
    part: float = 1.0
    turns: float = 0.0
    decoys: float = 0.0
    cover: float = 1.0
    victims: float = 0.0
    bribes: float = 0.0
    leave: float = 0.0
    copy: float = 0.0

    @property
    def period(self) -> int:
        """Questions from strike to strike."""
        return max(1, round(float(LONGEST ** (1.0 - self.often))))

    def strikes(self, question: int) -> bool:
        """Whether it strikes in a question."""
        return question >= 60 * self.wake and (question + 1) % self.period == 0

    def _in_turn(self, acting: Bools, question: int) -> Bools:
        """Members that give the mistake."""
        rank, parts = np.cumsum(acting) - 1, 1 + round(3 * self.turns)
        turn = rank % parts == question // self.period % parts
        return np.asarray(acting & turn & (rank < max(float(parts), self.part * acting.sum())), np.bool_)

    def plan(self, view: View) -> Plan:
        """Strike, or prepare the next strike."""
        acting = self.member & view.active
        n = len(acting)
        honest = np.flatnonzero(view.active & ~self.member)
        if self.strikes(view.question):
            first = self._in_turn(acting, view.question)
            plan = Plan.ring(first)
            plan.other = acting & ~first & (self.decoys > 0.5)
            number = min(round(self.bribes * len(honest)), int(view.budget / BRIBE + 1e-9))
            plan.bribed = np.isin(np.arange(n), honest[np.argsort(view.reputation[honest])[:number]])
            plan.effort = self.effort * (acting | plan.bribed)
        else:
            plan = Plan.honest(n)
            plan.favour[honest[: round(self.victims * len(honest))]] = -1.0
            plan.favour += acting if self.cover < 0.99 else 0.0
            hard = max(1.0 - self.cover, 1.0 if self.victims >= 0.05 else 0.0)
            plan.effort = hard * self.effort * acting
            if self.copy > 0.5 and len(honest):
                best = honest[int(np.argmax(view.reputation[honest]))]
                plan.copies = np.where(acting, best, -1).astype(np.int32)
        if self.leave >= 0.2 and view.question and len(honest):
            low = view.reputation < self.leave * np.median(view.reputation[honest])
            plan.leaves = acting & low
        return plan


ADVERSARY = Knobs
