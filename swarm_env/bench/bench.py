"""A bench being played: runs in threads, kept where they are finished, resumed where they were stopped.

Threads suit teams that wait for models: the waiting of all runs goes on at once, and the limiter of an
endpoint is shared by the whole process. Agents that compute in Python take turns, unless the threads only
wait for other processes and machines: what a thread does with its run is up to a `Player`.

A stopped bench stops each run at the end of a round; a run that fails leaves the others alone.
"""

import functools
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Literal

from swarm_env.bench.folder import BenchFolder
from swarm_env.bench.plan import BenchPlan, PlannedRun
from swarm_env.bench.player import Episode, Here, Player
from swarm_env.bench.spending import Spending, spending_of
from swarm_env.errors import RunError, SwarmEnvError
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Services
from swarm_env.playing.runner import Result
from swarm_env.playing.team import Team, kind_of
from swarm_env.runs.files import read_run

TICK = 0.2  # seconds between two looks at what goes on
INTERRUPT = "Ctrl-C"
LOOK = 2.0  # seconds between two looks at what runs have spent

Stage = Literal["waiting", "playing", "kept", "finished", "stopped", "failed"]


@dataclass
class Progress:
    """How one run of a bench goes.

    Attributes:
        run: The run.
        stage: "kept": it was finished before; "stopped": it can be resumed.
        rounds: Rounds played.
        score: Its score so far.
        spending: What its calls of models took so far; None: no model was asked, or it is not known.
        error: Why it failed, or was stopped before its end.
        fallback_rate: Share of its decisions that were replaced, 0 to 1.
        before: Rounds that it had when this process came to it.
        began: When this process began its first new round [s, monotonic]; 0 before.
        ended: When it ended; 0 before.
    """

    run: PlannedRun
    stage: Stage = "waiting"
    rounds: int = 0
    score: float = 0.0
    spending: Spending | None = None
    error: str = ""
    fallback_rate: float = 0.0
    before: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.stage not in ("waiting", "playing")


@dataclass
class Bench:
    """All runs of a bench, and how they go.

    Attributes:
        plan: What is played.
        folder: Where; locked by the caller.
        progress: One entry per run, in the order of the plan.
        notify: Called with lines that agents have for people.
        player: Where the runs are played.
        stopping: Why all runs are being stopped; "" as long as they are not.
    """

    plan: BenchPlan
    folder: BenchFolder
    notify: Callable[[str], object] = lambda line: None
    player: Player = field(default_factory=Here)
    stopping: str = ""
    progress: list[Progress] = field(init=False)

    def __post_init__(self) -> None:
        self.progress = [Progress(run) for run in self.plan.runs]
        self._looked = 0.0
        self._told: set[str] = set()

    def stop(self, why: str) -> None:
        """Let every run end after the round it is in; those that wait are not begun.

        Args:
            why: Told in the results.
        """
        self.stopping = self.stopping or why

    def check(self) -> None:
        """Refuse at once what no run could do: ask a model without a key, or one of unknown price for money.

        Raises:
            SwarmEnvError: What cannot be done; nothing was played.
        """
        calls, total = self.plan.calls, self.plan.total
        if total.max_dollars is not None:
            from swarm_env.chat import Budget

            calls = replace(calls, budget=Budget(dollars=total.max_dollars))
        for run in {str(run.team): run for run in self.plan.runs}.values():
            asking = tuple(e for e in run.team.entries if callable(getattr(kind_of(e), "attach", None)))
            if asking:
                names = [f"agent_{index}" for index in range(Team(asking).size or 0)]
                with AgentPool(Team(asking), names, run.seed, services=Services(run.seed, calls)) as cast:
                    cast.attach()

    def play(self, tick: Callable[[list[Progress]], object]) -> None:
        """Play all runs.

        Args:
            tick: Called five times a second with the runs that ended since the last time, often none.

        Raises:
            KeyboardInterrupt: Ctrl-C a second time. The first time all runs are stopped, and this returns
                when they have ended.
        """
        for one in self.progress:
            self._look_at_folder(one)
        tick([one for one in self.progress if one.is_over])
        threads = self.plan.parallel + self.player.ahead
        pool = ThreadPoolExecutor(threads, thread_name_prefix="swarm-bench")
        patient = True
        try:
            under_way = {pool.submit(self._play_one, one): one for one in self.progress if not one.is_over}
            while under_way:
                try:
                    over, _ = wait(under_way, TICK, FIRST_COMPLETED)
                    self._look_at_spending()
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
        """A guess how long it will still take [s], from how long rounds of the same team took so far.

        Games may end before their last round, so it is rather too long. None: nothing is known yet.
        """
        now = time.monotonic()
        took: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for one in self.progress:
            if one.began and one.rounds > one.before:
                for key in (str(one.run.team), ""):
                    took[key][0] += (one.ended or now) - one.began
                    took[key][1] += one.rounds - one.before
        if not took:
            return None
        left = 0.0
        for one in (one for one in self.progress if not one.is_over):
            seconds, rounds = took.get(str(one.run.team), took[""])
            left += (one.run.config.max_rounds - one.rounds) * seconds / rounds
        running = sum(not one.is_over for one in self.progress)
        return left / max(1, min(self.plan.parallel, running))

    def spending(self) -> Spending | None:
        """What all runs took so far, failed and stopped ones included; None: no model was asked."""
        known = [one.spending for one in self.progress if one.spending is not None]
        return functools.reduce(Spending.plus, known) if known else None

    def _look_at_folder(self, one: Progress) -> None:
        """Find out whether a run is finished already."""
        try:
            if self.folder.state_of(one.run) != "finished":
                return
            result = read_run(self.folder.folder_of(one.run)).result
        except RunError as error:
            one.stage, one.error = "failed", str(error)
            return
        if result is not None:
            one.stage, one.rounds, one.score = "kept", result.rounds, result.score
            one.spending = Spending.of(result.usage)

    def _play_one(self, one: Progress) -> Result | None:
        """Play a run or go on with it; None when the bench was stopped before its turn."""
        if self.stopping:
            return None

        def start() -> bool:
            if not self.stopping:
                one.stage = "playing"
            return not self.stopping

        def observe(round: int, score: float) -> bool:
            if not one.began:
                one.before, one.began = round, time.monotonic()
            one.rounds, one.score = round, score
            return not self.stopping

        folder, begun = self.folder.folder_of(one.run), self.folder.state_of(one.run) == "begun"
        return self.player.play(Episode(one.run, folder, begun, self.plan.calls, start, observe, self._tell))

    def _end(self, one: Progress, future: Future[Result | None]) -> Progress:
        """Note how a run ended."""
        one.ended = time.monotonic()
        error = future.exception()
        result = None if error else future.result()
        if error is not None:
            one.stage, one.error = "failed", told(error)
        elif result is None:
            one.stage, one.error = "stopped", self.stopping
        else:
            one.stage = "stopped" if result.interrupted else "finished"
            one.rounds, one.score = result.rounds, result.score
            reached = "its budget is spent" if result.stopped == "budget" else self.stopping
            one.error = reached if result.interrupted else ""
            one.spending = Spending.of(result.usage)
            one.fallback_rate = result.usage.fallback_rate if result.usage else 0.0
        if error is not None:
            one.spending = spending_of(self.folder.folder_of(one.run)) or one.spending
        return one

    def _look_at_spending(self) -> None:
        """Read from the ledgers of the runs under way what they took; stop when all of it is too much."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        for one in self.progress:
            if one.stage == "playing":
                one.spending = spending_of(self.folder.folder_of(one.run)) or one.spending
        spent, total = self.spending(), self.plan.total
        if spent is None:
            return
        limits = (
            (total.max_tokens, spent.tokens, "max_tokens"),
            (total.max_dollars, spent.cost, "max_dollars"),
        )
        for limit, so_far, name in limits:
            if limit is not None and so_far is None:
                self.stop(f"total.{name} cannot be kept: what an answer took is unknown")
            elif limit is not None and so_far is not None and so_far >= limit:
                self.stop(f"total.{name} is {limit:g}, and all runs together took {so_far:g}")

    def _tell(self, line: str) -> None:
        """Hand on a line of an agent, once."""
        if line not in self._told:
            self._told.add(line)
            self.notify(line)


def told(error: BaseException) -> str:
    """An error in a line."""
    text = str(error) if isinstance(error, SwarmEnvError) else f"{type(error).__name__}: {error}"
    notes = "; ".join(getattr(error, "__notes__", ()))
    return " ".join((f"{text} ({notes})" if notes else text).split())
