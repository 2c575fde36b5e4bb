"""Hunters tag who is in line and near, else run after the nearest prey; prey leaves their lines, and runs."""

from swarm_env.agents.scripted.expert import STAY, STEPS, Cell
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
            return Decision(self._flee(others) if others else self.wander())
        for move in STEPS:
            if any(cell in others for cell in self._line(self.here, move)):
                return Decision(4 + move)
        return Decision(self.towards(others) if others else self.wander())

    def _line(self, cell: Cell, move: int) -> list[Cell]:
        """The cells that a tag from a cell passes, up to the first that is not free."""
        found = []
        for far in range(1, REACH + 1):
            found.append((cell[0] + far * STEPS[move][0], cell[1] + far * STEPS[move][1]))
            if not self.is_open(found[-1]):
                break
        return found

    def _flee(self, hunters: list[Cell]) -> int:
        """The step, or none, after which the fewest hunters reach the agent, and the nearest are farthest."""
        reached = [cell for hunter in hunters for move in STEPS for cell in self._line(hunter, move)]
        ways = [*self.open_moves(), (STAY, self.here)]
        return max(
            ways,
            key=lambda way: (
                -reached.count(way[1]),
                min(distance(way[1], one) for one in hunters),
                sum(distance(way[1], one) for one in hunters),
                self.random.random(),
            ),
        )[0]


Expert = team_of(Runner)
