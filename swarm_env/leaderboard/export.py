"""A leaderboard as JSON, CSV or Parquet. Unknown values are empty, never 0."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from swarm_env.errors import ConfigError, MissingExtraError, os_errors
from swarm_env.leaderboard import published_scores
from swarm_env.leaderboard.leaderboard import Leaderboard
from swarm_env.leaderboard.rows import Row, Table
from swarm_env.runtime.disk_files import replacing

# How a text begins that a spreadsheet runs (OWASP, "CSV Injection"): the wide forms of the signs, too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# 1: n counted runs, intervals were bootstrap intervals, differences had no test; 2: `published` was a list of
# the scores of one task.
FORMAT = 3
INTERVAL = (
    "95% intervals of the mean over seeds: between declared bounds Gaffke's (bounded), of mostly equal "
    "scores a mixture's and Student's together (two-part), else Student's, longer on the side of "
    "the skew (student); none for equal scores without bounds"
)
COMPARISON = (
    "two-sided sign-flip tests of differences paired by seed; p_adjusted by Holm over the rows of a table; "
    "the 95% interval is that of one difference by itself"
)
WORLD = ("num_agents", "height", "width", "view_size", "max_rounds")
COLUMNS: dict[str, type] = {
    "source": str, "scenario": str, "setting": str,
    "num_agents": int, "height": int, "width": int, "view_size": int, "max_rounds": int,
    "valid": bool, "rank": int, "team": str, "label": str, "models": str, "channel": str,
    "n": int, "runs": int, "mean": float, "sd": float, "median": float,
    "low": float, "high": float, "method": str,
    "reference": str,
    "difference_n": int, "difference": float, "difference_low": float, "difference_high": float,
    "p": float, "p_adjusted": float,
    "fallback_rate": float, "endpoint_failure_rate": float, "answered_runs": int, "answered_mean": float,
    "calls_per_run": float, "prompt_tokens_per_run": float,
    "completion_tokens_per_run": float, "cached_tokens_per_run": float, "reasoning_tokens_per_run": float,
    "cost_per_run": float, "stated_cost_per_run": float, "seconds_per_decision": float,
}  # fmt: skip


def to_csv(board: Leaderboard) -> str:
    """A header, then one line per row of all tables and per published score; see `_cell`."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in records(board))
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula begins with an apostrophe; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def to_parquet(board: Leaderboard, file: Path) -> None:
    """Write the rows of `to_csv`, with types, to a file whose folder exists.

    Raises `MissingExtraError` if pyarrow is not installed, `ConfigError` if the file cannot be written.
    """
    try:
        import pyarrow  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("writing Parquet", "pyarrow", "data") from None
    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    table = pyarrow.Table.from_pylist(list(records(board)), schema=schema)
    with os_errors(ConfigError, f"--parquet {file}", "written"), replacing(file) as draft:
        parquet.write_table(table, draft)


def to_json(board: Leaderboard) -> dict[str, Any]:
    """Everything, for scripts; unknown values are None."""
    return {
        "format": FORMAT,
        "interval": INTERVAL,
        "comparison": COMPARISON,
        "max_fallback": board.max_fallback,
        "clean": board.is_clean,
        "tables": [_table_json(table) for table in board.tables],
        "published": [
            {
                "scenario": table.setting.scenario,
                "source": published_scores.note(table.setting.scenario),
                "not_comparable": {
                    row.name: why for row in table.all_rows if (why := published_scores.unlike(row))
                },
                "scores": [
                    {**one._asdict(), "n": published_scores.RUNS}
                    for one in published_scores.scores_of(table.setting.scenario)
                ],
            }
            for table in _with_published(board)
        ],
        "left_out": [left._asdict() for left in board.left_out],
    }


def records(board: Leaderboard) -> Iterator[dict[str, Any]]:
    """The rows of all tables and the published scores: a value for each of `COLUMNS`, None if unknown."""
    for table in board.tables:
        for row in table.all_rows:
            known = _flat(row, table)
            yield {name: known.get(name) for name in COLUMNS}
    for table in _with_published(board):
        setting = table.setting
        for one in published_scores.scores_of(setting.scenario):
            known = {
                "source": f"published: {published_scores.SOURCE}",
                "setting": str(setting),
                "scenario": setting.scenario,
                "team": one.model,
                "n": published_scores.RUNS,
                "mean": one.mean,
                "sd": one.sd,
            }
            yield {name: known.get(name) for name in COLUMNS}


def _with_published(board: Leaderboard) -> list[Table]:
    """The tables beside which published scores are shown."""
    return [table for table in board.tables if board.published and not published_scores.why_not(table)]


def _flat(row: Row, table: Table) -> dict[str, Any]:
    difference, setting = row.difference, table.setting
    return {
        **_row(row),
        "setting": str(setting),
        "scenario": setting.scenario,
        **{name: getattr(setting, name) for name in WORLD},
        "models": ", ".join(row.models) or None,
        **asdict(row.score),
        "runs": len(row.runs),
        "reference": table.reference if difference else None,
        "difference": difference.mean if difference else None,
        "difference_n": difference.n if difference else None,
        "difference_low": difference.low if difference else None,
        "difference_high": difference.high if difference else None,
        "p": difference.p if difference else None,
        "p_adjusted": difference.p_adjusted if difference else None,
        "answered_mean": row.answered.mean if row.answered else None,
        **{f"{name}_per_run": value for name, value in row.usage._asdict().items()},
    }


def _row(row: Row) -> dict[str, Any]:
    """The columns that all forms share."""
    names = (
        "rank",
        "team",
        "label",
        "channel",
        "fallback_rate",
        "endpoint_failure_rate",
        "answered_runs",
        "seconds_per_decision",
    )
    known = {name: getattr(row, name) for name in names}
    return {**known, "valid": row.is_valid, "source": row.recorded_by}


def _table_json(table: Table) -> dict[str, Any]:
    setting = table.setting
    return {
        "scenario": setting.scenario,
        "setting": {
            **{name: getattr(setting, name) for name in WORLD},
            "options": dict(setting.options),
            "picture": setting.start or None,
        },
        "reference": table.reference,
        "rows": [
            {
                **_row(row),
                "models": list(row.models),
                **asdict(row.score),
                "answered": asdict(row.answered) if row.answered else None,
                "difference": asdict(row.difference) if row.difference else None,
                "per_run": row.usage._asdict(),
                "runs": [
                    {"source": one.source, "seed": one.seed, "score": one.score, "rounds": one.rounds}
                    for one in row.runs
                ],
            }
            for row in table.all_rows
        ],
    }
