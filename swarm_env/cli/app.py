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
from swarm_env.cli.shell import completion
from swarm_env.cli.shell.help_text import with_help
from swarm_env.errors import (
    BudgetReached,
    ConfigError,
    EndpointFailure,
    SwarmEnvError,
    UnknownNameError,
    did_you_mean,
)
from swarm_env.registry import is_built_in, load, summaries
from swarm_env.runtime.foreign_code import SHOW, is_loaded_file, line_of_error

FAILED, WRONG_INPUT, OVER_BUDGET, INTERRUPTED = 1, 2, 3, 130
EPILOG = (
    "Exit status: 0 done, 1 a check failed (replay mismatch, failed, invalid or paused run), 2 wrong input, "
    "3 the budget is spent, 130 stopped by Ctrl-C."
)
_UsageError: Any = typer.BadParameter.__mro__[1]
_PASSWORD = re.compile(r"://[^/@\s]+@")


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program with the arguments after its name (None: those of this process) and exit.

    Raises `SystemExit` always, with the status.
    """
    completed = completion.words()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if "--ray" in arguments:
        from swarm_env.cluster.connection import with_address

        arguments = with_address(arguments)
    try:
        _check_empty(arguments)
        program: Any = with_help(typer.main.get_command(build(completed or arguments)))
        if completed is not None:
            program(prog_name="swarm")  # answers the shell and exits
        with program.make_context("swarm", list(arguments)) as context:
            program.invoke(context)
        status = 0
    except typer.Exit as end:
        status = end.exit_code
    except _UsageError as error:
        note(f"Error: {without_keys(usage_error(error, arguments))}")
        status = WRONG_INPUT
    except SwarmEnvError as error:
        if os.environ.get(SHOW) == "1":
            show_crash(type(error), error, error.__traceback__)
        note(f"Error: {without_keys(str(error))}")
        status = OVER_BUDGET if isinstance(error, BudgetReached) else WRONG_INPUT
        status = FAILED if isinstance(error, EndpointFailure) else status
    except (KeyboardInterrupt, typer.Abort):
        note("Stopped.")
        status = INTERRUPTED
    except BrokenPipeError:  # the reader of our output (head, less) has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except (Exception, SystemExit) as error:
        text = line_of_error(error, is_loaded_file)
        if (text is None and not isinstance(error, OSError)) or os.environ.get(SHOW) == "1":
            raise
        note(f"Error: {without_keys(str(error) if text is None else f'{text}. {SHOW}=1 shows all of it.')}")
        status = WRONG_INPUT
    sys.exit(status)


def _check_empty(arguments: Sequence[str]) -> None:
    """Raise `ConfigError` if an argument is empty, as an unset variable of a shell is: it could be a path."""
    if "" in arguments:
        before = arguments[arguments.index("") - 1] if arguments.index("") else "the program"
        raise ConfigError(f"The argument after {before} is empty (''). Leave it out, or give a value.")


def usage_error(error: Any, arguments: Sequence[str]) -> str:
    """What is wrong with the arguments: which, what was given, and where it says what is allowed."""
    if "NoArgs" in type(error).__name__:  # the message is the help text
        return f"Name a command.\n{error.message}"
    text = str(error.format_message()).rstrip(".").replace("Input should be", "must be")
    options = getattr(getattr(error, "param", None), "opts", ())
    for name, value in zip(arguments, arguments[1:], strict=False):
        if name in options and text.startswith("Invalid value for"):
            text = f"{name} {value!r:.80}: {text.partition(': ')[2]}"
    context, named = error.ctx, next((word for word in arguments if not word.startswith("-")), "")
    known = sorted(getattr(context.command, "commands", {})) if context is not None else []
    if known:  # of a group, such as `swarm consensus`
        wrong = text.rpartition(" ")[2].strip("'")
        text = f"{text}.{did_you_mean(wrong, known)} Known: {', '.join(known)}"
    where = context.command_path if context is not None else f"swarm {named}".strip()
    return f"{text}. See: {where} --help"


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
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_options)
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    if named is not None and is_built_in("command", named):
        _add_command(program, named, load("command", named))
        return program
    known = summaries("command")
    if named is not None and named not in known:
        raise UnknownNameError("command", named, known)
    for name, summary in known.items():
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
