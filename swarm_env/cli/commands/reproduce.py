"""Play the tables of a published benchmark, beside its figures."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from swarm_env.cli.commands.bench import dry_run_plan, finish_bench, play_bench, runs_as_json
from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import flag, option_records
from swarm_env.cli.options import OutputOptions, Ray
from swarm_env.cli.output import result, result_json
from swarm_env.errors import ConfigError, UnknownNameError

if TYPE_CHECKING:
    from swarm_env.bench.swarmbench.reproduction import Reproduction
    from swarm_env.chat import Keys

BENCHMARK = "swarmbench"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What is played."""

    table: list[str] | None = flag(
        "Table of the paper: scores, rules, scale, commander, noise, measures, temperature or top_p. "
        "Repeatable. Default scores.",
        "--table",
        "-t",
        metavar="NAME",
    )
    models: list[str] | None = flag(
        "Language models: what stands behind `llm:`, as in gpt-4.1 or qwen3@http://localhost:11434/v1. "
        "Repeatable, or separated by commas.",
        "--models",
        "-m",
        metavar="NAME",
    )
    agents: list[str] | None = flag(
        "Another team, as for `swarm run`. Repeatable. Without --models and --agents: scripted teams of "
        "three levels, and random.",
        "--agents",
        "-a",
        metavar="TEAM",
    )
    task: list[str] | None = flag("Only this task. Repeatable. Default: all five.", "--task", metavar="NAME")
    seeds: int = flag("Number of seeds, from 0 on. Default 5.", "--seeds", default=5, min=1, metavar="N")
    repeats: int = flag("Runs of each seed. Default 1.", "--repeats", default=1, min=1, metavar="N")
    num_agents: int = flag(
        "Number of agents, where the table does not say it. Default 10.",
        "--num-agents",
        "-n",
        default=10,
        min=1,
    )
    out: Path = flag(
        "Folder of the runs. Default runs/swarmbench.",
        "--out",
        "-o",
        default=Path("runs") / BENCHMARK,
        metavar="FOLDER",
    )
    parallel: int | None = flag("Concurrent runs. Default 4.", "--parallel", min=1, max=1024, metavar="N")
    dry_run: bool = flag("List runs and estimate tokens and cost; play nothing.", "--dry-run", default=False)


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """How models are called; budgets are those of all runs together."""

    PANEL: ClassVar = "Model calls and their cost"
    base_url: str | None = flag(
        "URL of an OpenAI-compatible server, for models without one.", "--base-url", metavar="URL"
    )
    key_env: str | None = flag(
        "Environment variable with the API key. Default OPENAI_API_KEY.", "--key-env", metavar="NAME"
    )
    max_tokens_total: int | None = flag(
        "Maximum tokens of all runs together, prompts and answers.", "--max-tokens-total", min=1, metavar="N"
    )
    max_dollars: float | None = flag(
        "Maximum cost of all runs together; for models with a known price.", "--max-dollars", metavar="USD"
    )
    deadline: float | None = flag(
        "Time limit of a decision, retries included. Default 86400, a day.", "--deadline", metavar="SECONDS"
    )
    concurrency: int | None = flag(
        "Maximum concurrent calls per endpoint.", "--concurrency", min=1, metavar="N"
    )
    requests_per_minute: float | None = flag(
        "Maximum calls per minute and endpoint.", "--requests-per-minute", metavar="N"
    )
    tokens_per_minute: float | None = flag(
        "Maximum tokens per minute and endpoint.", "--tokens-per-minute", metavar="N"
    )
    allow_key: list[str] | None = flag(
        "Let a server have the key in an environment variable. Repeatable.",
        "--allow-key",
        metavar="VARIABLE=HOST",
    )

    def limits(self) -> dict[str, dict[str, Any]]:
        """The tables `calls` and `total` of a bench file."""
        calls = ("deadline", "concurrency", "requests_per_minute", "tokens_per_minute")
        given = {name: getattr(self, name) for name in calls}
        total = {"max_tokens": self.max_tokens_total, "max_dollars": self.max_dollars}
        return {
            "calls": {name: value for name, value in given.items() if value is not None},
            "total": {name: value for name, value in total.items() if value is not None},
        }

    def defaults(self) -> dict[str, str]:
        """Options of the models that do not set them."""
        given = {"base_url": self.base_url, "key_env": self.key_env}
        return {name: value for name, value in given.items() if value is not None}


@option_records
def reproduce(
    *,
    benchmark: Annotated[
        str, typer.Argument(help=f"The benchmark: {BENCHMARK}.", metavar="BENCHMARK", show_default=False)
    ],
    tables: TableOptions,
    endpoint: EndpointOptions,
    ray: Ray = None,
    output: OutputOptions,
) -> None:
    """Play the tables of a published benchmark with any teams, and print each beside the published figures.

    Examples:
        swarm reproduce swarmbench --dry-run
        swarm reproduce swarmbench --table scores --models gpt-4.1

    The runs are those of a bench: run the same command again to continue. Other tables, teams and seeds can
    use the same folder; no run is played twice. Without --models it needs no key and plays scripted teams, in
    minutes.

    Exit status: 0 all runs are finished; 1 a run failed, is invalid, or is paused because a server or an
    account cannot answer; 2 wrong input; 3 a budget is spent; 130 stopped by Ctrl-C.
    """
    if benchmark != BENCHMARK:
        raise UnknownNameError("benchmark", benchmark, [BENCHMARK])
    notify_if_compiling(output.quiet)
    from swarm_env import trusted_code
    from swarm_env.bench.folder import BenchFolder
    from swarm_env.bench.swarmbench.comparison import compare_tables
    from swarm_env.bench.swarmbench.reproduction import plan_reproduction
    from swarm_env.playing.team import files_of

    asked = _asked(tables, endpoint)
    teams = asked.named_teams()
    trusted_code.remember([file for team in teams.values() for file in files_of(team)])
    keys = _keys(asked, endpoint)
    plan, rows = plan_reproduction(asked, tables.out, tables.parallel, keys)
    if tables.dry_run:
        dry_run_plan(BenchFolder(plan, keeps_others=True), output.as_json)
        return
    with BenchFolder(plan, keeps_others=True) as folder:
        running, *_ = play_bench(plan, folder, ray, output.quiet)
        compared = compare_tables(folder, rows)
    if output.as_json:
        result_json({**runs_as_json(running), "tables": [table.as_json() for table in compared]})
    else:
        result("\n\n\n".join(table.as_text() for table in compared))
    finish_bench(running, output.quiet)


def _asked(tables: TableOptions, endpoint: EndpointOptions) -> "Reproduction":
    from swarm_env.bench.swarmbench.reproduction import Reproduction, find_experiments
    from swarm_env.leaderboard.published_scores import TASKS
    from swarm_env.playing.team_syntax import split_entries

    tasks = tuple(dict.fromkeys(tables.task or TASKS))
    for task in tasks:
        if task not in TASKS:
            raise UnknownNameError(f"task of {BENCHMARK}", task, TASKS)
    texts = [name for text in tables.models or () for name in split_entries(text)]
    if not all(texts):
        raise ConfigError(f"--models {','.join(texts)!r:.80}: one of the names is empty.")
    return Reproduction(
        experiments=find_experiments(tables.table or ["scores"]),
        models=tuple(name.removeprefix("llm:") for name in texts),
        teams=tuple(tables.agents or ()),
        defaults=endpoint.defaults(),
        tasks=tasks,
        seeds=tables.seeds,
        repeats=tables.repeats,
        num_agents=tables.num_agents,
        limits=endpoint.limits(),
    )


def _keys(asked: "Reproduction", endpoint: EndpointOptions) -> "Keys":
    """Keys of the servers that the command line names."""
    from swarm_env.chat import Keys, where
    from swarm_env.chat.transport.endpoint import check_url
    from swarm_env.chat.transport.keys import OPENAI_KEY
    from swarm_env.playing.team_keys import keys_of

    keys = Keys.parse(endpoint.allow_key)
    keys |= keys_of([entry for team in asked.named_teams().values() for entry in team.entries])
    if endpoint.base_url is not None:
        check_url(endpoint.base_url, "base_url")
        keys = keys.allow(OPENAI_KEY, endpoint.base_url)
    if endpoint.key_env is not None:
        keys = keys.allow(endpoint.key_env, endpoint.base_url or where(None))
    return keys


COMMAND = reproduce
