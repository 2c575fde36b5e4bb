"""Members leave when their reputation is spent, and come back as new nodes. Knobs: floor, effort."""

from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.adversaries.policy import Base, Plan, View


@dataclass
class Whitewashing(Base):
    """A ring whose members leave below a share of what honest nodes have.

    Attributes:
        floor: Share of the median reputation of the others below which a member leaves.
        effort: Share of the votes in which the ring promotes its own.
    """

    floor: float = 0.8
    effort: float = 1.0

    def plan(self, view: View) -> Plan:
        """Leave or attack."""
        others = view.reputation[view.active & ~self.member]
        low = view.reputation < self.floor * (np.median(others) if len(others) else 1.0)
        plan = Plan.ring(self.member & view.active, self.effort)
        if view.question:
            plan.leaves = self.member & view.active & low
        return plan


ADVERSARY = Whitewashing
