"""Where studies compute: the flag `--ray`, for the commands of `swarm consensus` that can be spread."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli.output import note

if TYPE_CHECKING:
    from swarm_env.cluster.tasks import Spread

Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        help="Compute on a Ray cluster: on the one at ADDRESS, or without ADDRESS on one started here.",
        metavar="[ADDRESS]",
        show_default=False,
    ),
]


@contextmanager
def spreading(address: str | None) -> Iterator["Spread | None"]:
    """What calls a function for many tasks on the cluster of `--ray`; None when none is asked for."""
    if address is None:
        yield None
        return
    from swarm_env.cluster.connection import joined
    from swarm_env.cluster.tasks import spread

    with joined(address) as cluster:
        note(str(cluster))
        yield partial(spread, cluster)
