"""Vote on what waits near, do jobs at the nearest station, and cheat if one is told to.

- Whose vote a result near by waits for verifies it and votes as it found. Where many could, each begins with
  a chance that brings about as many as are needed a round, and the others go on working. Who is told to
  accept everything accepts without a look.
- Else, beside a station: honest work, or a false result.
- Else to a free cell beside the nearest known station, by the shortest way on the map as far as it was seen.
  A station with no free cell around is left alone for a while. Where none is left, on to cells not yet seen,
  or by chance.
- Who has no stake left steps aside.

Nobody says anything.
"""

from swarm_env.agents.scripted.expert import STAY, Cell, Minds
from swarm_env.agents.scripted.walker import Walker

from swarm_env.agent import Brief, Decision, Perception

STATION = "J"
CHEATING, BLIND = 1, 2  # bits of the sense `told`
ASKS, SAME = 1, 2  # of the sense `case`
NEEDED = {"none": 0, "single": 1, "majority": 3}  # votes
FULL = 12  # rounds for which a station is left alone


class Clerk(Walker):
    """Works, checks and votes."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode without a map."""
        super().__init__(brief, name, seed)
        moves = {action: move for move, action in enumerate(brief.actions)}
        self._work, self._cheat = moves["WORK"], moves["CHEAT"]
        self._verify, self._accept, self._reject = moves["VERIFY"], moves["ACCEPT"], moves["REJECT"]
        self._stake = float(brief.facts.get("stake", 0.0))
        self._number = int(brief.facts.get("stations", 1))
        self._needed = NEEDED.get(str(brief.facts.get("rule")), 3)
        self._verifies = False
        self._stations: dict[Cell, int] = {}  # by place, the round from which it is worth going to

    def decide(self, perception: Perception) -> Decision:
        """Vote, do a job, or go where one can be done.

        Args:
            perception: What the body perceives.

        Returns:
            An action or a step.
        """
        view = self.see(perception)
        self._stations |= {cell: 0 for cell, symbol in self.memory.fresh.items() if symbol == STATION}
        if not perception.senses:
            return Decision(STAY)
        told, _, held, case, _, purse, _ = perception.senses
        works = not perception.allowed or bool(perception.allowed[self._work])
        if self._joins(view, told, case, works):
            return Decision(self._judge(told, case))
        if held:
            return Decision(STAY)
        if works:
            return Decision(self._cheat if told & CHEATING else self._work)
        return Decision(self._walk(perception.round, self.others(view), purse < self._stake))

    def _joins(self, view: dict[Cell, str], told: int, case: int, works: bool) -> bool:
        """Whether to see to the result that waits: by chance where others could and there is work."""
        busy = case == ASKS and works and not told & BLIND
        if busy and not self._verifies:
            could = sum(symbol.startswith("$") for symbol in view.values())
            self._verifies = self.random.random() * could < self._needed
        self._verifies = self._verifies and case == ASKS
        return case > 0 and (not busy or self._verifies)

    def _judge(self, told: int, case: int) -> int:
        """What to do about a result that waits for a vote."""
        if told & BLIND or case == SAME:
            return self._accept
        return self._verify if case == ASKS else self._reject

    def _walk(self, time: int, bodies: set[Cell], broke: bool) -> int:
        """A step to a free cell beside a station; away from all of them for who may not work."""
        around = {station: self.around(station) for station in self._stations}
        if broke:
            return self.random.choice(range(1, 5)) if self.here in set().union(*around.values()) else STAY
        for station, cells in around.items():
            if cells <= bodies:
                self._stations[station] = time + FULL
        open_ = [cells for station, cells in around.items() if time >= self._stations[station]]
        goals = set().union(*open_) - bodies
        if goals:
            return self.towards(goals, bodies)
        if len(self._stations) < self._number:
            return self.explore(bodies)
        return self.random.choice(range(5))  # all are taken


class Expert(Minds):
    """One clerk per body."""

    mind = Clerk
