"""Write the prompts of a recorded run again, with the agents that wrote them."""

from collections import OrderedDict

from swarm_env.errors import SwarmEnvError
from swarm_env.playback.round_index import RoundIndex
from swarm_env.playback.seek import Seeker, SnapshotStore
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Services
from swarm_env.playing.team import Team, TeamEntry, check_trust, kind_of
from swarm_env.runs.recording import Recording

MOST_ROUNDS = 64  # rounds whose prompts are kept: our choice
Messages = tuple[tuple[str, str], ...]  # (role, text) of each message


class Prompts:
    """The prompts of a run. Not thread-safe.

    Agents have memories. So they are taken through the rounds in order, and from the start again when an
    earlier round is asked for that is no longer kept.
    """

    def __init__(self, recording: Recording, snapshots: SnapshotStore) -> None:
        """Make no agents yet."""
        self._recording, self._snapshots = recording, snapshots
        self._rounds: RoundIndex | None = None
        self._seeker: Seeker | None = None
        self._agents: AgentPool | None = None
        self._at = 0
        self._known: OrderedDict[int, dict[str, list[Messages]]] = OrderedDict()

    def of(self, agent: str, number: int) -> list[Messages]:
        """The prompts of an agent in a round (from 0), in order; empty if they cannot be written."""
        if number not in self._known:
            self._known[number] = self._write(number)
            if len(self._known) > MOST_ROUNDS:
                self._known.popitem(last=False)
        return self._known[number].get(agent, [])

    def close(self) -> None:
        """Close the agents and the file."""
        if self._agents is not None:
            self._agents.close()
        if self._rounds is not None:
            self._rounds.close()
        self._agents, self._rounds, self._seeker = None, None, None

    def _write(self, number: int) -> dict[str, list[Messages]]:
        """All prompts of a round, by agent name."""
        seeker = self._seeker or self._begin()
        agents = self._agents
        if agents is None:
            return {}
        if number < self._at:
            self._restart(seeker, agents)
        while self._at < number:
            seeker.go_to(self._at)
            agents.remember(seeker.simulation.perceptions(), seeker.decided(self._at))
            self._at += 1
        seeker.go_to(number)
        found: dict[str, list[Messages]] = {}
        for preview in agents.preview(seeker.simulation.perceptions()):
            found.setdefault(preview.name, []).append(tuple((role, text) for role, text in preview.messages))
        return found

    def _begin(self) -> Seeker:
        """Make the world, and the agents that have `preview`."""
        recording = self._recording
        self._rounds = RoundIndex(recording)
        self._seeker = seeker = Seeker(recording, self._rounds, self._snapshots)
        try:
            team = Team.parse(recording.team)
            check_trust(team, recording.source, recording.trust_code)
            self._agents = AgentPool(
                team,
                seeker.simulation.names,
                recording.seed,
                recording.decided_from,
                Services(recording.seed, notify=lambda _: None, dry_run=True),
                only=_has_preview,
            )
            self._restart(seeker, self._agents)
        except SwarmEnvError:  # an agent's file is gone, or not trusted: its answers can be shown without it
            self._agents = None
        return seeker

    def _restart(self, seeker: Seeker, agents: AgentPool) -> None:
        agents.reset(seeker.simulation.brief)
        self._at = 0


def _has_preview(entry: TeamEntry) -> bool:
    return callable(getattr(kind_of(entry), "preview", None))
