"""Stays just below what is accused, and learns from exclusions. Knobs: start, step, margin."""

from dataclasses import dataclass, field

from swarm_env.consensus.adversaries.policy import Base, Outcome, Plan, Scene, View


@dataclass
class Threshold(Base):
    """Knows the threshold of the search for rings and learns from what happens to its members.

    Attributes:
        start: Effort in the first question; 0: what the protocol's `excess` allows.
        step: By what factor the effort falls when a member is excluded, and how fast it rises again.
        margin: Share of the threshold that it keeps away from it.
    """

    start: float = 0.0
    step: float = 0.8
    margin: float = 0.1
    effort: float = field(default=0.0, init=False)

    def begin(self, scene: Scene) -> None:
        """Choose the first effort from the rule's threshold."""
        super().begin(scene)
        excess = float(scene.settings.get("excess", 0.2))
        self.effort = self.start or min(1.0, (1.0 - self.margin) * excess / 0.5)

    def plan(self, view: View) -> Plan:
        """Attack with the effort of now."""
        return Plan.ring(self.member & view.active, self.effort)

    def learn(self, outcome: Outcome) -> None:
        """Fall back when a member was excluded, else grow slowly."""
        if any(self.member[node] for node in outcome.excluded):
            self.effort *= self.step
        elif not outcome.right:
            pass  # it works: no need for more
        else:
            self.effort = min(1.0, self.effort + 0.02 * (1.0 - self.step))


ADVERSARY = Threshold
