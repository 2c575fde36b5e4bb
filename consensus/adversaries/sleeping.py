"""Honest until it is trusted, then a ring. Knobs: wake, effort."""

from dataclasses import dataclass

from swarm_env.consensus.adversaries.policy import Base, Plan, View


@dataclass
class Sleeping(Base):
    """A ring that begins late.

    Attributes:
        wake: Question in which it begins.
        effort: Share of the votes in which it promotes its own.
    """

    wake: int = 40
    effort: float = 1.0

    def plan(self, view: View) -> Plan:
        """Sleep, or attack."""
        if view.question < self.wake:
            return Plan.honest(len(view.active))
        return Plan.ring(self.member & view.active, self.effort)


ADVERSARY = Sleeping
