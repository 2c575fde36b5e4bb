"""Strike who is near, the wounded first; else go to the nearest opponent."""

from swarm_env.agents.scripted.expert import LEFT, RIGHT
from swarm_env.agents.scripted.experts.mixed.roamer import Roamer, distance, team_of

from swarm_env.agent import Brief, Decision, Perception

FIRST = 5  # the first strike
AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


class Soldier(Roamer):
    """Fights."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self.heading = RIGHT if self.team == "red" else LEFT

    def decide(self, perception: Perception) -> Decision:
        """Strike or walk."""
        self.see(perception)
        foes = self.shown_as(self.foes)
        targets = []
        for number, (down, across) in enumerate(AROUND):
            cell = (self.here[0] + down, self.here[1] + across)
            if cell in foes:
                friends = sum(distance(cell, friend) <= 2 for friend in self.shown_as(self.friends))
                targets.append((self.view[cell][0].isupper(), -friends, FIRST + number))
        if targets:
            return Decision(min(targets)[2])
        return Decision(self.towards(foes) if foes else self.wander())


Expert = team_of(Soldier)
