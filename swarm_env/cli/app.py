"""The program `swarm`: its commands, its error messages, its exit status.

0    done
1    a check failed: a replay mismatch (`verify`, `import`), a failed run (`bench`), an invalid run (`run`,
     `bench`, `score --strict`), a run paused because its endpoint cannot answer (`run`, `bench`)
2    wrong input, or the run cannot continue: one line on standard error gives the reason
3    `run` or `bench` paused because a budget for language models is spent; what was recorded is complete
130  stopped by Ctrl-C; what was recorded is complete
"""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Annotated, Any, NoReturn

import typer

from swarm_env.cli.output import note
from swarm_env.errors import BudgetReached, EndpointFailure, SwarmEnvError
from swarm_env.registry import is_built_in, load, summaries

FAILED, WRONG_INPUT, OVER_BUDGET, INTERRUPTED = 1, 2, 3, 130
EPILOG = (
    "Exit status: 0 done, 1 a check failed (replay mismatch, failed, invalid or paused run), 2 wrong input, "
    "3 the budget is spent, 130 stopped by Ctrl-C."
)
_PASSWORD = re.compile(r"://[^/@\s]+@")


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program with the arguments after its name (None: those of this process) and exit.

    Raises `SystemExit` always, with the status.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if "--ray" in arguments:
        from swarm_env.cluster.connection import with_address

        arguments = with_address(arguments)
    try:
        build(arguments)(args=list(arguments), prog_name="swarm")
    except SwarmEnvError as error:
        note(f"Error: {without_keys(str(error))}")
        status = OVER_BUDGET if isinstance(error, BudgetReached) else WRONG_INPUT
        status = FAILED if isinstance(error, EndpointFailure) else status
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:  # the reader of our output (head, less) has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        note(f"Error: {error}")
        status = WRONG_INPUT
    else:
        status = 0
    sys.exit(status)


def without_keys(text: str) -> str:
    """A text with API keys and passwords in URLs removed."""
    text = _PASSWORD.sub("://[key]@", text)
    chat = sys.modules.get("swarm_env.chat")  # if it was never imported, no key was read
    return text if chat is None else str(chat.scrub(text))


def show_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback of an unexpected error, without keys. A `sys.excepthook`."""
    sys.stderr.write(without_keys("".join(traceback.format_exception(kind, error, trace))))


def build(arguments: Sequence[str]) -> typer.Typer:
    """The program with the commands that these arguments need.

    Only the named command is imported; other distributions are searched for commands only if it is not a
    built-in one.
    """
    program = typer.Typer(
        name="swarm",
        help="Play, record, verify and rank multi-agent swarms on a grid.",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_options)
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    if named is not None and is_built_in("command", named):
        _add_command(program, named, load("command", named))
        return program
    for name, summary in summaries("command").items():
        command: Any = load("command", name) if name == named else _not_named
        _add_command(program, name, command, None if name == named else summary)
    return program


def _add_command(program: typer.Typer, name: str, command: Any, help_text: str | None = None) -> None:
    if isinstance(command, typer.Typer):
        program.add_typer(command, name=name)
    else:
        program.command(name, help=help_text)(command)


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


def _not_named() -> None:
    """Placeholder for a command that is listed, not called."""
