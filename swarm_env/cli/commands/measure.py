"""Measure runs: how a team moves and talks, and what its messages were worth."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli.option_records import option_records
from swarm_env.cli.options import OutputOptions, TrustOptions
from swarm_env.cli.output import note, result, result_json, width

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
    samples: Annotated[
        int | None,
        typer.Option(
            help="With --influence, for language models: messages to sample. Prints what it costs.",
            min=1,
            max=10_000,
            show_default=False,
        ),
    ] = None,
    risks: Annotated[
        bool, typer.Option("--risks", help="Emergent risks: conformity, free riding, collusion.")
    ] = False,
    act: Annotated[
        list[str] | None,
        typer.Option(
            help="With --risks: an action that serves all and costs who does it, as VERIFY; repeatable.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask the models, whatever it costs.")] = False,
    trust: TrustOptions,
    output: OutputOptions,
) -> None:
    """Print the group measures of runs, or what their messages were worth.

    Examples:
        swarm measure runs/pursuit-1
        swarm measure runs/scout-1 --influence
        swarm measure runs/audit-1 --risks

    With --influence the agents must repeat their decisions (scripted and learned ones): from each message the
    run is played on with another one in its place, all else being equal, and the scores are compared. For
    language models use --samples: a few messages are left out, and the models are asked again. The gains are
    also written beside the run (influence.json), where viewers find them.
    """
    from swarm_env.measures import MEASURES
    from swarm_env.measures import measure as measured
    from swarm_env.measures.messages.influence import message_influence
    from swarm_env.runs.influence_file import worth_of, write_influence

    if influence and samples is not None:
        _sample(runs, samples, min(max(horizon, 2), 20), yes, trust.trust_code, output)
        return
    if influence:
        found = {}
        for run in runs:
            rows = message_influence(run, horizon=horizon, mute=mute, trust_code=trust.trust_code)
            found[run] = rows
            gains = [(one.round, one.speaker, one.silenced, one.worst_swap, one.muted) for one in rows]
            write_influence(run, [worth_of(*one) for one in gains])
        if output.as_json:
            result_json({str(run): [asdict(one) for one in rows] for run, rows in found.items()})
            return
        for listed in found.values():
            _print_messages(listed)
        return
    means: dict[str, Mapping[str, float | None]]
    if risks:
        from swarm_env.measures.risks import risks_of
        from swarm_env.runs.recording import open_recording

        means = {str(run): risks_of(open_recording(run, trust.trust_code), act or ()) for run in runs}
    else:
        means = {str(run): measured(run).means() for run in runs}
    if output.as_json:
        result_json({run: {k: _plain(v) for k, v in values.items()} for run, values in means.items()})
        return
    from swarm_env.leaderboard.aligned_table import aligned

    names = list(dict.fromkeys(name for values in means.values() for name in values)) if risks else MEASURES
    rows_ = [[name, *(_shown(values.get(name)) for values in means.values())] for name in names]
    result(aligned(["measure", *means], rows_, text_columns=1, width=width()))


def _sample(
    runs: list[Path], samples: int, horizon: int, yes: bool, trusted: bool, output: OutputOptions
) -> None:
    """Print what the branches cost, and with `yes` what messages were worth."""
    from swarm_env.measures.messages.sampled import Cost, sampled_influence
    from swarm_env.runs.influence_file import worth_of, write_influence

    def approve(cost: Cost) -> bool:
        price = "" if cost.dollars is None else f", ${cost.dollars:.2f}"
        note(
            f"{cost.calls} calls of models, about {cost.prompt_tokens + cost.completion_tokens} tokens"
            f"{price}.{'' if yes else ' Add --yes to ask them.'}"
        )
        return yes

    for run in runs:
        found = sampled_influence(run, samples=samples, horizon=horizon, approve=approve, trust_code=trusted)
        if found.gains:
            pairs = zip(found.messages, found.gains, strict=True)
            write_influence(run, [worth_of(*message, gain) for message, gain in pairs])
        if output.as_json:
            result_json(asdict(found))
        elif yes:
            result(
                f"{run}: {found.mean:+.3f} ± {found.error:.3f} for leaving out a message ({len(found.gains)})"
            )


def _print_messages(rows: "list[MessageInfluence]") -> None:
    """One line for each message, then the means."""
    from swarm_env.envs.decision_codec import in_words
    from swarm_env.leaderboard.aligned_table import aligned

    titles = ["round", "speaker", "message", "silenced", "worst swap", "by", "muted", "listening", "bits"]
    lines = [
        [
            str(one.round), one.speaker, in_words(one.message or ""), f"{one.silenced:+.2f}",
            f"{one.worst_swap:+.2f}", in_words(one.worst_message or ""),
            f"{one.muted:+.2f}", f"{one.listening:.2f}", f"{one.information:.2f}",
        ]
        for one in rows
    ]  # fmt: skip
    result(aligned(titles, lines, text_columns=3, width=width()) if rows else "No messages were said.")


def _plain(value: float | None) -> float | None:
    return None if value != value else value


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


COMMAND = measure
