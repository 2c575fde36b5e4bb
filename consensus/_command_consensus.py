"""Rank by votes; simulate, question and study swarms that decide together."""

import typer

from consensus._commands.codef import codef
from consensus._commands.codef_study import codef_study
from consensus._commands.fortytwo import fortytwo
from consensus._commands.rank import rank
from consensus._commands.study import study
from consensus._commands.verify import verify

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
COMMAND.command("study")(study)
COMMAND.command("codef")(codef)
COMMAND.command("codef-study")(codef_study)
COMMAND.command("verify")(verify)
