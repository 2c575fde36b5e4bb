"""Play many runs from one file and rank the teams."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import flag, option_records
from swarm_env.cli.options import OutputOptions, Ray, TrustOptions
from swarm_env.cli.output import note, result, result_json, width

if TYPE_CHECKING:
    from swarm_env.bench.bench import Bench
    from swarm_env.bench.folder import BenchFolder
    from swarm_env.bench.match_report import Report
    from swarm_env.bench.plan import BenchPlan
    from swarm_env.leaderboard.leaderboard import Leaderboard

FAILED, OVER_BUDGET, INTERRUPTED = 1, 3, 130


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What overrides the file; None: not given."""

    out: Path | None = flag(
        "Folder of the results. Default: `out` of the file, else runs/ and the file's name.",
        "--out",
        "-o",
        metavar="FOLDER",
    )
    parallel: int | None = flag(
        "Concurrent runs. Default: `parallel` of the file, else 4; with --ray the number of cores.",
        "--parallel",
        min=1,
        max=1024,
        metavar="N",
    )
    preset: str | None = flag(
        "Defaults of a published benchmark, for worlds and prompts: swarmbench. Overrides the file.",
        "--preset",
        metavar="NAME",
    )
    allow_key: list[str] | None = flag(
        "Let a server that the file names have the key in an environment variable. Repeatable.",
        "--allow-key",
        metavar="VARIABLE=HOST",
    )
    dry_run: bool = flag("List runs and estimate tokens and cost; play nothing.", "--dry-run", default=False)


@option_records
def bench(
    *,
    config: Annotated[
        Path,
        typer.Argument(
            help="TOML file with scenarios, teams, seeds and settings.",
            metavar="CONFIG.toml",
            show_default=False,
        ),
    ],
    options: BenchOptions,
    ray: Ray = None,
    output: OutputOptions,
    trust: TrustOptions,
) -> None:
    """Play every scenario in every setting by every team from every seed, and rank the teams.

    Examples:
        swarm bench teams.toml --dry-run
        swarm bench teams.toml --out results --parallel 8

    Run the same command again to continue: finished runs are kept, stopped or killed runs are resumed, and
    runs added to the file are played. Ctrl-C stops all runs at the end of their round.

    With --ray the runs are spread over the machines of a cluster. The folder, the limits and the output are
    the same. Runs that are lost with a machine continue elsewhere from their last round.

    Exit status: 0 all runs are finished; 1 a run failed, is invalid, or is paused because a server or an
    account cannot answer; 2 wrong input; 3 a budget is spent; 130 stopped by Ctrl-C.
    """
    notify_if_compiling(output.quiet)
    from swarm_env.bench.folder import BenchFolder
    from swarm_env.bench.plan import read_plan
    from swarm_env.chat import Keys

    keys = Keys.parse(options.allow_key)
    plan = read_plan(config, options.out, options.parallel, keys, trust.trust_code, options.preset)
    if options.dry_run:
        dry_run_plan(BenchFolder(plan), output.as_json)
        return
    from swarm_env.leaderboard import export, text_tables

    with BenchFolder(plan) as folder:
        running, board, match = play_bench(plan, folder, ray, output.quiet)
    if output.as_json:
        tables = (
            {"match": match.to_json()} if match else {"leaderboard": export.to_json(board) if board else None}
        )
        result_json({**runs_as_json(running), **tables})
    elif board:
        result(text_tables.to_text(board, width()))
    elif match:
        result(match.to_text(width()))
    finish_bench(running, output.quiet)


def play_bench(
    plan: "BenchPlan", folder: "BenchFolder", ray: str | None, quiet: bool
) -> "tuple[Bench, Leaderboard | None, Report | None]":
    """Play a bench in its locked folder, with progress, and write its leaderboard or its match there."""
    from swarm_env.bench.bench import Bench
    from swarm_env.bench.results import write_results

    running = Bench(plan, folder, notify=note if not quiet else lambda line: None)
    running.check()
    with _cluster(ray, running, quiet):
        _play(running, quiet)
    return running, *write_results(running)


@contextmanager
def _cluster(address: str | None, running: "Bench", quiet: bool) -> Iterator[None]:
    """Let a bench play on a cluster; without an address, on this machine."""
    if address is None:
        yield
        return
    from swarm_env.cluster.cluster_player import ClusterPlayer
    from swarm_env.cluster.connection import joined

    with joined(address) as cluster:
        if not quiet:
            note(str(cluster))
        parallel = running.plan.chosen_parallel or cluster.cores
        running.plan = replace(running.plan, parallel=parallel)
        with ClusterPlayer(cluster, parallel, running.plan.calls.cache) as running.player:
            yield


def _play(running: "Bench", quiet: bool) -> None:
    """Play with progress bars, or with a line per run if nothing can be drawn."""
    from swarm_env.cli.bench_progress import view

    try:
        with view(running, quiet) as tick:
            running.play(tick)
    except KeyboardInterrupt:  # a second time: threads that wait for models would keep the process alive
        note("Stopped at once. Played rounds are recorded; run the same command again to continue.")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)


def runs_as_json(running: "Bench") -> dict[str, Any]:
    """The folder and the runs of a bench, for scripts."""
    return {"folder": str(running.folder.path), "runs": [_as_dict(one) for one in running.progress]}


def finish_bench(running: "Bench", quiet: bool) -> None:
    """Print how the bench ended; exit with a status other than 0 if a run is not finished, or invalid."""
    left = [one for one in running.progress if one.stage not in ("kept", "finished")]
    if not quiet:
        causes = Counter((one.stage, one.error) for one in left if one.rounds or one.stage == "failed")
        for (stage, error), runs in causes.items():
            note(f"{runs} run{'s' * (runs != 1)} {stage}: {error}")
        done = len(running.progress) - len(left)
        note(f"{done} of {len(running.progress)} runs are finished. Results: {running.folder.path}")
        if left:
            note("Run the same command again to continue.")
    else:
        for reason, cause in _failures(running).items():
            note(f"First failure of the kind {reason}: {cause}")
        if running.over_budget:
            note(f"Stopped: {running.stopping}")
    status = _exit_status(running, bool(left))
    if status:
        raise typer.Exit(status)


def _failures(running: "Bench") -> dict[str, str]:
    """The cause of the first failure of each kind; for runs that could not go on: why."""
    found: dict[str, str] = {}
    for one in running.progress:
        for reason, cause in one.failures.items():
            found.setdefault(reason, cause)
        if one.stopped in ("endpoint", "budget") or one.stage == "failed":
            found.setdefault(one.stopped or one.stage, one.error)
    return found


def _exit_status(running: "Bench", is_unfinished: bool) -> int:
    from swarm_env.bench.bench import INTERRUPT

    if running.stopping == INTERRUPT:
        return INTERRUPTED if is_unfinished else 0
    paused = any(one.stopped == "endpoint" or one.stage == "failed" for one in running.progress)
    if paused or any(one.endpoint_failure_rate > running.plan.max_fallback for one in running.progress):
        return FAILED
    if running.over_budget or any(one.stopped == "budget" for one in running.progress):
        return OVER_BUDGET
    return FAILED if is_unfinished else 0


def _as_dict(one: Any) -> dict[str, Any]:
    spent = {name: getattr(one.spending, name, None) for name in ("tokens", "cost", "stated_cost")}
    keys = ("stage", "rounds", "score")
    state = {key: getattr(one, key) for key in keys} | {"status": one.status or None}
    return {**one.run.as_dict(), **state, **spent, "error": one.error or None}


def dry_run_plan(folder: "BenchFolder", as_json: bool) -> None:
    """Print the runs of a bench, and the estimated tokens and cost."""
    from swarm_env.bench.bench_dry_run import dry_run_bench

    folder.check()
    found = dry_run_bench(folder.plan, folder)
    if as_json:
        result_json(found.as_json())
    else:
        result(found.as_text())


COMMAND = bench
