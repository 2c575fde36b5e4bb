"""What a worker does: it plays one run in a folder of its own, and tells the driver as it goes on."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from swarm_env.bench.bench import told
from swarm_env.bench.plan import PlannedRun
from swarm_env.chat.ledger.store import Row
from swarm_env.cluster.coordinator_client import DeskRelay, Gone, Wire
from swarm_env.errors import ConfigError
from swarm_env.frame import Frame
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import Result, play, resume
from swarm_env.runs.files import RESULT_FILE, ROUNDS_FILE, RUN_FILE, versions
from swarm_env.runtime.event_loop import shared

TELL = 1.0  # seconds between two reports of rounds, our choice: each costs some ms of waiting


@dataclass(frozen=True, slots=True)
class Past:
    """What the driver has of a run.

    Attributes:
        info: Content of `run.json`; None: the run has not begun.
        rounds: Content of `rounds.jsonl`.
        rows: Of its ledger.
    """

    info: bytes | None = None
    rounds: bytes = b""
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be played by a worker.

    Attributes:
        run: Which.
        calls: How its agents may call models.
        past: What there is of it.
        version: Of this software where the driver runs.
    """

    run: PlannedRun
    calls: Calls
    past: Past = Past()
    version: str = field(default_factory=lambda: versions()["swarm_env"])


@dataclass(frozen=True, slots=True)
class Ended:
    """How it went. All of it that the driver has not heard yet is in here.

    Attributes:
        result: How the run ended; None: it failed, or was not begun.
        error: Why it failed; "" if it did not.
        rounds: The last lines of `rounds.jsonl`.
        record: Content of `result.json`; None: nothing was recorded.
        is_lost: Whether another attempt must be made.
        seconds: What it took the worker [s].
        waited: Of that, what it waited for the driver to answer [s].
        computed: What the thread that played computed [s].
    """

    result: Result | None = None
    error: str = ""
    rounds: bytes = b""
    record: bytes | None = None
    is_lost: bool = False
    seconds: float = 0.0
    waited: float = 0.0
    computed: float = 0.0


def play_episode(wire: Wire, job: Job) -> Ended:
    """Play a run, or go on with it.

    Args:
        wire: To the desk.
        job: What is to be played.

    Returns:
        How it ended, whatever happened.
    """
    began = time.perf_counter()
    with TemporaryDirectory(prefix="swarm-") as folder, ThreadPoolExecutor(1) as pool:
        reporter = _Reporter(wire, Path(folder) / "run")
        # As in a bench on one machine: in a thread, where no signal tears a round apart.
        future = pool.submit(_play, reporter, job)
        error = future.exception()
        if isinstance(error, Gone) or reporter.is_gone:
            return Ended(is_lost=True)
        result = None if error else future.result()
        return Ended(
            replace(result, folder=None) if result else None,
            told(error) if error else "",
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
    if not reporter.tell("ready"):
        return None
    relay = DeskRelay(reporter.wire, job.past.rows, job.calls.cache is not None)
    calls = replace(job.calls, relay=relay)
    before = time.thread_time()
    try:
        if job.past.info is not None:
            reporter.unpack(job.past)
            return resume(reporter.folder, observer=reporter, calls=calls, notify=reporter.notice)
        run, folder = job.run, reporter.folder
        return play(
            run.config,
            run.team,
            seed=run.seed,
            out=folder,
            observer=reporter,
            calls=calls,
            notify=reporter.notice,
        )
    finally:
        reporter.flush(relay)
        reporter.computed = time.thread_time() - before


class _Reporter:
    """Tells the driver what stands in the run's folder, now and then, and hears whether to go on."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self.wire, self.folder, self.is_gone = wire, folder, False
        self._told: int | None = None  # bytes of `rounds.jsonl` that the driver has; None: it has not begun
        self._last = 0.0
        self.waited = self.computed = 0.0

    def __call__(self, frame: Frame) -> bool:
        """Observe a round."""
        if self._told is None:
            size = (self.folder / ROUNDS_FILE).stat().st_size
            self.tell("begin", (self.folder / RUN_FILE).read_bytes(), size)
            self._told = size
        elif time.monotonic() - self._last < TELL:
            return True
        wanted: bool = self.tell("rounds", self.new_lines(), frame.round, float(frame.score))
        self._last = time.monotonic()
        return wanted

    def tell(self, kind: str, *content: object) -> bool:
        """Tell the driver something and wait for its answer.

        Raises:
            Gone: It is not wanted any more.
        """
        began = time.perf_counter()
        try:
            wanted, value = self.wire.ask("tell", kind, *content)
        except Gone:
            wanted, value = False, None
        self.waited += time.perf_counter() - began
        if not wanted:
            self.is_gone = True  # also if an agent's code drops the error
            raise Gone
        return bool(value)

    def notice(self, line: str) -> None:
        """Hand on a line for people."""
        self.tell("notice", line)

    def unpack(self, past: Past) -> None:
        """Lay out the run's folder as the driver has it, but for the ledger."""
        assert past.info is not None
        self.folder.mkdir()
        (self.folder / RUN_FILE).write_bytes(past.info)
        (self.folder / ROUNDS_FILE).write_bytes(past.rounds)

    def flush(self, relay: DeskRelay) -> None:
        """See to it that the driver has every call."""
        try:
            shared().run(relay.noted())
        except Gone:
            self.is_gone = True

    def new_lines(self) -> bytes:
        """What the driver has not heard of `rounds.jsonl`."""
        if self._told is None:
            return b""
        with (self.folder / ROUNDS_FILE).open("rb") as file:
            file.seek(self._told)
            lines = file.read()
        self._told += len(lines)
        return lines

    def record(self) -> bytes | None:
        """Content of `result.json`."""
        file = self.folder / RESULT_FILE
        return file.read_bytes() if self._told is not None and file.exists() else None
