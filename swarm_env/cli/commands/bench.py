"""`swarm bench`: many runs from one file."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import note, result, result_json

if TYPE_CHECKING:
    from swarm_env.bench.bench import Bench
    from swarm_env.bench.plan import BenchPlan
    from swarm_env.leaderboard.leaderboard import Leaderboard

FAILED, INTERRUPTED = 1, 130


def bench(
    config: Annotated[
        Path,
        typer.Argument(
            help="TOML file with scenarios, teams, seeds and settings.",
            metavar="CONFIG.toml",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Folder of the results. Default: what the file says, else runs/ and the file's name.",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            help="Runs at a time. Default: what the file says, else 4; with --ray as many as cores.",
            min=1,
            max=1024,
            metavar="N",
            show_default=False,
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            help="Play on a Ray cluster: on the one at ADDRESS, or without ADDRESS on one started here.",
            metavar="[ADDRESS]",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the runs and what they may take; play nothing.")
    ] = False,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Play every scenario in every setting by every team from every seed, and rank the teams.

    Run it again to go on: finished runs are kept, those that were stopped or killed are resumed, and runs
    that were added to the file are played. Ctrl-C stops all runs at the end of their round.

    With --ray the runs are spread over the machines of a cluster; the folder, the limits and what is shown
    are the same, and runs that are lost with a machine go on elsewhere from their last round.

    Exit status: 0 all runs are finished; 1 a run failed or was stopped by a budget; 2 wrong input; 130
    stopped by Ctrl-C.
    """
    from swarm_env.cli.live_view import notify_if_compiling

    if not quiet:
        notify_if_compiling()
    from swarm_env.bench.folder import BenchFolder
    from swarm_env.bench.plan import read_plan

    plan = read_plan(config, out, parallel)
    if dry_run:
        _rehearse(plan, as_json)
        return
    from swarm_env.bench.bench import Bench

    with BenchFolder(plan) as folder:
        going = Bench(plan, folder, notify=note if not quiet else lambda line: None)
        going.check()
        with _cluster(ray, going, quiet):
            _watch(going, quiet)
        board = _write_leaderboard(going)
    _tell(going, board, as_json, quiet)


@contextmanager
def _cluster(address: str | None, going: "Bench", quiet: bool) -> Iterator[None]:
    """Let a bench be played on a cluster, if one is asked for."""
    if address is None:
        yield
        return
    from swarm_env.cluster.cluster_player import ClusterPlayer
    from swarm_env.cluster.connection import joined

    with joined(address) as cluster:
        if not quiet:
            note(str(cluster))
        parallel = going.plan.chosen_parallel or cluster.cores
        going.plan = replace(going.plan, parallel=parallel)
        with ClusterPlayer(cluster, parallel, going.plan.calls.cache) as going.player:
            yield


def _watch(going: "Bench", quiet: bool) -> None:
    """Play with a live view, or with a line per run where nothing can be drawn."""
    from swarm_env.cli.bench_progress import view

    try:
        with view(going, quiet) as tick:
            going.play(tick)
    except KeyboardInterrupt:  # a second time: threads that wait for models would hold the process back
        note("Stopped at once. What was played is recorded; run the same command again to go on.")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)


def _write_leaderboard(going: "Bench") -> "Leaderboard | None":
    """Score what was played into the folder; None when nothing was."""
    from swarm_env.bench.results import write_leaderboard

    return write_leaderboard(going)


def _tell(going: "Bench", board: "Leaderboard | None", as_json: bool, quiet: bool) -> None:
    """Say how it ended, and exit with 1 or 130 if not all runs are finished."""
    from swarm_env.bench.bench import INTERRUPT
    from swarm_env.leaderboard import export, text_tables

    left = [one for one in going.progress if one.stage not in ("kept", "finished")]
    if as_json:
        result_json(
            {
                "folder": str(going.folder.path),
                "runs": [_as_dict(one) for one in going.progress],
                "leaderboard": export.to_json(board) if board else None,
            }
        )
    elif board:
        result(text_tables.to_text(board))
    causes = Counter((one.stage, one.error) for one in left if one.rounds or one.stage == "failed")
    for (stage, error), runs in causes.items() if not quiet else ():
        note(f"{runs} run{'s' * (runs != 1)} {stage}: {error}")
    done = len(going.progress) - len(left)
    if not quiet:
        note(f"{done} of {len(going.progress)} runs are finished. Results: {going.folder.path}")
    if left and not quiet:
        note("Run the same command again to go on with the others.")
    if left:
        raise typer.Exit(INTERRUPTED if going.stopping == INTERRUPT else FAILED)


def _as_dict(one: Any) -> dict[str, Any]:
    spent = one.spending
    return {
        "name": one.run.name,
        "scenario": one.run.config.scenario,
        "setting": one.run.setting,
        "team": str(one.run.team),
        "seed": one.run.seed,
        "stage": one.stage,
        "rounds": one.rounds,
        "score": one.score,
        "tokens": spent.tokens if spent else None,
        "cost": spent.cost if spent else None,
        "error": one.error or None,
    }


def _rehearse(plan: "BenchPlan", as_json: bool) -> None:
    """List the runs and what they may take."""
    from swarm_env.bench.bench_dry_run import dry_run_bench
    from swarm_env.bench.folder import BenchFolder

    folder = BenchFolder(plan)
    folder.check()
    rehearsed = dry_run_bench(plan, folder)
    if as_json:
        result_json(rehearsed.as_json())
    else:
        result(rehearsed.as_text())
