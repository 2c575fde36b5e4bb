"""Turns towards an angle, and where in `Perception.field` the means of those near stand."""

from swarm_env.agents.scripted.expert import AgentExpert

from swarm_env.agent import Brief, Decision

TURNS = (0.0, 0.5, -0.5, 1.0, -1.0)  # of AHEAD, LEFT, RIGHT, HARD_LEFT, HARD_RIGHT, of the greatest turn
CROWD, AHEAD, LEFT, PLACE_AHEAD, PLACE_LEFT = 2, 3, 4, 5, 6  # in `Perception.field`


class TurningExpert(AgentExpert):
    """One agent that turns."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._most, self._drives = float(brief.facts["turn"]), len(brief.drives)

    def turn(self, wanted: float) -> Decision:
        """The decision that turns nearest to an angle [radians, to the left]."""
        if self._drives:
            share = max(-1.0, min(1.0, wanted / self._most)) if self._most else 0.0
            return Decision(0, drive=(share, *(1.0,) * (self._drives - 1)))
        return Decision(min(range(len(TURNS)), key=lambda move: abs(TURNS[move] * self._most - wanted)))
