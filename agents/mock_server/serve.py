"""Serve the scripted mind as an OpenAI-compatible endpoint on this machine, with faults on demand."""

import threading
from typing import Annotated, Any

import typer

from swarm_env.cli.output import note, result

_LOOK = 0.5  # seconds between looks for Ctrl-C, where waiting cannot be interrupted


def COMMAND(
    port: Annotated[
        int, typer.Option(help="Port to listen at; 0: any free one.", min=0, max=65535, metavar="P")
    ] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen at. Others than 127.0.0.1 let other machines in.")
    ] = "127.0.0.1",
    latency: Annotated[
        float, typer.Option(help="Seconds that every answer takes.", min=0.0, max=3600.0, metavar="S")
    ] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="A fault and the share of the requests that meet it, as in 429=0.2 (more than one --fault "
            "can be given): 429, 500 or another HTTP status, hang, cut, malformed, wrong_schema, truncated, "
            "refusal, nonsense; latency=S:RATE makes a share of the answers late.",
            metavar="KIND=RATE",
            show_default=False,
        ),
    ] = None,
    retry_after: Annotated[
        float, typer.Option(help="Seconds that a 429 or 503 asks to wait.", min=0.0, max=3600.0, metavar="S")
    ] = 1.0,
    capacity: Annotated[
        int | None,
        typer.Option(help="Requests worked on at once; any more get a 429.", min=1, show_default="no limit"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which requests meet the faults.")] = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Write nothing to standard error but errors.")
    ] = False,
) -> None:
    """Serve the scripted mind as an OpenAI-compatible endpoint until Ctrl-C.

    The first line on standard output is the base URL for clients. Models: scripted, and others that lack
    something (see /v1/models). What was served is told at /stats.
    """
    from swarm_env.agents.mock_server import Background, Faults

    texts = [f"latency={latency!r}", *(fault or ())]
    faults = Faults.parse(texts, retry_after=retry_after, capacity=capacity, seed=seed)
    server = Background(faults=faults, host=host)
    result(server.start(port))
    if not quiet:
        note("Any API key will do. Ctrl-C ends it.")
    try:
        while True:
            threading.Event().wait(_LOOK)
    finally:
        server.stop()
        if not quiet:
            note(_summary(server.stats()))


def _summary(stats: dict[str, Any]) -> str:
    """One line about what was served."""
    spoilt = ", ".join(f"{kind} {number}" for kind, number in stats["faults"].items())
    return f"{stats['requests']} requests, {stats['answered']} answered well" + (
        f"; {spoilt}." if spoilt else "."
    )
