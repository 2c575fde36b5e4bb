"""`swarm consensus crossed` and `worst-case`: rules against attackers who know them."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer
from swarm_env.consensus.commands.shared_options import AsJson, Ray, spreading

from swarm_env.cli.output import note, result, result_json

EVERY = 10.0  # seconds between two lines about the progress


def crossed(
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the records and tables; a study that was stopped there goes on."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One swarm, four attacks, few rules.")] = False,
    seed: Annotated[int, typer.Option(help="First seed.")] = 1,
    jobs: Annotated[int | None, typer.Option(help="Processes; default: one per processor.", min=1)] = None,
    ray: Ray = None,
    as_json: AsJson = False,
) -> None:
    """Rules, protocols, attackers, pairs, judges' taste and difficulty, all with all.

    Examples:
        swarm consensus crossed --quick
        swarm consensus crossed --out crossed
    """
    from swarm_env.consensus.studies.crossed.crossed_study import as_markdown, run_crossed, table
    from swarm_env.consensus.studies.crossed.panels import cases

    from swarm_env.runtime.disk_files import write_text

    wanted = list(cases(quick, seed))
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            note(f"{done} of {total} runs")

    file = None
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        file = out / "records.jsonl"
    with spreading(ray) as spread:
        records = run_crossed(wanted, file, jobs or os.cpu_count() or 1, report, spread)
    rows = table(wanted, records)
    lines = as_markdown(rows)
    for swarm in dict.fromkeys(case.swarm for case in wanted):
        for pairs in dict.fromkeys(case.pairs for case in wanted):
            lines += ["", f"## {swarm}, {pairs}", "", *as_markdown(table(wanted, records, swarm, pairs))]
    if out is not None:
        write_text(out / "tables.md", "\n".join(lines) + "\n")
    if as_json:
        result_json({"rows": [row._asdict() for row in rows], "records": records})
    else:
        for line in as_markdown(rows):
            result(line)


def worst_case(
    rule: Annotated[str, typer.Option(help="Rule that chooses, as in `Protocol.rule`.")] = "fortytwo",
    share: Annotated[float, typer.Option(help="Share of the nodes that attack.", min=0.0, max=1.0)] = 0.45,
    tries: Annotated[int, typer.Option(help="Settings of the attacker that are tried.", min=12)] = 240,
    nodes: Annotated[int, typer.Option(help="Nodes.", min=3)] = 35,
    questions: Annotated[int, typer.Option(help="Questions of each try.", min=32)] = 100,
    goal: Annotated[str, typer.Option(help="Accuracy to lower: on all questions, or struck.")] = "all",
    budget: Annotated[float, typer.Option(help="Stakes per attacker: bribes, coming back.", min=0)] = 0.0,
    exclude: Annotated[bool, typer.Option("--exclude/--no-exclude", help="Search for rings.")] = True,
    weighting: Annotated[str, typer.Option(help="linear, log_odds or equal.")] = "linear",
    pairs: Annotated[int | None, typer.Option(help="Pairs per judge.", min=1, show_default="all")] = None,
    held_out: Annotated[int, typer.Option(help="Seeds on which the result is measured.", min=2)] = 8,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Search for the attacker that does a rule most harm, from a neutral start.

    Examples:
        swarm consensus worst-case --goal struck
        swarm consensus worst-case --rule judges_median --no-exclude --weighting equal
    """
    from swarm_env.consensus.fortytwo.settings import Protocol, Swarm
    from swarm_env.consensus.studies.crossed.worst_case import search

    protocol = Protocol(
        rule=rule, collusion=exclude, weighting=weighting, pairs=pairs,  # type: ignore[arg-type]  # checked
    )  # fmt: skip
    found = search(
        Swarm(nodes=nodes), protocol, share, tries=tries, questions=questions, seed=seed,
        goal=goal,  # type: ignore[arg-type]  # checked
        budget=budget, held_out=held_out,
    )  # fmt: skip
    if as_json:
        result_json(found._asdict())
        return
    result(f"The worst found in {found.tries} tries, measured on {found.accuracy.n} other seeds:")
    for name, part in (("no attack", found.unharmed), ("all", found.accuracy), ("struck", found.struck)):
        result(f"{name:10} {part.value:.3f} ({max(0.0, part.low):.3f} to {min(1.0, part.high):.3f})")
    result("knobs      " + ", ".join(f"{name}={value:.2f}" for name, value in found.knobs.items()))
    result(f"honest nodes excluded {found.excluded_honest:.2f}, stakes they lost {found.stake_lost:.2f}")
