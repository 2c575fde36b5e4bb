"""Show a scenario: its task, settings, reset options, actions, senses and symbols."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli.output import result, result_json
from swarm_env.cli.shell.text_width import columns, filled

if TYPE_CHECKING:
    from pydantic import BaseModel

    from swarm_env.scenario import Scenario

LEAST_COLUMN = 24  # columns, from which a meaning stands beside its name


def show(
    scenario: Annotated[
        str,
        typer.Argument(help="A name of `swarm list scenarios`, or path/file.py:Name.", show_default=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")] = False,
) -> None:
    """Show what a scenario has: its task, settings, reset options, actions, senses and symbols.

    Examples:
        swarm show nest_site

    Settings are given by flags and `--set NAME=VALUE`, in a settings file, or as arguments of the
    environments. Reset options go to `reset(options={...})`.
    """
    from swarm_env.config import WorldConfig
    from swarm_env.envs.make import RESET_OPTIONS, make_config, make_scenario, scenario_class

    kind = scenario_class(scenario)
    one = make_scenario(make_config(scenario, {}))
    found: dict[str, Any] = {
        "scenario": one.name,
        "task": one.words(),
        "settings": _settings(kind.Options),
        "world_settings": _settings(WorldConfig, hidden=("scenario", "options")),
        "reset_options": [{"name": name, "meaning": meaning} for name, meaning in RESET_OPTIONS.items()],
        "actions": list(one.actions),
        "senses": [{"name": s.name, "most": s.most, "meaning": s.meaning} for s in one.senses],
        "symbols": one.symbols,
        "events": [event.name for event in one.events],
    }
    if as_json:
        result_json(found)
    else:
        result(_text(one, found))


def _settings(model: "type[BaseModel]", hidden: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Name, default, limits and meaning of each setting."""
    return [
        {
            "name": name,
            "default": field.default,
            "least": next((one.ge for one in field.metadata if hasattr(one, "ge")), None),
            "most": next((one.le for one in field.metadata if hasattr(one, "le")), None),
            "meaning": field.description or "",
        }
        for name, field in model.model_fields.items()
        if name not in hidden
    ]


def _text(one: "Scenario", found: dict[str, Any]) -> str:
    """The same as text: a title and a table for each part."""

    def limits(setting: dict[str, Any]) -> str:
        least, most = setting["least"], setting["most"]
        return "" if least is None or most is None else f"{least:,} to {most:,}"

    def settings(name: str) -> list[tuple[str, ...]]:
        return [(s["name"], f"{s['default']}", limits(s), s["meaning"]) for s in found[name]]

    senses: list[tuple[str, ...]] = [(s["name"], f"0 to {s['most']}", s["meaning"]) for s in found["senses"]]
    parts: dict[str, list[tuple[str, ...]]] = {
        f"Settings of {one.name}": settings("settings"),
        "Settings of every world": settings("world_settings"),
        "Reset options": [(option["name"], option["meaning"]) for option in found["reset_options"]],
        "Actions": [(str(number), name) for number, name in enumerate(found["actions"])],
        "Senses": senses,
        "Symbols": list(found["symbols"].items()),
        "Events": [(name,) for name in found["events"]],
    }
    blocks = [f"{typer.style(one.name, bold=True)}\n{found['task']}".rstrip()]
    blocks += [_table(title, rows or [("none",)]) for title, rows in parts.items()]
    return "\n\n".join(blocks)


def _table(title: str, rows: Sequence[Sequence[str]]) -> str:
    """A title, and rows with columns of equal width; what is too long goes on below its column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    width, lines = columns(sys.stdout), []
    for *head, last in rows:
        start = "".join(f"{cell:<{size}}  " for cell, size in zip(head, widths, strict=False))
        column = len(start) + 2
        if width is None or column + len(last) <= width:
            lines.append(f"  {start}{last}".rstrip())
        elif width - column >= LEAST_COLUMN:
            more = filled(last, width, " " * column)
            lines += [f"  {start}{more[0].strip()}", *more[1:]]
        else:
            lines += [*filled("  ".join(filter(None, head)), width, "  "), *filled(last, width, "      ")]
    return "\n".join([typer.style(title, bold=True), *lines])


COMMAND = show
