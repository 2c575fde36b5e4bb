"""Run folders: from one, a run can be replayed, resumed and forked.

    run.json       configuration, seed, reset options, team, versions, digest of the start
    rounds.jsonl   one line per round, appended: moves, messages and the digest of the world after it
    result.json    how the run ended; missing while it goes on and after its process was killed
    calls.sqlite   ledger of model calls and answers; only if a language model was asked
    influence.json what each message was worth; only if that was measured

Everything else (maps, views, scores, pictures) is recomputed by replaying the moves. A line is written in one
piece as soon as its round is over: a process that dies loses only the round it was in. Lines are not forced
onto the disk (that would cost more than a round): after a power failure the last ones can be missing or torn.
A torn last line is dropped when a run is resumed.

`rounds.jsonl` is locked while a run is being written, so that two processes cannot append to one run.
"""

import hashlib
import importlib.metadata
import itertools
import json
import platform
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

import swarm_env
from swarm_env.config import TOPOLOGIES, WorldConfig
from swarm_env.errors import RunError, os_errors
from swarm_env.runs.swarmbench_files import first_problem, read_limited
from swarm_env.runtime.disk_files import open_regular, what_is

FORMAT: Literal[1] = 1
RUN_FILE, ROUNDS_FILE, RESULT_FILE = "run.json", "rounds.jsonl", "result.json"
INFLUENCE_FILE = "influence.json"
CALLS_FILE = "calls.sqlite"  # the ledger, see `swarm_env.chat`; SQLite may keep more files beside it
CALLS_FILES = (CALLS_FILE, f"{CALLS_FILE}-wal", f"{CALLS_FILE}-shm", f"{CALLS_FILE}-journal")
MAX_FALLBACK = 0.05  # largest share of decisions that the endpoint fails in a valid run: our choice
ENDPOINT_FAILURES = ("http", "timeout")  # reasons of fallbacks; the others are failures of the model
MAX_JSON = 64 * 2**20  # bytes of run.json (a large map may be in it) and of result.json
MAX_LINE = 512 * 2**20  # bytes of one line of rounds.jsonl: a million agents with a few numbers each
MAX_SEED = 2**63

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{8,128}$")]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_SIDE = re.compile(r"[A-Za-z_]\w*=")  # the beginning of a team whose text names sides
_Count = Annotated[int, Field(ge=0)]
_Model = TypeVar("_Model", bound=BaseModel)


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Origin(_Record):
    """What a run was forked from: folder, round and team."""

    run: str
    round: _Count
    team: str


class BudgetInfo(_Record):
    """Budget for model calls, with the fields of `swarm_env.chat.Budget`."""

    calls: _Count | None = None
    tokens: _Count | None = None
    dollars: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    on_reached: Literal["stop", "stay"] = "stop"


class RunInfo(_Record):
    """Content of `run.json`: everything that a replay needs except the moves.

    `decided_from` holds, for each entry of the team, the first round that the entry decided itself (not 0 in
    forks). `budget` is the budget at the start; it stays in force when the run is resumed without another.
    `config["layout"]` holds the maps that the world can start from, `layout_digest` their digest. `functions`
    names functions of the user's by setting: one that drew the map, one that gave the rewards; neither is
    needed to play the run again.
    """

    format: Literal[1] = FORMAT
    created: str
    config: dict[str, Any]
    seed: Annotated[int, Field(ge=0, lt=MAX_SEED)]
    options: dict[str, Any] = {}
    team: str
    decided_from: tuple[_Count, ...] = ()
    origin: Origin | None = None
    budget: BudgetInfo | None = None
    versions: dict[str, str] = {}
    functions: dict[str, str] = {}
    layout_digest: _Digest | None = None
    digest: _Digest

    @model_validator(mode="after")
    def _same_maps(self) -> "RunInfo":
        layout = self.config.get("layout")
        if isinstance(layout, str):  # a record names no file to read
            raise ValueError("config.layout: must be a list of maps")
        if isinstance(self.config.get("message_topology"), str) and (
            self.config["message_topology"] not in TOPOLOGIES
        ):
            raise ValueError(f"config.message_topology: must be links or one of {', '.join(TOPOLOGIES)}")
        if self.layout_digest not in (None, maps_digest(layout)):
            raise ValueError("config.layout: the maps do not have the digest in layout_digest")
        return self

    @field_validator("decided_from")
    @classmethod
    def _fits(cls, rounds: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        team = str(info.data.get("team", ""))  # its options are percent-encoded
        entries = 1 + team.count(",") + (team.count(";") if _SIDE.match(team) else 0)
        most = info.data.get("config", {}).get("max_rounds")
        if rounds and len(rounds) != entries:
            raise ValueError(
                f"must hold one number for each of the team's {entries} entries, not {len(rounds)}"
            )
        if isinstance(most, int) and max(rounds, default=0) > most:
            raise ValueError(f"holds round {max(rounds)}, but the run has at most {most} rounds")
        return rounds


class RecordedRound(_Record):
    """Decisions of one round.

    `actions` and `messages` have one element per agent: its move, and its message (a text, token numbers, a
    vector). None: a departed agent; in `messages` also a silent one. `drives` holds the numbers that each
    chose, with action="box". `digest` is the world's after the round,
    None in native SwarmBench logs.
    """

    round: _Count
    actions: tuple[int | None, ...]
    messages: tuple[str | tuple[int, ...] | tuple[float, ...] | None, ...] | None = None
    drives: tuple[tuple[float, ...] | None, ...] | None = None
    digest: _Digest | None = None


class RoundRecord(RecordedRound):
    """One line of `rounds.jsonl`."""

    digest: _Digest


class Usage(_Record):
    """Model calls of a run, those before a resume included.

    `decisions` counts decisions that models were asked for, `fallbacks` those replaced by STAY, by reason.
    Tokens are as reported by the endpoints, None if one did not report them. `cost` [US dollars] is None if
    the price of any answer is unknown, or a call was sent and not answered. `stated_cost` is what the servers
    say. `seconds` is the sum of the latencies.
    """

    calls: _Count = 0
    answered: _Count = 0
    decisions: _Count = 0
    fallbacks: dict[str, _Count] = {}
    prompt_tokens: _Count | None = None
    completion_tokens: _Count | None = None
    cached_tokens: _Count | None = None
    reasoning_tokens: _Count | None = None
    cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    stated_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @property
    def fallback_rate(self) -> float:
        """Share of the decisions that were replaced, 0 to 1."""
        return sum(self.fallbacks.values()) / self.decisions if self.decisions else 0.0

    @property
    def endpoint_failures(self) -> int:
        """Decisions that were replaced because the endpoint or the network failed."""
        return sum(self.fallbacks.get(reason, 0) for reason in ENDPOINT_FAILURES)

    @property
    def endpoint_failure_rate(self) -> float:
        """The same as a share of the decisions, 0 to 1."""
        return self.endpoint_failures / self.decisions if self.decisions else 0.0


class RunResult(_Record):
    """Content of `result.json`.

    `payoffs` holds what each agent has got, in scenarios that pay each by itself, and `roles` the hidden role
    of each there, if there are any; `rewards` holds the sum of each agent's rewards if the setting `reward`
    is "shaped" or a function that was called. Else they are left out.
    `usage` is None if no language model was asked. A run is not `valid` if the endpoint failed more than
    `MAX_FALLBACK` of its decisions; failures of the model are part of its score.
    """

    status: Literal["finished", "interrupted"]
    scenario: str
    seed: int
    rounds: _Count
    score: _Number
    payoffs: dict[str, _Number] = {}
    rewards: dict[str, _Number] = {}
    roles: dict[str, str] = {}
    counts: dict[str, _Count] = {}
    usage: Usage | None = None
    valid: bool = True

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        dumped = handler(self)
        absent = [name for name in ("payoffs", "rewards", "roles") if not dumped[name]]
        return {name: value for name, value in dumped.items() if name not in absent}


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder. `result` is None if the run goes on or was killed; the rounds are read on demand."""

    folder: Path
    info: RunInfo
    result: RunResult | None

    def rounds(self) -> Iterator[RoundRecord]:
        """Read the complete rounds in order, without a torn last line.

        Raises `RunError` if a line is invalid or out of order.
        """
        return (record for record, _ in read_rounds(self.folder / ROUNDS_FILE))


def is_run_folder(folder: Path) -> bool:
    """Whether a folder holds a `run.json`."""
    return (folder / RUN_FILE).is_file()


def check_is_run(folder: Path) -> None:
    """Raise `RunError` unless a folder holds a `run.json`."""
    if not is_run_folder(folder):
        what, file = what_is(folder), what_is(folder / RUN_FILE)
        reason = f"it has no {RUN_FILE}" if file == "nothing" else f"its {RUN_FILE} is {file}"
        reason = reason if what in ("a folder", "nothing") else f"it is {what}"
        raise RunError(f"{folder} is not the folder of a run: {reason}.")


def read_run(folder: Path | str) -> Run:
    """Read a run folder, except for its rounds.

    Raises `RunError` if it is not a run folder, or a file in it is missing, too large or invalid.
    """
    folder = Path(folder)
    check_is_run(folder)
    info = _read_json(folder / RUN_FILE, RunInfo)
    result_path = folder / RESULT_FILE
    result = _read_json(result_path, RunResult) if result_path.exists() else None
    return Run(folder, info, result)


def unfinished_run(folder: Path) -> Run | None:
    """The run in a folder, if it was begun and has not reached its end; None also if it cannot be read."""
    try:
        run = read_run(folder)
    except RunError:
        return None
    return run if run.result is None or run.result.status == "interrupted" else None


def read_rounds(path: Path) -> Iterator[tuple[RoundRecord, int]]:
    """Read the complete rounds of a `rounds.jsonl` one at a time.

    Yields each record, and the offset [bytes] of the end of its line. A torn last line (without a line break,
    or not JSON) is left out. Raises `RunError` if the file is missing, or a line is invalid or out of order.
    """
    with os_errors(RunError, path), open_regular(path) as file:
        end = 0
        for expected in itertools.count():
            line = file.readline(MAX_LINE + 1)
            if len(line) > MAX_LINE:
                raise RunError(f"{path}: line {expected + 1} is longer than {MAX_LINE // 2**20} MiB.")
            if not line.endswith(b"\n"):
                return
            end += len(line)
            record = parse_round(path, line, expected, is_last=not file.peek(1))
            if record is None:
                return
            yield record, end


def default_folder(scenario: str, seed: int, base: Path | str = "runs") -> Path:
    """Path of a new run for which the user names no folder: `<base>/<scenario>-<date>-<time>-<seed>`.

    A number is appended if that exists already.
    """
    name = re.sub(r"[^A-Za-z0-9_]+", "_", Path(scenario.removesuffix(".py")).name).strip("_") or "run"
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    first = Path(base) / f"{name}-{stamp}-{seed}"
    more = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
    return next(folder for folder in itertools.chain([first], more) if not folder.exists())


def new_run_info(config: WorldConfig, **fields: Any) -> RunInfo:
    """Content of `run.json` of a run that begins now; `fields` without `created` and `versions`."""
    return RunInfo(
        created=datetime.now().astimezone().isoformat(timespec="microseconds"),
        config=config.model_dump(mode="json"),
        versions=versions(),
        layout_digest=maps_digest(config.layout),
        **fields,
    )


def maps_digest(layout: Any) -> str | None:
    """128-bit BLAKE2b of the maps of a configuration, as 32 hexadecimal digits; None if there are none."""
    if layout is None:
        return None
    return hashlib.blake2b(json.dumps(layout).encode(), digest_size=16).hexdigest()


def versions() -> dict[str, str]:
    """Versions of this package, Python and the libraries that a run depends on, by name."""
    libraries = {name: importlib.metadata.version(name) for name in ("numpy", "numba")}
    return {"swarm_env": swarm_env.__version__, "python": platform.python_version(), **libraries}


def _read_json(path: Path, kind: type[_Model]) -> _Model:
    """Read and validate a whole JSON file."""
    text = read_limited(path, MAX_JSON)
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise RunError(f"{path}: {first_problem(error)}{_newer(text)}") from None


def _newer(text: bytes) -> str:
    """A hint if a file has the format of a later version; else ""."""
    try:
        version = json.loads(text).get("format")
    except (ValueError, AttributeError, RecursionError):
        return ""
    if isinstance(version, int) and version > FORMAT:
        return f" (written by a newer swarm-env: its format is {version}, this one reads {FORMAT})"
    return ""


def parse_round(path: Path, line: bytes, expected: int, is_last: bool) -> RoundRecord | None:
    """Validate one line of `rounds.jsonl`; None for a last line that is not JSON.

    Raises `RunError` if it is invalid, or not that of round `expected`.
    """
    place = f"{path}: line {expected + 1}"
    try:
        record = RoundRecord.model_validate_json(line)
    except ValidationError as error:
        if is_last and error.errors(include_url=False)[0]["type"] == "json_invalid":
            return None
        raise RunError(f"{place}: {first_problem(error)}") from None
    if record.round != expected:
        raise RunError(f"{place}: round: expected {expected}, found {record.round}.")
    return record
