"""What a browser gets of all runs together: the tables of `swarm score`, the runs, and how benches stand."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from swarm_env.viz.web.index.hidden_paths import HiddenPaths
from swarm_env.viz.web.index.run_index import RunIndex
from swarm_env.viz.web.index.run_row import FINISHED, PLAYING, RunRow

from swarm_env.leaderboard.export import INTERVAL, to_json
from swarm_env.leaderboard.leaderboard import make_leaderboard
from swarm_env.leaderboard.team_names import short_names
from swarm_env.runtime.disk_files import read_regular

MAX_PLAN = 64 * 2**20  # bytes of a plan of a bench that is read
MOST_PLAYING = 20  # runs of a bench that are shown by name while they are played


def tables_of(index: RunIndex, hidden: HiddenPaths) -> str:
    """The leaderboard as JSON, kept in the index as long as no run changes."""
    rows = index.rows
    key = hashlib.blake2b(digest_size=16)
    for row in rows:
        if row.state == FINISHED:
            key.update(f"{row.name}\0{row.signature}\n".encode(errors="replace"))
    kept = index.value("board")
    if kept is not None and index.value("key of board") == key.hexdigest():
        return kept
    board = to_json(make_leaderboard([row.scored for row in rows if row.scored is not None]))
    for table in board["tables"]:
        for row in table["rows"]:
            row["runs"] = len(row["runs"])
    worlds = {_world_key(row): str(row.scored.setting) for row in rows if row.scored is not None}
    for table in board["tables"]:
        table["world"] = worlds.get(json.dumps([table["scenario"], table["setting"]], sort_keys=True), "")
    value = {"interval": INTERVAL, "tables": board["tables"], "leftOut": len(board["left_out"])}
    text = json.dumps(hidden.value(value), allow_nan=False)
    index.keep("board", text)
    index.keep("key of board", key.hexdigest())
    return text


def runs_of(rows: Sequence[RunRow], hidden: HiddenPaths) -> str:
    """All runs as JSON."""
    labels = short_names(row.scored.team for row in rows if row.scored is not None)
    return json.dumps([hidden.value(row.public(labels)) for row in rows], allow_nan=False)


def benches_of(index: RunIndex) -> list[dict[str, Any]]:
    """How many runs of each bench among the folders are planned, over and being played."""
    from swarm_env.bench.folder import PLAN_FILE, RUNS

    found: list[dict[str, Any]] = []
    for folder, label in index.folders:
        places = {folder} | {row.source.parent.parent for row in index.rows if isinstance(row.source, Path)}
        for place in sorted(one for one in places if one == folder or folder in one.parents):
            planned = _planned(place / PLAN_FILE)
            if planned is None:
                continue
            name = label if place == folder else f"{label}/{place.relative_to(folder).as_posix()}"
            within = f"{name}/{RUNS}/"
            runs = [row for row in index.rows if row.name.startswith(within)]
            playing = [row for row in runs if row.state == PLAYING]
            found.append(
                {
                    "name": name,
                    "planned": planned,
                    "over": sum(row.state == FINISHED for row in runs),
                    "playing": [_progress(row, within) for row in playing[:MOST_PLAYING]],
                    "alsoPlaying": max(0, len(playing) - MOST_PLAYING),
                }
            )
    return found


def _progress(row: RunRow, within: str) -> dict[str, Any]:
    most = row.scored.setting.max_rounds if row.scored is not None else 0
    return {
        "id": row.id,
        "name": row.name.removeprefix(within),
        "rounds": row.rounds,
        "maxRounds": most,
    }


def _planned(file: Path) -> int | None:
    """Number of runs in the plan of a bench; None if there is none."""
    try:
        runs = json.loads(read_regular(file, MAX_PLAN))["runs"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return len(runs) if isinstance(runs, dict) else None


def _world_key(row: RunRow) -> str:
    assert row.scored is not None
    setting = row.scored.setting
    names = ("num_agents", "height", "width", "view_size", "max_rounds")
    world = {name: getattr(setting, name) for name in names}
    world |= {"options": dict(setting.options), "picture": setting.start or None}
    return json.dumps([setting.scenario, world], sort_keys=True)
