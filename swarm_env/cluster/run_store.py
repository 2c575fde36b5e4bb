"""The folder of a run that is played elsewhere, written by the driver as its worker tells."""

from collections.abc import Sequence
from dataclasses import replace

from swarm_env.bench.player import Episode
from swarm_env.chat.ledger.cache import AnswerCache, CachedAnswer
from swarm_env.chat.ledger.store import Ledger, Row
from swarm_env.cluster.worker import Ended, Past
from swarm_env.errors import RunError
from swarm_env.playing.runner import Result
from swarm_env.runs.files import CALLS_FILE, ROUNDS_FILE, RUN_FILE, RunInfo, RunResult
from swarm_env.runs.writer import RunWriter


class Store:
    """One run over all attempts to play it. It is locked as if it were played here.

    One thread at a time uses it: the one that serves the desk while an attempt goes on, the run's own between
    two attempts.

    Attributes:
        news: Messages that brought something new: rounds or calls.
        error: What went wrong here; None: nothing.
    """

    def __init__(self, episode: Episode, answers: AnswerCache | None) -> None:
        """Take a run's folder.

        Args:
            episode: The run.
            answers: What runs share; None: nothing.

        Raises:
            RunError: Another process writes there.
        """
        self.episode, self._answers = episode, answers
        self.news = 0
        self.error: RunError | None = None
        self._writer = RunWriter.reopen(episode.folder) if episode.begun else None
        self._ledger: Ledger | None = None

    def past(self) -> Past:
        """All that there is of the run."""
        if self._writer is None:
            return Past(rows=self._ledger.rows() if self._ledger else ())
        folder = self.episode.folder
        has_calls = self._ledger is not None or (folder / CALLS_FILE).exists()
        return Past(
            (folder / RUN_FILE).read_bytes(),
            (folder / ROUNDS_FILE).read_bytes(),
            self._opened().rows() if has_calls else (),
        )

    def ready(self) -> bool:
        """A worker has come to it; returns whether it shall begin."""
        return self.episode.started()

    def begin(self, info: bytes, size: int) -> None:
        """The run is made, or was played again up to where it was left.

        Args:
            info: Content of `run.json`.
            size: Of the `rounds.jsonl` that it goes on from [bytes].
        """
        if self._writer is not None:
            self._writer.keep(size)
            return
        made = RunInfo.model_validate_json(info)
        self._writer = RunWriter.create(self.episode.folder, made, force=True)
        if self._ledger is not None:
            self._ledger.store_in(self.episode.folder / CALLS_FILE)

    def rounds(self, lines: bytes, round: int, score: float) -> bool:
        """Rounds were played.

        Args:
            lines: Of `rounds.jsonl`, whole.
            round: Rounds so far.
            score: The score so far.

        Returns:
            Whether to go on.
        """
        self._append(lines)
        return self.episode.observe(round, score)

    def calls(self, rows: Sequence[Row], answers: Sequence[tuple[str, str, CachedAnswer]]) -> None:
        """Models were asked.

        Args:
            rows: Of the ledger.
            answers: To be shared.
        """
        self._opened().fill(rows)
        for answer in answers if self._answers else ():
            assert self._answers is not None
            self._answers.put(*answer)
        self.news += 1

    def find(self, url: str, digest: str) -> CachedAnswer | None:
        """An answer that is shared; see `AnswerCache.get`."""
        return self._answers.get(url, digest) if self._answers else None

    def notice(self, line: str) -> None:
        """An agent has a line for people."""
        self.episode.notify(line)

    def finish(self, ended: Ended) -> Result | None:
        """Write the end of the run.

        Returns:
            How it ended; None: it was stopped before it began.

        Raises:
            RunError: It failed; or its end cannot be written.
        """
        if self._writer is not None and ended.record is not None:
            self._append(ended.rounds)
            self._writer.finish(RunResult.model_validate_json(ended.record))
        if ended.error:
            raise RunError(ended.error)
        return replace(ended.result, folder=self.episode.folder) if ended.result else None

    def close(self) -> None:
        """Let go of the folder."""
        if self._ledger is not None:
            self._ledger.close()
        if self._writer is not None:
            self._writer.__exit__()

    def _append(self, lines: bytes) -> None:
        assert self._writer is not None, "a worker tells of rounds of a run that it has not begun"
        if lines:
            self._writer.append_lines(lines)
            self.news += 1

    def _opened(self) -> Ledger:
        if self._ledger is None:
            begun = self._writer is not None
            self._ledger = Ledger.open(self.episode.folder / CALLS_FILE) if begun else Ledger.memory()
        return self._ledger
