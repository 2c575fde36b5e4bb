"""`swarm consensus verify`: what verifiers observe of honest work and of fraud."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from swarm_env.consensus.commands.shared_options import AsJson, Force, Ray, spreading

from swarm_env.cli.output import note, result, result_json, results_in
from swarm_env.errors import ConfigError
from swarm_env.runtime.disk_files import write_text


def verify(
    study: Annotated[bool, typer.Option("--study", help="Run the study on the stored models.")] = False,
    seeds: Annotated[int, typer.Option(help="Pictures per digit, an even number.", min=4)] = 200,
    prompts: Annotated[int, typer.Option(help="Texts for each decoding.", min=2)] = 80,
    jobs: Annotated[
        int, typer.Option(help="Jobs of 32 chunks per machine and kind of cheat, an even number.", min=2)
    ] = 8,
    seed: Annotated[int, typer.Option(help="Seed of the choice of verifiers.", min=0)] = 0,
    processes: Annotated[
        int | None,
        typer.Option(help="Parts that run at the same time; default: processors, at most 4.", min=1),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for study.json and the plots (needs matplotlib).", show_default=False),
    ] = None,
    force: Force = False,
    ray: Ray = None,
    as_json: AsJson = False,
    details: Annotated[
        bool, typer.Option("--details", help="With --json: all measurements, under 'details'.")
    ] = False,
) -> None:
    """Measure how well verification separates honest work from fraud, on small real models.

    Examples:
        swarm consensus verify --study --seeds 40 --prompts 16

    Machines that differ in precision, batch size, threads and order of sums draw pictures, write text, prove
    activations and train; cheats do it with other or worse weights, fewer steps, another seed or prompt, or
    copy. With --json: for images, text and activations, for one verifier and two of three, the shares of
    honest work and of fraud that are accepted, and the number of decisions.
    """
    if not study:
        raise ConfigError("swarm consensus verify runs the study: add --study.")
    if seeds % 2 or jobs % 2:
        raise ConfigError("--seeds and --jobs are even: one half chooses thresholds, the other is measured.")
    from swarm_env.consensus.studies.plotting import new_figure
    from swarm_env.consensus.studies.verification.verification_plots import draw
    from swarm_env.consensus.studies.verification.verification_study import PARTS, Sizes, run, table

    if out is not None:
        new_figure(1, 1)  # says at once if matplotlib is missing
    sizes, processes = Sizes(seeds, prompts, jobs), processes or min(4, os.cpu_count() or 1)
    with results_in(out, force):
        with spreading(ray) as spread:
            found = run(sizes, seed, note, processes, spread)
        if out is not None:
            for file in draw(found["details"], out):
                note(str(file))
            write_text(out / "study.json", json.dumps(found, indent=1) + "\n")
    if as_json:
        result_json(found if details else {part: found[part] for part in PARTS})
        return
    for line in table(found):
        result(line)
    note(f"{found['details']['seconds']} s. docs/consensus/verification-study.md explains the figures.")
