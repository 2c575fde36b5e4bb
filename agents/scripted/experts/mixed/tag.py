"""Hunters tag who is in line and near, else run after the nearest prey; prey runs from hunters."""

from swarm_env.agents.scripted.expert import STAY, STEPS
from swarm_env.agents.scripted.experts.mixed.roamer import Roamer, distance, team_of

from swarm_env.agent import Decision, Perception

REACH = 2  # of a tag [cells]


class Runner(Roamer):
    """Hunts, or is hunted."""

    def decide(self, perception: Perception) -> Decision:
        """Tag, run after, or run away."""
        self.see(perception)
        others = self.shown_as(self.foes)
        if self.team == "prey":
            return Decision(self._flee(others) if others else STAY)
        for move, (down, across) in STEPS.items():
            for far in range(1, REACH + 1):
                cell = (self.here[0] + far * down, self.here[1] + far * across)
                if cell in others:
                    return Decision(4 + move)
                if not self.is_open(cell):
                    break
        return Decision(self.towards(others) if others else self.wander())

    def _flee(self, hunters: list[tuple[int, int]]) -> int:
        """The step, or none, after which the nearest hunters are farthest."""
        ways = [*self.open_moves(), (STAY, self.here)]
        return max(
            ways,
            key=lambda way: (
                min(distance(way[1], one) for one in hunters),
                sum(distance(way[1], one) for one in hunters),
                self.random.random(),
            ),
        )[0]


Expert = team_of(Runner)
