"""A worker: plays one run in a temporary folder and reports to the driver."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from swarm_env.bench.bench import error_line
from swarm_env.bench.plan import PlannedRun
from swarm_env.chat.ledger.store import Row
from swarm_env.cluster.coordinator_client import AttemptClosed, Link, WorkerRelay
from swarm_env.envs.channel.controls import OtherMessages
from swarm_env.errors import ConfigError
from swarm_env.frame import Frame
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import Result, play, resume
from swarm_env.runs.files import RESULT_FILE, ROUNDS_FILE, RUN_FILE, versions
from swarm_env.runtime.event_loop import shared

REPORT_PAUSE = 1.0  # seconds between two reports of rounds, our choice: each costs some ms of waiting


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The recorded files of a run.

    `info` is the content of `run.json` (None: the run has not begun), `rounds` that of `rounds.jsonl`; `rows`
    are those of its ledger.
    """

    info: bytes | None = None
    rounds: bytes = b""
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be played by a worker, with its files, the driver's version, and as `Episode` has them."""

    run: PlannedRun
    calls: Calls
    past: RunFiles = RunFiles()
    version: str = field(default_factory=lambda: versions()["swarm_env"])
    others: OtherMessages | None = None


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt ended, with everything that was not reported yet.

    Attributes:
        result: Result of the run; None: it failed, or did not begin.
        error: Why it failed; "" if it did not.
        rounds: Unreported lines of `rounds.jsonl`.
        record: Content of `result.json`; None: nothing was recorded.
        is_lost: Whether another attempt must be made.
        seconds: Time of the worker [s].
        waited: Part of it spent waiting for the driver [s].
        computed: Processor time of the playing thread [s].
    """

    result: Result | None = None
    error: str = ""
    rounds: bytes = b""
    record: bytes | None = None
    is_lost: bool = False
    seconds: float = 0.0
    waited: float = 0.0
    computed: float = 0.0


def play_episode(link: Link, job: Job) -> AttemptResult:
    """Play or resume a run; returns how it ended, also after an error."""
    began = time.perf_counter()
    with TemporaryDirectory(prefix="swarm-") as folder, ThreadPoolExecutor(1) as pool:
        reporter = _Reporter(link, Path(folder) / "run")
        # In a thread, as in a bench on one machine: signals do not interrupt a round.
        future = pool.submit(_play, reporter, job)
        error = future.exception()
        if isinstance(error, AttemptClosed) or reporter.is_closed:
            return AttemptResult(is_lost=True)
        result = None if error else future.result()
        return AttemptResult(
            replace(result, folder=None) if result else None,
            error_line(error) if error else "",
            reporter.new_lines(),
            reporter.record(),
            seconds=time.perf_counter() - began,
            waited=reporter.waited,
            computed=reporter.computed,
        )


def _play(reporter: "_Reporter", job: Job) -> Result | None:
    here = versions()["swarm_env"]
    if here != job.version:
        raise ConfigError(
            f"A node of the cluster has swarm-env {here}, the driver {job.version}. Install the same on all."
        )
    if not reporter.report("ready"):
        return None
    relay = WorkerRelay(reporter.link, job.past.rows, job.calls.cache is not None)
    calls, run, folder = replace(job.calls, relay=relay), job.run, reporter.folder
    shared_options: Any = {"observer": reporter, "calls": calls, "notify": reporter.notice}
    shared_options["messages_from"] = job.others
    before = time.thread_time()
    try:
        if job.past.info is not None:
            reporter.unpack(job.past)
            # The files that it names were checked where the bench was started.
            return resume(folder, **shared_options, trust_code=True)
        return play(run.config, run.team, seed=run.seed, out=folder, **shared_options)
    finally:
        reporter.flush(relay)
        reporter.computed = time.thread_time() - before


class _Reporter:
    """Reports new rounds in the run's folder to the driver, whose answer says whether to continue."""

    def __init__(self, link: Link, folder: Path) -> None:
        self.link, self.folder, self.is_closed = link, folder, False
        self._reported: int | None = None  # bytes of `rounds.jsonl` that the driver has; None: not begun
        self._last = 0.0
        self.waited = self.computed = 0.0

    def __call__(self, frame: Frame) -> bool:
        """Observe a round."""
        if self._reported is None:
            size = (self.folder / ROUNDS_FILE).stat().st_size
            self.report("begin", (self.folder / RUN_FILE).read_bytes(), size)
            self._reported = size
        elif time.monotonic() - self._last < REPORT_PAUSE:
            return True
        wanted: bool = self.report("rounds", self.new_lines(), frame.round, float(frame.score))
        self._last = time.monotonic()
        return wanted

    def report(self, kind: str, *content: object) -> bool:
        """Report to the driver and wait for its answer. Raises `AttemptClosed` if the attempt is closed."""
        began = time.perf_counter()
        try:
            wanted, value = self.link.ask("report", kind, *content)
        except AttemptClosed:
            wanted, value = False, None
        self.waited += time.perf_counter() - began
        if not wanted:
            self.is_closed = True  # also if an agent's code drops the error
            raise AttemptClosed
        return bool(value)

    def notice(self, line: str) -> None:
        """Report a notice of an agent."""
        self.report("notice", line)

    def unpack(self, past: RunFiles) -> None:
        """Create the run's folder from its recorded files, without the ledger."""
        assert past.info is not None
        self.folder.mkdir()
        (self.folder / RUN_FILE).write_bytes(past.info)
        (self.folder / ROUNDS_FILE).write_bytes(past.rounds)

    def flush(self, relay: WorkerRelay) -> None:
        """Wait until the driver has every call."""
        try:
            shared().run(relay.noted())
        except AttemptClosed:
            self.is_closed = True

    def new_lines(self) -> bytes:
        """Unreported lines of `rounds.jsonl`."""
        if self._reported is None:
            return b""
        with (self.folder / ROUNDS_FILE).open("rb") as file:
            file.seek(self._reported)
            lines = file.read()
        self._reported += len(lines)
        return lines

    def record(self) -> bytes | None:
        """Content of `result.json`."""
        file = self.folder / RESULT_FILE
        return file.read_bytes() if self._reported is not None and file.exists() else None
