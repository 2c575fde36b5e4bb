"""`swarm consensus study`: where the protocol helps and where it fails, with intervals and plots."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from swarm_env.consensus.commands.shared_options import AsJson, Force, Ray, spreading

from swarm_env.cli.output import note, result, result_json, results_in
from swarm_env.runtime.disk_files import write_text

EVERY = 10.0  # seconds between notes of progress


def study(
    out: Annotated[Path, typer.Option(help="Folder for study.json, tables.md and the plots.")] = Path(
        "study"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="Few short runs, to see that it works.")] = False,
    jobs: Annotated[
        int | None, typer.Option(help="Processes.", min=1, show_default="one per processor")
    ] = None,
    ray: Ray = None,
    plots: Annotated[bool, typer.Option(help="Draw plots (needs matplotlib).")] = True,
    seed: Annotated[int, typer.Option(help="Seed of the first run; the others follow.")] = 1,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Simulate many kinds of swarms: four claims about the Fortytwo protocol, and their limits.

    Examples:
        swarm consensus study --quick --out study
    """
    from swarm_env.consensus.studies.fortytwo.protocol_study import as_json as study_json
    from swarm_env.consensus.studies.fortytwo.protocol_study import run_study
    from swarm_env.consensus.studies.fortytwo.study_plan import panels
    from swarm_env.consensus.studies.fortytwo.study_plots import draw_study
    from swarm_env.consensus.studies.fortytwo.study_text import findings, tables

    started = last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            note(f"{done} of {total} runs, {last - started:.0f} s")

    with results_in(out, force):
        with spreading(ray) as spread:
            measured = run_study(panels(quick), seed, jobs, report, spread)
        figures = study_json(measured, seed)
        write_text(out / "tables.md", tables(measured))
        if plots:
            draw_study(measured, out)
        write_text(out / "study.json", json.dumps(figures, indent=1) + "\n")
    if as_json:
        result_json(figures)
    else:
        for line in findings(measured):
            result(line)
    note(f"Took {time.monotonic() - started:.0f} s. All files are in {out}.")
