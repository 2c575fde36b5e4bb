"""Go to the middle of the agents nearby, and stop there."""

import math

from swarm_env.agents.scripted.expert import TeamExpert
from swarm_env.agents.scripted.experts.continuous.turning import (
    CROWD,
    PLACE_AHEAD,
    PLACE_LEFT,
    TurningExpert,
)

from swarm_env.agent import Decision, Perception

STOP = 5
THERE = 0.1  # cells from the middle
ENOUGH = 0.5  # of `CROWD`: smaller groups move on, so that they meet others


class Gatherer(TurningExpert):
    """Goes where the others are."""

    def decide(self, perception: Perception) -> Decision:
        """Turn to the mean place of those near; go ahead if there are none."""
        ahead, left = perception.field[PLACE_AHEAD], perception.field[PLACE_LEFT]
        if perception.field[CROWD] > ENOUGH and math.hypot(ahead, left) < THERE:
            return Decision(0, drive=(0.0, -1.0)) if self._drives else Decision(STOP)
        return self.turn(math.atan2(left, ahead))


class Expert(TeamExpert):
    """One gatherer per agent."""

    member = Gatherer
