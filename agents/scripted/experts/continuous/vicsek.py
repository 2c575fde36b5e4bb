"""Turn to the mean heading of the agents nearby, as far as a turn goes: the law of Vicsek, by actions."""

import math

from swarm_env.agents.scripted.expert import TeamExpert
from swarm_env.agents.scripted.experts.continuous.turning import AHEAD, LEFT, TurningExpert

from swarm_env.agent import Decision, Perception


class Follower(TurningExpert):
    """Heads where the others head."""

    def decide(self, perception: Perception) -> Decision:
        """The turn that comes nearest to the mean heading."""
        return self.turn(math.atan2(perception.field[LEFT], perception.field[AHEAD]))


class Expert(TeamExpert):
    """One follower per agent."""

    member = Follower
