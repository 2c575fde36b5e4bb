"""A part of the ring gives the mistake, the rest a third answer. Knobs: part, period, effort."""

from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.adversaries.policy import Base, Plan, View


@dataclass
class Decoys(Base):
    """Against rules that distrust votes for one's own answer: most members give a third answer.

    Attributes:
        part: Share of the members that give the mistake which all of them promote.
        period: Questions from strike to strike.
        effort: Share of the votes in which members promote that part.
    """

    part: float = 0.5
    period: int = 1
    effort: float = 1.0

    def plan(self, view: View) -> Plan:
        """Divide the roles, or be honest."""
        if (view.question + 1) % max(1, self.period):
            return Plan.honest(len(view.active))
        acting = self.member & view.active
        first = acting & (np.cumsum(acting) <= max(1.0, self.part * acting.sum()))
        plan = Plan.ring(first)
        plan.other, plan.effort = acting & ~first, self.effort * acting
        return plan


ADVERSARY = Decoys
