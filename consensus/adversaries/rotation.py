"""Another part of the ring attacks in each question. Knobs: parts, effort."""

from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.adversaries.policy import Base, Plan, View


@dataclass
class Rotation(Base):
    """All members vote for the part whose turn it is; only its answers are wrong.

    Attributes:
        parts: Into how many parts the ring is divided.
        effort: Share of the votes in which members promote that part.
    """

    parts: int = 3
    effort: float = 1.0

    def plan(self, view: View) -> Plan:
        """The part of this question gives the mistake."""
        acting = self.member & view.active
        turn = (np.cumsum(self.member) - 1) % max(1, self.parts) == view.question % max(1, self.parts)
        plan = Plan.ring(acting & turn)
        plan.effort = self.effort * acting
        return plan


ADVERSARY = Rotation
