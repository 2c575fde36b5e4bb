"""The prompts of a recorded run, written anew by the agents that wrote them then."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarm_env.agent import Brief, Decision, Perception, Preview
from swarm_env.errors import SwarmEnvError
from swarm_env.playback.round_index import Turns
from swarm_env.playback.seek import Seeker, Shelf
from swarm_env.playing.agent_pool import agent_seed
from swarm_env.playing.run_services import Services
from swarm_env.playing.team import Team, kind_of, make_agent
from swarm_env.runs.recording import Recording
from swarm_env.runtime.event_loop import shared

MOST_ROUNDS = 64  # rounds whose prompts are kept: our choice
Messages = tuple[tuple[str, str], ...]  # (role, text) of each message


class Prompts:
    """What the agents of a run asked models. One thread at a time.

    Agents remember what they have perceived. So they are led through the rounds in order, and from the start
    again when somebody looks back further than to what is kept.
    """

    def __init__(self, recording: Recording, shelf: Shelf) -> None:
        """Make no agents yet.

        Args:
            recording: The run.
            shelf: Moments of its world.
        """
        self._recording, self._shelf = recording, shelf
        self._turns: Turns | None = None
        self._seeker: Seeker | None = None
        self._askers: list[_Asker] = []
        self._at = 0
        self._known: OrderedDict[int, dict[str, list[Messages]]] = OrderedDict()

    def of(self, body: str, number: int) -> list[Messages]:
        """The questions for a body in a round, in order.

        Args:
            body: Its name.
            number: The round that was decided, from 0.

        Returns:
            None at all where they cannot be told.
        """
        if number not in self._known:
            self._known[number] = self._write(number)
            if len(self._known) > MOST_ROUNDS:
                self._known.popitem(last=False)
        return self._known[number].get(body, [])

    def close(self) -> None:
        """Let go of the agents and of the file."""
        for asker in self._askers:
            if callable(close := getattr(asker.agent, "close", None)):
                shared().settle([close()])
        if self._turns is not None:
            self._turns.close()
        self._askers, self._turns, self._seeker = [], None, None

    def _write(self, number: int) -> dict[str, list[Messages]]:
        """All questions of a round, by body."""
        seeker = self._seeker or self._begin()
        if number < self._at:
            self._restart(seeker)
        while self._askers and self._at < number:
            seeker.go_to(self._at)
            seen, decided = seeker.perceptions(), seeker.decided(self._at)
            for asker in self._askers:
                asker.remember(seen, decided)
            self._at += 1
        if not any(asker.since <= number for asker in self._askers):
            return {}
        seeker.go_to(number)
        found: dict[str, list[Messages]] = {}
        seen = seeker.perceptions()
        for preview in (p for asker in self._askers if asker.since <= number for p in asker.preview(seen)):
            found.setdefault(preview.name, []).append(tuple((role, text) for role, text in preview.messages))
        return found

    def _begin(self) -> Seeker:
        """Make the world, and the agents that can tell what they ask."""
        recording = self._recording
        self._turns = Turns(recording)
        self._seeker = seeker = Seeker(recording, self._turns, self._shelf)
        try:
            self._askers = _askers(recording, seeker.names)
            self._restart(seeker)
        except SwarmEnvError:  # an agent whose file has gone, say: its answers can be shown all the same
            self._askers = []
        return seeker

    def _restart(self, seeker: Seeker) -> None:
        for asker in self._askers:
            asker.reset(seeker.brief)
        self._at = 0


@dataclass(frozen=True, slots=True)
class _Asker:
    """An agent that asks models, and can tell what it would ask."""

    agent: Any
    bodies: tuple[str, ...]
    seed: int
    since: int  # the first round that it decided itself

    def reset(self, brief: Brief) -> None:
        shared().settle([self.agent.reset(brief, self.bodies, self.seed)])

    def preview(self, perceptions: Sequence[Perception]) -> list[Preview]:
        share = self._share(perceptions)
        return list(shared().settle([self.agent.preview(share)])[0]) if share else []

    def remember(self, perceptions: Sequence[Perception], decided: Mapping[str, Decision]) -> None:
        share = self._share(perceptions)
        if share and callable(getattr(self.agent, "replay", None)):
            shared().settle([self.agent.replay(share, [decided[p.name] for p in share])])

    def _share(self, perceptions: Sequence[Perception]) -> list[Perception]:
        return [perception for perception in perceptions if perception.name in self.bodies]


def _askers(recording: Recording, names: Sequence[str]) -> list[_Asker]:
    """The agents of a team that ask models, ready to tell what they ask.

    Raises:
        SwarmEnvError: One of them cannot be made.
    """
    team = Team.parse(recording.team).seated(len(names))
    services = Services(recording.seed, notify=lambda _: None, rehearsal=True)
    since = recording.decided_from or (0,) * len(team.entries)
    found = []
    for index, (entry, bodies) in enumerate(zip(team.entries, team.bodies(names), strict=True)):
        if callable(getattr(kind_of(entry), "preview", None)):
            agent: Any = make_agent(entry)
            if callable(getattr(agent, "attach", None)):
                shared().settle([agent.attach(services)])
            found.append(_Asker(agent, bodies, agent_seed(recording.seed, index), since[index]))
    return found
