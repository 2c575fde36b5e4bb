"""Measure runs: how a team moves and talks, and what its messages were worth."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli.option_records import option_records
from swarm_env.cli.options import OutputOptions, TrustOptions
from swarm_env.cli.output import result, result_json, width

if TYPE_CHECKING:
    from swarm_env.measures.messages.influence import MessageInfluence


@option_records
def measure(
    *,
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of runs.", metavar="RUN...", show_default=False)
    ],
    influence: Annotated[
        bool, typer.Option("--influence", help="What each message was worth, by playing on without it.")
    ] = False,
    horizon: Annotated[
        int, typer.Option(help="With --influence: rounds that a branch lasts.", min=1, max=20)
    ] = 20,
    mute: Annotated[
        int, typer.Option(help="With --influence: rounds for which a speaker is muted.", min=1, max=20)
    ] = 5,
    trust: TrustOptions,
    output: OutputOptions,
) -> None:
    """Print the group measures of runs, or what their messages were worth.

    Examples:
        swarm measure runs/pursuit-1
        swarm measure runs/scout-1 --influence

    With --influence the agents must repeat their decisions (scripted and learned ones): from each message the
    run is played on with another one in its place, all else being equal, and the scores are compared.
    """
    from swarm_env.measures import MEASURES
    from swarm_env.measures import measure as measured
    from swarm_env.measures.messages.influence import message_influence

    if influence:
        found = {
            run: message_influence(run, horizon=horizon, mute=mute, trust_code=trust.trust_code)
            for run in runs
        }
        if output.as_json:
            result_json({str(run): [asdict(one) for one in rows] for run, rows in found.items()})
            return
        for rows in found.values():
            _print_messages(rows)
        return
    means = {str(run): measured(run).means() for run in runs}
    if output.as_json:
        result_json({run: {k: _plain(v) for k, v in values.items()} for run, values in means.items()})
        return
    from swarm_env.leaderboard.aligned_table import aligned

    rows_ = [[name, *(f"{values[name]:.3f}" for values in means.values())] for name in MEASURES]
    result(aligned(["measure", *means], rows_, text_columns=1, width=width()))


def _print_messages(rows: "list[MessageInfluence]") -> None:
    """One line for each message, then the means."""
    from swarm_env.envs.decision_codec import in_words
    from swarm_env.leaderboard.aligned_table import aligned

    titles = ["round", "speaker", "message", "silenced", "worst swap", "by", "muted", "listening", "bits"]
    lines = [
        [
            str(one.round), one.speaker, in_words(one.message), f"{one.silenced:+.2f}",
            f"{one.worst_swap:+.2f}", "" if one.worst_message is None else in_words(one.worst_message),
            f"{one.muted:+.2f}", f"{one.listening:.2f}", f"{one.information:.2f}",
        ]
        for one in rows
    ]  # fmt: skip
    result(aligned(titles, lines, text_columns=3, width=width()) if rows else "No messages were said.")


def _plain(value: float) -> float | None:
    return None if value != value else value


COMMAND = measure
