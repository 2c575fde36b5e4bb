"""One run as the index keeps it: what the leaderboard needs, how far it is, and what is wrong with it."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from swarm_env.errors import RunError
from swarm_env.leaderboard.scored_run import ScoredRun, read_scored_run
from swarm_env.leaderboard.world_setting import WorldSetting
from swarm_env.runs.files import CALLS_FILE, MAX_FALLBACK, RESULT_FILE, ROUNDS_FILE, RUN_FILE, Usage
from swarm_env.runs.swarmbench_logs import GameFiles
from swarm_env.runtime.disk_files import open_regular

Source = Path | GameFiles
PLAYING_SECONDS = 120.0  # a run without a result whose file grew so lately is being played: our choice
MOST_COUNTED = 256 * 2**20  # bytes of a file whose lines are counted
FINISHED, PLAYING, UNFINISHED, UNREADABLE = "finished", "playing", "unfinished", "unreadable"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run.

    Attributes:
        source: Where it is.
        name: Its path below the folder that was given, with that folder's name: no path of this machine.
        signature: Changes when its files do.
        scored: What the leaderboard needs; None if it cannot be read.
        state: `FINISHED`, `PLAYING`, `UNFINISHED` or `UNREADABLE`.
        rounds: Rounds so far.
        error: Why it cannot be read; "" if it can.
    """

    source: Source
    name: str
    signature: str
    scored: ScoredRun | None
    state: str
    rounds: int
    error: str = ""

    @property
    def id(self) -> str:
        """12 hexadecimal digits of its name."""
        return hashlib.blake2b(self.name.encode(errors="replace"), digest_size=6).hexdigest()

    @property
    def is_valid(self) -> bool:
        """Whether it counts: the endpoint failed few enough decisions."""
        return self.scored is not None and self.scored.endpoint_failure_rate <= MAX_FALLBACK

    def public(self, labels: dict[str, str]) -> dict[str, Any]:
        """What a browser gets of it; `labels` has the short name of each team."""
        scored = self.scored
        if scored is None:
            return {"id": self.id, "name": self.name, "state": self.state, "why": self.error, "valid": False}
        usage = scored.usage
        tokens = None if usage is None else (usage.prompt_tokens, usage.completion_tokens)
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "why": scored.excluded,
            "valid": self.is_valid,
            "scenario": scored.setting.scenario,
            "world": str(scored.setting),
            "team": scored.team,
            "label": labels.get(scored.team, scored.team),
            "models": list(scored.models),
            "channel": scored.channel,
            "seed": scored.seed,
            "score": scored.score if self.state == FINISHED else None,
            "rounds": self.rounds,
            "maxRounds": scored.setting.max_rounds,
            "failures": dict(usage.fallbacks) if usage else {},
            "fallbackRate": scored.fallback_rate if usage else None,
            "cost": usage.cost if usage else None,
            "tokens": None if tokens is None or None in tokens else sum(tokens),
        }


def signature_of(source: Source) -> str:
    """Sizes and times of the files of a run."""
    folder: Any = source
    names: tuple[str, ...] = (RUN_FILE, RESULT_FILE, ROUNDS_FILE, CALLS_FILE)
    if isinstance(source, GameFiles):
        logs = ("meta_log", f"game_log_{source.stamp}", f"agent_log_{source.stamp}")
        folder, names = source.folder, tuple(f"{log}.json{end}" for log in logs for end in ("", ".gz"))
    parts = []
    for name in names:
        try:
            status = (folder / name).stat()
            parts.append(f"{status.st_mtime_ns}:{status.st_size}")
        except OSError:
            parts.append("-")
    if parts[1] == "-" and isinstance(source, Path) and _is_growing(source):
        parts.append(PLAYING)
    return " ".join(parts)


def read_row(source: Source, name: str, signature: str) -> RunRow:
    """Read a run; an unreadable one becomes a row that says so."""
    try:
        scored = read_scored_run(source)
    except RunError as error:
        return RunRow(source, name, signature, None, UNREADABLE, 0, str(error)[:1000])
    if not scored.excluded.startswith("unfinished"):
        return RunRow(source, name, signature, scored, FINISHED, scored.rounds)
    state = PLAYING if signature.endswith(PLAYING) else UNFINISHED
    rounds = _rounds_of(source) if isinstance(source, Path) else scored.rounds
    return RunRow(source, name, signature, scored, state, rounds)


def to_text(row: RunRow) -> str:
    """A row as JSON for the database, without its source, name and signature."""
    scored = row.scored and {
        **asdict(replace(row.scored, usage=None, recording=None)),
        "usage": row.scored.usage and row.scored.usage.model_dump(mode="json"),
    }
    return json.dumps({"scored": scored, "state": row.state, "rounds": row.rounds, "error": row.error})


def of_text(source: Source, name: str, signature: str, text: str) -> RunRow:
    """The row of `to_text`. Raises `ValueError`, `KeyError` or `TypeError` if it is none."""
    kept = json.loads(text)
    scored = kept["scored"]
    if scored is not None:
        world, usage = scored["setting"], scored["usage"]
        scored["setting"] = WorldSetting(**{**world, "options": tuple(map(tuple, world["options"]))})
        scored["usage"] = None if usage is None else Usage.model_validate_json(json.dumps(usage))
        scored["models"] = tuple(scored["models"])
        scored = ScoredRun(**{**scored, "recording": source})
    return RunRow(source, name, signature, scored, kept["state"], kept["rounds"], kept["error"])


def _is_growing(folder: Path) -> bool:
    try:
        return time.time() - (folder / ROUNDS_FILE).stat().st_mtime < PLAYING_SECONDS
    except OSError:
        return False


def _rounds_of(folder: Path) -> int:
    """Complete lines of the rounds of a run that goes on, of a large file in its first part only."""
    try:
        with open_regular(folder / ROUNDS_FILE) as file:
            count, left = 0, MOST_COUNTED
            while left > 0 and (chunk := file.read(min(left, 2**20))):
                count, left = count + chunk.count(b"\n"), left - len(chunk)
            return count
    except OSError:
        return 0
