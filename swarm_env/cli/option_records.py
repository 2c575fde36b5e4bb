"""Command-line options as records: a dataclass per group of options, shared by the commands.

A command takes records as parameters. `option_records` shows typer their fields as single options:

    @dataclass(frozen=True)
    class Speed:
        fps: Annotated[float, option("--fps", text="Rounds shown per second.")] = 8.0

    @option_records
    def watch(*, folder: Annotated[Path, typer.Argument()], speed: Speed) -> None: ...
"""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import typer


def option(*names: str, text: str, panel: str | None = None, **more: Any) -> Any:
    """A typer option whose help text names its default itself.

    Args:
        *names: Its flags.
        text: The help text.
        panel: Title of the group in `--help`; None: the first group.
        **more: Passed to `typer.Option`.
    """
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


def option_records(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the records among a command's parameters by one parameter per field.

    Args:
        command: Its parameters are keyword-only; those annotated with a dataclass are records. Names of
            fields and parameters differ from each other.

    Returns:
        A function that takes the fields, builds the records and calls the command.
    """
    hints = get_type_hints(command, include_extras=True)
    records = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    flat: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in records:
            flat.append(parameter.replace(annotation=hints[name]))
            continue
        kinds = get_type_hints(records[name], include_extras=True)
        flat += [
            inspect.Parameter(one.name, parameter.kind, default=one.default, annotation=kinds[one.name])
            for one in fields(records[name])
        ]

    def call(**values: Any) -> None:
        built = {
            name: kind(**{one.name: values.pop(one.name) for one in fields(kind)})
            for name, kind in records.items()
        }
        command(**values, **built)

    call.__name__, call.__doc__, call.__module__ = command.__name__, command.__doc__, command.__module__
    call.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    return call
