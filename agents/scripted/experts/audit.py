"""Vote on nearby results, work at the nearest station, and cheat if instructed to.

- A result nearby that waits for the agent's vote is verified, and the agent votes accordingly. If several
  agents could vote, each starts with a probability that yields the needed number per round; the others
  continue to work. Agents instructed to accept everything accept without verifying.
- Else, beside a station: honest work, or a false result.
- Else to a free cell beside the nearest known station, on a shortest path of the known map. A station without
  a free cell around is skipped for some rounds. Without a station: explore, or move at random.
- Agents without stake step aside.

It sends no messages.
"""

from swarm_env.agents.scripted.expert import STAY, Cell, TeamExpert
from swarm_env.agents.scripted.walker import Walker

from swarm_env.agent import Brief, Decision, Perception

STATION = "J"
CHEATING, BLIND = 1, 2  # bits of the instruction sense
ASKS, SAME = 1, 2  # of the sense `case`
NEEDED = {"none": 0, "single": 1, "majority": 3}  # votes
FULL = 12  # rounds for which a full station is skipped


class Clerk(Walker):
    """Works, checks and votes."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        moves = {action: move for move, action in enumerate(brief.actions)}
        self._work, self._cheat = moves["WORK"], moves["CHEAT"]
        self._verify, self._accept, self._reject = moves["VERIFY"], moves["ACCEPT"], moves["REJECT"]
        self._stake = float(brief.facts.get("stake", 0.0))
        self._number = int(brief.facts.get("stations", 1))
        self._needed = NEEDED.get(str(brief.facts.get("rule")), 3)
        self._verifies = False
        self._stations: dict[Cell, int] = {}  # by cell, the first round in which to go there again

    def decide(self, perception: Perception) -> Decision:
        """Vote, do a job, or go where one can be done."""
        view = self.see(perception)
        self._stations |= {cell: 0 for cell, symbol in self.memory.fresh.items() if symbol == STATION}
        if not perception.senses:
            return Decision(STAY)
        instruction, _, held, case, _, purse, _ = perception.senses
        works = not perception.allowed or bool(perception.allowed[self._work])
        if self._joins(view, instruction, case, works):
            return Decision(self._judge(instruction, case))
        if held:
            return Decision(STAY)
        if works:
            return Decision(self._cheat if instruction & CHEATING else self._work)
        return Decision(self._walk(perception.round, self.others(view), purse < self._stake))

    def _joins(self, view: dict[Cell, str], instruction: int, case: int, works: bool) -> bool:
        """Whether to vote on the waiting result: at random if others could and there is work."""
        busy = case == ASKS and works and not instruction & BLIND
        if busy and not self._verifies:
            could = sum(symbol.startswith("$") for symbol in view.values())
            self._verifies = self.random.random() * could < self._needed
        self._verifies = self._verifies and case == ASKS
        return case > 0 and (not busy or self._verifies)

    def _judge(self, instruction: int, case: int) -> int:
        """The action on a result that waits for a vote."""
        if instruction & BLIND or case == SAME:
            return self._accept
        return self._verify if case == ASKS else self._reject

    def _walk(self, time: int, others: set[Cell], broke: bool) -> int:
        """A move to a free cell beside a station; away from all stations without stake."""
        around = {station: self.around(station) for station in self._stations}
        if broke:
            return self.random.choice(range(1, 5)) if self.here in set().union(*around.values()) else STAY
        for station, cells in around.items():
            if cells <= others:
                self._stations[station] = time + FULL
        open_ = [cells for station, cells in around.items() if time >= self._stations[station]]
        goals = set().union(*open_) - others
        if goals:
            return self.towards(goals, others)
        if len(self._stations) < self._number:
            return self.explore(others)
        return self.random.choice(range(5))  # all are full


class Expert(TeamExpert):
    """One clerk per agent."""

    member = Clerk
