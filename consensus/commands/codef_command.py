"""`swarm consensus codef`: leak and false-refusal rates of defences of a distributed secret."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from swarm_env.consensus.commands.failed_calls import MaxFailures, check_failures
from swarm_env.consensus.commands.shared_options import AsJson

from swarm_env.cli.output import make_folder, note, result, result_json, width
from swarm_env.cli.shell.text_width import columns
from swarm_env.errors import ConfigError, RunError

if TYPE_CHECKING:
    from swarm_env.consensus.codef.defences import Defence
    from swarm_env.consensus.codef.scores import Score
    from swarm_env.consensus.codef.voters.simulated_voters import Traits, Voters
    from swarm_env.consensus.intervals import Interval

    from swarm_env.chat import Endpoint

KNOCK = 10.0  # longest wait for a first word of a model [s]
THREADS = 16  # questionings at once where votes are waited for

ErrorRate = Annotated[float, typer.Option(help="Probability of misjudging one table.", metavar="SHARE")]
BlindSpots = Annotated[
    float, typer.Option(help="Share of misjudgements that a voter repeats throughout a run.", metavar="SHARE")
]
Common = Annotated[
    float,
    typer.Option(help="Share of misjudgements that all voters have in common.", metavar="SHARE"),
]
Caution = Annotated[
    float, typer.Option(help="Probability of a vote to be vague where one table is missing.", metavar="SHARE")
]


def codef(
    scenarios: Annotated[int, typer.Option(help="Scenarios, each with a benign and a sensitive aim.")] = 119,
    seed: Annotated[int, typer.Option(help="Seed of the scenarios and of all draws.", min=0)] = 1,
    defences: Annotated[
        str, typer.Option(help="Names separated by commas, or all.", metavar="NAMES")
    ] = "none,tom,self_voting,codef,ledger",
    adversary: Annotated[
        str,
        typer.Option(help="Asker: plan, reorder, decoys, split, learn or all.", metavar="NAME"),
    ] = "plan",
    threshold: Annotated[int, typer.Option(help="Votes to block that codef needs; 1: a veto.", min=1)] = 1,
    defenders: Annotated[int, typer.Option(help="Number of defenders.")] = 3,
    tables: Annotated[int, typer.Option(help="Tables of each defender, and of the asker.")] = 2,
    steps: Annotated[
        int | None,
        typer.Option(help="Steps of the sensitive plan; default: 2 to 8, mostly 5.", show_default=False),
    ] = None,
    error_rate: ErrorRate = 0.15,
    blind_spots: BlindSpots = 0.3,
    common: Common = 0.3,
    caution: Caution = 0.25,
    abstain: Annotated[float, typer.Option(help="Probability of an abstention.", metavar="SHARE")] = 0.0,
    silence: Annotated[
        float, typer.Option(help="Probability of a vote that is late, empty or unreadable.", metavar="SHARE")
    ] = 0.0,
    model: Annotated[
        str | None,
        typer.Option(help="Language model that votes; default: simulated voters.", show_default=False),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="URL of the model's server, including /v1.", show_default=False)
    ] = None,
    temperature: Annotated[float, typer.Option(help="Temperature of the model, above 0.")] = 0.7,
    deadline: Annotated[float, typer.Option(help="Time limit of a vote, repetitions included [s].")] = 60.0,
    calls: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps the model's answers; with it, no call is paid for twice.",
            show_default=False,
        ),
    ] = None,
    max_failures: MaxFailures = 0.05,
    as_json: AsJson = False,
    details: Annotated[
        bool,
        typer.Option("--details", help="With --json: also intervals, plans, messages, tokens."),
    ] = False,
) -> None:
    """Simulate an asker and defenders who hold tables; count leaks and false refusals.

    Examples:
        swarm consensus codef --scenarios 40
        swarm consensus codef --defences codef,tom --adversary split --threshold 2
    """
    from swarm_env.consensus.codef.adversaries import find_adversary
    from swarm_env.consensus.codef.generator import Shape, generate
    from swarm_env.consensus.codef.scores import evaluate
    from swarm_env.consensus.codef.voters.simulated_voters import SimulatedVoter, Traits

    chosen = _chosen(defences, threshold, defenders)
    asker = find_adversary(adversary)
    traits = Traits(error_rate, blind_spots, common, caution, abstain=abstain, silence=silence)
    made = generate(scenarios, seed, Shape(defenders, tables, steps))
    if model is None:
        if base_url is not None or calls is not None:
            raise ConfigError("--base-url and --calls are for language models. Name one with --model.")
        scores = evaluate(made, chosen, SimulatedVoter(traits, seed, count_tokens=True), asker, seed)
    else:
        with _models(chosen, model, base_url, temperature, deadline, calls, seed, max_failures) as voters:
            scores = evaluate(
                made, chosen, voters, asker, seed, threads=THREADS, report=lambda name: note(f"{name}: done")
            )
    if as_json:
        found: dict[str, Any] = {
            "defences": {name: one.details() if details else one.plain() for name, one in scores.items()}
        }
        result_json(found)
    else:
        _show(scores, None if model else traits, model)


def _chosen(names: str, threshold: int, defenders: int) -> "list[Defence]":
    """The named defences."""
    from dataclasses import replace

    from swarm_env.consensus.codef.defences import DEFENCES, Voting, find_defence

    wanted = list(DEFENCES) if names == "all" else [name.strip() for name in names.split(",")]
    if threshold > defenders:
        raise ConfigError(f"--threshold {threshold}: there are {defenders} defenders to vote.")
    found = []
    for name in dict.fromkeys(wanted):
        defence = find_defence(name)
        if name == "codef" and isinstance(defence, Voting):
            defence = replace(defence, threshold=threshold)
        found.append(defence)
    return found


@contextmanager
def _models(
    defences: "Sequence[Defence]",
    model: str,
    base_url: str | None,
    temperature: float,
    deadline: float,
    folder: Path | None,
    seed: int,
    max_failures: float,
) -> "Iterator[dict[str, Voters]]":
    """Language models that vote, with a chat session for each defence."""
    from swarm_env.consensus.codef.voters.llm_voters import LlmVoter

    from swarm_env.chat import Chat, Endpoint, Ledger, Limits

    endpoint = Endpoint(model, base_url)
    if folder is not None:
        make_folder("--calls", folder)
    if folder is None or not any(folder.iterdir()):  # else it may be played without a network
        _knock(endpoint, deadline)
    chats: dict[str, Chat] = {}
    try:
        for one in defences:
            ledger = Ledger.memory() if folder is None else Ledger.open(folder / f"{one.name}.sqlite")
            chats[one.name] = Chat(ledger, limits=Limits(deadline=deadline), on_failure="stop")
        yield {
            name: LlmVoter(chat, endpoint, temperature=temperature, seed=seed) for name, chat in chats.items()
        }
        for chat in chats.values():
            check_failures(chat, endpoint.text(), max_failures)
    finally:
        for chat in chats.values():
            chat.close()


def _knock(endpoint: "Endpoint", deadline: float) -> None:
    """Make one call, so that a wrong URL is reported at once and not as many blocked questions."""
    from swarm_env.chat import CallKey, Chat, ChatRequest, Ledger, Limits
    from swarm_env.runtime.event_loop import shared

    wait = min(KNOCK, deadline)
    chat = Chat(Ledger.memory(), limits=Limits(deadline=wait, attempt=wait))
    try:
        request = ChatRequest((("user", "Say the word ready."),), max_tokens=200)
        outcome = shared().run(chat.ask(endpoint, request, CallKey("knock", 0), str.strip))
    finally:
        chat.close()
    if outcome.reason == "http":
        raise RunError(f"{endpoint.text()} cannot be asked: {outcome.detail}. See --model and --base-url.")


def _show(scores: "dict[str, Score]", traits: "Traits | None", model: str | None) -> None:
    """Print the table, the published rows, and notes."""
    from swarm_env.consensus.codef.scores import SHARES

    n = next(iter(scores.values())).n if scores else 0
    from swarm_env.leaderboard.aligned_table import aligned

    titles = ["defence", "sensitive blocked", "benign succeeded", "balanced", "overall", "messages", "tokens"]
    rows = []
    for name, score in scores.items():
        cells = [_percent(getattr(score, what)) for what in SHARES]
        rows.append([name, *cells, _number(score.per_run("messages")), _number(score.per_run("tokens"))])
    result(aligned(titles, rows, 1, width()))
    note(f"{n} scenarios, each with both aims: every share is of {n}. In per cent, with 95% intervals.")
    if traits is not None:
        note(
            f"Voters are rules that misjudge a table with a chance of {traits.error_rate:g}; tokens are what "
            "the same questions would have been for a language model."
        )
    failed = sum(score.failed for score in scores.values())
    if failed:
        note(f"In {failed} of {2 * n * len(scores)} runs votes were missing in the end; they blocked.")
    _show_published(scores, model)


def _show_published(scores: "dict[str, Score]", model: str | None) -> None:
    """Print the rows of table 2 of arXiv 2509.14284 for the same defences."""
    from swarm_env.consensus.codef.published_rates import ROWS

    rows = [row for row in ROWS if row.defence in scores]
    if not rows:
        return
    note("Published, arXiv 2509.14284, table 2, with language models on other scenarios:")
    from swarm_env.leaderboard.aligned_table import aligned

    table = []
    for row in rows:
        printed = (row.sensitive_blocked, row.benign_succeeded, row.corrected, row.overall)
        wrong = f"{row.balanced:.1f}" if row.is_misprinted else ""
        table.append([row.defence, *(f"{value:.1f}" for value in printed), row.model, str(row.pairs), wrong])
    titles = ["defence", "sensitive blocked", "benign succeeded", "balanced", "overall"]
    note(aligned([*titles, "model", "pairs", "printed as"], table, 1, columns(sys.stderr)))


def _percent(interval: "Interval") -> str:
    value, low, high, _ = interval
    return f"{100 * value:.1f} ({100 * low:.0f}-{100 * high:.0f})"


def _number(interval: "Interval | None") -> str:
    return "-" if interval is None else f"{interval.value:.0f}"
