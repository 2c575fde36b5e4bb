"""From the file of a bench to the list of its runs, with checked worlds and teams."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarm_env import trusted_code
from swarm_env.bench.bench_file import BenchConfig, CallsConfig, TotalConfig, check_number, read_config
from swarm_env.bench.match import MatchConfig, members_of, pairings
from swarm_env.config import WorldConfig
from swarm_env.envs.make import without_functions
from swarm_env.errors import ConfigError, SwarmEnvError
from swarm_env.leaderboard.team_names import short_names, team_label
from swarm_env.playing.named_models import with_models
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import configure
from swarm_env.playing.team import Team, as_team, check_trust, files_of, kind_of
from swarm_env.playing.team_syntax import read_sides, read_tables

if TYPE_CHECKING:
    from swarm_env.chat import Keys

_FOLDERS = re.compile(r"(?P<before>(?:^|[,;])\s*(?:\w+=)?)[^,;]*/(?=[^/,;]+\.py)")  # of a file of agents


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a bench.

    Attributes:
        name: Name of its folder.
        setting: Name of its setting in the file.
        team: The team, with a count for each entry.
        seed: The seed.
        config: The world.
        repeat: Number of the run among those of the same seed, from 0.
    """

    name: str
    setting: str
    team: Team
    seed: int
    config: WorldConfig
    repeat: int = 0

    @property
    def label(self) -> str:
        """Identity of the team in tables."""
        return team_label(str(self.team))

    @property
    def title(self) -> str:
        """The run in progress lines."""
        setting = "" if self.setting == "default" else f", {self.setting}"
        again = f" again ({self.repeat})" if self.repeat else ""
        team = _FOLDERS.sub(r"\g<before>", short_names([self.label])[self.label])
        scenario = Path(self.config.scenario).stem
        return f"{scenario}{setting}, {team}, seed {self.seed}{again}"

    def as_dict(self) -> dict[str, Any]:
        """What identifies the run, for JSON."""
        return {
            "name": self.name,
            "scenario": self.config.scenario,
            "setting": self.setting,
            "team": str(self.team),
            "seed": self.seed,
            "repeat": self.repeat,
        }

    def identity(self) -> dict[str, Any]:
        """Everything that must not change when the bench is run again."""
        world = without_functions(self.config, self.seed)[0]
        return {"team": str(self.team), "seed": self.seed, **world.model_dump(mode="json")}


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """A bench, checked.

    Attributes:
        text: Text of the file.
        out: Folder of the results.
        runs: All runs in their order: for each repeat, seed and world, all teams.
        parallel: Concurrent runs.
        chosen_parallel: The same if the user chose it; None: it is the default.
        reference: Team that the others are compared with, chosen before anything is played.
        max_fallback: Maximum fraction of decisions that the endpoint fails in a valid run.
        calls: How each run calls models.
        total: Limits of all runs together.
        match: The table `[match]`; None: there is none.
    """

    text: str
    out: Path
    runs: tuple[PlannedRun, ...]
    parallel: int
    chosen_parallel: int | None
    reference: str
    max_fallback: float
    calls: Calls
    total: TotalConfig
    match: MatchConfig | None = None


def read_plan(
    file: Path,
    out: Path | None = None,
    parallel: int | None = None,
    keys: "Keys | None" = None,
    trust_code: bool = False,
    preset: str | None = None,
) -> BenchPlan:
    """Read the file of a bench and check all its worlds and teams.

    Args:
        file: The file.
        out: Folder of the results; None: that of the file, else `runs/` and the file's name.
        parallel: Concurrent runs; None: the number in the file.
        keys: Which servers of the file may have which keys, besides those of the environment and of
            keys.toml. The bench file itself binds none.
        trust_code: Whether files that the bench file names may be used, whichever they are. They are trusted
            from then on until they are edited.
        preset: Preset of all worlds and teams; None: that of the file, if it names one.

    Raises:
        ConfigError: The file has an error; the message gives its place.
    """
    config, text = read_config(file)
    if preset is not None:
        config = config.model_copy(update={"preset": preset})
    out = out or Path(config.out or Path("runs") / file.stem)
    try:
        return make_plan(config, text, out, parallel, keys, trust_code)
    except SwarmEnvError as error:
        raise ConfigError(f"{file}: {error}") from None


def make_plan(
    config: BenchConfig,
    text: str,
    out: Path,
    parallel: int | None = None,
    keys: "Keys | None" = None,
    trust_code: bool = False,
) -> BenchPlan:
    """The plan of a checked file, whose text is `text`; see `read_plan`."""
    runs = _runs(config, trust_code)
    return BenchPlan(
        text,
        out,
        runs,
        parallel or config.parallel,
        parallel or (config.parallel if "parallel" in config.model_fields_set else None),
        _reference(config, runs),
        config.max_fallback,
        _calls(config.calls, keys),
        config.total,
        config.match,
    )


def _runs(config: BenchConfig, trust_code: bool) -> tuple[PlannedRun, ...]:
    common = {} if config.preset is None else {"preset": config.preset}
    worlds = [
        (scenario, name, common | settings)
        for scenario in config.scenarios
        for name, settings in config.settings.items()
    ]
    match = config.match
    texts = list(map(_text, members_of(match) if match else config.teams))
    meant = [with_models(text, config.models) for text in texts]
    others = [as_team(match.background)] if match else []
    _check_trust(worlds, [*map(as_team, meant), *others], trust_code)
    prepared = []
    for scenario, setting, settings in worlds:
        played = texts if match is None else pairings(match, texts, scenario, settings)
        check_number(len(played) * len(worlds) * len(config.seed_list) * config.repeats)
        for text in played:
            team = with_models(text, config.models)
            prepared.append((setting, text, *_prepare(scenario, setting, settings, team)))
    runs = [
        PlannedRun(_name(world, setting, text, seed, repeat), setting, team, seed, world, repeat)
        for repeat in range(config.repeats)
        for seed in config.seed_list
        for setting, text, world, team in prepared
    ]
    if len({(run.config.model_dump_json(), str(run.team)) for run in runs}) < len(prepared):
        raise ConfigError(
            "Two teams or two settings have different texts but the same meaning: leave one of them out."
        )
    return tuple(runs)


def _check_trust(
    worlds: Sequence[tuple[str, str, Mapping[str, Any]]], teams: Sequence[Team], trust_code: bool
) -> None:
    """Raise ConfigError if a file is not trusted; with `trust_code` all are trusted from now on."""
    names = [name for scenario, _, settings in worlds for name in (scenario, *settings.values())]
    trusted_code.check(names, "it", trust_code)
    for team in teams:
        check_trust(team, "it", trust_code)
    if trust_code:
        files = trusted_code.python_files(names)
        trusted_code.remember((*files, *(file for team in teams for file in files_of(team))))


def _reference(config: BenchConfig, runs: Sequence[PlannedRun]) -> str:
    """Label of the reference, which the file names by its text or by its label; default: the first team."""
    if config.reference is None:
        return runs[0].label
    wanted = team_label(with_models(config.reference, config.models))
    for run, text in zip(runs, config.teams * len(runs), strict=False):  # teams follow one another
        if text == config.reference or run.label == wanted:
            return run.label
    teams = ", ".join(dict.fromkeys(run.label for run in runs))
    raise ConfigError(f"reference={config.reference!r:.80}: must be one of the teams: {teams}.")


def _text(team: str | dict[str, Any] | list[dict[str, Any]]) -> str:
    """The text of a team, which may be written as a table, as a list of them, or as {sides = […]}."""
    if isinstance(team, str):
        return team
    if isinstance(team, dict) and team.keys() == {"sides"}:
        return read_sides(team["sides"])
    return read_tables(team if isinstance(team, list) else [team])


def _prepare(scenario: str, setting: str, settings: Mapping[str, Any], text: str) -> tuple[WorldConfig, Team]:
    """World and team of a setting, with a count for each entry of the team."""
    try:
        config, team = configure(scenario, as_team(text), settings)
    except SwarmEnvError as error:
        place = f"settings.{setting}, scenario {scenario!r}, team {text!r:.80}"
        raise ConfigError(f"{place}: {error}") from None
    for entry in team.entries:
        if getattr(kind_of(entry), "takes_terminal", False):
            raise ConfigError(f"team {text!r:.80}: {entry.agent!r} asks a person, which a bench cannot.")
    return config, team.for_size(config.num_agents)


def _name(world: WorldConfig, setting: str, text: str, seed: int, repeat: int) -> str:
    """Name of a run's folder. The first run of a seed has the same name whatever `repeats` is."""
    again = f"-again-{repeat}" if repeat else ""
    return f"{_slug(world.scenario)}-{setting}-{_slug(text)}-{seed}{again}"


def _slug(text: str) -> str:
    """A text as part of a file name; different texts have different names."""
    plain = re.sub(r"[^A-Za-z0-9_.]+", "_", _FOLDERS.sub(r"\g<before>", text)).strip("_.")[:40]
    if plain == text:
        return plain
    return f"{plain}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


def _calls(config: CallsConfig, keys: "Keys | None") -> Calls:
    """The runner's record. Its budget also replaces that of runs that are resumed."""
    from swarm_env.chat import Budget, Keys, Limits

    given = {
        "deadline": config.deadline,
        "attempt": config.attempt_time,
        "concurrency": config.concurrency,
        "requests_per_minute": config.requests_per_minute,
        "tokens_per_minute": config.tokens_per_minute,
    }
    limits: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return Calls(
        cache=config.cache,
        budget=Budget(config.max_calls, config.max_tokens, config.max_dollars, config.on_budget),
        limits=Limits(**limits) if limits else None,
        on_failure=config.on_failure,
        breaker=config.breaker,
        keys=(keys or Keys()).with_user(),  # of this machine, also where workers of a cluster play
    )
