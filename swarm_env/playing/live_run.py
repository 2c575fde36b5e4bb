"""A live run: a simulation, its agents, and the folder that it is recorded in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from swarm_env.agent import Decision
from swarm_env.config import WorldConfig
from swarm_env.envs.channel.controls import OtherMessages
from swarm_env.errors import BudgetReached, ConfigError, ReplayMissing, RunPaused
from swarm_env.frame import Frame
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.human_input import HumanInput
from swarm_env.playing.run_services import Calls, Notify, Services
from swarm_env.playing.team import Team
from swarm_env.runs.decision_log import to_log
from swarm_env.runs.files import (
    MAX_FALLBACK,
    Origin,
    RecordedRound,
    RoundRecord,
    RunInfo,
    RunResult,
    Usage,
    new_run_info,
)
from swarm_env.runs.recording import messages_of
from swarm_env.runs.simulation import Simulation, check_digest
from swarm_env.runs.writer import RunWriter
from swarm_env.runtime.interrupts import Interrupts

Observer = Callable[[Frame], object]
Stopped = Literal["", "observer", "budget", "endpoint", "record", "interrupt", "error"]
Status = Literal["finished", "invalid", "paused", "interrupted"]


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    Attributes:
        scenario: Name of the scenario.
        seed: Seed of the run; the same seed, world and team play the same run.
        rounds: Rounds played.
        score: The scenario's own score.
        folder: The run's folder; None if nothing was written.
        interrupted: Whether it was stopped before its end.
        counts: "masked": illegal moves, which acted as STAY; "messages": messages sent.
        usage: LLM usage; None if no model was asked.
        valid: False if the endpoint failed more than 5% of the decisions (`runs.files.MAX_FALLBACK`).
        stopped: What ended it early: "observer", "budget", "endpoint" (it cannot answer), "record" (a replay
            from the ledger reached the end of an unfinished run), "interrupt", "error"; else "".
        cause: Why it was paused; else "".
        failures: The cause of the first failed model call of each kind, by reason.
        payoffs: What each agent has got, in scenarios that pay each by itself; else empty.
        rewards: Sum of each agent's rewards, if the setting `reward` is "shaped" or a function; else empty.
        roles: The hidden role of each agent there, as "liar"; empty if there are none.
    """

    scenario: str
    seed: int
    rounds: int
    score: float
    folder: Path | None = None
    interrupted: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    usage: Usage | None = None
    valid: bool = True
    stopped: Stopped = ""
    cause: str = ""
    failures: Mapping[str, str] = field(default_factory=dict)
    payoffs: Mapping[str, float] = field(default_factory=dict)
    rewards: Mapping[str, float] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """Whether it is finished, invalid, paused by budget or endpoint, or interrupted."""
        if self.stopped in ("budget", "endpoint"):
            return "paused"
        if self.interrupted:
            return "interrupted"
        return "finished" if self.valid else "invalid"


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C during a run. The rounds so far are on disk and can be resumed.

    Attributes:
        result: The run so far.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__(f"interrupted after {result.rounds} rounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOptions:
    """Keyword arguments that `play`, `resume` and `fork` share.

    Attributes:
        observer: Called with a `Frame` at the start (of what is newly played) and after every round; the run
            stops when it returns False.
        calls: How agents may call language models: budget, deadlines, cache; None: the defaults. A budget
            includes what was spent before a resume; a run resumed without one keeps the one it began with.
        notify: Called with each notice of an agent, one line; None: notices are logged.
        interrupts: Its `press` stops the run from another thread, as Ctrl-C does; None: only Ctrl-C.
        human_input: Human input of a viewer, offered to agents that people control; None: none.
        messages_from: Folder of a run, or its `messages_of`, for agents with `messages=scrambled`.
        trust_code: Whether files that the run names may be used, whichever they are; see
            `swarm_env.trusted_code`. `play` does not take it.
    """

    observer: Observer | None = None
    calls: Calls | None = None
    notify: Notify | None = None
    interrupts: Interrupts | None = None
    human_input: HumanInput | None = None
    messages_from: Path | str | OtherMessages | None = None
    trust_code: bool = False

    def __post_init__(self) -> None:
        """Raise `ConfigError` if an argument is of another type than documented."""
        for name, value, allowed in (
            ("observer", self.observer, callable(self.observer)),
            ("calls", self.calls, isinstance(self.calls, Calls)),
            ("notify", self.notify, callable(self.notify)),
            ("interrupts", self.interrupts, isinstance(self.interrupts, Interrupts)),
        ):
            if value is not None and not allowed:
                raise ConfigError(f"{name}={value!r:.80}: must be as documented at PlayOptions, or None.")

    def services(self, seed: int, calls: Calls | None = None) -> Services:
        """Services of a run; `calls` replaces the attribute."""
        found = Services(seed, calls or self.calls, self.notify, human_input=self.human_input)
        others = self.messages_from
        found.other_messages = messages_of(others) if isinstance(others, str | Path) else others
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run plays.

    Attributes:
        options: Reset options.
        decided_from: As in `run.json`; empty: 0 for all.
        origin: What it is forked from.
        record_ends: Round at which the recording ends, if an unfinished run is replayed from its ledger.
        digest: Recorded digest of the start, if any.
        source: Path of the recording that it continues, for error messages.
        functions: Names of functions that gave settings, by setting.
        reward: The reward function that gives `Result.rewards`; None: none is called.
    """

    config: WorldConfig
    seed: int
    options: dict[str, Any]
    team: Team
    decided_from: tuple[int, ...] = ()
    origin: Origin | None = None
    record_ends: int | None = None
    digest: str | None = None
    source: str = ""
    functions: Mapping[str, str] = field(default_factory=dict)
    reward: Any = None


class LiveRun:
    """A run in progress. A context manager: entering it resets the agents, its end closes them.

    Attributes:
        writer: Writes the run's folder; None until there is one.
    """

    def __init__(
        self, plan: Plan, interrupts: Interrupts, observer: Observer | None, services: Services
    ) -> None:
        self.plan, self.services = plan, services
        self.writer: RunWriter | None = None
        self._interrupts, self._observer = interrupts, observer
        self._simulation = Simulation(
            plan.config, plan.seed, plan.options, plan.digest, plan.source, plan.reward
        )
        self._rounds, self._score = 0, self._simulation.score
        # (N,) sums of rewards; (0,) if they are changes of the score or the payoffs
        shown = plan.reward is not None or plan.config.reward == "shaped"
        self._rewards = np.zeros(plan.config.num_agents * shown)
        self._agents = AgentPool(
            plan.team, self._simulation.names, plan.seed, plan.decided_from, services, interrupts
        )
        self._caption = f"{self._agents.team}, seed {plan.seed}"
        self._messages = 0

    def __enter__(self) -> "LiveRun":
        self._agents.reset(self._simulation.brief)
        return self

    def __exit__(self, *_: object) -> None:
        self._agents.close()

    def info(self) -> RunInfo:
        """Content of its `run.json`."""
        plan = self.plan
        return new_run_info(
            plan.config,
            seed=plan.seed,
            options=plan.options,
            team=str(self._agents.team),
            decided_from=plan.decided_from or (0,) * len(self._agents.team.entries),
            origin=plan.origin,
            budget=self.services.budget,
            functions=dict(plan.functions),
            digest=self._simulation.digest(),
        )

    def replay(self, recorded: RecordedRound) -> RoundRecord:
        """Take the world and the agents through a recorded round; returns its line of `rounds.jsonl`.

        Raises `ReplayMismatch` if the digest or an agent's decision differs, `RunError` if the recorded round
        does not fit the world.
        """
        decisions = self._simulation.read_next(recorded)
        self._agents.replay(self._simulation.perceptions(), decisions, self._simulation.round)
        record = self._advance(decisions)
        check_digest(record.round, recorded.digest, lambda: record.digest)
        return record

    def play_to_end(self) -> Result:
        """Play until the game ends, the observer or Ctrl-C stops it, or budget or endpoint pause it."""
        try:
            finished = self._play_rounds()
        except RunPaused as paused:
            self.services.notice(str(paused))
            return self._end("budget" if isinstance(paused, BudgetReached) else "endpoint", str(paused))
        except ReplayMissing:
            if self.plan.record_ends is None or self._rounds < self.plan.record_ends:
                self._end("error")
                raise
            self.services.notice(f"The recording ends here: the run was stopped in round {self._rounds}.")
            return self._end("record")
        except KeyboardInterrupt:
            raise RunInterrupted(self._end("interrupt")) from None
        except BaseException:
            self._end("error")
            raise
        return self._end("" if finished else "observer")

    def _play_rounds(self) -> bool:
        """Play on; False if the observer stopped it."""
        simulation = self._simulation
        while self._observe() and not simulation.done:
            decisions = self._agents.decide(simulation.perceptions())
            with self._interrupts.held():
                self._advance(decisions)
        if simulation.done:
            self.services.check_answers()
        return simulation.done

    def _advance(self, decisions: Mapping[str, Decision]) -> RoundRecord:
        """Step the world, and write the round if there is a folder."""
        simulation = self._simulation
        number = simulation.round
        simulation.step(decisions)
        self._rewards += simulation.world.arrays.reward[0, : len(self._rewards)]
        logged = to_log(decisions, simulation.names)
        self._messages += sum(message is not None for message in logged["messages"] or ())
        record = RoundRecord(round=number, digest=simulation.digest(), **logged)
        if self.writer:
            self.writer.append(record)
        self._rounds, self._score = number + 1, simulation.score
        return record

    def _observe(self) -> bool:
        """Show the observer a frame; False if it stops the run."""
        if self._observer is None:
            return True
        frame = self._simulation.frame(self._caption)
        calls = self.services.model_calls()
        if calls is not None:
            frame = replace(frame, status=self.services.status(), model_calls=calls)
        return self._observer(frame) is not False

    def _end(self, stopped: Stopped, cause: str = "") -> Result:
        """Write `result.json` and return the result."""
        usage = self.services.usage()
        shared: dict[str, Any] = {
            "scenario": self._simulation.setting.scenario,
            "seed": self.plan.seed,
            "rounds": self._rounds,
            "score": self._score,
            "payoffs": self._simulation.payoffs,
            "rewards": dict(zip(self._simulation.names, self._rewards.tolist(), strict=False)),
            "roles": self._simulation.roles,
            "counts": {"masked": int(self._simulation.world.arrays.masked[0]), "messages": self._messages},
            "usage": usage,
            "valid": usage is None or usage.endpoint_failure_rate <= MAX_FALLBACK,
        }
        if self.writer:
            with self._interrupts.held():
                self.writer.finish(RunResult(status="interrupted" if stopped else "finished", **shared))
        folder = self.writer.folder if self.writer else None
        return Result(
            folder=folder,
            interrupted=bool(stopped),
            stopped=stopped,
            cause=cause,
            failures=self.services.failures(),
            **shared,
        )
