"""Serve the scripted model as an OpenAI-compatible endpoint on this machine, with faults on demand."""

import threading
from typing import Annotated, Any

import typer

from swarm_env.cli.output import note, result

_POLL = 0.5  # [s] between checks for Ctrl-C, on systems whose waits cannot be interrupted


def serve(
    port: Annotated[int, typer.Option(help="Port; 0: any free one.", min=0, max=65535, metavar="P")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen at; with others than 127.0.0.1 other machines can connect.")
    ] = "127.0.0.1",
    latency: Annotated[
        float, typer.Option(help="Delay of every answer in seconds.", min=0.0, max=3600.0, metavar="S")
    ] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="A fault and the fraction of the requests that get it, as in 429=0.2; can be repeated: 429, "
            "500 or another HTTP status, hang, cut, malformed, wrong_schema, truncated, refusal, nonsense; "
            "latency=S:RATE delays a fraction of the answers.",
            metavar="KIND=RATE",
            show_default=False,
        ),
    ] = None,
    retry_after: Annotated[
        float, typer.Option(help="Retry-After of a 429 or 503 in seconds.", min=0.0, max=3600.0, metavar="S")
    ] = 1.0,
    capacity: Annotated[
        int | None,
        typer.Option(help="Maximum concurrent requests; more get a 429.", min=1, show_default="no limit"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Determines which requests get the faults.")] = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Write only errors to standard error.")
    ] = False,
) -> None:
    """Serve the scripted model as an OpenAI-compatible endpoint until Ctrl-C.

    Examples:
        swarm serve
        swarm serve --port 8123

    The first line on standard output is the base URL for clients. Models: scripted, and others that lack
    features (see /v1/models). /stats has the request counts.
    """
    from swarm_env.agents.mock_server import Faults, MockServer

    texts = [f"latency={latency!r}", *(fault or ())]
    faults = Faults.parse(texts, retry_after=retry_after, capacity=capacity, seed=seed)
    server = MockServer(faults=faults, host=host)
    result(server.start(port))
    if not quiet:
        note("Any API key works. Ctrl-C stops the server.")
    try:
        while True:
            threading.Event().wait(_POLL)
    finally:
        server.stop()
        if not quiet:
            note(_summary(server.stats()))


def _summary(stats: dict[str, Any]) -> str:
    """The request counts in one line."""
    spoilt = ", ".join(f"{kind} {number}" for kind, number in stats["faults"].items())
    return f"{stats['requests']} requests, {stats['answered']} answered well" + (
        f"; {spoilt}." if spoilt else "."
    )


COMMAND = serve
