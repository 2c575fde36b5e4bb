"""Eat only where enough apples are left around, so that they grow back; else keep off the apples."""

from swarm_env.agents.scripted.expert import STAY, Cell
from swarm_env.agents.scripted.experts.mixed.roamer import Roamer, team_of

from swarm_env.agent import Decision, Perception

NEAR = 2  # distance of apples that let others grow [cells, Euclidean]


class Eater(Roamer):
    """Eats an apple only if at least `reserve` others lie near it."""

    reserve = 4

    def decide(self, perception: Perception) -> Decision:
        """Go to an apple that may be eaten, else wander without stepping on apples."""
        self.see(perception)
        apples = self.floor(perception, "apple")
        ripe = [apple for apple in apples if self._around(apple, apples) >= self.reserve]
        forbidden = set(apples) - set(ripe)
        if ripe:
            move = self.towards(ripe)
            steps = {step: cell for step, cell in self.open_moves() if cell not in forbidden}
            return Decision(move if move in steps else next(iter(steps), STAY))
        return Decision(self.wander(avoid=forbidden))

    def _around(self, apple: Cell, apples: dict[Cell, float]) -> int:
        """How many other apples lie near one."""
        return sum(
            (row - apple[0]) ** 2 + (col - apple[1]) ** 2 <= NEAR**2
            for row, col in apples
            if (row, col) != apple
        )


class Moderate(Eater):
    """Leaves the last two apples of a place."""

    reserve = 2


class Greedy(Eater):
    """Eats whatever it sees."""

    reserve = 0


Expert = team_of(Eater)
