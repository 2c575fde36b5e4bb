"""Plays a bench: one thread per concurrent run. Finished runs are kept, stopped ones are resumed.

Threads suit teams that wait for models: all runs wait at the same time, and share one limiter per endpoint.
Agents that compute in Python take turns, unless a `Player` plays the runs in other processes or on other
machines.

Stopping a bench stops each run at the end of its round. A failed run does not affect the others.
"""

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from swarm_env.bench.folder import BenchFolder
from swarm_env.bench.plan import BenchPlan, PlannedRun
from swarm_env.bench.player import Episode, LocalPlayer, Player
from swarm_env.bench.spending import Spending, shared_total, spending_of
from swarm_env.errors import RunError, SwarmEnvError
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Services
from swarm_env.playing.runner import Result
from swarm_env.playing.team import Team, kind_of
from swarm_env.runs.files import read_run
from swarm_env.runs.recording import messages_of

if TYPE_CHECKING:
    from swarm_env.chat.ledger.budget import Spending as TotalSpending

TICK = 0.2  # seconds between two calls of `tick`
INTERRUPT = "Ctrl-C"
POLL = 2.0  # seconds between two checks of the spending

Stage = Literal["waiting", "playing", "kept", "finished", "stopped", "failed"]


@dataclass
class Progress:
    """State of one run of a bench.

    Attributes:
        run: The run.
        stage: "kept": was finished before; "stopped": can be resumed.
        rounds: Rounds played.
        score: Score so far.
        spending: Tokens and cost so far; None: no model calls, or unknown.
        error: Why it failed or was stopped.
        endpoint_failure_rate: Fraction of decisions that were replaced because the endpoint failed, 0 to 1.
        status: As of `Result`; "" if it has not ended, or was not begun.
        stopped: As of `Result`.
        failures: As of `Result`.
        before: Rounds played before this process.
        began: Time of the first new round [s, monotonic]; 0 before it.
        ended: Time of the end [s, monotonic]; 0 before it.
    """

    run: PlannedRun
    stage: Stage = "waiting"
    rounds: int = 0
    score: float = 0.0
    spending: Spending | None = None
    error: str = ""
    endpoint_failure_rate: float = 0.0
    status: str = ""
    stopped: str = ""
    failures: Mapping[str, str] = field(default_factory=dict)
    before: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether its state is final."""
        return self.stage not in ("waiting", "playing")


@dataclass
class Bench:
    """All runs of a bench and their state.

    Attributes:
        plan: What to play.
        folder: Folder of the results, locked by the caller.
        progress: One entry per run, in the order of the plan.
        notify: Called with notices of agents.
        player: Plays the runs.
        stopping: Why all runs are being stopped; "" if they are not.
    """

    plan: BenchPlan
    folder: BenchFolder
    notify: Callable[[str], object] = lambda line: None
    player: Player = field(default_factory=LocalPlayer)
    stopping: str = ""
    progress: list[Progress] = field(init=False)

    def __post_init__(self) -> None:
        self.progress = [Progress(run) for run in self.plan.runs]
        self._polled = 0.0
        self._notices: set[str] = set()
        self._paused: dict[str, str] = {}  # why the runs of a team are not started any more, by team
        self._total: TotalSpending | None = None  # of the runs of this process
        self.over_budget = False

    def stop(self, why: str) -> None:
        """Stop every run at the end of its round, for the reason `why`, and do not start the waiting ones."""
        self.stopping = self.stopping or why

    def check(self) -> None:
        """Check that models can be called: keys exist, and prices are known if there is a budget in dollars.

        Raises `SwarmEnvError` if one cannot be called; nothing was played.
        """
        calls, total = self.plan.calls, self.plan.total
        if total.max_dollars is not None:
            from swarm_env.chat import Budget

            calls = replace(calls, budget=Budget(dollars=total.max_dollars))
        for run in {str(run.team): run for run in self.plan.runs}.values():
            asking = tuple(e for e in run.team.entries if callable(getattr(kind_of(e), "attach", None)))
            if asking:
                names = [f"agent_{index}" for index in range(Team(asking).size or 0)]
                with AgentPool(Team(asking), names, run.seed, services=Services(run.seed, calls)) as pool:
                    pool.attach()

    def play(self, tick: Callable[[list[Progress]], object]) -> None:
        """Play all runs; `tick` is called five times a second with those that ended since the last call.

        The first Ctrl-C stops all runs, the second raises `KeyboardInterrupt`.
        """
        for one in self.progress:
            self._read_folder(one)
        self._begin_total()
        tick([one for one in self.progress if one.is_over])
        pool = ThreadPoolExecutor(self.plan.parallel + self.player.ahead, thread_name_prefix="swarm-bench")
        patient = True
        try:
            for late in (False, True):  # those that are sent the messages of other runs come after them
                wave = [one for one in self.progress if not one.is_over and bool(one.run.others) == late]
                under_way = {pool.submit(self._play_one, one): one for one in wave}
                while under_way:
                    try:
                        over, _ = wait(under_way, TICK, FIRST_COMPLETED)
                        self._update_spending()
                        tick([self._end(under_way.pop(future), future) for future in over])
                    except KeyboardInterrupt:
                        if self.stopping == INTERRUPT:
                            patient = False
                            raise
                        self.stop(INTERRUPT)
        finally:
            self.stop("the bench ended")  # when an error in `tick` ended it
            pool.shutdown(wait=patient, cancel_futures=True)

    def seconds_left(self) -> float | None:
        """Estimated time left [s], from the mean round time of each team; None before the first new round.

        Games may end before their last round, so this is an upper estimate.
        """
        now, left = time.monotonic(), 0.0
        took: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for one in self.progress:
            if one.began and one.rounds > one.before:
                for key in (str(one.run.team), ""):
                    took[key][0] += (one.ended or now) - one.began
                    took[key][1] += one.rounds - one.before
        if not took:
            return None
        for one in (one for one in self.progress if not one.is_over):
            seconds, rounds = took.get(str(one.run.team), took[""])
            left += (one.run.config.max_rounds - one.rounds) * seconds / rounds
        return left / max(1, min(self.plan.parallel, sum(not one.is_over for one in self.progress)))

    def spending(self) -> Spending | None:
        """Tokens and cost of all runs so far, failed and stopped ones included; None: no model calls."""
        known = [one.spending for one in self.progress if one.spending is not None]
        return functools.reduce(Spending.plus, known) if known else None

    def _read_folder(self, one: Progress) -> None:
        """Read what a run has spent before; mark one that was finished before as kept."""
        one.spending = spending_of(self.folder.folder_of(one.run))
        try:
            if self.folder.state_of(one.run) != "finished":
                return
            result = read_run(self.folder.folder_of(one.run)).result
        except RunError as error:
            one.stage, one.error = "failed", str(error)
            return
        if result is not None:
            one.stage, one.rounds, one.score = "kept", result.rounds, result.score
            one.spending = one.spending or Spending.of(result.usage)
            one.endpoint_failure_rate = result.usage.endpoint_failure_rate if result.usage else 0.0
            one.status = self._status("finished", one.endpoint_failure_rate)

    def _play_one(self, one: Progress) -> Result | None:
        """Play or resume a run; None if the bench was stopped before its turn."""
        if self.stopping or one.run.label in self._paused or self._lacks_others(one.run):
            return None

        def start() -> bool:
            starts = not self.stopping and one.run.label not in self._paused
            if starts:
                one.stage = "playing"
            return starts

        def observe(round: int, score: float) -> bool:
            if not one.began:
                one.before, one.began = round, time.monotonic()
            one.rounds, one.score = round, score
            return not self.stopping

        folder, begun = self.folder.folder_of(one.run), self.folder.state_of(one.run) == "begun"
        calls = replace(self.plan.calls, total=self._total)
        others = messages_of(folder.with_name(one.run.others)) if one.run.others else None
        episode = Episode(one.run, folder, begun, calls, start, observe, self._notify_once, others)
        result = self.player.play(episode)
        # Before this thread takes the next run:
        if result is not None and result.stopped == "endpoint":
            self._paused.setdefault(one.run.label, result.cause)
        if result is not None and result.stopped == "budget" and self._total is not None:
            self._check_total(self._total.tokens, self._total.dollars)
        return result

    def _lacks_others(self, run: PlannedRun) -> bool:
        """Whether the run whose messages it is sent has not finished."""
        finished = {one.run.name for one in self.progress if one.stage in ("finished", "kept")}
        return bool(run.others) and run.others not in finished

    def _end(self, one: Progress, future: Future[Result | None]) -> Progress:
        """Store how a run ended."""
        one.ended, error = time.monotonic(), future.exception()
        result = None if error else future.result()
        if error is not None:
            one.stage, one.error = "failed", error_line(error)
            one.spending = spending_of(self.folder.folder_of(one.run)) or one.spending
        elif result is None:
            waits = f"{one.run.others} has not finished" if self._lacks_others(one.run) else ""
            one.stage, one.error = "stopped", self.stopping or self._paused.get(one.run.label, waits)
        else:
            one.stage = "stopped" if result.interrupted else "finished"
            one.rounds, one.score = result.rounds, result.score
            one.stopped, one.failures = result.stopped, result.failures
            spent = self.stopping if self.over_budget else "its budget is spent"
            reached = {"budget": spent, "endpoint": result.cause}
            one.error = reached.get(result.stopped, self.stopping) if result.interrupted else ""
            one.spending = spending_of(self.folder.folder_of(one.run)) or Spending.of(result.usage)
            one.endpoint_failure_rate = result.usage.endpoint_failure_rate if result.usage else 0.0
            one.status = self._status(result.status, one.endpoint_failure_rate)
        return one

    def _status(self, status: str, failure_rate: float) -> str:
        """The status of a run by the limit of this bench for decisions that the endpoint failed."""
        if status not in ("finished", "invalid"):
            return status
        return "invalid" if failure_rate > self.plan.max_fallback else "finished"

    def _begin_total(self) -> None:
        """Let all runs of this process share the total. If it is spent already, none is begun."""
        before = self.spending()
        if before is not None:
            self._check_total(before.counted_tokens, before.counted_cost)
        self._total = shared_total(self.plan.total, before)

    def _update_spending(self) -> None:
        """Read the ledgers of the running runs, which may be of other processes, and check the total."""
        now = time.monotonic()
        if now - self._polled < POLL:
            return
        self._polled = now
        for one in self.progress:
            if one.stage == "playing":
                one.spending = spending_of(self.folder.folder_of(one.run)) or one.spending
        if (spent := self.spending()) is not None:
            self._check_total(spent.counted_tokens, spent.counted_cost)

    def _check_total(self, tokens: float | None, dollars: float | None) -> None:
        """Stop the bench when a total is reached by these sums over all runs; None: unknown."""
        total = self.plan.total
        limits = ((total.max_tokens, tokens, "max_tokens"), (total.max_dollars, dollars, "max_dollars"))
        for limit, so_far, name in limits:
            if limit is not None and so_far is None:
                self.stop(f"total.{name} cannot be checked: the usage of an answer is unknown")
            elif limit is not None and so_far is not None and so_far >= limit:
                self.over_budget = True
                self.stop(f"total.{name} is {limit:g}, all runs together used {so_far:g}")

    def _notify_once(self, line: str) -> None:
        if line not in self._notices:
            self._notices.add(line)
            self.notify(line)


def error_line(error: BaseException) -> str:
    """An error as one line, with its notes."""
    text = str(error) if isinstance(error, SwarmEnvError) else f"{type(error).__name__}: {error}"
    notes = "; ".join(getattr(error, "__notes__", ()))
    return " ".join((f"{text} ({notes})" if notes else text).split())
