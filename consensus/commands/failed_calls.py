"""When too many calls fail a study ends: its tables would be about the endpoint."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from swarm_env.chat import Chat

FEW = 10  # requests below which nothing is concluded: our choice

MaxFailures = Annotated[
    float,
    typer.Option(
        "--max-failures",
        help="Share of the calls that the endpoint may fail before the study ends with exit status 1.",
        min=0.0,
        max=1.0,
        metavar="SHARE",
    ),
]


def check_failures(chat: "Chat", where: str, limit: float) -> None:
    """Raise `EndpointFailure` if the endpoint failed more than a share of the requests.

    Args:
        chat: What made the calls.
        where: The endpoint, for the message.
        limit: The share, 0 to 1.
    """
    from swarm_env.errors import EndpointFailure
    from swarm_env.runs.files import ENDPOINT_FAILURES

    totals = chat.totals()
    failed = sum(totals.failed.get(reason, 0) for reason in ENDPOINT_FAILURES)
    requests = totals.answered + sum(totals.failed.values())
    if failed > limit * requests and (requests >= FEW or failed == requests):
        raise EndpointFailure(where, f"it failed {failed} of {requests} calls; --max-failures is {limit:g}")
