"""`swarm consensus codef-study`: when the votes of all defenders beat several votes of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from swarm_env.consensus.commands.codef_command import BlindSpots, Caution, Common, ErrorRate
from swarm_env.consensus.commands.shared_options import AsJson, Force, Ray, spreading

from swarm_env.cli.output import note, result, result_json, results_in, width
from swarm_env.runtime.disk_files import write_text

if TYPE_CHECKING:
    from swarm_env.consensus.studies.codef.threshold_study import Check, Line


def codef_study(
    scenarios: Annotated[int, typer.Option(help="Scenarios of each seed.", min=1)] = 119,
    seeds: Annotated[
        int, typer.Option(help="Seeds, from --seed on; scenarios of all count together.", min=1)
    ] = 5,
    seed: Annotated[int, typer.Option(help="The first seed.", min=0)] = 1,
    draws: Annotated[int, typer.Option(help="Votes of each voter on one question.", min=2)] = 2000,
    error_rate: ErrorRate = 0.15,
    blind_spots: BlindSpots = 0.3,
    common: Common = 0.3,
    caution: Caution = 0.25,
    ray: Ray = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for study.json and the plots.", show_default=False)
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Vary voters' errors, the threshold, the number of defenders and the asker; compare the outcomes.

    Examples:
        swarm consensus codef-study --seeds 2 --out study
    """
    import json

    from swarm_env.consensus.codef.voters.simulated_voters import Traits
    from swarm_env.consensus.studies.codef.threshold_study import run

    traits = Traits(error_rate, blind_spots, common, caution)
    with results_in(out, force):
        with spreading(ray) as spread:
            chosen = range(seed, seed + seeds)
            found = run(scenarios, chosen, traits, draws, lambda what: note(f"{what} ..."), spread or map)
        plain = {
            **found,
            "lines": [line.plain() for line in found["lines"]],
            "checks": [check.plain() for check in found["checks"]],
        }
        if as_json:
            result_json(plain)
        else:
            _show(found["lines"], found["checks"])
        if out is not None:
            from swarm_env.consensus.studies.codef.error_plots import draw

            for file in draw(found["lines"], found["checks"], out):
                note(str(file))
            write_text(out / "study.json", json.dumps(plain, indent=1) + "\n")


def _show(lines: "list[Line]", checks: "list[Check]") -> None:
    """Print one table per series."""
    from swarm_env.leaderboard.aligned_table import aligned

    for series in dict.fromkeys(line.series for line in lines):
        rows, notes = [], []
        for line in (line for line in lines if line.series == series):
            for name, score in line.scores.items():
                low, high = score.balanced.low, score.balanced.high
                shares = (score.sensitive_blocked.value, score.benign_succeeded.value)
                balance = f"{100 * score.balanced.value:.1f} ({100 * low:.0f}-{100 * high:.0f})"
                rows.append([line.label, str(line.x), name, *(f"{100 * one:.1f}" for one in shares), balance])
            if line.gain is not None:
                value, low, high, _ = line.gain
                notes.append(
                    f"{line.label} {line.x}: codef minus self_voting {100 * value:+.1f} "
                    f"({100 * low:+.1f} to {100 * high:+.1f}): {line.verdict}"
                )
        titles = ["setting", "value", "defence", "blocked", "benign", "balanced"]
        result("\n".join([f"\n{series}", aligned(titles, rows, 3, width()), *notes]))
    result("\nindependent votes on one question, beside the arithmetic")
    rows = []
    for one in checks:
        value, low, high, _ = one.measured
        interval = f"{100 * low:.1f}-{100 * high:.1f}{'' if one.agrees else ' outside'}"
        cells = (str(one.voters), str(one.threshold), f"{100 * value:.1f}", interval)
        rows.append([one.case, *cells, f"{100 * one.expected:.1f}"])
    titles = ["question", "voters", "needed", "blocked", "99.9% interval", "expected"]
    result(aligned(titles, rows, 1, width()))
