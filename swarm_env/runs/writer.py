"""Write a run folder round by round under a lock, so that a process that dies leaves a resumable run.

`files` describes the format.
"""

import json
import os
from pathlib import Path

from pydantic import BaseModel

from swarm_env.errors import ConfigError, RunError
from swarm_env.runs.files import (
    CALLS_FILES,
    RESULT_FILE,
    ROUNDS_FILE,
    RUN_FILE,
    RoundRecord,
    RunInfo,
    RunResult,
    check_is_run,
)
from swarm_env.runtime.file_lock import lock


class RunWriter:
    """Writes one run folder and holds its lock; a context manager. Made by `create` or `reopen`.

    Attributes:
        folder: The run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self._file = (folder / ROUNDS_FILE).open("ab", buffering=0)
        except OSError as error:
            raise _cannot_write(folder / ROUNDS_FILE, error) from None
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
        """Begin a run.

        Args:
            folder: Created if missing; must be empty unless `force`.
            info: Content of `run.json`.
            force: Replace the run in the folder. Other files are kept.

        Raises:
            ConfigError: The folder is not empty, or is a file.
            RunError: Another process writes there, or the folder cannot be written.
        """
        folder = Path(folder)
        check_free(folder, force)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(folder, error) from None
        writer = cls(folder)
        try:
            check_free(folder, force, ours=ROUNDS_FILE)  # again, now that no other process can begin a run
            for name in (RESULT_FILE, RUN_FILE, *CALLS_FILES):
                (folder / name).unlink(missing_ok=True)
            writer._file.truncate(0)
            write_json(folder / RUN_FILE, info)
        except OSError as error:
            writer._file.close()
            raise _cannot_write(folder, error) from None
        except ConfigError:
            writer._file.close()
            raise
        return writer

    @classmethod
    def reopen(cls, folder: Path | str) -> "RunWriter":
        """Lock a run that is to be continued; nothing is changed before `keep`.

        Raises:
            RunError: It is not a run folder, or another process writes there.
        """
        folder = Path(folder)
        check_is_run(folder)
        return cls(folder)

    def keep(self, end: int) -> None:
        """Truncate the rounds to `end` [bytes] and delete the old result."""
        try:
            self._file.truncate(end)
            (self.folder / RESULT_FILE).unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_write(self.folder, error) from None

    def append(self, record: RoundRecord) -> None:
        """Write the line of a round in one piece; raises like `append_lines`."""
        line = record.model_dump_json(exclude={"messages"} if record.messages is None else None)
        self.append_lines(line.encode() + b"\n")

    def append_lines(self, lines: bytes) -> None:
        """Write lines of complete rounds in one piece.

        Raises:
            RunError: They cannot be written (for example, the disk is full).
        """
        try:
            written = self._file.write(lines)
        except OSError as error:
            raise _cannot_write(self.folder / ROUNDS_FILE, error) from None
        if written != len(lines):
            raise RunError(f"{self.folder / ROUNDS_FILE}: cannot be written (the disk is full?).")

    def finish(self, result: RunResult) -> None:
        """Force the rounds onto the disk and write `result.json`."""
        try:
            os.fsync(self._file.fileno())
            write_json(self.folder / RESULT_FILE, result)
        except OSError as error:
            raise _cannot_write(self.folder, error) from None


def check_free(folder: Path, force: bool, ours: str = "") -> None:
    """Raise if a run must not be written to a folder.

    Args:
        folder: The folder; it need not exist.
        force: Allow a folder that is not empty.
        ours: Name of an empty file in it that is ignored.

    Raises:
        ConfigError: It is a file, or not empty.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder} is a file; a run needs a folder.")
    try:
        taken = any(path.name != ours or path.stat().st_size for path in folder.iterdir())
    except OSError as error:
        raise ConfigError(f"{folder} cannot be read ({error.strerror or error}).") from None
    if taken and not force:
        raise ConfigError(
            f"{folder} is not empty. Choose another folder, or use --force (force=True) to replace its run."
        )


def write_json(path: Path, record: BaseModel) -> None:
    """Write a file atomically: it is complete or does not exist."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(record.model_dump(mode="json"), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _cannot_write(path: Path, error: OSError) -> RunError:
    return RunError(f"{path}: cannot be written ({error.strerror or error}).")
