"""Sums of a ledger: for the run, and for each asker."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarm_env.chat.ledger.store import missing_columns
from swarm_env.errors import RunError

_SUMS = """
    COUNT(*) FILTER (WHERE origin != 'cache'),
    SUM(prompt_tokens), SUM(completion_tokens), SUM(cached_tokens), SUM(reasoning_tokens), SUM(cost),
    SUM(status NOT IN ('http', 'timeout') AND COALESCE(http_status, 200) < 400 AND prompt_tokens IS NULL),
    SUM(cost IS NULL AND NOT (status = 'http' AND http_status IS NOT NULL)),
    SUM(stated_cost)
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over requests. A sum with an unknown part is None.

    Attributes:
        calls: Attempts sent to endpoints.
        answered: Requests with a usable answer.
        failed: Failed requests by reason; reasons that did not occur are left out.
        prompt_tokens: Of all answers (also the other three counts).
        cost: [US dollars]; calls that the server rejected are free. None if a price is unknown, or a call was
            sent and not answered.
        stated_cost: What servers say that their calls cost [US dollars]; None if none says.
        seconds: Total time of the requests, waiting included [s].
    """

    calls: int
    answered: int
    failed: Mapping[str, int]
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    cost: float | None
    seconds: float
    stated_cost: float | None = None


@dataclass(frozen=True, slots=True)
class AskerSummary:
    """Decisions of one asker. A decision is all requests of a round; its last request determines its outcome.

    Attributes:
        totals: Sums over its requests.
        decisions: Number of decisions.
        fallbacks: Decisions without a usable answer, by reason.
        seconds: Time of each decision, in the order of rounds [s].
    """

    totals: Totals
    decisions: int
    fallbacks: Mapping[str, int]
    seconds: list[float]


@dataclass(frozen=True, slots=True)
class LedgerSummary:
    """Summary of a ledger.

    Attributes:
        totals: Sums over all requests.
        askers: Summary of each asker, by name.
        models: Names of the requested models, sorted.
    """

    totals: Totals
    askers: Mapping[str, AskerSummary]
    models: tuple[str, ...]

    @property
    def decisions(self) -> int:
        """Decisions of all askers together."""
        return sum(asker.decisions for asker in self.askers.values())

    @property
    def fallbacks(self) -> dict[str, int]:
        """Decisions of all askers without a usable answer, by reason."""
        counts: dict[str, int] = {}
        for asker in self.askers.values():
            for reason, count in asker.fallbacks.items():
                counts[reason] = counts.get(reason, 0) + count
        return counts


@contextmanager
def open_ledger(path: Path | str) -> Iterator[sqlite3.Connection]:
    """Open a ledger read-only; it may be in use, or its process may have died.

    Raises:
        RunError: No such file, or not a ledger.
    """
    path = Path(path)
    if not path.is_file():
        raise RunError(f"{path}: there is no such ledger.")
    journal = path.with_name(path.name + "-wal")
    mode = "mode=ro" if journal.exists() else "mode=ro&immutable=1"  # so that a read-only folder will do
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=30.0)
    try:
        missing = missing_columns(connection)
        if missing:  # of an earlier version: a view in its place has all columns
            more = ", ".join(f"NULL AS {name}" for name in missing)
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"CREATE TEMP VIEW calls AS SELECT *, {more} FROM main.calls")
        yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter from messages about a damaged file
        raise RunError(f"{path} is no ledger that can be read ({error}).") from None
    finally:
        connection.close()


def read_ledger(path: Path | str) -> LedgerSummary:
    """Summarize the ledger of a run.

    Args:
        path: Of the file (`LEDGER_FILE` in the folder of a run).

    Raises:
        RunError: No such file, or not a ledger.
    """
    with open_ledger(path) as connection:
        return summary(connection)


def summary(connection: sqlite3.Connection) -> LedgerSummary:
    """Summarize an open ledger."""
    names = [name for (name,) in connection.execute("SELECT DISTINCT asker FROM outcomes ORDER BY asker")]
    models = connection.execute("SELECT DISTINCT model FROM calls ORDER BY model")
    return LedgerSummary(
        totals(connection), {name: _asker(connection, name) for name in names}, tuple(m for (m,) in models)
    )


def totals(connection: sqlite3.Connection, asker: str | None = None, before: int | None = None) -> Totals:
    """Sums over the requests of one asker, or of all.

    Args:
        connection: Of the ledger.
        asker: None: all.
        before: Only rounds before this one; None: all.
    """
    wanted = {"asker = ?": asker, "round < ?": before}
    values = tuple(value for value in wanted.values() if value is not None)
    terms = " AND ".join(term for term, value in wanted.items() if value is not None)
    where = f"WHERE {terms}" if terms else ""
    calls, *tokens, cost, blind, unpriced, stated = connection.execute(
        f"SELECT {_SUMS} FROM calls {where}", values
    ).fetchone()
    ended = connection.execute(
        f"SELECT reason, COUNT(*), SUM(seconds) FROM outcomes {where} GROUP BY reason ORDER BY reason", values
    ).fetchall()
    known = [None if blind else count or 0 for count in tokens]
    return Totals(
        calls=calls,
        answered=sum(count for reason, count, _ in ended if reason is None),
        failed={reason: count for reason, count, _ in ended if reason is not None},
        prompt_tokens=known[0],
        completion_tokens=known[1],
        cached_tokens=known[2],
        reasoning_tokens=known[3],
        cost=None if unpriced else cost or 0.0,
        seconds=sum(seconds for _, _, seconds in ended),
        stated_cost=stated,
    )


def _asker(connection: sqlite3.Connection, name: str) -> AskerSummary:
    rounds: dict[int, tuple[float, str | None]] = {}
    rows = connection.execute(
        "SELECT round, seconds, reason FROM outcomes WHERE asker = ? ORDER BY round, step, rowid", (name,)
    )
    for number, seconds, reason in rows:
        before = rounds[number][0] if number in rounds else 0.0
        rounds[number] = (before + seconds, reason)
    fallbacks: dict[str, int] = {}
    for _, reason in rounds.values():
        if reason is not None:
            fallbacks[reason] = fallbacks.get(reason, 0) + 1
    return AskerSummary(
        totals(connection, name), len(rounds), fallbacks, [seconds for seconds, _ in rounds.values()]
    )
