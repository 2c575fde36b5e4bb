"""The agents of a run: called round by round, and their answers checked."""

import contextlib
import hashlib
import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from swarm_env.agent import Agent, Brief, Decision, Perception, Preview
from swarm_env.envs.channel.codebook import SAME_WORDS, SameWords, words_of
from swarm_env.envs.channel.controls import controlled
from swarm_env.envs.decision_codec import Channel
from swarm_env.errors import ContractError, ReplayMismatch, RunPaused
from swarm_env.playing.agent_contract import copied_agent
from swarm_env.playing.run_services import Services
from swarm_env.playing.team import Team, TeamEntry, make_agent
from swarm_env.playing.team_syntax import control_of
from swarm_env.runtime.event_loop import shared
from swarm_env.runtime.interrupts import Interrupts

MAX_AGENT_SEED = 2**63


def agent_seed(seed: int, index: int) -> int:
    """Seed of the team's entry `index`, from 0 to 2**63 - 1, derived from the seed of the run."""
    digest = hashlib.blake2b(f"agent {index} of run {seed}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % MAX_AGENT_SEED


@dataclass(frozen=True, slots=True)
class _Player:
    """One entry of the team: its object and the agents that the object controls."""

    entry: TeamEntry
    agent: Agent
    names: tuple[str, ...]
    seed: int
    since: int  # the first round that it decides itself
    words: SameWords = SAME_WORDS  # the codebook, for an agent that talks in texts in a world with phrases

    @property
    def replayable(self) -> bool:
        """Whether equal seeds and perceptions give equal decisions (not for a person)."""
        return bool(getattr(self.agent, "replayable", True))

    def has(self, method: str) -> bool:
        """Whether the agent has an optional method."""
        return callable(getattr(self.agent, method, None))


_Share = tuple[_Player, list[Perception]]


class AgentPool:
    """The agents of one run. A context manager: its end closes the agents and their services.

    `swarm_env.agent` lists their optional methods; all run in the event loop that the runs of a process
    share. A person (`replayable = False`) is not asked about past rounds when a run is resumed: those
    decisions come from the recording.
    """

    def __init__(
        self,
        team: Team, names: Sequence[str], seed: int, decided_from: Sequence[int] = (),
        services: Services | None = None, interrupts: Interrupts | None = None,
        only: Callable[[TeamEntry], bool] = lambda _: True,
    ) -> None:  # fmt: skip
        """Make the agents of the entries for which `only` holds.

        `names` are those of all agents of the world, in order; `decided_from` has for each entry the first
        round that it decides itself (empty: 0 for all). The services are closed at the end (None: new ones),
        and `interrupts.press` stops a decision, as Ctrl-C does. Raises `SwarmEnvError` if the team does not
        fit the world, or an agent cannot be made.
        """
        self.team = team.for_size(len(names))
        self.names = tuple(names)
        self.services = services or Services(seed)
        self._interrupts = interrupts or Interrupts()
        self._attached = False
        since = decided_from or [0] * len(names)
        entries = zip(self.team.entries, self.team.split(names), since, strict=False)
        self._players = [
            _Player(entry, make_agent(entry), share, agent_seed(seed, index), first)
            for index, (entry, share, first) in enumerate(entries)
            if only(entry)
        ]

    def __enter__(self) -> "AgentPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the agents and their services."""
        try:
            self._call((player, "close", ()) for player in self._players if player.has("close"))
        finally:
            self.services.close()

    def reset(self, brief: Brief) -> None:
        """Begin an episode: every agent is given the task, the names it controls and its seed."""
        self._translate(brief)
        self.attach()
        present = [player for player in self._players if player.replayable or not self.services.dry_run]
        self._call((one, "reset", (one.words.brief(brief), one.names, one.seed)) for one in present)

    def _translate(self, brief: Brief) -> None:
        """Set the channel, and the words of each agent."""
        self._channel, n = Channel.of(brief), len(self.names)
        self._players = [replace(one, words=words_of(one.agent, brief, n)) for one in self._players]

    def attach(self) -> None:
        """Give the agents the services, once. `reset` does so too.

        Raises `SwarmEnvError` if an agent cannot play (for example, the key of its model is missing).
        """
        if self._attached:
            return
        self._attached = True
        self._call((player, "attach", (self.services,)) for player in self._players if player.has("attach"))

    def players(self) -> list[tuple[str, Agent, tuple[str, ...]]]:
        """The agents in the team's order: what each is called, itself, the names of those it controls."""
        return [(player.entry.agent, player.agent, player.names) for player in self._players]

    def agents(self) -> list[Agent]:
        """Copies of the agents, in the team's order. Raises `ConfigError` if one cannot be copied."""
        return [copied_agent(player.agent, player.entry.agent) for player in self._players]

    def adopt(self, brief: Brief, agents: Sequence[Agent], seed: int | None = None) -> None:
        """Go on in an episode that has begun with copies of `agents`, which `agents()` of a pool returned.

        With a seed, those that have the method `reseed` draw otherwise from now on.
        """
        self._attached = True
        self._players = [
            replace(player, agent=copied_agent(agent, player.entry.agent))
            for player, agent in zip(self._players, agents, strict=True)
        ]
        self._translate(brief)
        if seed is not None:
            reseeded = [(i, player) for i, player in enumerate(self._players) if player.has("reseed")]
            self._call((player, "reseed", (agent_seed(seed, i),)) for i, player in reseeded)

    def decide(self, perceptions: Sequence[Perception]) -> dict[str, Decision]:
        """Ask all agents concurrently for the decisions of a round; returns them checked, by agent name.

        Raises `ContractError` if an agent violates the protocol.
        """
        return self._ask(self._shares(perceptions))

    def replay(self, perceptions: Sequence[Perception], past: Mapping[str, Decision], number: int) -> None:
        """Take the agents through a past round with the recorded decisions `past`, so that they remember it.

        Raises `ReplayMismatch` if an agent that decided this round itself now decides differently,
        `ContractError` if an agent violates the protocol.
        """
        own, informed, asked = [], [], []
        for player, share in self._shares(perceptions):
            if player.replayable and number >= player.since:
                own.append((player, share))
            elif player.has("replay"):
                informed.append((player, share))
            elif player.replayable:
                asked.append((player, share))
        self._remember(informed, past)
        again = self._ask([*own, *asked])
        for name in (p.name for _, share in own for p in share):
            if again[name] != past[name]:
                words = self._channel.words
                raise ReplayMismatch(number, f"{name}: {words(past[name])}", f"{name}: {words(again[name])}")

    def remember(self, perceptions: Sequence[Perception], past: Mapping[str, Decision]) -> None:
        """Give the agents with `replay` the perceptions and decisions of a past round, by agent name."""
        self._remember(self._shares(perceptions), past)

    def preview(self, perceptions: Sequence[Perception]) -> list[Preview]:
        """What the agents with `preview` would ask models in a round that they decide themselves."""
        shares = [
            (player, share)
            for player, share in self._shares(perceptions)
            if player.replayable and player.has("preview") and share[0].round >= player.since
        ]
        asked = self._call((player, "preview", (share,)) for player, share in shares)
        return [preview for answer in asked for preview in answer]

    def dry_run(
        self, perceptions: Sequence[Perception], stand_ins: Mapping[str, Decision]
    ) -> tuple[list[Preview], dict[str, Decision]]:
        """Play a round without asking models or people (`replayable = False`).

        Returns what models would be asked, and a decision for each agent. `stand_ins` are decisions in place
        of models and people, by name; agents with `replay` remember them.
        """
        previews = self.preview(perceptions)
        shares = [(player, share) for player, share in self._shares(perceptions) if player.replayable]
        decisions = self._ask([(player, share) for player, share in shares if not player.has("preview")])
        names = (p.name for p in perceptions if p.name not in decisions)
        given = {name: self._channel.check(stand_ins[name]) for name in names}
        self._remember([(player, share) for player, share in shares if player.has("preview")], given)
        return previews, {**decisions, **given}

    def _shares(self, perceptions: Sequence[Perception]) -> list[_Share]:
        """Each player with the perceptions of its agents in play; players without any are left out."""
        by_name = {perception.name: perception for perception in perceptions}
        shares = (
            (player, [player.words.perception(by_name[name]) for name in player.names if name in by_name])
            for player in self._players
        )
        return [(player, share) for player, share in shares if share]

    def _remember(self, shares: Iterable[_Share], past: Mapping[str, Decision]) -> None:
        self._call(
            (player, "replay", (share, [player.words.past(past[p.name]) for p in share]))
            for player, share in shares
            if player.has("replay")
        )

    def _ask(self, shares: Sequence[_Share]) -> dict[str, Decision]:
        self._interrupts.check()
        answers = self._call((player, "decide", (share,)) for player, share in shares)
        decisions: dict[str, Decision] = {}
        for (player, share), answer in zip(shares, answers, strict=True):
            decisions.update(self._checked(player, share, answer))
        return decisions

    def _checked(self, player: _Player, share: Sequence[Perception], answer: Any) -> dict[str, Decision]:
        agent, number = player.entry.agent, share[0].round
        try:
            given = list(islice(answer, len(share) + 1))
        except TypeError:
            given = None
        if given is None or isinstance(answer, str | Mapping) or len(given) != len(share):
            kind = type(answer).__name__ + (f" of length {len(answer)}" if hasattr(answer, "__len__") else "")
            raise ContractError(
                f"The agent {agent!r} returned a {kind} in round {number}; expected a sequence of "
                f"{len(share)} decisions, one per perception."
            )
        decisions = {}
        for perception, decision in zip(share, given, strict=True):
            try:
                decisions[perception.name] = self._channel.check(player.words.decision(decision))
            except ContractError as error:
                raise ContractError(
                    f"The agent {agent!r} returned for {perception.name} in round {number} {error}."
                ) from None
        control = control_of(player.entry)
        others = () if self.services.dry_run else self.services.other_messages
        return controlled(decisions, control, number, others) if control else decisions

    def _call(self, calls: Iterable[tuple[_Player, str, tuple[Any, ...]]]) -> list[Any]:
        """Call methods of agents, coroutines among them concurrently; notes on errors name the agent."""
        started: list[tuple[_Player, str, Any]] = []
        try:
            for player, method, arguments in calls:
                with _noted(player, method):
                    started.append((player, method, getattr(player.agent, method)(*arguments)))
        except BaseException:
            for _, _, result in started:
                if inspect.iscoroutine(result):
                    result.close()
            raise
        results = shared().settle(
            (
                _awaited(player, method, result) if inspect.isawaitable(result) else result
                for player, method, result in started
            ),
            self._interrupts,
        )
        for result in results:
            if isinstance(result, RunPaused):
                raise result
        return results


async def _awaited(player: _Player, method: str, awaitable: Awaitable[Any]) -> Any:
    """Await a call of an agent.

    A `RunPaused` is returned, so that answers that other agents wait for, which are paid, are not lost.
    """
    with _noted(player, method):
        try:
            return await awaitable
        except RunPaused as paused:
            return paused


@contextlib.contextmanager
def _noted(player: _Player, method: str) -> Iterator[None]:
    """Add a note to errors that names the agent they come from."""
    try:
        yield
    except Exception as error:
        first, last = player.names[0], player.names[-1]
        span = first if first == last else f"{first} to {last}"
        error.add_note(f"raised by {method} of the agent {player.entry.agent!r}, which drives {span}")
        raise
