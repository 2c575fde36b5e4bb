"""All say the light of the agent whose turn comes next, and it guesses what it hears.

The first of each game has heard nothing about the new lights, and guesses on. Without messages all do.
"""

from swarm_env.agents.scripted.expert import STAY, AgentExpert, TeamExpert, number_of
from swarm_env.agents.scripted.experts.talk.codebook import Codebook

from swarm_env.agent import Brief, Decision, Perception


class Guesser(AgentExpert):
    """Tells others of their lights."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._book = Codebook(brief, ["the next light is off", "the next light is on"])
        self._number, self._agents = number_of(name), int(brief.facts["agents"])
        self._guess = (brief.actions.index("GUESS_OFF"), brief.actions.index("GUESS_ON"))

    def decide(self, perception: Perception) -> Decision:
        """Say the light of the next one, and guess if it is the own turn."""
        turn = perception.senses[-1] - 1
        after = (turn + 1) % self._agents
        light = perception.senses[after]
        said = self._book.say(light - 1) if light else None
        if turn != self._number:
            return Decision(STAY, said)
        heard = self._book.hear(perception)
        return Decision(self._guess[heard[0] if heard and turn > 0 else 1], said)


class Expert(TeamExpert):
    """One guesser per agent."""

    member = Guesser
