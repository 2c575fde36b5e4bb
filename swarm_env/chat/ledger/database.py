"""SQLite for ledger and cache: one connection for all threads, write-ahead log, errors as RunError."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swarm_env.errors import RunError
from swarm_env.runtime.disk_files import check_regular

BUSY_TIMEOUT = 30.0  # while another process writes to the same file [s]


class Database:
    """An SQLite file, or a database in memory.

    A committed statement survives the death of the process (`kill -9`), and the file stays consistent when
    the machine fails. What is not closed is closed when the object is no longer used.

    Args:
        path: The file; created if missing. None: in memory.
        tables: Statements that create missing tables.

    Raises:
        RunError: The file is not such a database, or cannot be written.
    """

    def __init__(self, path: Path | str | None, tables: str) -> None:
        self.path = None if path is None else Path(path)
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._tables = tables
        with self._as_run_error():
            self._connection = self._connect()

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time; the end of the block commits.

        Raises:
            RunError: It cannot be read or written, is closed, or belongs to the parent of this process.
        """
        self._check_process()
        with self._lock, self._as_run_error():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time, for reading.

        Raises:
            RunError: As `use`.
        """
        self._check_process()
        with self._lock, self._as_run_error():
            yield self._connection

    def move(self, path: Path | str) -> None:
        """Copy the database to a file and continue there; an existing file is replaced."""
        path = Path(path)
        with self._lock, self._as_run_error(path):
            for ending in ("", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            old, self.path = self._connection, path
            new = sqlite3.connect(path, check_same_thread=False)
            old.backup(new)
            new.close()
            self._release()
            self._process = os.getpid()
            self._connection = self._connect()

    def close(self) -> None:
        """Close the file; SQLite merges its write-ahead log into it. May be called again."""
        with self._lock:
            self._release()

    def _check_process(self) -> None:
        if self.path is not None and os.getpid() != self._process:
            raise RunError(
                f"{self.path} was opened by the parent of this process. Open it again after a fork."
            )

    def _connect(self) -> sqlite3.Connection:
        if self.path is not None:
            check_regular(self.path)
        connection = sqlite3.connect(
            self.path or ":memory:", timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(self._tables)
        except BaseException:
            connection.close()
            raise
        self._release = weakref.finalize(self, _close, connection, None if self.path is None else os.getpid())
        self._release.atexit = False  # a thread may still use it; the system closes the file
        return connection

    @contextmanager
    def _as_run_error(self, path: Path | None = None) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RunError(f"{path or self.path or 'the ledger in memory'}: {reason}.") from None


def _close(connection: sqlite3.Connection, process: int | None) -> None:
    """Close a connection; a file only in the process that opened it, since a fork shares its locks."""
    if process in (None, os.getpid()):
        connection.close()
