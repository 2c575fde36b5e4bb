"""The file that `swarm bench` plays, read and checked.

    scenarios = ["pursuit", "foraging"]
    teams = ["scripted", "random", "llm:some-model@http://localhost:11434/v1"]
    seeds = 10                     # 0 to 9; or a list
    repeats = 2                    # times that each seed is played; default: once
    preset = "swarmbench"          # defaults of a published benchmark for worlds and prompts; default: none

    [settings.small]               # worlds that every team plays in; default: one world with all defaults
    num_agents = 5
    height = 8
    width = 8

    [models.fast]                  # a model that teams refer to as "llm:fast"
    model = "some-model"
    top_p = 0.9

    [calls]                        # limits of each run
    max_dollars = 0.5

Every scenario is played in every setting by every team from every seed, `repeats` times. In place of `teams`
a table `[match]` lets the members of a pool play each other (`swarm_env.bench.match`).
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from swarm_env.bench.match import MatchConfig
from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.playing.run_services import BREAKER
from swarm_env.runs.files import MAX_FALLBACK, MAX_SEED
from swarm_env.runs.swarmbench_files import first_problem
from swarm_env.runtime.disk_files import open_regular

MAX_FILE = 2**20  # bytes
MAX_RUNS = 100_000
MAX_PARALLEL = 1024

_Text = Annotated[str, Field(min_length=1, max_length=10_000)]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
_Model = Annotated[str, Field(pattern=r"^[^\s,?*@=&][^,?*@=&]{0,99}$")]
_Count = Annotated[int, Field(ge=1, le=10**12)]
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
_Rate = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
_Dollars = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class CallsConfig(_Strict):
    """Table `[calls]`: limits of the model calls of each run."""

    max_calls: _Count | None = Field(default=None, description="calls of one run")
    max_tokens: _Count | None = Field(default=None, description="tokens of one run, prompts and answers")
    max_dollars: _Dollars | None = Field(default=None, description="cost of one run [US dollars]")
    on_budget: Literal["stop", "stay"] = Field(
        default="stop",
        description="when a maximum is reached: stop the run, or replace the models' decisions by STAY",
    )
    deadline: _Seconds | None = Field(default=None, description="time for one decision, retries included [s]")
    attempt_time: _Seconds | None = Field(
        default=None, description="time for one attempt [s]; by default what is left of the deadline"
    )
    concurrency: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="maximum concurrent calls per endpoint"
    )
    requests_per_minute: _Rate | None = Field(default=None, description="calls per minute and endpoint")
    tokens_per_minute: _Rate | None = Field(default=None, description="tokens per minute and endpoint")
    on_failure: Literal["stop", "stay"] = Field(
        default="stop",
        description="when an endpoint cannot answer any call: stop the run, or replace the decisions by STAY",
    )
    breaker: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=BREAKER, description="rounds without any answer, after which a run is stopped; 0: never"
    )
    cache: _Text | None = Field(default=None, description="file of answers that runs share")


class TotalConfig(_Strict):
    """Table `[total]`: limits of all runs together. All are stopped when one is reached."""

    max_tokens: _Count | None = Field(default=None, description="tokens of all runs")
    max_dollars: _Dollars | None = Field(default=None, description="cost of all runs [US dollars]")


class BenchConfig(_Strict):
    """The whole file."""

    scenarios: Annotated[list[_Text], Field(min_length=1, max_length=1000)]
    teams: Annotated[
        list[_Text | dict[str, Any] | list[dict[str, Any]]], Field(min_length=1, max_length=1000)
    ] = []
    match: MatchConfig | None = None
    seeds: (
        Annotated[int, Field(ge=1, le=MAX_RUNS)]
        | Annotated[list[Annotated[int, Field(ge=0, lt=MAX_SEED)]], Field(min_length=1, max_length=MAX_RUNS)]
    )
    repeats: Annotated[int, Field(ge=1, le=MAX_RUNS)] = 1
    preset: _Text | None = None
    settings: dict[_Name, dict[str, Any]] = {"default": {}}
    models: dict[_Model, dict[str, Any]] = {}
    out: _Text | None = None
    parallel: Annotated[int, Field(ge=1, le=MAX_PARALLEL)] = 4
    reference: _Text | None = None
    max_fallback: Annotated[float, Field(ge=0, le=1)] = MAX_FALLBACK
    calls: CallsConfig = CallsConfig()
    total: TotalConfig = TotalConfig()

    @field_validator("settings")
    @classmethod
    def _some(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return value or {"default": {}}

    @property
    def seed_list(self) -> list[int]:
        """The seeds, in order."""
        return list(range(self.seeds)) if isinstance(self.seeds, int) else list(self.seeds)


def read_config(file: Path) -> tuple[BenchConfig, str]:
    """Read a bench file.

    Returns:
        Its content, and its text.

    Raises:
        ConfigError: It cannot be read, is not TOML, or has a key or value that is not allowed.
    """
    try:
        with open_regular(file) as stream:
            content = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror or error}).") from None
    if len(content) > MAX_FILE:
        raise ConfigError(f"{file}: is larger than {MAX_FILE // 2**20} MiB.")
    try:
        text = content.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not text.") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"{file}: is not TOML ({error}).") from None
    try:
        return check_config(table), text
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None


def check_config(table: dict[str, Any]) -> BenchConfig:
    """Check the content of a bench file.

    Raises:
        ConfigError: A key or a value is not allowed.
    """
    try:
        config = BenchConfig.model_validate(table)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from None
    if config.match is None and not config.teams:
        raise ConfigError(_MISSING.format("teams"))
    if config.match is not None and (config.teams or config.reference is not None):
        raise ConfigError("[match] plays its own pool: leave out teams and reference.")
    _check_repetitions(config)
    return config


def _check_repetitions(config: BenchConfig) -> None:
    """Raise if an entry is repeated, or if there are too many runs."""
    lists: dict[str, list[Any]] = {
        "scenarios": config.scenarios,
        "teams": config.teams,
        "seeds": config.seed_list,
    }
    for name, values in lists.items():
        seen: set[str] = set()
        for value in map(repr, values):
            if value in seen:
                raise ConfigError(f"{name}: {value:.80} is named twice.")
            seen.add(value)
    worlds = len(config.scenarios) * len(config.settings)
    runs = worlds * max(len(config.teams), 1) * len(config.seed_list) * config.repeats
    check_number(runs)
    if config.repeats > 1 and config.calls.cache is not None:
        raise ConfigError(
            f"repeats={config.repeats} and calls.cache cannot go together: all repeats of a seed "
            "would get the same answers."
        )


def check_number(runs: int) -> None:
    """Raise `ConfigError` if these are too many runs."""
    if runs > MAX_RUNS:
        raise ConfigError(f"asks for {runs} runs; {MAX_RUNS} are the most.")


def _explain(error: ValidationError) -> str:
    """The first error, with a hint if a key is misspelt."""
    problems = error.errors(include_url=False, include_context=False)
    problem = next(
        (p for p in problems if p["type"] == "extra_forbidden"), problems[0]
    )  # misspelt, not missing
    place = [part for part in problem["loc"] if isinstance(part, str)]
    if problem["type"] == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {
            "calls": CallsConfig,
            "total": TotalConfig,
            "match": MatchConfig,
        }
        known = list((models[place[0]] if len(place) > 1 else BenchConfig).model_fields)
        table = f" in [{place[0]}]" if len(place) > 1 else ""
        return f"there is no {place[-1]!r}{table}.{did_you_mean(place[-1], known)} Known: {', '.join(known)}."
    if problem["type"] == "missing":
        return _MISSING.format(".".join(place))
    if place and place[0] in _FORMS:
        return f"{place[0]}={problem['input']!r:.80}: must be {_FORMS[place[0]]}."
    return first_problem(error) + "."


_MISSING = "{} is missing. A file needs scenarios, teams (or a table [match] with pool) and seeds."
_FORMS = {
    "scenarios": 'a list of names, as in ["pursuit", "foraging"]',
    "teams": 'a list of teams, as in ["scripted", "random*5, scripted*5", {agent = "llm", model = "m"}]',
    "seeds": f"a number of seeds from 1 to {MAX_RUNS}, or a list of seeds from 0 to 2**63 - 1",
    "repeats": f"a number of runs of each seed from 1 to {MAX_RUNS}",
    "preset": "the name of a preset, as in 'swarmbench'",
    "settings": 'tables [settings.NAME] of settings of the world; a name has letters, digits, "-" and "_"',
    "models": "tables [models.NAME] of a model and its options; a name has none of , ? * @ = &",
    "parallel": f"a number of runs at a time from 1 to {MAX_PARALLEL}",
    "max_fallback": "a fraction from 0 to 1, as 0.05 for 5%",
    "reference": "the text of one of the teams",
    "out": "the path of a folder",
}
