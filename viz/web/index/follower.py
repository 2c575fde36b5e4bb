"""Keeps an index up to date in a thread, with what a browser gets of it ready as bytes."""

import json
import threading
import time
from dataclasses import dataclass, replace

from swarm_env.viz.web.index.hidden_paths import HiddenPaths
from swarm_env.viz.web.index.run_board import benches_of, runs_of, tables_of
from swarm_env.viz.web.index.run_index import RunIndex
from swarm_env.viz.web.index.run_row import RunRow

LEAST_PAUSE = 2.0  # seconds between looks at the folders; longer where a look takes long: our choice
EMPTY = ('{"interval": "", "tables": []}', "[]")
SHARE = 10.0  # a look takes at most one part in so many of the time


@dataclass(frozen=True, slots=True)
class Shown:
    """What is served of an index; a new one has a higher version."""

    version: int
    tables: str
    runs: str
    rows: dict[str, RunRow]


class Follower:
    """Follows the folders of an index until `close`.

    Attributes:
        index: The index.
        hidden: Removes paths and keys from texts.
        shown: What is served now.
    """

    def __init__(self, index: RunIndex) -> None:
        """Serve what was served last; `start` begins to look at the folders."""
        self.index, self.hidden = index, HiddenPaths(index.folders)
        self._progress = (0, 0)
        self._looked = False
        self._benches: list[dict[str, object]] = []
        self._closing = threading.Event()
        tables, runs = index.value("board"), index.value("runs")
        is_kept = tables is not None and runs is not None
        self.shown = Shown(1, *((tables or "", runs or "") if is_kept else EMPTY), {})
        self._loaded = threading.Event()
        self._thread = threading.Thread(target=self._work, name="index", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def row(self, name: str) -> RunRow | None:
        """The run of an id, once the index is loaded; None if there is none."""
        self._loaded.wait()
        return self.shown.rows.get(name)

    def state(self) -> bytes:
        """Version, progress of reading and of benches, as JSON."""
        done, of = self._progress
        value = {
            "version": self.shown.version,
            "reading": None if done == of and self._looked else {"done": done, "of": of},
            "benches": self.hidden.value(self._benches),
        }
        return json.dumps(value).encode()

    def look(self) -> None:
        """Look at the folders once."""
        if not self._loaded.is_set():
            self.index.load()
            self.shown = replace(self.shown, rows={row.id: row for row in self.index.rows})
            self._loaded.set()
        if self.index.refresh(self._note) or not self._looked:
            self._benches = list(benches_of(self.index))
            self.shown = self._make(self.shown.version + 1)
        self._progress, self._looked = (0, 0), True

    def _work(self) -> None:
        while not self._closing.is_set():
            started = time.monotonic()
            self.look()
            self._closing.wait(max(LEAST_PAUSE, SHARE * (time.monotonic() - started)))

    def _note(self, done: int, of: int) -> None:
        self._progress = (done, of)

    def _make(self, version: int) -> Shown:
        rows = self.index.rows
        tables, runs = tables_of(self.index, self.hidden), runs_of(rows, self.hidden)
        self.index.keep("runs", runs)
        return Shown(version, tables, runs, {row.id: row for row in rows})
