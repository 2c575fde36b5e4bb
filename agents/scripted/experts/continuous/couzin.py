"""Circle with the middle of the agents nearby to the left, or head where they head."""

import math

from swarm_env.agents.scripted.expert import TeamExpert
from swarm_env.agents.scripted.experts.continuous.turning import PLACE_AHEAD, PLACE_LEFT
from swarm_env.agents.scripted.experts.continuous.vicsek import Follower

from swarm_env.agent import Brief, Decision, Perception

RADIUS = 0.3  # of the circle [cells]


class Circler(Follower):
    """Keeps the middle of those near to its left, a radius away."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._circles = bool(brief.facts["aim"])

    def decide(self, perception: Perception) -> Decision:
        """Turn so that the middle is at a right angle, and more to it the farther it is."""
        if not self._circles:
            return super().decide(perception)
        ahead, left = perception.field[PLACE_AHEAD], perception.field[PLACE_LEFT]
        away = math.hypot(ahead, left)
        if not away:
            return Decision(0)
        wanted = math.atan2(left, ahead) - math.pi / 2 * min(1.5, RADIUS / away)
        return self.turn(math.remainder(wanted, 2 * math.pi))


class Expert(TeamExpert):
    """One circler per agent."""

    member = Circler
