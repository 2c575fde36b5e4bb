"""`swarm consensus fortytwo`: the protocol, simulated or with language models as nodes."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from swarm_env.consensus.commands.failed_calls import MaxFailures
from swarm_env.consensus.commands.shared_options import AllowKey, AsJson

from swarm_env.cli.output import note, result, result_json
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from swarm_env.consensus.fortytwo.simulated.result import Simulated

NAMES = {
    "majority": "majority of answers",
    "bradley_terry": "Bradley-Terry, all votes alike",
    "fortytwo": "Fortytwo",
    "best_single": "best single node",
}


def fortytwo(
    questions_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[QUESTIONS.jsonl]",
            help='Questions for real models, one JSON object per line: {"question": …, "answer": …}; the '
            "answer, if there is one, is only used to count.",
            show_default=False,
        ),
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Simulate nodes and questions.")] = False,
    nodes: Annotated[int, typer.Option(help="Simulated nodes, attackers included.", min=1)] = 35,
    questions: Annotated[int, typer.Option(help="Simulated questions.", min=1)] = 1000,
    byzantine: Annotated[float, typer.Option(help="Share of the nodes that attack.", min=0.0, max=1.0)] = 0.0,
    attack: Annotated[
        str,
        typer.Option(
            help="The attack: none, random, lazy, position, collude, sybil, sleeper, whitewash or noise."
        ),
    ] = "none",
    accuracy: Annotated[float | None, typer.Option(help="Probability of a right answer of a node.")] = None,
    judge_accuracy: Annotated[
        float | None, typer.Option(help="Probability that a node prefers a right answer to a wrong one.")
    ] = None,
    position_bias: Annotated[
        float | None, typer.Option(help="How far judges lean to the first answer, in logits.")
    ] = None,
    lazy: Annotated[float | None, typer.Option(help="Share of honest nodes that judge blindly.")] = None,
    schedule: Annotated[str, typer.Option(help="Pairs to judge: client, random or all.")] = "client",
    orders: Annotated[str, typer.Option(help="Each pair in both orders, or in one.")] = "both",
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any other setting, as in --set herding=0.8 (docs/consensus/fortytwo.md lists them); can be "
            "given more than once.",
            metavar="NAME=VALUE",
            show_default=False,
        ),
    ] = None,
    team: Annotated[
        str,
        typer.Option(help="Models that are the nodes, as in 'llm:some-model@http://127.0.0.1:8000/v1*5'."),
    ] = "",
    generate: Annotated[
        int,
        typer.Option(help="Generate so many questions with known answers, instead of reading a file.", min=0),
    ] = 0,
    known: Annotated[
        int,
        typer.Option(
            help="Ask each model first about N answers that are known, in both orders, and leave out the "
            "verdicts of who is at chance; 0: all judge.",
            metavar="N",
        ),
    ] = 8,
    noise: Annotated[
        bool, typer.Option("--noise", help="Ask each question also with irrelevant and misleading text.")
    ] = False,
    gate: Annotated[
        str,
        typer.Option(help="Who drops texts that are no attempt: model (other nodes) or text."),
    ] = "model",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for results and the ledger of calls; answers found there are used again."),
    ] = None,
    calls: Annotated[str, typer.Option(help="live, or replay: only recorded calls.")] = "live",
    max_calls: Annotated[int | None, typer.Option(help="Limit of calls to models.", min=1)] = None,
    max_dollars: Annotated[float | None, typer.Option(help="Limit of their cost [dollars].", min=0.0)] = None,
    max_failures: MaxFailures = 0.05,
    allow_key: AllowKey = None,
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Let a swarm answer questions by the Fortytwo protocol, and compare it with simpler rules.

    Examples:
        swarm consensus fortytwo --simulate
        swarm consensus fortytwo questions.jsonl --team 'llm:MODEL@http://localhost:11434/v1*5'

    With --simulate the nodes are simulated: the same seed draws the same questions with and without an
    attack. With --team they are language models. With --generate alone the questions are written as JSONL.
    """
    averages = {"accuracy": accuracy, "judge_accuracy": judge_accuracy}
    averages |= {"position_bias": position_bias, "lazy": lazy}
    given = {name: value for name, value in averages.items() if value is not None}
    if simulate:
        if questions_file is not None or team or generate or noise:
            raise ConfigError(
                "--simulate draws questions and nodes itself: leave the file, --team and --generate out."
            )
        found = _simulated(nodes, questions, byzantine, attack, given, schedule, orders, setting or [], seed)
        if as_json:
            result_json(_as_json(found))
        else:
            _show(found, byzantine, attack, seed)
        return
    from swarm_env.consensus.commands.fortytwo_models import Wanted, ask_models

    if given or byzantine or attack != "none" or setting:
        raise ConfigError("Accuracies, biases, attacks and --set are for simulated nodes: add --simulate.")
    wanted = Wanted(
        questions_file, team, generate, noise, gate, schedule, orders, out, calls, max_calls,
        max_dollars, tuple(allow_key or ()), seed, max_failures, known,
    )  # fmt: skip
    ask_models(wanted, as_json)


def _simulated(
    nodes: int,
    questions: int,
    byzantine: float,
    attack: str,
    averages: dict[str, Any],
    schedule: str,
    orders: str,
    settings: list[str],
    seed: int,
) -> "Simulated":
    from swarm_env.consensus.fortytwo.settings import Attack, Protocol, Swarm, with_settings
    from swarm_env.consensus.fortytwo.simulated.simulation import simulate

    if attack == "none" and byzantine:
        raise ConfigError("--byzantine needs --attack: what the attackers do.")
    if attack != "none" and not byzantine:
        raise ConfigError(f"--attack {attack} needs --byzantine: the share of the nodes that do so.")
    texts = _read_settings(settings)
    swarm, texts = with_settings(Swarm(nodes=nodes), texts)
    swarm = replace(swarm, **averages)
    protocol, texts = with_settings(
        Protocol(schedule=schedule, orders=orders),  # type: ignore[arg-type]  # checked there
        texts,
    )
    who, texts = with_settings(Attack(attack, byzantine), texts)  # type: ignore[arg-type]  # checked there
    if texts:
        raise ConfigError(
            f"--set {next(iter(texts))}: there is no such setting. See docs/consensus/fortytwo.md."
        )
    return simulate(swarm, protocol, who, questions=questions, seed=seed)


def _read_settings(settings: list[str]) -> dict[str, str]:
    texts = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"--set {text!r}: write NAME=VALUE, as in --set herding=0.8.")
        texts[name.strip().replace("-", "_")] = value.strip()
    return texts


def _as_json(found: "Simulated") -> dict[str, Any]:
    rules = {rule: accuracy_row(right) for rule, right in found.right.items()}
    return {"rules": rules, "votes": found.votes}


def accuracy_row(right: "NDArray[np.bool_]") -> dict[str, float]:
    """Accuracy of a rule over (Q,) questions, at least one, with its interval, and after the burn-in."""
    from swarm_env.consensus.fortytwo.settings import BURN_IN
    from swarm_env.consensus.intervals import share

    value, low, high, _ = share(int(right.sum()), len(right))
    late = right[BURN_IN:] if len(right) > BURN_IN else right
    return {"accuracy": value, "low": low, "high": high, "accuracy_after_burn_in": float(late.mean())}


def _show(found: "Simulated", byzantine: float, attack: str, seed: int) -> None:
    from swarm_env.consensus.fortytwo.settings import BURN_IN

    figures = _as_json(found)
    nodes = len(found.attacker)
    result(f"{len(found.right['fortytwo'])} questions, {nodes} nodes, {found.attacker.sum()} of them attack")
    result(f"{'rule':32}{'accuracy':>9}  {'95% interval':>16}  {'after round ' + str(BURN_IN):>15}")
    for rule, row in figures["rules"].items():
        result(
            f"{NAMES[rule]:32}{row['accuracy']:>9.3f}  {row['low']:>7.3f} to {row['high']:.3f}  "
            f"{row['accuracy_after_burn_in']:>15.3f}"
        )
    wrongly = sum(not found.attacker[node] for _, node in found.excluded)
    note(
        f"{found.votes} votes. Excluded for collusion: {len(found.excluded)}, {wrongly} of them honest. "
        f"Seed {seed}."
    )
