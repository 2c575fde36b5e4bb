"""The scout names the site that pays, relays pass it on with the hop, and the workers go there.

A phrase is a site and a hop: the scout says hop 0, relay r hears hop r - 1 and says hop r, and workers listen
to the last hop. Without room for the hops in the channel (few tokens) all say the site alone; then a relay
repeats what it hears most, and two relays repeat each other. Workers that have heard nothing go to site P.
"""

from swarm_env.agents.scripted.expert import (
    DOWN,
    FREE,
    LEFT,
    RIGHT,
    STAY,
    UP,
    AgentExpert,
    TeamExpert,
    is_agent,
    number_of,
)
from swarm_env.agents.scripted.experts.talk.codebook import Codebook

from swarm_env.agent import Brief, Decision, Perception


class Member(AgentExpert):
    """A scout, relay or worker."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        facts = brief.facts
        self._relays, self._sites = int(facts["relays"]), int(facts["sites"])
        self._bands = [facts[key] for key in facts if key.startswith("rows_")]
        names = [key.removeprefix("rows_") for key in facts if key.startswith("rows_")]
        phrases = [f"site {name}, hop {hop}" for hop in range(self._relays + 1) for name in names]
        self._book = Codebook(brief, phrases)
        self._hops = self._book.capacity == len(phrases)
        self._number, self._goal = number_of(name), 0

    def decide(self, perception: Perception) -> Decision:
        """Say what is known, and go where the site is."""
        if self._number == 0:
            site = perception.senses.index(1) if 1 in perception.senses else -1
            return Decision(STAY, self._book.say(site))
        listens = min(self._number, self._relays + 1) - 1  # the hop it listens to
        heard = self._book.hear(perception)
        if self._hops:
            heard = [phrase for phrase in heard if phrase // self._sites == listens]
        if self._number <= self._relays:
            own = self._sites if self._hops else 0
            return Decision(STAY, self._book.say(heard[0] + own) if heard else None)
        self._goal = heard[0] % self._sites if heard else self._goal
        first, last = self._bands[self._goal]
        row, middle = perception.position[0], (first + last) // 2
        if first <= row <= last:
            return Decision(STAY)
        return Decision(self._step(perception, -1 if row > middle else 1))

    def _step(self, perception: Perception, down: int) -> int:
        """A step up or down; to the side if another worker is in the way there."""
        middle = len(perception.view) // 2
        if middle and is_agent(perception.view[middle + down][middle]):
            sides = [(LEFT, -1), (RIGHT, 1)]
            open_ = [move for move, side in sides if perception.view[middle][middle + side] == FREE]
            if open_:
                return self.random.choice(open_)
        return DOWN if down > 0 else UP


class Expert(TeamExpert):
    """One member per agent."""

    member = Member
