"""Runs on disk: a folder from which a run can be played again, resumed and forked.

    run.json       what was played: configuration, seed, reset options, team, versions, digest of the start
    rounds.jsonl   one line per round, appended: moves, messages and the digest of the world after it
    result.json    how it ended; missing while a run goes on, and for good when its process was killed
    calls.sqlite   what was asked of language models and what they answered; only if one was asked

Everything else (maps, views, scores, pictures) is recomputed by playing the moves again. A line is handed to
the operating system in one piece as soon as its round is over: a process that dies loses nothing but the
round it was in. It is not forced onto the disk each time (that costs more than a round); when the machine
itself loses power the last lines can be missing or torn. A torn last line is dropped when a run is resumed.

`rounds.jsonl` is locked as long as a run is being written, so that two processes cannot append to one run.
"""

import importlib.metadata
import itertools
import json
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import swarm_env
from swarm_env.errors import RunError
from swarm_env.runs.swarmbench_files import first_problem

FORMAT: Literal[1] = 1
RUN_FILE, ROUNDS_FILE, RESULT_FILE = "run.json", "rounds.jsonl", "result.json"
CALLS_FILE = "calls.sqlite"  # the ledger, see `swarm_env.chat`; SQLite may keep two more files beside it
CALLS_FILES = (CALLS_FILE, f"{CALLS_FILE}-wal", f"{CALLS_FILE}-shm", f"{CALLS_FILE}-journal")
MAX_FALLBACK = 0.05  # largest share of replaced decisions with which a run counts, unless told otherwise
ENDPOINT_FAILURES = ("http", "timeout")  # reasons of fallbacks; the others are failures of the model
MAX_JSON = 64 * 2**20  # bytes of run.json (a large map may be in it) and of result.json
MAX_LINE = 512 * 2**20  # bytes of one line of rounds.jsonl: a million agents with a few numbers each
MAX_SEED = 2**63

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{8,128}$")]
_Count = Annotated[int, Field(ge=0)]
_Model = TypeVar("_Model", bound=BaseModel)


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Origin(_Record):
    """Where a forked run comes from: the folder, the round, and who had played there."""

    run: str
    round: _Count
    team: str


class BudgetInfo(_Record):
    """What a run may spend on language models, as `swarm_env.chat.Budget` has it."""

    calls: _Count | None = None
    tokens: _Count | None = None
    dollars: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    on_reached: Literal["stop", "stay"] = "stop"


class RunInfo(_Record):
    """Content of `run.json`: all that is needed to play a run again, but for its moves.

    `decided_from` holds for each entry of the team the first round that this entry decided itself (not 0 in
    forks). `budget` is the one that it began with, which lasts when it is resumed without another.
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
    digest: _Digest


class RoundRecord(_Record):
    """One line of `rounds.jsonl`.

    `actions` and `messages` have one element per body of the world: the move, and what was said (a text,
    token numbers, a vector). None: the body had left; in `messages` also: it was silent. `digest` is the
    world's after the round.
    """

    round: _Count
    actions: tuple[int | None, ...]
    messages: tuple[str | tuple[int, ...] | tuple[float, ...] | None, ...] | None = None
    digest: _Digest


class Usage(_Record):
    """What a run asked of language models and what came of it, its past before a resume included.

    `decisions` counts decisions that models were asked for, `fallbacks` those that had to be replaced by
    STAY, by reason. Tokens are as the endpoints reported them, None when one of them did not. `cost` [US
    dollars] is None when the price of any answer is unknown. `seconds` is the time that the questions took,
    one after the other.
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
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @property
    def fallback_rate(self) -> float:
        """Share of the decisions that had to be replaced, 0 to 1."""
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

    `usage` is None when no language model was asked. A run is not `valid` when more than `MAX_FALLBACK` of
    its decisions had to be replaced because the endpoint failed; failures of the model are part of its score.
    """

    status: Literal["finished", "interrupted"]
    scenario: str
    seed: int
    rounds: _Count
    score: Annotated[float, Field(allow_inf_nan=False)]
    counts: dict[str, _Count] = {}
    usage: Usage | None = None
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder, read. Its rounds are read again each time they are asked for.

    Attributes:
        folder: Where it lies.
        info: What was played.
        result: How it ended; None when the run goes on or was killed.
    """

    folder: Path
    info: RunInfo
    result: RunResult | None

    def rounds(self) -> Iterator[RoundRecord]:
        """The complete rounds in order; a torn last line is left out.

        Raises:
            RunError: A line is broken, or is not the round it should be.
        """
        return (record for record, _ in read_rounds(self.folder / ROUNDS_FILE))


def is_run_folder(folder: Path) -> bool:
    """Whether a folder holds a run of ours."""
    return (folder / RUN_FILE).is_file()


def check_is_run(folder: Path) -> None:
    """Refuse a folder that holds no run.

    Raises:
        RunError: There is no `run.json` in it.
    """
    if not is_run_folder(folder):
        raise RunError(f"{folder} is not the folder of a run: there is no {RUN_FILE} in it.")


def read_run(folder: Path | str) -> Run:
    """Read a run folder, all but its rounds.

    Args:
        folder: The folder.

    Returns:
        The run.

    Raises:
        RunError: It is no run folder, or a file in it is missing, too large or not of the right form.
    """
    folder = Path(folder)
    check_is_run(folder)
    info = _read_json(folder / RUN_FILE, RunInfo)
    result_path = folder / RESULT_FILE
    result = _read_json(result_path, RunResult) if result_path.exists() else None
    return Run(folder, info, result)


def read_rounds(path: Path) -> Iterator[tuple[RoundRecord, int]]:
    """The complete rounds of a `rounds.jsonl`, one at a time.

    Args:
        path: The file.

    Yields:
        Each record, and the place [bytes] where its line ends. What is torn off at the end of the file is
        left out: a last line without its line break, or a last line that is no JSON.

    Raises:
        RunError: The file is missing, or a line before the last is broken, or a line is not the round it
            should be.
    """
    try:
        with path.open("rb") as file:
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
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror or error}).") from None


def default_folder(scenario: str, seed: int, base: Path | str = "runs") -> Path:
    """Where a run goes when the user names no folder.

    Args:
        scenario: Its name, or the path of its file.
        seed: Its seed.
        base: The folder that holds runs.

    Returns:
        `runs/<scenario>-<date>-<time>-<seed>`, with a number behind it if there is one of that name already.
    """
    name = re.sub(r"[^A-Za-z0-9_]+", "_", Path(scenario.removesuffix(".py")).name).strip("_") or "run"
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    first = Path(base) / f"{name}-{stamp}-{seed}"
    others = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
    return next(folder for folder in itertools.chain([first], others) if not folder.exists())


def versions() -> dict[str, str]:
    """Versions of what a run depends on, by name."""
    libraries = {name: importlib.metadata.version(name) for name in ("numpy", "numba")}
    return {"swarm_env": swarm_env.__version__, "python": platform.python_version(), **libraries}


def _read_json(path: Path, kind: type[_Model]) -> _Model:
    """A whole JSON file as a record."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_JSON + 1)
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror or error}).") from None
    if len(text) > MAX_JSON:
        raise RunError(f"{path}: larger than {MAX_JSON // 2**20} MiB.")
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise RunError(f"{path}: {first_problem(error)}{_newer(text)}") from None


def _newer(text: bytes) -> str:
    """A hint when a file says that a later version wrote it."""
    try:
        version = json.loads(text).get("format")
    except (ValueError, AttributeError, RecursionError):
        return ""
    if isinstance(version, int) and version > FORMAT:
        return f" (written by a newer swarm-env: its format is {version}, this one reads {FORMAT})"
    return ""


def parse_round(path: Path, line: bytes, expected: int, is_last: bool) -> RoundRecord | None:
    """One line of `rounds.jsonl` as a record; None for a last line that is no JSON.

    Raises:
        RunError: It is broken, or is not that of the round `expected`.
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
