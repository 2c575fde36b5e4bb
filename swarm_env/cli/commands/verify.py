"""Replay recordings and compare them round by round."""

from typing import TYPE_CHECKING, Any

import typer

from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import option_records
from swarm_env.cli.options import OutputOptions, Recordings, TrustOptions
from swarm_env.cli.output import note, progress, result, result_json

if TYPE_CHECKING:
    from swarm_env.runs.verify import Verdict

DIFFERS = 1


@option_records
def verify(*, folders: Recordings, output: OutputOptions, trust: TrustOptions) -> None:
    """Replay recordings and report for each whether every round agrees, or where it first differs.

    Examples:
        swarm verify runs

    Exit status: 0 if all agree, 1 if one does not, 2 if there is nothing to verify.
    """
    notify_if_compiling(output.quiet)
    from swarm_env.runs.recording import find_recordings
    from swarm_env.runs.verify import verify_one

    sources = [source for folder in folders for source in find_recordings(folder)]
    verdicts = []
    with progress(sources, "Replaying", output.quiet) as remaining:
        for source in remaining:
            verdict = verify_one(source, trust.trust_code)
            verdicts.append(verdict)
            if not output.quiet and not output.as_json:
                result(str(verdict))
    agree = sum(verdict.agrees for verdict in verdicts)
    if not output.quiet:
        note(f"{agree} of {len(verdicts)} agree.")
    if output.as_json:
        recordings = [_as_dict(verdict) for verdict in verdicts]
        result_json({"agrees": agree == len(verdicts), "recordings": recordings})
    if agree < len(verdicts):
        raise typer.Exit(DIFFERS)


def _as_dict(verdict: "Verdict") -> dict[str, Any]:
    keys, difference = ("source", "kind", "scenario", "rounds", "agrees", "error"), verdict.difference
    found = {key: getattr(verdict, key) for key in keys}
    return {**found, "difference": difference._asdict() if difference else None}


COMMAND = verify
