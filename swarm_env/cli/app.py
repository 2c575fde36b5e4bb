"""The program `swarm`: which commands it has, how errors are told, what it exits with.

0    done
1    what was checked does not hold: a game goes differently when it is played again (`verify`, `import`), a
     run of a `bench` failed, a run is not valid (`score --strict`)
2    wrong input, or the run could not go on: one line on standard error says why
3    `run` stopped because its budget for language models is spent; what was recorded is complete
130  stopped by Ctrl-C; what was recorded until then is complete
"""

import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Annotated, Any, NoReturn

import typer

from swarm_env.cli.commands import bench, import_, perf, replay, run, score, verify
from swarm_env.cli.commands import list as listing
from swarm_env.cli.output import note
from swarm_env.errors import SwarmEnvError

WRONG_INPUT, INTERRUPTED = 2, 130
EPILOG = (
    "Exit status: 0 done, 1 what was checked does not hold (a game goes differently when played again, a run "
    "failed or is not valid), 2 wrong input, 3 the budget is spent, 130 stopped by Ctrl-C."
)
_PASSWORD = re.compile(r"://[^/@\s]+@")
COMMANDS: dict[str, Callable[..., None]] = {
    "list": listing.list_,
    "run": run.run,
    "bench": bench.bench,
    "score": score.score,
    "replay": replay.replay,
    "verify": verify.verify,
    "import": import_.import_,
    "perf": perf.perf,
}


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit.

    Args:
        arguments: What follows the program's name; None: what the process was given.

    Raises:
        SystemExit: Always, with the status.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if "--ray" in arguments:
        from swarm_env.cluster.connection import with_address

        arguments = with_address(arguments)
    try:
        build(arguments)(args=list(arguments), prog_name="swarm")
    except SwarmEnvError as error:
        note(f"Error: {without_keys(str(error))}")
        status = WRONG_INPUT
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:  # whoever read our output (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        note(f"Error: {error}")
        status = WRONG_INPUT
    else:
        status = 0
    sys.exit(status)


def without_keys(text: str) -> str:
    """A text without the keys of endpoints, if any were used, and without passwords in addresses."""
    text = _PASSWORD.sub("://[key]@", text)
    chat = sys.modules.get("swarm_env.chat")  # not imported for this: nobody read a key without it
    return text if chat is None else str(chat.scrub(text))


def show_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write the traceback of an error that nobody foresaw, without keys. To be `sys.excepthook`."""
    sys.stderr.write(without_keys("".join(traceback.format_exception(kind, error, trace))))


def build(arguments: Sequence[str]) -> typer.Typer:
    """The program with the commands that these arguments can reach.

    Args:
        arguments: What follows the program's name. Commands of rooms and of installed distributions are
            looked up only if none of our own is named first, and imported only if they are named.

    Returns:
        The program.
    """
    program = typer.Typer(
        name="swarm",
        help="Watch, record and check swarms: agents that see little, say little and must act together.",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_options)
    for name, function in COMMANDS.items():
        program.command(name)(function)
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    if named not in COMMANDS:
        _add_commands_of_rooms(program, named)
    return program


def _print_version(wanted: bool) -> None:
    if wanted:
        import swarm_env

        typer.echo(f"swarm-env {swarm_env.__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Options of the program itself."""


def _add_commands_of_rooms(program: typer.Typer, named: str | None) -> None:
    from swarm_env.registry import load, summaries

    for name, summary in summaries("command").items():
        command: Any = load("command", name) if name == named else None
        if isinstance(command, typer.Typer):
            program.add_typer(command, name=name)
        else:
            program.command(name, help=summary)(command or _not_named)


def _not_named() -> None:
    """Stands for a command that is listed but not called."""
