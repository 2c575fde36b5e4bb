"""Attacks only in every so many questions, and is honest in between. Knobs: period, phase, effort."""

from dataclasses import dataclass

from swarm_env.consensus.adversaries.policy import Base, Plan, View


@dataclass
class Strike(Base):
    """A timed strike: evidence against the ring fades, or is diluted, until the next one.

    Attributes:
        period: Questions from strike to strike, at least 1; 1: always.
        phase: Question of the first strike.
        effort: Share of its votes in which the ring promotes its own.
    """

    period: int = 4
    phase: int = 3
    effort: float = 1.0

    def plan(self, view: View) -> Plan:
        """Strike, or be honest."""
        since = view.question - self.phase
        if since < 0 or since % max(1, self.period):
            return Plan.honest(len(view.active))
        return Plan.ring(self.member & view.active, self.effort)


ADVERSARY = Strike
