"""Command-line options as records: a dataclass per group of options, shared by the commands.

    from dataclasses import dataclass

    from swarm_env.cli.option_records import flag, option_records


    @dataclass(frozen=True)
    class Speed:
        fps: float = flag("Rounds shown per second.", "--fps", default=8.0)


    @option_records
    def watch(*, folder: str, speed: Speed) -> None:
        print(folder, speed.fps)

typer sees the fields of `Speed` as options of `watch`. A class variable `PANEL` is their title in `--help`.
"""

import inspect
import operator
from collections.abc import Callable
from dataclasses import field, fields, is_dataclass
from typing import Annotated, Any, get_type_hints

import typer


def option(text: str, *names: str, panel: str | None = None, **more: Any) -> Any:
    """A typer option for `Annotated`, of the group `panel` in `--help` (None: the first group).

    Its help text names the default itself; `more` is passed to `typer.Option`.
    """
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


def flag(text: str, *names: str, default: Any = None, **more: Any) -> Any:
    """A field of an option record with the given flags; `more` is passed to `typer.Option`.

    Its help text names the default itself.
    """
    return field(default=default, metadata={"text": text, "names": names, "more": more})


def option_records(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the records among a command's keyword-only parameters by one parameter per field.

    Parameters annotated with a dataclass are records; no two fields or parameters share a name. Returns a
    function that takes the fields, builds the records and calls the command.
    """
    hints = get_type_hints(command, include_extras=True)
    records: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    flat: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name in records:
            flat += _parameters(records[name])
        else:
            flat.append(parameter.replace(annotation=hints[name]))

    def call(**values: Any) -> None:
        built = {
            name: kind(**{one.name: values.pop(one.name) for one in fields(kind)})
            for name, kind in records.items()
        }
        command(**values, **built)

    call.__name__, call.__doc__, call.__module__ = command.__name__, command.__doc__, command.__module__
    call.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    return call


def _parameters(record: Any) -> list[inspect.Parameter]:
    panel, kinds = getattr(record, "PANEL", None), get_type_hints(record)
    parameters = []
    for one in fields(record):
        about = one.metadata
        info = option(about["text"], *about["names"], panel=panel, **about["more"])
        kind: Any = operator.getitem(Annotated, (kinds[one.name], info))
        parameters.append(
            inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=kind)
        )
    return parameters
