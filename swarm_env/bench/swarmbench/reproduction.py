"""From the tables and teams that are asked for to one bench, and back to the runs of each row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarm_env.bench.bench_file import check_config
from swarm_env.bench.plan import BenchPlan, PlannedRun, make_plan
from swarm_env.bench.swarmbench.experiments import EXPERIMENTS, Experiment, Variant, settings_of
from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.leaderboard.published_scores import AGENTS, BENCHMARK, TASKS
from swarm_env.playing.team import Team, completed
from swarm_env.playing.team_syntax import sorted_options

if TYPE_CHECKING:
    from swarm_env.chat import Keys

BASELINES = ("scripted", "scripted?level=middle", "scripted?level=low", "random")
TEXT = "# The runs of `swarm reproduce swarmbench`; that command continues them.\n"
_DATE = re.compile(r"-(20\d{2}-?\d{2}-?\d{2}|latest|instruct)(?=-|$)")


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What is asked for.

    Attributes:
        experiments: The tables.
        models: What stands behind `llm:` for each model.
        teams: Other teams, as for `--agents`.
        defaults: Options of the models that do not set them, such as `base_url`.
        tasks: The tasks.
        seeds: Number of seeds, from 0 on.
        repeats: Runs of each seed.
        num_agents: Agents, where a table does not say how many.
        limits: Tables `calls` and `total` of a bench file.
    """

    experiments: tuple[Experiment, ...]
    models: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    defaults: Mapping[str, str] | None = None
    tasks: tuple[str, ...] = TASKS
    seeds: int = 5
    repeats: int = 1
    num_agents: int = AGENTS[0]
    limits: Mapping[str, Mapping[str, Any]] | None = None

    def named_teams(self) -> dict[str, Team]:
        """All teams by the name that they have in the tables.

        Raises:
            ConfigError: One cannot be used, or is named twice.
        """
        named = [(model.partition("?")[0].partition("@")[0], f"llm:{model}") for model in self.models]
        named += [(team, team) for team in self.teams or (() if self.models else BASELINES)]
        found: dict[str, Team] = {}
        for name, text in named:
            team = Team.parse(text)
            if text.startswith("llm:") and self.defaults:
                team = completed(team, self.defaults)
            name = name if name not in found else text
            if name in found or team in found.values():
                raise ConfigError(f"The team {text!r:.80} is named twice.")
            found[name] = team
        return found


@dataclass(frozen=True, slots=True)
class PlayedRow:
    """The runs of one row of a table."""

    experiment: Experiment
    variant: Variant
    team: str
    runs: tuple[PlannedRun, ...]


def find_experiments(names: Sequence[str]) -> tuple[Experiment, ...]:
    """The tables of these names, in the order of the paper.

    Raises:
        ConfigError: There is no such table.
    """
    for name in names:
        if name not in EXPERIMENTS:
            raise ConfigError(
                f"--table {name!r:.40}: there is no such table.{did_you_mean(name, EXPERIMENTS)} "
                f"Tables: {', '.join(EXPERIMENTS)}."
            )
    return tuple(one for name, one in EXPERIMENTS.items() if name in names)


def plan_reproduction(
    asked: Reproduction,
    out: Path,
    parallel: int | None = None,
    keys: "Keys | None" = None,
    trust_code: bool = False,
) -> tuple[BenchPlan, tuple[PlayedRow, ...]]:
    """The runs of all tables as one bench; what several tables share is played once.

    Args:
        asked: Tables and teams.
        out: Folder of the results.
        parallel: Concurrent runs.
        keys: Which servers may have which keys.
        trust_code: Whether Python files that teams name may be used.

    Raises:
        ConfigError: A team cannot play, or a table needs language models.
    """
    plans, rows = [], []
    teams = asked.named_teams()
    for experiment in asked.experiments:
        playing = {
            name: team for name, team in teams.items() if not experiment.needs_models or _is_model(team)
        }
        if not playing:
            raise ConfigError(
                f"The table {experiment.name} varies an option of language models: name some with --models."
            )
        for variant in experiment.variants:
            for name, team in playing.items():
                table = {
                    "scenarios": list(asked.tasks),
                    "teams": [str(_with_options(team, variant.options))],
                    "seeds": asked.seeds,
                    "repeats": asked.repeats,
                    "preset": BENCHMARK,
                    "settings": settings_of(variant, asked.num_agents),
                    **(asked.limits or {}),
                }
                plan = make_plan(check_config(table), TEXT, out, parallel, keys, trust_code)
                plans.append(plan)
                rows.append(PlayedRow(experiment, variant, name, plan.runs))
    runs = {run.name: run for plan in plans for run in plan.runs}
    return replace(plans[0], runs=tuple(runs.values())), tuple(rows)


def same_model(name: str) -> str:
    """The name of a model without its provider, date and spelling, to find it in the paper's tables."""
    model = name.removeprefix("llm:").partition("?")[0].partition("@")[0]
    plain = model.rpartition("/")[2].partition(":")[0].lower().replace(".", "-").replace("_", "-")
    return _DATE.sub("", plain)


def _is_model(team: Team) -> bool:
    return any(entry.agent.partition(":")[0] == "llm" for entry in team.entries)


def _with_options(team: Team, options: Mapping[str, str]) -> Team:
    """The team whose language models have these options instead of their own."""
    if not options:
        return team
    entries = (
        replace(entry, options=sorted_options({**dict(entry.options), **options}))
        if entry.agent.partition(":")[0] == "llm"
        else entry
        for entry in team.entries
    )
    return Team(tuple(entries))
