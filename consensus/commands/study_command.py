"""`swarm consensus study`: where the protocol helps, and where it fails, with intervals and pictures."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from swarm_env.consensus.commands.ray_option import Ray, spreading

from swarm_env.cli.output import note, result, result_json
from swarm_env.errors import ConfigError

EVERY = 10.0  # seconds between notes of progress


def study(
    out: Annotated[Path, typer.Option(help="Folder for study.json, tables.md and the pictures.")] = Path(
        "study"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="Few short runs: to see that it works.")] = False,
    jobs: Annotated[
        int | None, typer.Option(help="Processes.", min=1, show_default="one per processor")
    ] = None,
    ray: Ray = None,
    plots: Annotated[bool, typer.Option(help="Draw pictures (needs matplotlib).")] = True,
    seed: Annotated[int, typer.Option(help="Of the first run; the others follow.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")] = False,
) -> None:
    """Simulate swarms of every kind: four claims about the Fortytwo protocol, and where they end."""
    from swarm_env.consensus.studies.fortytwo.protocol_study import as_json as figures
    from swarm_env.consensus.studies.fortytwo.protocol_study import run_study
    from swarm_env.consensus.studies.fortytwo.study_plan import panels
    from swarm_env.consensus.studies.fortytwo.study_plots import draw_study
    from swarm_env.consensus.studies.fortytwo.study_text import findings, tables

    try:
        if out.exists() and any(out.iterdir()) and not force:
            raise ConfigError(f"--out {out} is not empty. Choose another folder, or add --force.")
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {out}: cannot be written ({error.strerror or error}).") from None
    started = last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            note(f"{done} of {total} runs, {last - started:.0f} s")

    with spreading(ray) as spread:
        measured = run_study(panels(quick), seed, jobs, tell, spread)
    told = figures(measured, seed)
    (out / "study.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (out / "tables.md").write_text(tables(measured), encoding="utf-8")
    if plots:
        draw_study(measured, out)
    if as_json:
        result_json(told)
    else:
        for line in findings(measured):
            result(line)
    note(f"Took {time.monotonic() - started:.0f} s. Everything is in {out}.")
