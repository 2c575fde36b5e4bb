"""The index of all runs in some folders, kept in SQLite so that only what changed is read again.

The database is in the user's cache. One of another format, or a damaged one, is made anew.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from swarm_env.viz.web.index.run_row import RunRow, Source, of_text, read_row, signature_of, to_text

from swarm_env.errors import RunError
from swarm_env.frame import visible
from swarm_env.runs.recording import find_recordings
from swarm_env.runs.swarmbench_logs import GameFiles

FORMAT = 1  # raise it whenever a column or the text of a row changes
BATCH = 200  # runs that are read before the rows are stored


class RunIndex:
    """The runs in some folders.

    Attributes:
        rows: All rows, sorted by name; replaced as a whole, so that any thread can read it.
    """

    def __init__(self, folders: Sequence[Path], database: Path | None = None) -> None:
        """Open the index of some folders; `database` None: a file in the user's cache.

        Raises `RunError` if a folder does not exist.
        """
        self._folders = _labelled(folders)
        self._database = database or _default_database(folders)
        self.rows: tuple[RunRow, ...] = ()

    def load(self) -> None:
        """Take up the rows that were kept."""
        self.rows = self._kept()

    def refresh(self, on_rows: Callable[[int, int], object] = lambda done, of: None) -> bool:
        """Take up what was added, changed or removed; returns whether anything was.

        `on_rows` is called now and then with the numbers of rows that were read and that must be.
        """
        known = {row.name: row for row in self.rows}
        kept: list[RunRow] = []
        new: list[tuple[Source, str, str]] = []
        for source, name in self._found():
            signature, row = signature_of(source), known.get(name)
            if row is not None and row.signature == signature:
                kept.append(row)
            else:
                new.append((source, name, signature))
        gone = set(known) - {row.name for row in kept} - {name for _, name, _ in new}
        if not new and not gone:
            return False
        self._store((), gone)
        for first in range(0, len(new), BATCH):
            read = [read_row(*one) for one in new[first : first + BATCH]]
            self._store(read, ())
            kept += read
            on_rows(first + len(read), len(new))
        self.rows = tuple(sorted(kept, key=lambda row: row.name))
        return True

    def value(self, name: str) -> str | None:
        """A text that was kept under a name."""
        try:
            with closing(self._open()) as connection:
                row = connection.execute("SELECT text FROM texts WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error:
            return None
        return None if row is None else str(row[0])

    def keep(self, name: str, text: str) -> None:
        """Keep a text under a name; it is only lost if the database cannot be written."""
        try:
            with closing(self._open()) as connection, connection:
                connection.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (name, text))
        except sqlite3.Error:
            pass

    @property
    def folders(self) -> tuple[tuple[Path, str], ...]:
        """The folders and their names."""
        return self._folders

    def _found(self) -> Iterable[tuple[Source, str]]:
        """All recordings in the folders, with their names."""
        for folder, label in self._folders:
            try:
                found = find_recordings(folder)
            except RunError:  # none is there yet, or none any more
                continue
            for source in found:
                place = source.folder if isinstance(source, GameFiles) else source
                below = visible(os.fsencode(place.relative_to(folder)).decode("utf-8", "backslashreplace"))
                name = label if below == "." else f"{label}/{below}"
                yield source, f"{name} ({source.stamp})" if isinstance(source, GameFiles) else name

    def _kept(self) -> tuple[RunRow, ...]:
        """The rows in the database, which is made anew if it cannot be used."""
        for _ in range(2):
            try:
                with closing(self._open()) as connection:
                    query = "SELECT folder, stamp, name, signature, row FROM runs ORDER BY name"
                    return tuple(
                        of_text(_source(folder, stamp), *more)
                        for folder, stamp, *more in connection.execute(query)
                    )
            except (sqlite3.Error, ValueError, KeyError, TypeError):
                for suffix in ("", "-wal", "-shm", "-journal"):
                    Path(f"{self._database}{suffix}").unlink(missing_ok=True)
            except OSError:
                break
        return ()

    def _store(self, rows: Iterable[RunRow], gone: Iterable[str]) -> None:
        try:
            with closing(self._open()) as connection, connection:
                connection.executemany("DELETE FROM runs WHERE name = ?", [(name,) for name in gone])
                connection.executemany(
                    "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)", [_stored(row) for row in rows]
                )
        except (sqlite3.Error, OSError, UnicodeError):
            pass  # the disk is full, or not ours: everything is read again next time

    def _open(self) -> sqlite3.Connection:
        self._database.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._database, timeout=5)
        try:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found != FORMAT:
                for (table,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                ).fetchall():
                    connection.execute('DROP TABLE "' + str(table).replace('"', '""') + '"')
                connection.executescript(
                    "CREATE TABLE runs (folder BLOB, stamp TEXT, name TEXT PRIMARY KEY, signature TEXT, "
                    "row TEXT);"
                    "CREATE TABLE texts (name TEXT PRIMARY KEY, text TEXT);"
                    f"PRAGMA user_version = {FORMAT};"
                )
        except BaseException:
            connection.close()
            raise
        return connection


def _source(folder: bytes, stamp: str) -> Source:
    path = Path(os.fsdecode(folder))
    return GameFiles(path, stamp) if stamp else path


def _stored(row: RunRow) -> tuple[bytes, str, str, str, str]:
    source = row.source
    folder, stamp = (source.folder, source.stamp) if isinstance(source, GameFiles) else (source, "")
    return os.fsencode(folder), stamp, row.name, row.signature, to_text(row)


def _labelled(folders: Sequence[Path]) -> tuple[tuple[Path, str], ...]:
    """The folders, resolved, each with a name of its own. Raises `RunError` if one does not exist."""
    found: dict[Path, str] = {}
    for folder in folders:
        if not folder.is_dir():
            raise RunError(f"{folder} is not a folder. Give folders with runs in them.")
        path = folder.resolve()
        name, number = path.name or "runs", 2
        while name in found.values() and path not in found:
            name, number = f"{path.name}-{number}", number + 1
        found.setdefault(path, name)
    return tuple(found.items())


def _default_database(folders: Sequence[Path]) -> Path:
    key = "\n".join(sorted(os.fspath(folder.resolve()) for folder in folders))
    digest = hashlib.blake2b(key.encode(errors="surrogateescape"), digest_size=8).hexdigest()
    # Beside the compiled code, whose folder is not asked for: that would import the compiler.
    cache = Path(os.environ.get("SWARM_ENV_CACHE") or Path.home() / ".cache" / "swarm_env")
    return cache / "view" / f"{digest}.sqlite"
