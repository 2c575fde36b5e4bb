"""Go to the nearest food and load it; if others do not come for a while, look for other food."""

from swarm_env.agents.scripted.expert import Cell, beside
from swarm_env.agents.scripted.experts.mixed.roamer import Roamer, team_of

from swarm_env.agent import Brief, Decision, Perception

LOAD = 5
PATIENCE = 15  # rounds beside food that is not loaded
REST = 30  # rounds in which such food is left alone


class Loader(Roamer):
    """Loads."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._symbols = {symbol for symbol, name in brief.symbols.items() if name.startswith("food")}
        self._waited = 0
        self._left: dict[Cell, int] = {}  # food that was given up, and until when

    def decide(self, perception: Perception) -> Decision:
        """Load, or walk to food."""
        view, time = self.see(perception), perception.round
        food = [
            cell for cell, seen in view.items() if seen in self._symbols and self._left.get(cell, 0) <= time
        ]
        near = [cell for _, cell in beside(self.here) if cell in food]
        if near:
            self._waited += 1
            if self._waited > PATIENCE:
                self._waited = 0
                self._left.update(dict.fromkeys(near, time + REST))
            return Decision(LOAD)
        return Decision(self.towards(food) if food else self.wander())


Expert = team_of(Loader)
