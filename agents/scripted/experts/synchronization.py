"""Lights by the clock: all know the round, so nobody has to look.

The state to be in after round r (counted from 0) is on if r is even, off if it is odd. Whoever is not in that
state switches. The first round thus brings all lights to on, whatever they were, and from then on everybody
switches every round: a point a round, the most the rules allow. What is needed to agree, the round and one's
own light, everybody perceives.
"""

from swarm_env.agents.scripted.expert import STAY, Mind, Minds

from swarm_env.agent import Decision, Perception


class Clock(Mind):
    """Switches by the clock."""

    def decide(self, perception: Perception) -> Decision:
        """Switch if the light is not as the round wants it.

        Args:
            perception: What the body perceives.

        Returns:
            SWITCH or STAY.
        """
        wanted = perception.round % 2 == 0
        right = bool(perception.mark) == wanted
        return Decision(STAY if right else self.brief.actions.index("SWITCH"))


class Expert(Minds):
    """One clock per body."""

    mind = Clock
