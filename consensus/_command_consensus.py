"""Rank by votes; simulate, question and study swarms that decide together."""

import typer

from consensus._commands.fortytwo import fortytwo
from consensus._commands.rank import rank

COMMAND = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@COMMAND.callback()
def _group() -> None:
    """Rank by votes; simulate, question and study swarms that decide together."""


COMMAND.command("rank")(rank)
COMMAND.command("fortytwo")(fortytwo)
