"""Who is in the room says how many have been there, itself included, and tells when all have.

Each says the number that it heard, one more if it is new. With fewer phrases than agents only the last of
the numbers are said, so that less is known. Without messages an agent tells on the last day if it is more
likely than not, given its own visits, that all others have been there.
"""

from math import comb

from swarm_env.agents.scripted.expert import STAY, AgentExpert, TeamExpert
from swarm_env.agents.scripted.experts.talk.codebook import Codebook

from swarm_env.agent import Brief, Decision, Perception


class Prisoner(AgentExpert):
    """Counts who has been in the room."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._agents = int(brief.facts["agents"])
        self._book = Codebook(brief, [f"{k} have been here" for k in range(self._agents, 0, -1)])
        self._tell = brief.actions.index("TELL")
        self._known = self._visits = 0  # agents known to have been in the room; own rounds there

    def decide(self, perception: Perception) -> Decision:
        """Act if it is in the room."""
        inside, day = perception.senses
        if day == 1:
            self._known = self._visits = 0
        if not inside:
            return Decision(STAY)
        heard = [self._agents - phrase for phrase in self._book.hear(perception)] if day > 1 else []
        self._known = max([self._known, *heard]) if self._visits else max([0, *heard]) + 1
        self._visits += 1
        sure = self._known >= self._agents or (self.brief.message == "none" and self._guesses(day))
        if sure and perception.allowed[self._tell]:
            return Decision(self._tell)
        return Decision(STAY, self._book.say(self._agents - self._known))

    def _guesses(self, day: int) -> bool:
        """Whether to tell without having heard anything, on a day."""
        others, rounds = self._agents - 1, day - self._visits
        if day < 4 * self._agents - 6:
            return False
        # inclusion-exclusion over the agents that were never there
        missing = [(-1) ** i * comb(others, i) * (others - i) ** rounds for i in range(others + 1)]
        return bool(2 * sum(missing) > others**rounds)


class Expert(TeamExpert):
    """One prisoner per agent."""

    member = Prisoner
