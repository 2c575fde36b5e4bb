"""From the file of a bench to the list of its runs, each with the world and the team checked."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm_env.bench.bench_file import BenchConfig, CallsConfig, TotalConfig, read_config
from swarm_env.config import WorldConfig
from swarm_env.errors import ConfigError, SwarmEnvError
from swarm_env.leaderboard.episode import team_label
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import configure
from swarm_env.playing.team import Team, as_team, kind_of
from swarm_env.playing.team_syntax import read_tables

_FOLDERS = re.compile(r"[^\s,]*/(?=[^/,]+\.py)")  # those of a file of agents


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a bench.

    Attributes:
        name: Of its folder.
        setting: Name of its setting in the file.
        team: The team, with all counts filled in.
        seed: Its seed.
        config: The world.
    """

    name: str
    setting: str
    team: Team
    seed: int
    config: WorldConfig

    @property
    def label(self) -> str:
        """The team as tables name it."""
        return team_label(str(self.team))

    @property
    def title(self) -> str:
        """The run in words."""
        setting = "" if self.setting == "default" else f", {self.setting}"
        return f"{Path(self.config.scenario).stem}{setting}, {_FOLDERS.sub('', self.label)}, seed {self.seed}"

    def record(self) -> dict[str, Any]:
        """What must not change when the bench is run again."""
        return {"team": str(self.team), "seed": self.seed, **self.config.model_dump(mode="json")}


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """All that a file asks for.

    Attributes:
        text: The file, word for word.
        out: Folder of the results.
        runs: In the order in which they are begun: all teams of a seed and a world after one another.
        parallel: Runs at a time.
        chosen_parallel: The same if somebody chose it; None: it is the default.
        reference: Team that the others are compared with; None: as for `score`.
        max_fallback: The largest share of replaced decisions of a valid run.
        calls: How each run may call models.
        total: What all runs together may take.
    """

    text: str
    out: Path
    runs: tuple[PlannedRun, ...]
    parallel: int
    chosen_parallel: int | None
    reference: str | None
    max_fallback: float
    calls: Calls
    total: TotalConfig


def read_plan(file: Path, out: Path | None = None, parallel: int | None = None) -> BenchPlan:
    """Read the file of a bench and check all its worlds and teams.

    Args:
        file: The file.
        out: Folder of the results; None: what the file says, else `runs/` and the file's name.
        parallel: Runs at a time; None: what the file says.

    Returns:
        The plan.

    Raises:
        ConfigError: Something in the file is not allowed; the message says where.
    """
    config, text = read_config(file)
    try:
        runs = _runs(config)
        calls = _calls(config.calls)
        reference = _reference(config, runs)
    except SwarmEnvError as error:
        raise ConfigError(f"{file}: {error}") from None
    return BenchPlan(
        text,
        out or Path(config.out or Path("runs") / file.stem),
        runs,
        parallel or config.parallel,
        parallel or (config.parallel if "parallel" in config.model_fields_set else None),
        reference,
        config.max_fallback,
        calls,
        config.total,
    )


def _runs(config: BenchConfig) -> tuple[PlannedRun, ...]:
    worlds = [
        (scenario, name, settings)
        for scenario in config.scenarios
        for name, settings in config.settings.items()
    ]
    texts = [team if isinstance(team, str) else read_tables(_tables(team)) for team in config.teams]
    prepared = []
    for scenario, setting, settings in worlds:
        for text in texts:
            prepared.append((setting, text, *_prepare(scenario, setting, settings, text)))
    runs = [
        PlannedRun(_name(world, setting, text, seed), setting, team, seed, world)
        for seed in config.seed_list
        for setting, text, world, team in prepared
    ]
    if len({(run.config.model_dump_json(), str(run.team)) for run in runs}) < len(prepared):
        raise ConfigError(
            "Two of the teams, or two of the settings, are the same in other words: leave one of them out."
        )
    return tuple(runs)


def _reference(config: BenchConfig, runs: Sequence[PlannedRun]) -> str | None:
    """The label of the team that is named as reference, word for word or as tables name it."""
    if config.reference is None:
        return None
    wanted = team_label(config.reference)
    for run, text in zip(runs, config.teams * len(runs), strict=False):  # teams follow one another
        if text == config.reference or run.label == wanted:
            return run.label
    teams = ", ".join(dict.fromkeys(run.label for run in runs))
    raise ConfigError(f"reference={config.reference!r:.80}: must be one of the teams: {teams}.")


def _tables(team: dict[str, Any] | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return team if isinstance(team, list) else [team]


def _prepare(scenario: str, setting: str, settings: Mapping[str, Any], text: str) -> tuple[WorldConfig, Team]:
    """The world of a setting as a team plays it, and the team with all counts filled in."""
    try:
        config, team = configure(scenario, as_team(text), settings)
    except SwarmEnvError as error:
        place = f"settings.{setting}, scenario {scenario!r}, team {text!r:.80}"
        raise ConfigError(f"{place}: {error}") from None
    for entry in team.entries:
        if getattr(kind_of(entry), "takes_terminal", False):
            raise ConfigError(f"team {text!r:.80}: {entry.agent!r} asks a person; a bench plays by itself.")
    return config, team.for_size(config.num_agents)


def _name(world: WorldConfig, setting: str, text: str, seed: int) -> str:
    """Name of a run's folder: readable, and the same each time."""
    return f"{_slug(world.scenario)}-{setting}-{_slug(text)}-{seed}"


def _slug(text: str) -> str:
    """A text as a part of a file's name; other texts have other names."""
    plain = re.sub(r"[^A-Za-z0-9_.]+", "_", _FOLDERS.sub("", text)).strip("_.")[:40]
    if plain == text:
        return plain
    return f"{plain}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


def _calls(config: CallsConfig) -> Calls:
    """The same in the words of the runner: what the file says now counts, not what runs began with."""
    from swarm_env.chat import Budget, Limits

    limited = config.deadline is not None or config.concurrency is not None
    return Calls(
        cache=config.cache,
        budget=Budget(config.max_calls, config.max_tokens, config.max_dollars, config.on_budget),
        limits=Limits.of(config.deadline, config.concurrency) if limited else None,
    )
