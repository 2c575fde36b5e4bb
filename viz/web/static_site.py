"""The site as files that any web host serves: relative links, no paths of this machine, no keys."""

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from swarm_env.viz.web.index.follower import Follower
from swarm_env.viz.web.index.message_search import messages_of
from swarm_env.viz.web.index.run_row import UNREADABLE, RunRow
from swarm_env.viz.web.run_page import make_page
from swarm_env.viz.web.view_app import site_files

from swarm_env.errors import ConfigError, os_errors
from swarm_env.runtime.disk_files import write_text

NOTE = (
    "These files hold the prompts, answers and messages of all runs. Publish them only if everyone may read "
    "them."
)
MARK = "swarm-view.json"  # tells a folder that this wrote from any other
Progress = Callable[[list[RunRow], str], AbstractContextManager[Iterable[RunRow]]]


def write_site(
    out: Path, follower: Follower, progress: Progress, force: bool = False, trust_code: bool = False
) -> int:
    """Write all runs of an index into a folder, which must be new, empty or an earlier copy with `force`.

    Returns the number of runs. Raises `ConfigError` if the folder cannot be used, or there is no run.
    """
    is_used, is_copy = out.exists() and (not out.is_dir() or any(out.iterdir())), (out / MARK).is_file()
    if is_used and not (force and is_copy):
        raise ConfigError(
            f"--static {out} is there already and not empty. Give another folder"
            + (", or add --force." if is_copy else ".")
        )
    rows = list(follower.shown.rows.values())
    if not rows:
        raise ConfigError("--static: there is no run in these folders.")
    with os_errors(ConfigError, f"--static {out}", "written"):
        for folder in (out / "data" / "messages", out / "runs"):
            folder.mkdir(parents=True, exist_ok=True)
        write_text(out / MARK, json.dumps({"note": NOTE}) + "\n")
        for name, (_, text) in site_files().items():
            write_text(out / name, text)
        state: dict[str, Any] = {"version": 1, "reading": None, "benches": [], "static": NOTE}
        write_text(out / "data" / "state.json", json.dumps(state))
        write_text(out / "data" / "tables.json", follower.shown.tables)
        write_text(out / "data" / "runs.json", follower.shown.runs)
        with progress(rows, "Writing the pages") as shown:
            for row in shown:
                _write_run(out, row, follower, trust_code)
    return len(rows)


def _write_run(out: Path, row: RunRow, follower: Follower, trust_code: bool) -> None:
    said = [] if row.state == UNREADABLE else list(messages_of(row.source))
    texts = follower.hidden.value([[row.id, *message] for message in said])
    write_text(out / "data" / "messages" / f"{row.id}.json", json.dumps(texts))
    write_text(out / "runs" / f"{row.id}.html", make_page(row, follower.hidden, trust_code))
