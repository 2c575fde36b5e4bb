"""A team at work: its agents, asked round by round, and what they answer checked."""

import hashlib
import inspect
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from swarm_env.agent import Agent, Brief, Decision, Perception, Preview
from swarm_env.envs.decision_codec import Channel
from swarm_env.errors import BudgetReached, ContractError, ReplayMismatch
from swarm_env.playing.run_services import Services
from swarm_env.playing.team import Team, TeamEntry, make_agent
from swarm_env.runtime.event_loop import shared
from swarm_env.runtime.interrupts import Interrupts

MAX_AGENT_SEED = 2**63


def agent_seed(seed: int, index: int) -> int:
    """Seed of one agent, drawn from the seed of the run.

    Args:
        seed: Of the run.
        index: Place of the agent's entry in the team, from 0.

    Returns:
        A number from 0 to 2**63 - 1, the same on every machine.
    """
    digest = hashlib.blake2b(f"agent {index} of run {seed}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % MAX_AGENT_SEED


@dataclass(frozen=True, slots=True)
class _Player:
    """One entry of the team: its agent, the bodies it drives, the first round that it decides itself."""

    entry: TeamEntry
    agent: Agent
    bodies: tuple[str, ...]
    seed: int
    since: int

    @property
    def replayable(self) -> bool:
        """Whether the same seed and perceptions give the same decisions (a person's do not)."""
        return bool(getattr(self.agent, "replayable", True))


class AgentPool:
    """The agents of one run. A context manager: its end closes the agents and their services.

    Beyond `reset` and `decide` an agent may have

    - `attach(services)`: called once, before the first `reset`, with what the run offers;
    - `replayable = False`: it would not decide the same again (a person); when a run is resumed it is not
      asked about rounds that are past, their decisions come from the log;
    - `replay(perceptions, decisions)`: learn of a past round in which it did not decide by itself: what its
      bodies perceived and did;
    - `preview(perceptions)`: tell what it would ask models, see `swarm_env.playing.dry_run`;
    - `close()`: let go of what it holds.

    Each of them may be a coroutine function; all run in the event loop that the runs of a process share.
    """

    def __init__(
        self,
        team: Team,
        names: Sequence[str],
        seed: int,
        decided_from: Sequence[int] = (),
        services: Services | None = None,
        interrupts: Interrupts | None = None,
    ) -> None:
        """Make the agents.

        Args:
            team: Who plays.
            names: Names of all bodies, in order.
            seed: Of the run.
            decided_from: For each entry the first round that it decides itself; empty: 0 for all.
            services: What the agents are offered, closed at the end; None: services of the cast's own.
            interrupts: May stop a decision, as Ctrl-C does; None: only Ctrl-C.

        Raises:
            SwarmEnvError: The team does not fit the world, or an agent cannot be made.
        """
        self.team = team.seated(len(names))
        self.names = tuple(names)
        self.services = services or Services(seed)
        self._interrupts = interrupts or Interrupts()
        self._attached = False
        self._players = [
            _Player(entry, make_agent(entry), bodies, agent_seed(seed, index), since)
            for index, (entry, bodies, since) in enumerate(
                zip(
                    self.team.entries, self.team.bodies(names), decided_from or [0] * len(names), strict=False
                )
            )
        ]

    def __enter__(self) -> "AgentPool":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            closing = [player for player in self._players if callable(getattr(player.agent, "close", None))]
            self._call((player, "close", ()) for player in closing)
        finally:
            self.services.close()

    def reset(self, brief: Brief) -> None:
        """Begin the episode: every agent learns the task, its bodies and its seed."""
        self._channel = Channel.of(brief)
        present = [player for player in self._players if player.replayable or not self.services.rehearsal]
        self.attach()
        self._call((player, "reset", (brief, player.bodies, player.seed)) for player in present)

    def attach(self) -> None:
        """Hand the agents the services, once. `reset` does so too.

        Raises:
            SwarmEnvError: An agent could not play: its model has no key, say.
        """
        if self._attached:
            return
        self._attached = True
        attaching = [player for player in self._players if callable(getattr(player.agent, "attach", None))]
        self._call((player, "attach", (self.services,)) for player in attaching)

    def decide(self, perceptions: Sequence[Perception]) -> dict[str, Decision]:
        """Ask all agents at once about a round.

        Args:
            perceptions: Of all bodies in play, in order.

        Returns:
            A checked decision for each of them, by name.

        Raises:
            ContractError: An agent answered something else than its protocol says.
        """
        return self._ask(self._shares(perceptions))

    def relive(self, perceptions: Sequence[Perception], past: Mapping[str, Decision], number: int) -> None:
        """Take the agents through a round that is past, so that they remember it.

        Args:
            perceptions: Of all bodies in play in that round, in order.
            past: What they decided then, by name.
            number: The round.

        Raises:
            ReplayMismatch: An agent that had decided this round itself decides differently now.
            ContractError: An agent answered something else than its protocol says.
        """
        shares = self._shares(perceptions)
        own = {
            i: s
            for i, s in shares.items()
            if self._players[i].replayable and number >= self._players[i].since
        }
        others = {i: s for i, s in shares.items() if i not in own}
        told = {i: s for i, s in others.items() if callable(getattr(self._players[i].agent, "replay", None))}
        self._call(
            (self._players[i], "replay", (share, [past[p.name] for p in share])) for i, share in told.items()
        )
        asked = {i: s for i, s in others.items() if i not in told and self._players[i].replayable}
        again = self._ask({**own, **asked})
        for name in (p.name for share in own.values() for p in share):
            if again[name] != past[name]:
                words = self._channel.words
                raise ReplayMismatch(number, f"{name}: {words(past[name])}", f"{name}: {words(again[name])}")

    def rehearse(
        self, perceptions: Sequence[Perception], stand_ins: Mapping[str, Decision]
    ) -> tuple[list[Preview], dict[str, Decision]]:
        """Ask the agents about a round, and those that would ask models only what they would ask.

        People (`replayable = False`) are left alone altogether.

        Args:
            perceptions: Of all bodies in play, in order.
            stand_ins: Decisions of the bodies whose agents are not asked, by name; those agents are told
                (`replay`), so that they remember.

        Returns:
            The questions to models, and a decision for each body.
        """
        shares = self._shares(perceptions)
        own = {i: share for i, share in shares.items() if self._players[i].replayable}
        ask = [i for i in own if callable(getattr(self._players[i].agent, "preview", None))]
        asked = self._call((self._players[i], "preview", (own[i],)) for i in ask)
        decisions = self._ask({i: share for i, share in own.items() if i not in ask})
        names = (p.name for p in perceptions if p.name not in decisions)
        given = {name: self._channel.check(stand_ins[name]) for name in names}
        self._call(
            (self._players[i], "replay", (own[i], [given[p.name] for p in own[i]]))
            for i in ask
            if callable(getattr(self._players[i].agent, "replay", None))
        )
        return [preview for answer in asked for preview in answer], {**decisions, **given}

    def _shares(self, perceptions: Sequence[Perception]) -> dict[int, list[Perception]]:
        """The perceptions of each player's bodies in play; players with none are left out."""
        by_name = {perception.name: perception for perception in perceptions}
        shares = {
            index: [by_name[name] for name in player.bodies if name in by_name]
            for index, player in enumerate(self._players)
        }
        return {index: share for index, share in shares.items() if share}

    def _ask(self, shares: Mapping[int, list[Perception]]) -> dict[str, Decision]:
        self._interrupts.check()
        answers = self._call((self._players[i], "decide", (share,)) for i, share in shares.items())
        decisions: dict[str, Decision] = {}
        for (i, share), answer in zip(shares.items(), answers, strict=True):
            decisions.update(self._checked(self._players[i], share, answer))
        return decisions

    def _checked(self, player: _Player, share: Sequence[Perception], answer: Any) -> dict[str, Decision]:
        number = share[0].round
        try:
            given = list(islice(answer, len(share) + 1))
        except TypeError:
            given = None
        if given is None or isinstance(answer, str | Mapping) or len(given) != len(share):
            length = f" of length {len(answer)}" if hasattr(answer, "__len__") else ""
            raise ContractError(
                f"The agent {player.entry.agent!r} gave back a {type(answer).__name__}{length} in round "
                f"{number}, where a sequence of {len(share)} decisions is expected, one per perception."
            )
        decisions = {}
        for perception, decision in zip(share, given, strict=True):
            try:
                decisions[perception.name] = self._channel.check(decision)
            except ContractError as error:
                raise ContractError(
                    f"The agent {player.entry.agent!r} gave back for {perception.name} in round {number} "
                    f"{error}."
                ) from None
        return decisions

    def _call(self, calls: Iterable[tuple[_Player, str, tuple[Any, ...]]]) -> list[Any]:
        """Call methods of agents; coroutines among them run concurrently. Errors are told whose they are."""
        started: list[tuple[_Player, str, Any]] = []
        try:
            for player, method, arguments in calls:
                with _Note(player, method):
                    started.append((player, method, getattr(player.agent, method)(*arguments)))
        except BaseException:
            for _, _, result in started:
                if inspect.iscoroutine(result):
                    result.close()
            raise
        results = shared().settle(
            (
                _noted(player, method, result) if inspect.isawaitable(result) else result
                for player, method, result in started
            ),
            self._interrupts,
        )
        for result in results:
            if isinstance(result, BudgetReached):
                raise result
        return results


async def _noted(player: _Player, method: str, awaitable: Awaitable[Any]) -> Any:
    """What an awaitable comes to; an error in it is noted down with whose it is.

    That a budget is spent is given back instead of raised: what the other agents wait for is paid already.
    """
    with _Note(player, method):
        try:
            return await awaitable
        except BudgetReached as reached:
            return reached


class _Note:
    """Adds to an error that passes through which agent it comes from."""

    def __init__(self, player: _Player, method: str) -> None:
        bodies = player.bodies
        span = bodies[0] if len(bodies) == 1 else f"{bodies[0]} to {bodies[-1]}"
        self._text = f"raised by {method} of the agent {player.entry.agent!r}, which drives {span}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception):
            error.add_note(self._text)
