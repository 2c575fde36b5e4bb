"""The folder of a bench.

bench.toml         a copy of the file
bench.json         its runs with all settings; they must not change when the bench is continued
runs/NAME/         the runs
leaderboard.*      written at the end: .txt, .md, .csv, .json, and .parquet if pyarrow is installed
match.*            with [match] in place of the leaderboard: .txt, .md, .json
"""

import json
import os
from pathlib import Path
from typing import Any, Literal, Self

from swarm_env.bench.plan import BenchPlan, PlannedRun
from swarm_env.envs.make import as_of_today
from swarm_env.errors import ConfigError, RunError, os_errors
from swarm_env.runs.files import MAX_JSON, is_run_folder, read_run
from swarm_env.runtime.disk_files import is_draft, open_regular, remove_drafts, write_text
from swarm_env.runtime.file_lock import lock

FORMAT = 1
PLAN_FILE, CONFIG_FILE, LOCK_FILE, RUNS = "bench.json", "bench.toml", ".lock", "runs"
BOARD_FILES = tuple(f"leaderboard.{suffix}" for suffix in ("txt", "md", "csv", "json", "parquet"))
MATCH_FILES = tuple(f"match.{suffix}" for suffix in ("txt", "md", "json"))
WRITTEN = (PLAN_FILE, CONFIG_FILE, *BOARD_FILES, *MATCH_FILES)  # each by way of a draft
SHOWN = 5  # differences that an error message lists

State = Literal["new", "begun", "finished"]


class BenchFolder:
    """The results folder `path` of a bench. As a context manager it locks the folder for this process.

    Args:
        plan: The bench.
        keeps_others: Whether the folder may hold other runs besides those of the plan, with the same file.
    """

    def __init__(self, plan: BenchPlan, keeps_others: bool = False) -> None:
        self.plan, self.path, self._keeps_others = plan, plan.out, keeps_others
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Create or reopen the folder.

        Raises `ConfigError` if it holds another bench or other files, `RunError` if another process uses it,
        or it cannot be written.
        """
        planned = self.check()
        try:
            with os_errors(RunError, self.path, "written"):
                (self.path / RUNS).mkdir(parents=True, exist_ok=True)
                self._lock = os.open(self.path / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
                if not lock(self._lock):
                    raise RunError(f"{self.path}: another process is running this bench. Wait for it to end.")
                remove_drafts(self.path, WRITTEN)
                content = json.dumps({"format": FORMAT, "runs": planned}, indent=1) + "\n"
                write_text(self.path / PLAN_FILE, content)
                write_text(self.path / CONFIG_FILE, self.plan.text)
        except RunError:
            self._unlock()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._unlock()

    def folder_of(self, run: PlannedRun) -> Path:
        """Folder of a run, which need not exist."""
        return self.path / RUNS / run.name

    def state_of(self, run: PlannedRun) -> State:
        """Progress of a run. Raises `RunError` if its folder cannot be read, or holds another run."""
        folder = self.folder_of(run)
        if not is_run_folder(folder):
            return "new"
        found = read_run(folder)
        there = {"team": found.info.team, "seed": found.info.seed, **as_of_today(found.info.config)}
        if there != run.identity() or any(found.info.decided_from):
            raise RunError(f"{folder}: is not the planned run. Move it away.")
        return "finished" if found.result and found.result.status == "finished" else "begun"

    def check(self) -> dict[str, Any]:
        """Check that this bench may use the folder; nothing is changed. Returns the planned runs by name.

        Raises `ConfigError` if it holds another bench or other files.
        """
        planned = {run.name: run.identity() for run in self.plan.runs}
        if not self.path.exists():
            return planned
        if not self.path.is_dir():
            raise ConfigError(f"{self.path} is a file; the results need a folder.")
        before = self._planned_before()
        if before is None:
            if any(not _is_left_over(path) for path in self.path.iterdir()):
                raise ConfigError(
                    f"{self.path} is not empty and holds no bench. Choose another folder with --out."
                )
            return planned
        if self._keeps_others:
            self._check_file()
            planned = {**before, **planned}
        differences = _differences(before, planned)
        if differences:
            more = f" and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
            raise ConfigError(
                f"{self.path} holds another bench: {'; '.join(differences[:SHOWN])}{more}. Runs may be added "
                f"to a bench, but not changed or removed: choose another folder with --out."
            )
        return planned

    def _check_file(self) -> None:
        """Raise `ConfigError` if the runs in the folder are those of another file, which would be lost."""
        file = self.path / CONFIG_FILE
        with os_errors(ConfigError, file, "read"):
            text = file.read_text("utf-8", errors="replace") if file.is_file() else self.plan.text
        if text != self.plan.text:
            raise ConfigError(
                f"{self.path} holds the bench of another file. Choose another folder with --out."
            )

    def _planned_before(self) -> dict[str, Any] | None:
        """The runs in bench.json; None if there is no such file."""
        file = self.path / PLAN_FILE
        if not file.exists():
            return None
        try:
            with open_regular(file) as stream:
                runs = json.loads(stream.read(MAX_JSON))["runs"]
        except OSError as error:
            raise ConfigError(f"{file}: cannot be read ({error.strerror or error}).") from None
        except (ValueError, TypeError, KeyError, RecursionError):
            runs = None
        if not isinstance(runs, dict) or not all(isinstance(run, dict) for run in runs.values()):
            raise ConfigError(f"{file}: is damaged. Choose another folder with --out.")
        return {name: as_of_today(run) for name, run in runs.items()}

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _is_left_over(path: Path) -> bool:
    """Whether a process leaves it that is killed before it has written bench.json."""
    return path.name in (LOCK_FILE, RUNS) or is_draft(path, WRITTEN)


def _differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Runs and settings of an old plan that a new one lacks or changes, as text."""
    found = []
    for name, run in before.items():
        if name not in now:
            found.append(f"the run {name} is missing")
            continue
        for key in {**run, **now[name]}:
            old, new = run.get(key), now[name].get(key)
            if old != new:
                found.append(f"{name}: {key} was {_shown(old, new)}, is {_shown(new, old)}")
    return found


def _shown(value: Any, other: Any) -> str:
    """A value, cut; of a long text what is around the first difference to another."""
    if isinstance(value, str) and isinstance(other, str):
        same = len(os.path.commonprefix([value, other]))
        value = value if same < 40 else f"…{value[same - 20 :]}"
    return f"{value!r:.60}"
