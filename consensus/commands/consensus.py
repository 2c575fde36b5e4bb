"""Rank by votes; simulate, question and study swarms that decide together."""

import typer
from swarm_env.consensus.commands.codef_command import codef
from swarm_env.consensus.commands.codef_study_command import codef_study
from swarm_env.consensus.commands.crossed_command import crossed, worst_case
from swarm_env.consensus.commands.fortytwo_command import fortytwo
from swarm_env.consensus.commands.rank_command import rank
from swarm_env.consensus.commands.study_command import study
from swarm_env.consensus.commands.verify_command import verify

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
COMMAND.command("crossed")(crossed)
COMMAND.command("worst-case")(worst_case)
COMMAND.command("codef")(codef)
COMMAND.command("codef-study")(codef_study)
COMMAND.command("verify")(verify)
