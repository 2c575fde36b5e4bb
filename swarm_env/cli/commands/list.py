"""List scenarios, agents, rules, renderers and commands."""

from typing import Annotated

import typer

from swarm_env.cli.output import result, result_json
from swarm_env.registry import KINDS, summaries


def list_(
    kind: Annotated[str, typer.Argument(help=f"Only one kind: {', '.join(KINDS)}.", show_default=False)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")] = False,
) -> None:
    """List scenarios, agents, rules, renderers and commands, each with a one-line summary."""
    single = kind.removesuffix("s")
    found = {k: summaries(k) for k in ([single if single in KINDS else kind] if kind else KINDS)}
    if as_json:
        result_json(found)
        return
    blocks = []
    for k, entries in found.items():
        if entries:
            width = max(map(len, entries)) + 2
            lines = [f"  {name:<{width}}{summary}".rstrip() for name, summary in entries.items()]
            blocks.append("\n".join([typer.style(f"{k}s", bold=True), *lines]))
    result("\n\n".join(blocks))


COMMAND = list_
