"""Cars say where they are; of two cars before the crossing the one brakes behind which there is a gap.

All cars follow the same rule on the same knowledge, so they agree. A car is known from the round after its
first one, so the gap is sometimes misjudged. Without messages nobody brakes.
"""

from swarm_env.agents.scripted.expert import STAY, AgentExpert, TeamExpert
from swarm_env.agents.scripted.experts.talk.codebook import Codebook

from swarm_env.agent import Brief, Decision, Perception

ROADS = ("down", "right")
BEFORE = 3  # cells before the crossing that a car names


class Car(AgentExpert):
    """Drives by what it hears."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._gas = brief.actions.index("GAS")
        crossing = {0: int(brief.facts["crossing_row"]), 1: int(brief.facts["crossing_col"])}
        self._crossing = crossing
        phrases = [f"{road}: {left} to go" for road in ROADS for left in range(1, BEFORE + 1)]
        self._book = Codebook(brief, phrases)

    def decide(self, perception: Perception) -> Decision:
        """Drive on or brake, and say where the car will be."""
        road = perception.senses[0] - 1
        if road < 0:
            return Decision(STAY)
        left = self._crossing[road] - perception.position[road]
        cars = {(phrase // BEFORE, phrase % BEFORE + 1) for phrase in self._book.hear(perception)}
        cars |= {(road, left)}
        brakes = 0 < left <= BEFORE and self._waits(cars, road, left)
        after = left - (not brakes)
        said = self._book.say(road * BEFORE + after - 1) if 1 <= after <= BEFORE else None
        return Decision(STAY if brakes else self._gas, said)

    def _waits(self, cars: set[tuple[int, int]], road: int, left: int) -> bool:
        """Whether a car brakes: its road yields, and there is no gap between it and the crossing."""
        if not {(0, 1), (1, 1)} <= cars:
            return False
        tails = [next((k for k in range(1, BEFORE + 2) if (r, k) not in cars), BEFORE + 1) for r in (0, 1)]
        yields = 0 if tails[0] < tails[1] else 1  # the shorter queue waits
        return road == yields and left < tails[road]


class Expert(TeamExpert):
    """One car per agent."""

    member = Car
