"""List scenarios, agents, rules, renderers and commands."""

import sys
from typing import Annotated

import typer

from swarm_env.cli.output import note, result, result_json
from swarm_env.cli.shell import completion
from swarm_env.cli.shell.text_width import columns, filled
from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.registry import KINDS, is_built_in, summaries

NARROW = 60  # columns; below this a summary is on the line below its name


def list_(
    what: Annotated[
        str,
        typer.Argument(
            help=f"Only one kind ({', '.join(KINDS)}), or one name.",
            metavar="[KIND|NAME]",
            show_default=False,
            autocompletion=lambda incomplete: (
                completion.one_of([f"{kind}s" for kind in KINDS])(incomplete)
                + [pair for kind in KINDS for pair in completion.of(kind)(incomplete)]
            ),
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")] = False,
) -> None:
    """List scenarios, agents, rules, renderers and commands, each with a one-line summary.

    Examples:
        swarm list
        swarm list scenarios
        swarm list nest_site
    """
    found = _found(what.strip().lower())
    if as_json:
        result_json(found)
        return
    blocks = [
        "\n".join([typer.style(f"{kind}s", bold=True), *_lines(entries)])
        for kind, entries in found.items()
        if entries
    ]
    result("\n\n".join(blocks))
    if what in found.get("scenario", {}):
        show = "swarm show" if is_built_in("command", "show") else "swarm run"
        note(f"More about it: {show} {what}")


def _found(what: str) -> dict[str, dict[str, str]]:
    """The entries of each kind: of all kinds, of one, or those of one name.

    Raises `ConfigError` if there is no such kind or name.
    """
    kind = what.removesuffix("s")
    if not what or kind in KINDS:
        return {one: summaries(one) for one in ([kind] if what else KINDS)}
    every = {one: summaries(one) for one in KINDS}
    named = {one: {what: entries[what]} for one, entries in every.items() if what in entries}
    if not named:
        known = [*(f"{one}s" for one in KINDS), *(name for entries in every.values() for name in entries)]
        raise ConfigError(
            f"There is nothing named {what!r}.{did_you_mean(what, known)} Kinds: {', '.join(KINDS)}; "
            f"scenarios: {', '.join(every['scenario'])}; agents: {', '.join(every['agent'])}. All names: "
            "swarm list"
        )
    return named


def _lines(entries: dict[str, str]) -> list[str]:
    width = columns(sys.stdout)
    column = max(map(len, entries)) + 4
    lines = []
    for name, summary in entries.items():
        if width is None:
            lines.append(f"  {name:<{column - 2}}{summary}".rstrip())
        elif width < NARROW:
            lines += [f"  {name}", *filled(summary, width, "    ")]
        else:
            first, *more = filled(summary, width, " " * column) or [""]
            lines += [f"  {name:<{column - 2}}{first[column:]}".rstrip(), *more]
    return lines


COMMAND = list_
