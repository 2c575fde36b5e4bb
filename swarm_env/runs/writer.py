"""Write a run folder round by round under a lock, so that a process that dies leaves a resumable run.

`files` describes the format.
"""

import json
import os
from pathlib import Path

from pydantic import BaseModel

from swarm_env.errors import ConfigError, RunError, os_errors
from swarm_env.runs.files import (
    CALLS_FILES,
    INFLUENCE_FILE,
    RESULT_FILE,
    ROUNDS_FILE,
    RUN_FILE,
    RoundRecord,
    RunInfo,
    RunResult,
    check_is_run,
)
from swarm_env.runtime.disk_files import is_draft, open_to_append, remove_drafts, write_text
from swarm_env.runtime.file_lock import lock

WRITTEN = (RUN_FILE, RESULT_FILE)  # each by way of a draft


class RunWriter:
    """Writes one run's folder and holds its lock; a context manager. Made by `create` or `reopen`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with os_errors(RunError, folder / ROUNDS_FILE, "written"):
            self._file = open_to_append(folder / ROUNDS_FILE)
        if not lock(self._file.fileno()):
            self._file.close()
            raise RunError(
                f"{folder}: another process is writing this run. Wait for it, or choose another folder."
            )

    def __enter__(self) -> "RunWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @classmethod
    def create(cls, folder: Path | str, info: RunInfo, force: bool = False) -> "RunWriter":
        """Begin a run in a folder, which is created if missing; `info` is the content of `run.json`.

        The folder must be empty unless `force`, which replaces the run in it and keeps other files. Raises
        `ConfigError` if it is not empty or is a file, `RunError` if another process writes there or it cannot
        be written.
        """
        folder = Path(folder)
        check_free(folder, force)
        with os_errors(RunError, folder, "written"):
            folder.mkdir(parents=True, exist_ok=True)
        writer = cls(folder)
        try:
            check_free(folder, force)  # again, now that no other process can begin a run
            with os_errors(RunError, folder, "written"):
                remove_drafts(folder, WRITTEN)
                for name in (RESULT_FILE, RUN_FILE, INFLUENCE_FILE, *CALLS_FILES):
                    (folder / name).unlink(missing_ok=True)
                writer._file.truncate(0)
                write_json(folder / RUN_FILE, info)
        except (ConfigError, RunError):
            writer._file.close()
            raise
        return writer

    @classmethod
    def reopen(cls, folder: Path | str) -> "RunWriter":
        """Lock a run that is to be continued; nothing is changed before `keep`.

        Raises `RunError` if it is not a run folder, another process writes there, or one of its files is a
        link: that could lead out of the folder, to a file that is no run's.
        """
        folder = Path(folder)
        check_is_run(folder)
        for name in (ROUNDS_FILE, *CALLS_FILES):
            if (folder / name).is_symlink():
                raise RunError(f"{folder / name}: is a link. Put the file itself there to continue the run.")
        return cls(folder)

    def keep(self, end: int) -> None:
        """Truncate the rounds to `end` [bytes] and delete what was said of the whole run."""
        with os_errors(RunError, self.folder, "written"):
            remove_drafts(self.folder, WRITTEN)
            self._file.truncate(end)
            for name in (RESULT_FILE, INFLUENCE_FILE):
                (self.folder / name).unlink(missing_ok=True)

    def append(self, record: RoundRecord) -> None:
        """Write the line of a round in one piece; raises like `append_lines`."""
        line = record.model_dump_json(
            exclude={n for n in ("messages", "drives") if getattr(record, n) is None}
        )
        self.append_lines(line.encode() + b"\n")

    def append_lines(self, lines: bytes) -> None:
        """Write lines of complete rounds in one piece.

        Raises `RunError` if they cannot be written (for example, the disk is full).
        """
        with os_errors(RunError, self.folder / ROUNDS_FILE, "written"):
            written = self._file.write(lines)
        if written != len(lines):
            raise RunError(f"{self.folder / ROUNDS_FILE}: cannot be written (the disk is full?).")

    def finish(self, result: RunResult) -> None:
        """Force the rounds onto the disk and write `result.json`."""
        with os_errors(RunError, self.folder, "written"):
            os.fsync(self._file.fileno())
            write_json(self.folder / RESULT_FILE, result)


def check_free(folder: Path, force: bool) -> None:
    """Raise `ConfigError` if a folder is a file, or (unless `force`) is not empty.

    It need not exist. What a process leaves that is killed before it has written `run.json` is ignored.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder} is a file; a run needs a folder.")
    with os_errors(ConfigError, folder):
        taken = any(not _is_left_over(path) for path in folder.iterdir())
    if taken and not force:
        raise ConfigError(
            f"{folder} is not empty. Choose another folder, or use --force (force=True) to replace its run."
        )


def _is_left_over(path: Path) -> bool:
    """Whether a file is a draft of ours, or a `rounds.jsonl` without rounds."""
    return is_draft(path, WRITTEN) or (path.name == ROUNDS_FILE and not path.stat().st_size)


def write_json(path: Path, record: BaseModel) -> None:
    """Write a record as JSON, complete or not at all. Raises `OSError` if that fails."""
    write_text(path, json.dumps(record.model_dump(mode="json"), indent=2) + "\n")
