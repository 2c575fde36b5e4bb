"""Makes fair judges of some honest nodes look like a ring. Knobs: victims, effort, strike."""

from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.adversaries.policy import Base, Plan, View


@dataclass
class Framing(Base):
    """Presses down what is expected of the votes on a few honest authors; fair votes then exceed it.

    Attributes:
        victims: Share of the honest nodes whose answers are voted down.
        effort: Share of the votes in which members do so.
        strike: Questions from strike to strike of the ring itself; 0: never.
    """

    victims: float = 0.3
    effort: float = 1.0
    strike: int = 0

    def plan(self, view: View) -> Plan:
        """Vote the victims down."""
        acting = self.member & view.active
        if self.strike and (view.question + 1) % self.strike == 0:
            return Plan.ring(acting, self.effort)
        plan = Plan.honest(len(acting))
        honest = np.flatnonzero(~self.member)
        plan.favour[honest[: round(self.victims * len(honest))]] = -1.0
        plan.effort = self.effort * acting
        return plan


ADVERSARY = Framing
