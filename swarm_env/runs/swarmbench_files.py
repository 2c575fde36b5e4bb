"""Read the files of a SwarmBench log folder as typed entries, with limits on their sizes.

`swarmbench_logs` builds games from them.
"""

import gzip
import zlib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, FailFast, Field, TypeAdapter, ValidationError

from swarm_env.errors import RunError
from swarm_env.runtime.disk_files import open_regular

MAX_BYTES = 256 * 2**20  # of one file, unpacked
MAX_LISTS = 2 * 10**6  # lists and objects in a file: 2 bytes each on disk, hundreds in memory
MAX_COMMAS = 32 * 10**6
MAX_AGENTS = 10_000
MAX_SIDE = 4096  # cells
MAX_ROUNDS = 1_000_000
FAR = 1_000_000  # largest distance of an agent from the map [cells]

_Short = Annotated[str, Field(max_length=200)]
_Entry = TypeVar("_Entry", "GameEntry", "AgentEntry")


class _Record(BaseModel):
    """Strict types, unknown keys ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Meta(_Record):
    """Entry of one game in `meta_log.json`."""

    task: _Short
    model: _Short = ""
    num_agents: Annotated[int, Field(ge=1, le=MAX_AGENTS)]
    max_round: Annotated[int, Field(ge=1, le=MAX_ROUNDS)]
    width: Annotated[int, Field(ge=1, le=MAX_SIDE)]
    height: Annotated[int, Field(ge=1, le=MAX_SIDE)]
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)]
    view_size: Annotated[int, Field(ge=1, le=255)]


class Place(_Record):
    """Position of one agent in a game log; `x` is the column."""

    id: _Short
    x: Annotated[int, Field(ge=-FAR, le=FAR)]
    y: Annotated[int, Field(ge=-FAR, le=FAR)]


class LoggedMessage(_Record):
    """One message in a game log, with the round in which it was sent."""

    round: int
    agent_name: _Short
    message: Annotated[str, Field(max_length=100_000)]


class GameEntry(_Record):
    """One entry of a game log: the state before round `round`. Early releases wrote `level` for `task`."""

    task: Annotated[_Short, Field(validation_alias=AliasChoices("task", "level"))]
    round: int
    grid: Annotated[
        list[Annotated[list[Annotated[str, Field(min_length=1, max_length=1)]], FailFast()]], FailFast()
    ]
    agents: Annotated[list[Place], FailFast()]
    score: Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
    messages: Annotated[list[LoggedMessage], FailFast()] = []


class AgentEntry(_Record):
    """One entry of an agent log: one agent's view, action and message in one round."""

    task: Annotated[_Short, Field(validation_alias=AliasChoices("task", "level"))]
    round: int
    agent_id: _Short
    view: Annotated[
        tuple[Annotated[tuple[Annotated[str, Field(min_length=1, max_length=12)], ...], FailFast()], ...],
        FailFast(),
    ]
    action: _Short
    message: Annotated[str, Field(max_length=100_000)] = ""


def is_log_folder(folder: Path) -> bool:
    """Whether a folder holds native logs: a `meta_log` or any `game_log_`/`agent_log_` file."""
    return folder.is_dir() and any(role_of(path.name) for path in folder.iterdir())


def role_of(name: str) -> str | None:
    """Role of a file by its name: "meta_log", the stamp of a game, or None for any other file."""
    stem = name.removesuffix(".gz")
    if not stem.endswith(".json"):
        return None
    stem = stem.removesuffix(".json")
    if stem == "meta_log":
        return stem
    for prefix in ("game_log_", "agent_log_"):
        if stem.startswith(prefix) and len(stem) > len(prefix):
            return stem.removeprefix(prefix)
    return None


def find_file(folder: Path, stem: str) -> Path:
    """Path of a log file, plain or gzipped, by its name without `.json` and `.gz`.

    Raises `RunError` if it does not exist, or is not a file.
    """
    for path in (folder / f"{stem}.json", folder / f"{stem}.json.gz"):
        if path.is_file():
            return path
        if path.exists():
            raise RunError(f"{path}: not a plain file.")
    raise RunError(f"{folder}: no {stem}.json or {stem}.json.gz here.")


def read_meta(folder: Path) -> dict[str, Meta]:
    """Read the `meta_log` of a folder: entries by stamp. Raises `RunError` if it is missing or invalid."""
    path = find_file(folder, "meta_log")
    found: dict[str, Meta] = _parse(path, TypeAdapter(dict[str, Meta]))
    return found


def read_entries(path: Path, kind: type[_Entry], meta: Meta) -> list[_Entry]:
    """Read the entries of a game log or an agent log; `meta` bounds their number.

    Raises `RunError` if the file is missing, too large, truncated or invalid.
    """
    most = (meta.max_round + 1) * (1 if kind is GameEntry else meta.num_agents)
    form: Any = Annotated[list[kind], Field(max_length=most), FailFast()]  # type: ignore[valid-type]
    entries: list[_Entry] = _parse(path, TypeAdapter(form))
    if not entries and kind is GameEntry:
        raise RunError(f"{path}: holds no entry; the start of the game is missing.")
    return entries


def _parse(path: Path, adapter: TypeAdapter[Any]) -> Any:
    """Read a file and check it against a type."""
    text = read_limited(path, MAX_BYTES)
    if text.count(b"[") + text.count(b"{") > MAX_LISTS or text.count(b",") > MAX_COMMAS:
        raise RunError(f"{path}: more than {MAX_LISTS} lists or {MAX_COMMAS} values; not the log of a game.")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise RunError(f"{path}: {first_problem(error)}") from None


def first_problem(error: ValidationError) -> str:
    """First problem, such as "[3].agents[0].x: Input should be a valid integer, found '5'"."""
    problem = error.errors(include_url=False, include_context=False)[0]
    place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in problem["loc"]).lstrip(".")
    if problem["type"] == "json_invalid":
        return problem["msg"]
    of_model = problem["type"] == "missing" or not place  # no value of one field
    found = "" if of_model else f", found {_shortened(problem['input'])}"
    return f"{place + ': ' if place else ''}{problem['msg'].removeprefix('Value error, ')}{found}"


def _shortened(thing: Any) -> str:
    """A scalar as text, cut if long; for anything else its type."""
    if isinstance(thing, str | int | float | bool | None):
        text = repr(thing) if not isinstance(thing, int) or abs(thing) < 10**30 else "a huge number"
        return text if len(text) <= 60 else f"{text[:57]}…"
    return f"a {type(thing).__name__}"


def read_limited(path: Path, limit: int) -> bytes:
    """Read (and unpack) a whole file of at most `limit` bytes.

    Raises `RunError` if it is missing, larger or damaged.
    """
    try:
        with open_regular(path) as file:
            text = (gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file).read(limit + 1)
    except EOFError:
        raise RunError(f"{path}: the gzip file is truncated.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise RunError(f"{path}: not a gzip file, or damaged ({error}).") from None
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror or error}).") from None
    if len(text) > limit:
        raise RunError(f"{path}: larger than {limit // 2**20} MiB.")
    return text
