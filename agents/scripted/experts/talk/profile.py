"""All say what they know, one fact after the other (all at once in a text), and vote for the most good facts.

A fact that is not known counts as half a good one; of equal candidates the first is taken.
"""

from swarm_env.agents.scripted.expert import STAY, AgentExpert, TeamExpert
from swarm_env.agents.scripted.experts.talk.codebook import Codebook, Message

from swarm_env.agent import Brief, Decision, Perception

WORDS = {1: "bad", 2: "good"}


class Voter(AgentExpert):
    """Collects facts."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        facts = brief.facts
        self._period, wanted = int(facts["period"]), int(facts["facts"])
        names = [one for one in brief.senses if one != "votes"]
        kept = [i for i, one in enumerate(names) if int(one[1:]) <= wanted]
        candidates = sorted({names[i][0] for i in kept})[: int(facts["candidates"])]
        self._senses = [i for i in kept if names[i][0] in candidates]
        self._names = [names[i] for i in self._senses]
        self._book = Codebook(brief, [f"{one} {word}" for one in self._names for word in WORDS.values()])
        self._votes = {c: brief.actions.index(f"VOTE_{c}") for c in candidates}
        self._known: dict[int, int] = {}

    def decide(self, perception: Perception) -> Decision:
        """Learn, say, and vote in the last round."""
        time = perception.round % self._period
        if time == 0:
            self._known = {}
        own = {k: perception.senses[i] for k, i in enumerate(self._senses) if perception.senses[i]}
        self._known |= own
        if time > 0:
            self._known |= {phrase // 2: phrase % 2 + 1 for phrase in self._book.hear(perception)}
        facts = sorted(own.items())
        said: Message = None
        if self.brief.message == "text":
            said = ", ".join(f"{self._names[k]} {WORDS[value]}" for k, value in facts)
        else:
            k, value = facts[time % len(facts)] if facts else (0, 0)
            said = self._book.say(2 * k + value - 1) if value else None
        last = time == self._period - 1
        return Decision(self._vote() if last else STAY, None if last else said or None)

    def _vote(self) -> int:
        """The vote for the candidate with the most good facts."""
        totals = dict.fromkeys(self._votes, 0.0)
        for k, name in enumerate(self._names):
            totals[name[0]] += {0: 0.5, 1: 0.0, 2: 1.0}[self._known.get(k, 0)]
        return self._votes[max(totals, key=lambda c: totals[c])]


class Expert(TeamExpert):
    """One voter per agent."""

    member = Voter
