"""Commands of one subject under one name, as in `swarm consensus rank`."""

from collections.abc import Callable
from typing import Any

import typer


def group(summary: str | None, **commands: Callable[..., Any]) -> typer.Typer:
    """A group to assign to `COMMAND`.

    `summary` is its help text, such as the `__doc__` of its file. The names of `commands` are those on the
    command line, with `_` for `-`.
    """
    program = typer.Typer(
        help=summary,
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_group)
    for name, command in commands.items():
        program.command(name.replace("_", "-"))(command)
    return program


def _group() -> None:
    # typer makes a program of a single command where there is no callback
    pass
