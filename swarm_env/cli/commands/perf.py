"""Measure the speed of the simulation on this machine."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import option_records
from swarm_env.cli.options import OutputOptions
from swarm_env.cli.output import progress, result, result_json, width
from swarm_env.cli.shell import completion

if TYPE_CHECKING:
    from swarm_env.perf import Measurement


@option_records
def perf(
    *,
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            help="Scenarios to measure. Default: all.",
            show_default=False,
            autocompletion=completion.of("scenario"),
        ),
    ] = None,
    worlds: Annotated[int, typer.Option(help="Worlds in a batch.", min=1, max=2**20)] = 4096,
    threads: Annotated[int, typer.Option(help="Threads for a batch.", min=1, max=1024)] = 1,
    seconds: Annotated[float, typer.Option(help="Time for each measurement.", min=0.01, max=3600.0)] = 1.0,
    output: OutputOptions,
) -> None:
    """Measure how many agent-steps per second this machine simulates.

    Examples:
        swarm perf
        swarm perf pursuit --worlds 1024 --threads 2

    Ten agents on 12 x 12 cells with view 5 make random moves. The column "floor" is a baseline measured just
    before: agents that only move and observe, without pushing and scenario rules. The ratio says how many
    times longer a round takes than in the baseline; compare ratios between machines, not rates.
    """
    from swarm_env.registry import load, names

    for name in scenarios or ():
        load("scenario", name)
    notify_if_compiling(output.quiet)
    from swarm_env.perf import measure_parallel, measure_vector

    cases = [(name, is_batch) for name in scenarios or names("scenario") for is_batch in (True, False)]
    titles = [f"{name}, {f'{worlds} worlds' if is_batch else 'PettingZoo'}" for name, is_batch in cases]
    measured = []
    with progress(cases, "", output.quiet, [f"measuring {title}" for title in titles]) as remaining:
        for name, is_batch in remaining:
            if is_batch:
                measured.append(measure_vector(name, worlds, threads, seconds))
            else:
                measured.append(measure_parallel(name, seconds))
    if output.as_json:
        rows = [{**asdict(one), "times_floor": one.times_floor} for one in measured]
        result_json([{"face": row.pop("api"), **row} for row in rows])  # the key of version 0.1.0
    else:
        _print_table(measured)


def _print_table(measured: list["Measurement"]) -> None:
    from swarm_env.leaderboard.aligned_table import aligned

    titles = ["scenario", "API", "worlds", "threads", "agent-steps/s", "floor", "times the floor"]
    rows = []
    for m in measured:
        speeds = (f"{value / 1e6:.2f} M" for value in (m.rate, m.floor))
        rows.append([m.scenario, m.api, str(m.worlds), str(m.threads), *speeds, f"{m.times_floor:.2f}"])
    result(aligned(titles, rows, text_columns=2, width=width()))


COMMAND = perf
