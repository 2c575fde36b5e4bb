"""One run being played: a world, the agents that decide in it, and the folder that it is recorded in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from swarm_env.agent import Decision
from swarm_env.config import WorldConfig
from swarm_env.envs.decision_codec import Channel, from_log, to_log
from swarm_env.envs.parallel import ParallelSwarmEnv
from swarm_env.errors import BudgetReached, ReplayMismatch, ReplayMissing, RunError
from swarm_env.frame import Frame
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Services
from swarm_env.playing.team import Team
from swarm_env.runs.files import MAX_FALLBACK, Origin, RoundRecord, RunInfo, RunResult, Usage, versions
from swarm_env.runs.recording import Turn, frame_of, start
from swarm_env.runs.writer import RunWriter
from swarm_env.runtime.interrupts import Interrupts

Observer = Callable[[Frame], object]
Stopped = Literal["", "observer", "budget", "record", "interrupt", "error"]


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    Attributes:
        scenario: Name of the scenario.
        seed: Seed of the run; the same seed, world and team play the same run.
        rounds: Rounds played.
        score: The scenario's own score.
        folder: The run's folder; None when nothing was written.
        interrupted: Whether it was stopped before its end.
        counts: What was counted: "masked" moves that the rules did not allow and that acted as STAY,
            "messages" said.
        usage: What was asked of language models; None when none was asked.
        valid: False when the endpoint failed more than 5% of the decisions (`MAX_FALLBACK`).
        stopped: What ended it early: "observer", "budget", "record" (what was played again had been stopped
            there), "interrupt", "error"; "" if nothing did.
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


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C during a run. What was played is on disk and can be resumed.

    Attributes:
        result: The run so far.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__(f"interrupted after {result.rounds} rounds")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played by whom.

    Attributes:
        config: The world.
        seed: Of the run.
        options: Reset options.
        team: Who plays.
        decided_from: As in `run.json`; empty: 0 for all.
        origin: What it was forked from.
        record_ends: Round at which the record ends of an unfinished run that is played again from its ledger.
    """

    config: WorldConfig
    seed: int
    options: dict[str, Any]
    team: Team
    decided_from: tuple[int, ...] = ()
    origin: Origin | None = None
    record_ends: int | None = None


class LiveRun:
    """One run being played: the world, the agents, and the folder once there is one."""

    def __init__(
        self,
        plan: Plan,
        interrupts: Interrupts,
        observer: Observer | None,
        services: Services,
        digest: str | None = None,
    ) -> None:
        self.plan, self.services = plan, services
        self.writer: RunWriter | None = None
        self._interrupts, self._observer = interrupts, observer
        self.env: ParallelSwarmEnv = start(plan.config, plan.seed, plan.options, digest)
        self._rounds, self._score = 0, float(self.env.score)
        self._channel = Channel.of(self.env.brief())
        self._cast = AgentPool(
            plan.team, self.env.possible_agents, plan.seed, plan.decided_from, services, interrupts
        )
        self._caption = f"{self._cast.team}, seed {plan.seed}"
        self._messages = 0

    def __enter__(self) -> "LiveRun":
        self._cast.__enter__()
        self._cast.reset(self.env.brief())
        return self

    def __exit__(self, *error: object) -> None:
        self._cast.__exit__(*error)

    def info(self) -> RunInfo:
        """What `run.json` says about it."""
        plan = self.plan
        return RunInfo(
            created=datetime.now().astimezone().isoformat(timespec="microseconds"),
            config=plan.config.model_dump(mode="json"),
            seed=plan.seed,
            options=plan.options,
            team=str(self._cast.team),
            decided_from=plan.decided_from or (0,) * len(self._cast.team.entries),
            origin=plan.origin,
            budget=self.services.budget,
            versions=versions(),
            digest=self.env.digest(),
        )

    def relive(self, turn: Turn) -> RoundRecord:
        """Take the world and the agents through a round that is past; returns its line of `rounds.jsonl`."""
        env = self.env
        if env.done:
            raise ReplayMismatch(env.round, "another round", "the game is over")
        try:
            decisions = from_log(self._channel, turn.actions, turn.messages, env.possible_agents, env.agents)
        except RunError as error:
            raise RunError(f"Round {env.round} of the record does not fit the world: {error}.") from None
        self._cast.relive(env.perceptions(), decisions, env.round)
        record = self._advance(decisions)
        if turn.digest is not None and turn.digest != record.digest:
            raise ReplayMismatch(record.round, turn.digest, record.digest)
        return record

    def play_to_end(self) -> Result:
        """Play until the game is over, the observer has seen enough, the budget is spent, or Ctrl-C."""
        try:
            finished = self._play_rounds()
        except BudgetReached as reached:
            self.services.notice(str(reached))
            return self._end("budget")
        except ReplayMissing:
            if self.plan.record_ends is None or self._rounds < self.plan.record_ends:
                self._end("error")
                raise
            self.services.notice(f"The record ends here: the run was stopped in round {self._rounds}.")
            return self._end("record")
        except KeyboardInterrupt:
            raise RunInterrupted(self._end("interrupt")) from None
        except BaseException:
            self._end("error")
            raise
        return self._end("" if finished else "observer")

    def _play_rounds(self) -> bool:
        """Play on; False when the observer stopped it."""
        decisions: Mapping[str, Decision] = {}
        while self._observe(decisions) and not self.env.done:
            decisions = self._cast.decide(self.env.perceptions())
            with self._interrupts.held():
                self._advance(decisions)
        return self.env.done

    def _advance(self, decisions: Mapping[str, Decision]) -> RoundRecord:
        """One round of the world, onto disk if there is a folder."""
        env = self.env
        number = env.round
        env.step({name: self._channel.action(decision) for name, decision in decisions.items()})
        actions, messages = to_log(decisions, env.possible_agents)
        self._messages += sum(message is not None for message in messages or ())
        record = RoundRecord(round=number, actions=actions, messages=messages, digest=env.digest())
        if self.writer:
            self.writer.append(record)
        self._rounds, self._score = number + 1, float(env.score)
        return record

    def _observe(self, decisions: Mapping[str, Decision]) -> bool:
        if self._observer is None:
            return True
        frame = frame_of(self.env, decisions, self._caption)
        minds = self.services.minds()
        if minds is not None:
            frame = replace(frame, status=self.services.status(), minds=minds)
        return self._observer(frame) is not False

    def _end(self, stopped: Stopped) -> Result:
        """Write `result.json` and say how it ended."""
        counts = {"masked": self.env.masked_actions, "messages": self._messages}
        usage = self.services.usage()
        result = Result(
            scenario=self.env.scenario.name,
            seed=self.plan.seed,
            rounds=self._rounds,
            score=self._score,
            folder=self.writer.folder if self.writer else None,
            interrupted=bool(stopped),
            counts=counts,
            usage=usage,
            valid=usage is None or usage.endpoint_failure_rate <= MAX_FALLBACK,
            stopped=stopped,
        )
        if self.writer:
            with self._interrupts.held():
                self.writer.finish(
                    RunResult(
                        status="interrupted" if stopped else "finished",
                        scenario=result.scenario,
                        seed=result.seed,
                        rounds=result.rounds,
                        score=result.score,
                        counts=counts,
                        usage=usage,
                        valid=result.valid,
                    )
                )
        return result
