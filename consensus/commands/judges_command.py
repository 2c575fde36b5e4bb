"""`swarm consensus trustjudge` and `debate`: how consistent judges are, and what liars do to a debate."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from swarm_env.consensus.commands.shared_options import AsJson

from swarm_env.cli.output import note, result, result_json, width
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.consensus.debate import Debate
    from swarm_env.consensus.intervals import Interval
    from swarm_env.consensus.trustjudge import Inconsistency

Model = Annotated[str, typer.Option(help="Ask this model, and not scripts.", metavar="NAME")]
Url = Annotated[str, typer.Option(help="Its server, which gets no key.", metavar="http://HOST:PORT/v1")]
Pairs = list[tuple["Inconsistency", "Inconsistency"]]


def trustjudge(
    answers: Annotated[
        Path | None,
        typer.Argument(
            metavar="[ANSWERS.jsonl]",
            show_default=False,
            help='What the model is to judge, a line each: {"question": "…", "answers": ["…", "…", "…"]}.',
        ),
    ] = None,
    model: Model = "",
    url: Url = "",
    items: Annotated[int, typer.Option(help="Items of a scripted judge.", min=3)] = 30,
    judges: Annotated[int, typer.Option(help="Scripted judges.", min=2)] = 20,
    ratings: Annotated[int, typer.Option(help="Ratings from 1 to this.", min=2, max=9)] = 5,
    blur: Annotated[float, typer.Option(help="How uncertain a scripted judge's rating is.")] = 0.5,
    position: Annotated[float, typer.Option(help="How far it leans to the first item [logits].")] = 0.5,
    seed: Annotated[int, typer.Option(help="Seed of the scripted judges.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compare what judges say with their probabilities: contradictions of scores, rings of preferences.

    Examples:
        swarm consensus trustjudge --position 1.5
        swarm consensus trustjudge answers.jsonl --model NAME --url http://127.0.0.1:8000/v1
    """
    from swarm_env.consensus.trustjudge import both_readings
    from swarm_env.consensus.trustjudge.endpoint_judge import EndpointJudge
    from swarm_env.consensus.trustjudge.scripted_judges import ScriptedJudge, try_claim

    if (answers is None) != (not model) or bool(model) != bool(url):
        raise ConfigError("A file of answers, --model and --url go together.")
    if answers is None:
        judge = ScriptedJudge(ratings=ratings, blur=blur, position=position)
        _show_inconsistencies([try_claim(judge, items, seed + run) for run in range(judges)], as_json)
        return
    scale = tuple(range(1, ratings + 1))
    asked = EndpointJudge(model, url, scale)
    pairs: Pairs = []
    for number, (question, given) in enumerate(_questions(answers), start=1):
        note(f"question {number}: {len(given)} ratings, {len(given) * (len(given) - 1)} comparisons")
        pairs.append(
            both_readings(asked.rates(question, given), asked.compares(question, given), list(scale))
        )
    _show_inconsistencies(pairs, as_json)


def _questions(file: Path) -> list[tuple[str, list[str]]]:
    found = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            question, given = str(row["question"]), row["answers"]
        except (ValueError, KeyError, TypeError):
            question, given = "", None
        if not isinstance(given, list) or len(given) < 3 or not all(isinstance(one, str) for one in given):
            raise ConfigError(
                f'Line {number} of {file} must be {{"question": "…", "answers": [three texts or more]}}.'
            )
        found.append((question, given))
    if not found:
        raise ConfigError(f"{file} has no questions.")
    return found


def _show_inconsistencies(pairs: Pairs, as_json: bool) -> None:
    from swarm_env.consensus.intervals import mean

    from swarm_env.leaderboard.aligned_table import aligned

    found: dict[str, dict[str, Any]] = {}
    for place, reading in enumerate(("words", "probabilities")):
        found[reading] = {}
        for name in pairs[0][0]._fields:
            values = [getattr(pair[place], name) for pair in pairs]
            found[reading][name] = mean([value for value in values if value == value])
    if as_json:
        result_json(
            {reading: {name: _as_json(one) for name, one in row.items()} for reading, row in found.items()}
        )
        return
    rows = [[reading, *(_percent(one) for one in row.values())] for reading, row in found.items()]
    result(aligned(["read by", "scores against comparisons", "intransitive"], rows, 1, width()))
    note("Means with 95% intervals. Published for TrustJudge: 23.32% to 14.89%, and 15.22% to 4.40%.")


def debate(
    agents: Annotated[int, typer.Option(help="How many, liars included.", min=1)] = 25,
    liars: Annotated[int, typer.Option(help="How many of them lie.", min=0)] = 0,
    topology: Annotated[str, typer.Option(help="complete, ring, small world or grid.")] = "complete",
    reach: Annotated[int, typer.Option(help="How far ring and grid hear.", min=1)] = 2,
    rounds: Annotated[int, typer.Option(help="Rounds of statements before the vote.", min=0)] = 4,
    loss: Annotated[float, typer.Option(help="Share of statements that are lost.")] = 0.0,
    accuracy: Annotated[float, typer.Option(help="How often scripts are right at first.")] = 0.7,
    tolerance: Annotated[
        bool, typer.Option("--tolerated", help="Look for the share of liars that is tolerated.")
    ] = False,
    runs: Annotated[int | None, typer.Option(help="Debates.", min=1, show_default="200; models: 1")] = None,
    seed: Annotated[int, typer.Option(help="First seed.")] = 0,
    model: Model = "",
    url: Url = "",
    question: Annotated[str, typer.Option(help="What models debate.", show_default=False)] = "",
    option: Annotated[
        list[str] | None, typer.Option(help="An answer; the first is right, liars are for the second.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Debates and a vote among agents of whom some lie: scripted ones, or language models.

    Examples:
        swarm consensus debate --liars 6 --topology ring --loss 0.3
        swarm consensus debate --topology grid --tolerated
        swarm consensus debate --agents 5 --model NAME --url URL --question "2 + 2?" --option 4 --option 5
    """
    from swarm_env.consensus.debate import Debate, tolerated
    from swarm_env.consensus.debate import debate as scripted

    if len({bool(model), bool(url), bool(question), bool(option)}) > 1:
        raise ConfigError("--model, --url, --question and --option go together.")
    settings = Debate(
        agents, liars, topology, reach, rounds, loss, accuracy, answers=len(option) if option else 4
    )
    found: dict[str, Any] = {"settings": asdict(settings)}
    if model:
        found |= _by_models(settings, model, url, question, option or [], runs or 1, seed)
    elif tolerance:
        found["tolerated"] = tolerated(settings, runs=runs or 200, seed=seed)
    else:
        found["vote_right"], found["all_right"] = map(_as_json, scripted(settings, runs or 200, seed))
    if as_json:
        result_json(found)
    elif "tolerated" in found:
        result(
            f"liars tolerated   {found['tolerated']:.0%} (the vote is right in 90% of {runs or 200} debates)"
        )
    else:
        for name, title in (("vote_right", "vote is right"), ("all_right", "all honest agents are right")):
            one = found[name]
            result(f"{title:29} {one['value']:.1%} ({one['low']:.1%} to {one['high']:.1%})")


def _by_models(
    settings: "Debate", model: str, url: str, question: str, options: list[str], runs: int, seed: int
) -> dict[str, Any]:
    from swarm_env.consensus.debate import endpoint, spoken
    from swarm_env.consensus.intervals import share

    ask = endpoint(model, url)
    held = [spoken(settings, question, options, ask, 1, seed + run) for run in range(runs)]
    together = sum(bool((one.opinions[-1, settings.liars :] == 0).all()) for one in held)
    return {
        "vote_right": _as_json(share(sum(one.vote == 0 for one in held), runs)),
        "all_right": _as_json(share(together, runs)),
        "debates": [{"vote": one.vote, "opinions": one.opinions.tolist()} for one in held],
    }


def _as_json(found: "Interval") -> dict[str, Any]:
    return {name: None if value != value or abs(value) == float("inf") else value
            for name, value in found._asdict().items()}  # fmt: skip


def _percent(found: "Interval") -> str:
    if not found.n:
        return "-"
    return f"{found.value:.1%}" + (f" ({found.low:.1%} to {found.high:.1%})" if found.n > 1 else "")
