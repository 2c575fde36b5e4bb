"""Vote on what waits near, do jobs at the nearest station, and cheat if one is told to.

- Whose vote a result near by waits for verifies it and votes as it found; who is told to accept everything
  accepts without a look.
- Else, beside a station: honest work, or a false result.
- Else to a free cell beside the nearest known station, by the shortest way on the map as far as it was seen;
  where none is known or all are taken, on to cells not yet seen, or by chance.
- Who has no stake left steps aside.

Nobody says anything.
"""

from agents.scripted._minds import STAY, Cell, Minds
from agents.scripted._search import Searcher
from swarm_env.agent import Brief, Decision, Perception

STATION = "J"
CHEATING, BLIND = 1, 2  # bits of the sense `told`
SAME = 2  # of the sense `case`


class Clerk(Searcher):
    """Works, checks and votes."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode without a map."""
        super().__init__(brief, name, seed)
        moves = {action: move for move, action in enumerate(brief.actions)}
        self._work, self._cheat = moves["WORK"], moves["CHEAT"]
        self._verify, self._accept, self._reject = moves["VERIFY"], moves["ACCEPT"], moves["REJECT"]
        self._stake = float(brief.facts.get("stake", 0.0))
        self._number = int(brief.facts.get("stations", 1))
        self._stations: set[Cell] = set()

    def decide(self, perception: Perception) -> Decision:
        """Vote, do a job, or go where one can be done.

        Args:
            perception: What the body perceives.

        Returns:
            An action or a step.
        """
        view = self._see(perception)
        self._stations |= {cell for cell, symbol in self._memory.fresh.items() if symbol == STATION}
        if not perception.senses:
            return Decision(STAY)
        told, _, held, case, _, purse, _ = perception.senses
        if case:
            return Decision(self._judge(told, case))
        if held:
            return Decision(STAY)
        if not perception.allowed or perception.allowed[self._work]:
            return Decision(self._cheat if told & CHEATING else self._work)
        return Decision(self._walk(self._others(view), purse < self._stake))

    def _judge(self, told: int, case: int) -> int:
        """What to do about a result that waits for a vote."""
        if told & BLIND or case == SAME:
            return self._accept
        return self._verify if case < SAME else self._reject

    def _walk(self, bodies: set[Cell], broke: bool) -> int:
        """A step to a free cell beside a station; away from all of them for who may not work."""
        beside = {cell for station in self._stations for cell in self._around(station)}
        if broke:
            return self.random.choice(range(1, 5)) if self._here in beside else STAY
        if beside - bodies:
            return self._towards(beside - bodies, self._here, bodies)
        if len(self._stations) < self._number:
            return self._explore(self._here, bodies)
        return self.random.choice(range(5))  # all are taken


class Expert(Minds):
    """One clerk per body."""

    mind = Clerk
