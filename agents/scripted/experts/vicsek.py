"""Turn to the mean heading of the agents nearby, as far as a turn goes: the law of Vicsek, by actions."""

import math

from swarm_env.agents.scripted.expert import AgentExpert, TeamExpert

from swarm_env.agent import Brief, Decision, Perception

ZERO = 128  # the sense of 0
TURNS = (0.0, 0.5, -0.5, 1.0, -1.0)  # of AHEAD, LEFT, RIGHT, HARD_LEFT, HARD_RIGHT, of the greatest turn


class Follower(AgentExpert):
    """Heads where the others head."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._turns = [float(brief.facts["turn"]) * share for share in TURNS]

    def decide(self, perception: Perception) -> Decision:
        """The turn that comes nearest to the mean heading."""
        ahead, left = (sense - ZERO for sense in perception.senses[:2])
        wanted = math.atan2(left, ahead)
        return Decision(min(range(len(TURNS)), key=lambda move: abs(self._turns[move] - wanted)))


class Expert(TeamExpert):
    """One follower per agent."""

    member = Follower
