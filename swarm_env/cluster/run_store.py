"""The folder of a run that a worker plays, written by the driver from the worker's reports."""

from collections.abc import Sequence
from dataclasses import replace

from swarm_env.bench.player import Episode
from swarm_env.chat.ledger.cache import AnswerCache, CachedAnswer
from swarm_env.chat.ledger.store import Ledger, Row
from swarm_env.cluster.worker import AttemptResult, RunFiles
from swarm_env.errors import RunError
from swarm_env.playing.runner import Result
from swarm_env.runs.files import CALLS_FILE, ROUNDS_FILE, RUN_FILE, RunInfo, RunResult
from swarm_env.runs.writer import RunWriter


class RunStore:
    """One run over all attempts to play it. Its folder is locked as for a run on this machine.

    One thread at a time uses it: the one that serves the coordinator during an attempt, the run's own between
    two attempts. The methods `ready` to `notice` answer reports of workers; `news` counts those with new
    rounds or calls. `error` is an error of this process, if any.
    """

    def __init__(self, episode: Episode, answers: AnswerCache | None) -> None:
        """Open the folder of a run; `answers` is the cache of answers that runs share, if any.

        Raises `RunError` if another process writes there.
        """
        self.episode, self._answers = episode, answers
        self.news = 0
        self.error: RunError | None = None
        self._writer = RunWriter.reopen(episode.folder) if episode.begun else None
        self._ledger: Ledger | None = None

    def files(self) -> RunFiles:
        """Everything recorded of the run."""
        if self._writer is None:
            return RunFiles(rows=self._ledger.rows() if self._ledger else ())
        folder = self.episode.folder
        has_calls = self._ledger is not None or (folder / CALLS_FILE).exists()
        return RunFiles(
            (folder / RUN_FILE).read_bytes(),
            (folder / ROUNDS_FILE).read_bytes(),
            self._open_ledger().rows() if has_calls else (),
        )

    def ready(self) -> bool:
        """A worker is ready to play; returns whether it shall start."""
        return self.episode.started()

    def begin(self, info: bytes, size: int) -> None:
        """The run was created, or replayed up to its last round.

        `info` is the content of `run.json`, `size` the size of `rounds.jsonl` at this point [bytes].
        """
        if self._writer is not None:
            self._writer.keep(size)
            folder = self.episode.folder
            if self._ledger is not None or (folder / CALLS_FILE).exists():
                kept = (folder / ROUNDS_FILE).read_bytes().count(b"\n")
                self._open_ledger().forget_failures(kept)  # as the worker has
            return
        self._writer = RunWriter.create(self.episode.folder, RunInfo.model_validate_json(info), force=True)
        if self._ledger is not None:
            self._ledger.store_in(self.episode.folder / CALLS_FILE)

    def rounds(self, lines: bytes, round: int, score: float) -> bool:
        """Rounds were played, whole lines of `rounds.jsonl`; returns whether to continue."""
        self._append(lines)
        return self.episode.observe(round, score)

    def calls(self, rows: Sequence[Row], answers: Sequence[tuple[str, str, CachedAnswer]]) -> None:
        """Models were called: ledger rows, and answers for the shared cache."""
        self._open_ledger().fill(rows)
        for answer in answers if self._answers else ():
            assert self._answers is not None
            self._answers.put(*answer)
        self.news += 1

    def find(self, url: str, digest: str) -> CachedAnswer | None:
        """A shared answer; see `AnswerCache.get`."""
        return self._answers.get(url, digest) if self._answers else None

    def notice(self, line: str) -> None:
        """Print a notice of an agent."""
        self.episode.notify(line)

    def finish(self, ended: AttemptResult) -> Result | None:
        """Write the end of the run; returns how it ended, None if it was stopped before it began.

        Raises `RunError` if the run failed, or its end cannot be written.
        """
        if self._writer is not None and ended.record is not None:
            self._append(ended.rounds)
            self._writer.finish(RunResult.model_validate_json(ended.record))
        if ended.error:
            raise RunError(ended.error)
        return replace(ended.result, folder=self.episode.folder) if ended.result else None

    def close(self) -> None:
        """Close and unlock the folder."""
        if self._ledger is not None:
            self._ledger.close()
        if self._writer is not None:
            self._writer.__exit__()

    def _append(self, lines: bytes) -> None:
        assert self._writer is not None, "a worker reports rounds of a run that it has not begun"
        if lines:
            self._writer.append_lines(lines)
            self.news += 1

    def _open_ledger(self) -> Ledger:
        if self._ledger is None:
            begun = self._writer is not None
            self._ledger = Ledger.open(self.episode.folder / CALLS_FILE) if begun else Ledger.memory()
        return self._ledger
