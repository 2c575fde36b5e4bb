"""The text of `--help`, for any width: paragraphs are wrapped once, examples stay as they are.

typer's own help breaks lines a second time where a docstring has broken them, writes `<bool>` behind flags,
and cuts words in narrow terminals.
"""

import sys
from collections.abc import Iterator
from types import MethodType
from typing import Any

from swarm_env.cli.shell.text_width import columns, filled, shell_lines

WIDEST, USUAL = 100, 80  # columns: of any help text, and where the width is not known
NARROW = 60  # below this, the meaning of an option is on the line below it
COLUMN = 30  # widest column of options
_VALUES = {"int": "N", "float": "X", "path": "PATH"}  # word for a type in typer, name of its value here


def with_help(command: Any) -> Any:
    """Give a click command and those below it this help text; returns it."""
    command.format_help = MethodType(_write, command)
    for one in getattr(command, "commands", {}).values():
        with_help(one)
    return command


def _write(command: Any, context: Any, formatter: Any) -> None:
    width = min(columns(sys.stdout) or USUAL, WIDEST)
    formatter.write("\n".join(_lines(command, context, width)) + "\n")


def _lines(command: Any, context: Any, width: int) -> Iterator[str]:
    pieces = [command.options_metavar or "", *map(_place, _arguments(command, context))]
    pieces += [command.subcommand_metavar] if hasattr(command, "commands") else []
    usage = " ".join([context.command_path, *filter(None, pieces)])
    yield from filled(f"Usage: {usage}", width)
    for block in (command.help or "").split("\n\n"):
        yield ""
        yield from _block(block.strip("\n"), width)
    groups: dict[str, list[tuple[str, str]]] = {}
    for param in command.get_params(context):
        if not getattr(param, "hidden", False):
            is_argument = param.param_type_name == "argument"
            title = "Arguments" if is_argument else getattr(param, "rich_help_panel", None) or "Options"
            groups.setdefault(title, []).append((_spelling(param, context), _meaning(param)))
    commands = [(name, one.get_short_help_str(1000)) for name, one in sorted(_commands(command, context))]
    for title, rows in {**groups, "Commands": commands}.items():
        if rows:
            yield ""
            yield from filled(f"{title}:", width)
            yield from _definitions(rows, width)
    if command.epilog:
        yield ""
        yield from filled(command.epilog, width)


def _arguments(command: Any, context: Any) -> list[Any]:
    return [param for param in command.get_params(context) if param.param_type_name == "argument"]


def _place(argument: Any) -> str:
    """An argument in the line of usage."""
    name = str(argument.metavar or argument.name.upper())
    name += "..." if argument.nargs == -1 and not name.endswith("...") else ""
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _commands(command: Any, context: Any) -> Iterator[tuple[str, Any]]:
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        one = command.get_command(context, name)
        if one is not None and not one.hidden:
            yield name, one


def _block(block: str, width: int) -> Iterator[str]:
    """A paragraph, or `Examples:` with a command on each of its lines."""
    first, _, rest = block.partition("\n")
    if rest and first.endswith(":") and all(line.startswith("    ") for line in rest.splitlines()):
        yield first
        for line in rest.splitlines():
            yield from shell_lines(line.strip(), width, "  ")
    else:
        yield from filled(block, width)


def _definitions(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Options, arguments or commands with their meaning, in two columns if there is room."""
    if width < NARROW:
        for name, text in rows:
            yield from filled(name, width, "  ")
            yield from filled(text, width, "      ")
        return
    column = min(COLUMN, max(len(name) for name, _ in rows)) + 4
    for name, text in rows:
        lines = [line[column:] for line in filled(text, width, " " * column)] or [""]
        if len(name) > column - 4:
            yield f"  {name}"
        else:
            yield f"  {name:<{column - 2}}{lines.pop(0)}".rstrip()
        yield from (f"{'':<{column}}{line}" for line in lines)


def _spelling(param: Any, context: Any) -> str:
    """How an option or an argument is written, with the name of its value."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    short = sorted((name for name in param.opts if not name.startswith("--")), key=len)
    names = ", ".join([*short, *(name for name in param.opts if name.startswith("--"))])
    if param.secondary_opts:
        names += f"/{param.secondary_opts[0]}"
    if param.is_flag or param.count:
        return names
    described = (param.get_help_record(context) or ("", ""))[0].lower()  # in the words of this typer
    kind = next((value for word, value in _VALUES.items() if word in described.rpartition(names)[2]), "TEXT")
    return f"{names} {param.metavar or kind}"


def _meaning(param: Any) -> str:
    """The text of a parameter, with its limits and its default."""
    text, limits = param.help or "", getattr(param, "type", param)  # where they are differs between versions
    low, high = (getattr(limits, name, None) for name in ("min", "max"))
    if low is not None or high is not None:
        span = (
            f"At least {low:g}"
            if high is None
            else f"At most {high:g}"
            if low is None
            else f"{low:g} to {high:g}"
        )
        text = f"{text} {span}."
    shown = getattr(param, "show_default", False)
    default = shown if isinstance(shown, str) else param.default
    if shown and default not in (None, False, "") and not callable(default):
        text = f"{text} Default {'yes' if default is True else default}."
    return text
