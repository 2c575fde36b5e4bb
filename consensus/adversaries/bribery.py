"""Pays honest nodes to vote for the ring in the questions that it strikes. Knobs: period, share, effort."""

from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.adversaries.policy import BRIBE, Base, Plan, View


@dataclass
class Bribery(Base):
    """A timed strike with bought votes, as long as the budget lasts; the poorest nodes are bought first.

    Attributes:
        period: Questions from strike to strike.
        share: Share of the honest nodes that are bribed in a strike.
        effort: Share of the votes in which ring and bribed nodes promote the ring.
    """

    period: int = 4
    share: float = 0.15
    effort: float = 1.0

    def plan(self, view: View) -> Plan:
        """Strike with help, or be honest."""
        if (view.question + 1) % max(1, self.period):
            return Plan.honest(len(view.active))
        acting = self.member & view.active
        plan = Plan.ring(acting)
        honest = np.flatnonzero(view.active & ~self.member)
        number = min(round(self.share * len(honest)), int(view.budget / BRIBE + 1e-9))
        bought = honest[np.argsort(view.reputation[honest], kind="stable")[:number]]
        plan.bribed = np.isin(np.arange(len(acting)), bought)
        plan.effort = self.effort * (acting | plan.bribed)
        return plan


ADVERSARY = Bribery
