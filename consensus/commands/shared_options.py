"""Options that several commands of `swarm consensus` share."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli.options import Ray as Ray
from swarm_env.cli.output import note

if TYPE_CHECKING:
    from swarm_env.cluster.tasks import Spread

AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON instead of text.")]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")]

AllowKey = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-key",
        help="Let a server in --team have the key in an environment variable. Repeatable.",
        metavar="VARIABLE=HOST",
        show_default=False,
    ),
]


@contextmanager
def spreading(address: str | None) -> Iterator["Spread | None"]:
    """A function that spreads tasks over the cluster of `--ray`; None without a cluster."""
    if address is None:
        yield None
        return
    from swarm_env.cluster.connection import joined
    from swarm_env.cluster.tasks import spread

    with joined(address) as cluster:
        note(str(cluster))
        yield partial(spread, cluster)
