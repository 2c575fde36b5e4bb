"""Members repeat the votes of the best honest judge, and strike now and then. Knobs: period, effort."""

from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.adversaries.policy import Base, Plan, View


@dataclass
class Copying(Base):
    """Costs no work and earns the reputation of the node that is copied.

    Attributes:
        period: Questions from strike to strike; 0: it only copies.
        effort: Share of the votes in which the ring promotes its own in a strike.
    """

    period: int = 5
    effort: float = 1.0

    def plan(self, view: View) -> Plan:
        """Copy, or strike."""
        acting = self.member & view.active
        if self.period and (view.question + 1) % self.period == 0:
            return Plan.ring(acting, self.effort)
        plan = Plan.honest(len(acting))
        honest = np.flatnonzero(view.active & ~self.member)
        if len(honest):
            best = honest[int(np.argmax(view.reputation[honest]))]
            plan.copies = np.where(acting, best, -1).astype(np.int32)
        return plan


ADVERSARY = Copying
