"""`swarm verify`: play recordings again and compare them round by round."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import note, progress, result, result_json

if TYPE_CHECKING:
    from swarm_env.runs.verify import Verdict

DIFFERS = 1


def verify(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="Runs, SwarmBench log folders, or folders of them.", metavar="FOLDER...", show_default=False
        ),
    ],
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Play recordings again and say for each whether every round agrees, or where it first differs.

    Exit status: 0 if all agree, 1 if one does not, 2 if there is nothing to verify.
    """
    from swarm_env.cli.live_view import notify_if_compiling

    if not quiet:
        notify_if_compiling()
    from swarm_env.runs.recording import find_recordings
    from swarm_env.runs.verify import verify_one

    sources = [source for folder in folders for source in find_recordings(folder)]
    verdicts = []
    with progress(sources, "Playing again", quiet) as going:
        for source in going:
            verdict = verify_one(source)
            verdicts.append(verdict)
            if not quiet and not as_json:
                result(str(verdict))
    agree = sum(verdict.agrees for verdict in verdicts)
    if not quiet:
        note(f"{agree} of {len(verdicts)} agree.")
    if as_json:
        result_json(
            {"agrees": agree == len(verdicts), "recordings": [_as_dict(verdict) for verdict in verdicts]}
        )
    if agree < len(verdicts):
        raise typer.Exit(DIFFERS)


def _as_dict(verdict: "Verdict") -> dict[str, Any]:
    difference = verdict.difference
    return {
        "source": verdict.source,
        "kind": verdict.kind,
        "scenario": verdict.scenario,
        "rounds": verdict.rounds,
        "agrees": verdict.agrees,
        "difference": difference._asdict() if difference else None,
        "error": verdict.error,
    }
