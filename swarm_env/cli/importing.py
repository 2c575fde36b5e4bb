"""`swarm import`: SwarmBench's native logs become runs."""

from pathlib import Path
from typing import Annotated

import typer

from swarm_env.cli import options as flags


def import_(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="SwarmBench log folders, or folders of them.", metavar="FOLDER...", show_default=False
        ),
    ],
    out: flags.Out = None,
    force: flags.Force = False,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Turn games recorded by SwarmBench into runs that can be watched, verified and forked."""
