"""The ledger of a run: every model call on disk, with asker, answer, status and cost.

A request whose outcome is in the ledger is not sent again.
"""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from swarm_env.chat.ledger.database import Database
from swarm_env.chat.request import CallKey, Usage

LEDGER_FILE = "calls.sqlite"

TABLES = """
CREATE TABLE IF NOT EXISTS calls (
    digest TEXT NOT NULL, asker TEXT NOT NULL, round INTEGER NOT NULL, step INTEGER NOT NULL,
    attempt INTEGER NOT NULL, model TEXT NOT NULL, endpoint TEXT NOT NULL, status TEXT NOT NULL,
    http_status INTEGER, response TEXT NOT NULL, finish TEXT, prompt_tokens INTEGER,
    completion_tokens INTEGER, cached_tokens INTEGER, reasoning_tokens INTEGER, cost REAL,
    latency REAL NOT NULL, started REAL NOT NULL, origin TEXT NOT NULL, reasoning TEXT, form TEXT,
    options TEXT, stated_cost REAL, budget_tokens INTEGER, budget_cost REAL,
    PRIMARY KEY (asker, round, step, digest, attempt)
);
CREATE TABLE IF NOT EXISTS outcomes (
    digest TEXT NOT NULL, asker TEXT NOT NULL, round INTEGER NOT NULL, step INTEGER NOT NULL,
    reason TEXT, detail TEXT NOT NULL, attempts INTEGER NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (asker, round, step, digest)
);
"""


class CallRow(NamedTuple):
    """One attempt at a request: a row of the table `calls`.

    Attributes:
        digest: Of the request.
        asker: Of its key (also `round` and `step`).
        attempt: From 0.
        model: As requested.
        endpoint: URL of the server.
        status: "ok", or why the attempt failed: one of `REASONS`.
        http_status: None if no complete answer came.
        response: Text of the answer, or the error.
        finish: Why the answer ended; None if unknown.
        prompt_tokens: None if not reported (also the other three counts).
        cost: [US dollars], None if unknown.
        latency: [s].
        started: Seconds since 1970.
        origin: "endpoint", "cache" (paid by another run or agent) or "fork" (paid by the forked run).
        reasoning: What the model thought before its answer; None if not reported.
        form: Form in which the answer was requested (`FORMS` in `transport.payload`), and "reasoning" if the
            answer stood there; None if unknown.
        options: The options that were sent, as JSON; None if unknown.
        stated_cost: What the server says that the call cost [US dollars]; None if it does not say.
        budget_tokens: What the call takes from a budget: reported, or else estimated; None without a budget.
        budget_cost: The same [US dollars].
    """

    digest: str
    asker: str
    round: int
    step: int
    attempt: int
    model: str
    endpoint: str
    status: str
    http_status: int | None
    response: str
    finish: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    cost: float | None
    latency: float
    started: float
    origin: str
    reasoning: str | None = None
    form: str | None = None
    options: str | None = None
    stated_cost: float | None = None
    budget_tokens: int | None = None
    budget_cost: float | None = None

    @property
    def usage(self) -> Usage | None:
        """Tokens of the answer; None if not reported."""
        if self.prompt_tokens is None:
            return None
        more = (self.completion_tokens, self.cached_tokens, self.reasoning_tokens)
        return Usage(self.prompt_tokens, *(count or 0 for count in more))


class OutcomeRow(NamedTuple):
    """The outcome of a request: a row of the table `outcomes`.

    Attributes:
        digest: Of the request.
        asker: Of its key (also `round` and `step`).
        reason: None if it was answered, else one of `REASONS`.
        detail: What went wrong.
        attempts: Number of rows of `calls`.
        seconds: From the request to the outcome, waiting included [s].
    """

    digest: str
    asker: str
    round: int
    step: int
    reason: str | None
    detail: str
    attempts: int
    seconds: float


LATER_COLUMNS = {
    "reasoning": "TEXT",
    "form": "TEXT",
    "options": "TEXT",
    "stated_cost": "REAL",
    "budget_tokens": "INTEGER",
    "budget_cost": "REAL",
}  # of `calls`, which ledgers of earlier versions lack


def missing_columns(connection: sqlite3.Connection) -> list[str]:
    """Columns that the table `calls` of an earlier version lacks."""
    there = {name for _, name, *_ in connection.execute("PRAGMA table_info(calls)")}
    return [name for name in LATER_COLUMNS if there and name not in there]


Row = tuple[CallRow | None, OutcomeRow | None]


class Past(NamedTuple):
    """The attempts at a request, in order, and its outcome (None: not yet)."""

    calls: list[CallRow]
    outcome: OutcomeRow | None


class Ledger:
    """The calls of one run. Threads may share it, processes may not.

    Attributes:
        listener: Called with the rows that `add` has written; None: no listener.

    Example:
        >>> ledger = Ledger.memory()
        >>> ledger.past("0" * 32, CallKey("agent_0", 0))
        Past(calls=[], outcome=None)
    """

    def __init__(self, path: Path | str | None) -> None:
        self.database = Database(path, TABLES)
        with self.database.use() as connection:  # the ledger of an earlier version lacks columns
            for name in missing_columns(connection):
                connection.execute(f"ALTER TABLE calls ADD COLUMN {name} {LATER_COLUMNS[name]}")
        self.listener: Callable[[CallRow | None, OutcomeRow | None], object] | None = None

    @classmethod
    def memory(cls) -> "Ledger":
        """A ledger in memory; `store_in` moves it to a file."""
        return cls(None)

    @classmethod
    def open(cls, path: Path | str) -> "Ledger":
        """Open or create a ledger.

        Args:
            path: Of the file, usually `LEDGER_FILE` in the folder of a run.

        Raises:
            RunError: The file is not a ledger, or cannot be written.
        """
        return cls(path)

    def store_in(self, path: Path | str) -> None:
        """Move all rows to a file and continue there; an existing file is replaced.

        Raises:
            RunError: It cannot be written.
        """
        self.database.move(path)

    def copy_from(self, path: Path | str, before_round: int | None = None) -> None:
        """Copy the rows of another ledger, with origin "fork".

        Args:
            path: Of the other file; nothing happens if it is missing.
            before_round: Only rows of earlier rounds; None: all.

        Raises:
            RunError: The file is not a ledger.
        """
        if not Path(path).exists():
            return
        from swarm_env.chat.ledger.summary import open_ledger

        with open_ledger(path) as other:
            last = 2**62 if before_round is None else before_round
            calls = other.execute(f"SELECT {', '.join(CallRow._fields)} FROM calls WHERE round < ?", (last,))
            calls_found = [CallRow(*row)._replace(origin="fork") for row in calls]
            outcomes = other.execute(
                f"SELECT {', '.join(OutcomeRow._fields)} FROM outcomes WHERE round < ?", (last,)
            ).fetchall()
        with self.database.use() as connection:
            connection.executemany(_INSERT_CALL, calls_found)
            connection.executemany(_INSERT_OUTCOME, outcomes)

    def past(self, digest: str, key: CallKey) -> Past:
        """Attempts and outcome of a request."""
        where = (key.asker, key.round, key.step, digest)
        with self.database.read() as connection:
            outcome = connection.execute(_OUTCOME, where).fetchone()
            calls = connection.execute(_CALLS, where).fetchall()
        return Past([CallRow(*row) for row in calls], OutcomeRow(*outcome) if outcome else None)

    def add(self, call: CallRow | None, outcome: OutcomeRow | None) -> None:
        """Write an attempt, an outcome, or both, and commit.

        Raises:
            RunError: They cannot be written.
        """
        self.fill([(call, outcome)])
        if self.listener is not None:
            self.listener(call, outcome)

    def fill(self, rows: Iterable[Row]) -> None:
        """Write many rows in one transaction, without calling the listener.

        Args:
            rows: As for `add`.

        Raises:
            RunError: They cannot be written.
        """
        with self.database.use() as connection:
            for call, outcome in rows:
                if call is not None:
                    connection.execute(_INSERT_CALL, call)
                if outcome is not None:
                    connection.execute(_INSERT_OUTCOME, outcome)

    def forget_failures(self, from_round: int) -> None:
        """Delete outcomes that failed because of endpoint or network, so that they are asked for again.

        Args:
            from_round: First round whose outcomes are deleted. Attempts stay: they may have cost something.
        """
        with self.database.use() as connection:
            connection.execute(
                "DELETE FROM outcomes WHERE reason IN ('http', 'timeout') AND round >= ?", (from_round,)
            )

    def unanswered_from(self) -> int | None:
        """First round in which endpoint or network failed, and after which no round has an answer.

        Returns:
            None if nothing failed since the round of the last answer.
        """
        with self.database.read() as connection:
            first: int | None = connection.execute(_UNANSWERED).fetchone()[0]
            return first

    def rows(self) -> list[Row]:
        """All rows, in the order of writing."""
        with self.database.read() as connection:
            calls = connection.execute(f"SELECT {', '.join(CallRow._fields)} FROM calls ORDER BY rowid")
            found: list[Row] = [(CallRow(*row), None) for row in calls]
            ended = connection.execute(f"SELECT {', '.join(OutcomeRow._fields)} FROM outcomes ORDER BY rowid")
            return found + [(None, OutcomeRow(*row)) for row in ended]

    def close(self) -> None:
        """Close the file."""
        self.database.close()


def _insert(table: str, fields: tuple[str, ...]) -> str:
    return f"INSERT OR REPLACE INTO {table} ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})"


_UNANSWERED = """
SELECT MIN(round) FROM outcomes WHERE reason IN ('http', 'timeout') AND round >=
    (SELECT COALESCE(MAX(round), 0) FROM calls WHERE status NOT IN ('http', 'timeout'))
"""
_INSERT_CALL = _insert("calls", CallRow._fields)
_INSERT_OUTCOME = _insert("outcomes", OutcomeRow._fields)
_WHERE = "WHERE asker = ? AND round = ? AND step = ? AND digest = ?"
_CALLS = f"SELECT {', '.join(CallRow._fields)} FROM calls {_WHERE} ORDER BY attempt"
_OUTCOME = f"SELECT {', '.join(OutcomeRow._fields)} FROM outcomes {_WHERE}"
