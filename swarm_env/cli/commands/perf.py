"""Measure how fast this machine runs the worlds."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import can_draw, note, result_json

if TYPE_CHECKING:
    from swarm_env.perf import Measurement


def perf(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Scenarios to measure. Default: all.", show_default=False)
    ] = None,
    worlds: Annotated[int, typer.Option(help="Worlds in a batch.", min=1, max=2**20)] = 4096,
    threads: Annotated[int, typer.Option(help="Threads for a batch.", min=1, max=1024)] = 1,
    seconds: Annotated[float, typer.Option(help="Time for each measurement.", min=0.01, max=3600.0)] = 1.0,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Measure how many agent-steps per second this machine makes.

    Ten agents on 12 x 12 cells with a view of 5 make random moves. Each figure stands beside the floor:
    agents that only move and see, without pushing or rules, measured right before. The ratio says how many
    times as long a round takes; it can be compared between machines, the figures cannot.
    """
    from swarm_env.cli.live_view import notify_if_compiling
    from swarm_env.registry import load, names

    for name in scenarios or ():
        load("scenario", name)
    if not quiet:
        notify_if_compiling()
    from swarm_env.perf import measure_parallel, measure_vector

    cases: list[tuple[str, Callable[[], Measurement]]] = []
    for name in scenarios or names("scenario"):
        cases.append((f"{name}, {worlds} worlds", partial(measure_vector, name, worlds, threads, seconds)))
        cases.append((f"{name}, PettingZoo", partial(measure_parallel, name, seconds)))
    measured = list(_one_by_one(cases, quiet))
    if as_json:
        result_json([{**asdict(m), "times_floor": m.times_floor} for m in measured])
    else:
        _print_table(measured)


def _one_by_one(cases: list[tuple[str, Any]], quiet: bool) -> Iterator["Measurement"]:
    """Measure each case, saying which."""
    if quiet or not can_draw():
        for name, measure in cases:
            if not quiet:
                note(f"measuring {name}")
            yield measure()
        return
    from rich.console import Console
    from rich.progress import Progress

    # Drawn only between measurements: a thread that redraws would take time from them.
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=len(cases))
        for name, measure in cases:
            progress.update(task, description=name, refresh=True)
            yield measure()
            progress.update(task, advance=1, refresh=True)


def _print_table(measured: list["Measurement"]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("scenario", "face"):
        table.add_column(title, no_wrap=True)
    for title in ("worlds", "threads", "agent-steps/s", "floor", "times the floor"):
        table.add_column(title, justify="right")
    for m in measured:
        speeds = (f"{value / 1e6:.2f} M" for value in (m.rate, m.floor))
        table.add_row(m.scenario, m.api, str(m.worlds), str(m.threads), *speeds, f"{m.times_floor:.2f}")
    Console().print(table)


COMMAND = perf
