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
from swarm_env.leaderboard.statistics import LEVEL, RESAMPLES, Summary

FORMAT = 1
INTERVAL = f"{LEVEL:.0%} bootstrap interval of the mean (percentile, expanded for small n; {RESAMPLES} draws)"
WORLD = ("num_agents", "height", "width", "view_size", "max_rounds")
COLUMNS: dict[str, type] = {
    "source": str, "scenario": str, "setting": str,
    "num_agents": int, "height": int, "width": int, "view_size": int, "max_rounds": int,
    "valid": bool, "rank": int, "team": str, "models": str, "channel": str,
    "n": int, "mean": float, "sd": float, "median": float, "low": float, "high": float,
    "reference": str,
    "difference_n": int, "difference": float, "difference_low": float, "difference_high": float,
    "fallback_rate": float, "calls_per_run": float, "prompt_tokens_per_run": float,
    "completion_tokens_per_run": float, "cached_tokens_per_run": float, "reasoning_tokens_per_run": float,
    "cost_per_run": float, "seconds_per_decision": float,
}  # fmt: skip


def to_csv(board: Leaderboard) -> str:
    """A header, then one line per row of all tables and per published score."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records(board))
    return stream.getvalue()


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
    with os_errors(ConfigError, f"--parquet {file}", "written"):
        parquet.write_table(table, file)


def to_json(board: Leaderboard) -> dict[str, Any]:
    """Everything, for scripts; unknown values are None."""
    return {
        "format": FORMAT,
        "interval": INTERVAL,
        "max_fallback": board.max_fallback,
        "clean": board.is_clean,
        "tables": [_table_json(table) for table in board.tables],
        "published": [
            {
                "model": score.model,
                "mean": score.mean,
                "n": published_scores.RUNS,
                "source": published_scores.SOURCE,
                "what": published_scores.WHAT,
            }
            for score in (published_scores.SCORES if board.with_published else ())
        ],
        "left_out": [left._asdict() for left in board.left_out],
    }


def records(board: Leaderboard) -> Iterator[dict[str, Any]]:
    """The rows of all tables and the published scores: a value for each of `COLUMNS`, None if unknown."""
    for table in board.tables:
        for row in table.all_rows:
            known = _flat(row, table)
            yield {name: known.get(name) for name in COLUMNS}
    for score in published_scores.SCORES if board.with_published else ():
        known = {
            "source": f"published: {published_scores.SOURCE}",
            "setting": published_scores.WHAT,
            "team": score.model,
            "n": published_scores.RUNS,
            "mean": score.mean,
        }
        yield {name: known.get(name) for name in COLUMNS}


def _flat(row: Row, table: Table) -> dict[str, Any]:
    difference, setting = _summary(row.difference), table.setting
    return {
        **_row(row),
        "setting": str(setting),
        "scenario": setting.scenario,
        **{name: getattr(setting, name) for name in WORLD},
        "models": ", ".join(row.models) or None,
        "reference": table.reference if difference else None,
        **{f"difference_{name}": value for name, value in difference.items()},
        "difference": difference.get("mean"),
        **{f"{name}_per_run": value for name, value in row.usage._asdict().items()},
    }


def _row(row: Row) -> dict[str, Any]:
    """What all forms say of a row."""
    names = ("rank", "team", "channel", "fallback_rate", "seconds_per_decision")
    known = {name: getattr(row, name) for name in names}
    return {**known, "valid": row.is_valid, "source": row.recorded_by, **_summary(row.score)}


def _summary(summary: Summary | None) -> dict[str, Any]:
    return asdict(summary) if summary else {}


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
                "difference": _summary(row.difference) or None,
                "per_run": row.usage._asdict(),
                "runs": [
                    {"source": one.source, "seed": one.seed, "score": one.score, "rounds": one.rounds}
                    for one in row.runs
                ],
            }
            for row in table.all_rows
        ],
    }
