"""Writes the leaderboard of a bench into its folder."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

from swarm_env.bench.bench import Bench
from swarm_env.bench.match_report import Report
from swarm_env.errors import RunError, os_errors
from swarm_env.leaderboard import export, text_tables
from swarm_env.leaderboard.leaderboard import Leaderboard, LeftOut, score_runs
from swarm_env.runs.files import is_run_folder
from swarm_env.runtime.disk_files import write_text

NAME = "leaderboard"


def write_results(bench: Bench) -> "tuple[Leaderboard | None, Report | None]":
    """Write the leaderboard of a bench that has ended, or with `[match]` the tables of its match.

    Each is None if it is not of this bench, or no run was started. Raises `RunError` if a file cannot be
    written.
    """
    if bench.plan.match is None:
        return write_leaderboard(bench), None
    report = Report(bench)
    if not report.worlds:
        return None, None
    report.write(bench)
    return None, report


def write_leaderboard(bench: Bench) -> Leaderboard | None:
    """Score the runs of a bench that has ended, finished or not, and write `leaderboard.*` into its folder.

    The leaderboard lists failed runs and runs that were not started as left out; None if no run was started.
    Raises `RunError` if a file cannot be written.
    """
    folders = {bench.folder.folder_of(one.run): one for one in bench.progress}
    begun = [folder for folder in folders if is_run_folder(folder)]
    if not begun:
        return None
    teams = {
        one.run.label
        for folder, one in folders.items()
        if folder in begun and one.stage in ("kept", "finished")
    }
    reference = bench.plan.reference if bench.plan.reference in teams else None
    board = score_runs(begun, bench.plan.max_fallback, reference)
    errors = {str(folder): one.error for folder, one in folders.items() if one.stage == "failed"}
    left_out = [left for left in board.left_out if left.source not in errors]
    left_out += [LeftOut(folder, f"failed: {why}", True) for folder, why in errors.items()]
    waiting = len(folders) - len(begun) - sum(not is_run_folder(Path(folder)) for folder in errors)
    if waiting:
        left_out.append(LeftOut(f"{waiting} runs", "not begun", True))
    board = replace(board, left_out=tuple(left_out))
    _write(board, bench.folder.path)
    return board


def _write(board: Leaderboard, folder: Path) -> None:
    texts = {
        "txt": text_tables.to_text(board) + "\n",
        "md": text_tables.to_markdown(board),
        "csv": export.to_csv(board),
        "json": json.dumps(export.to_json(board), ensure_ascii=False, allow_nan=False, indent=1) + "\n",
    }
    with os_errors(RunError, folder, "written"):
        for suffix, text in texts.items():
            write_text(folder / f"{NAME}.{suffix}", text)
    if importlib.util.find_spec("pyarrow"):
        export.to_parquet(board, folder / f"{NAME}.parquet")
