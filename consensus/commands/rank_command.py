"""`swarm consensus rank`: items ranked by votes between pairs of them."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from swarm_env.consensus.commands.shared_options import AsJson

from swarm_env.cli.output import note, result, result_json, width
from swarm_env.cli.shell import completion
from swarm_env.errors import ConfigError, ContractError

if TYPE_CHECKING:
    from swarm_env.consensus.bradley_terry import Fit
    from swarm_env.consensus.votes_file import VoteFile

OWN = "bradley_terry"
DOUBT = 0.01  # of p, below which the fit is doubted
MOST_FOR_CYCLES = 1_000  # items: beyond, counting takes longer than the fit


def rank(
    votes: Annotated[
        Path,
        typer.Argument(
            metavar="VOTES.csv",
            help="Votes, one per line. The first line names the columns: winner, loser and, if wanted, "
            "weight, tie, rater, first (the item that stood first).",
            show_default=False,
        ),
    ],
    rule: Annotated[
        str,
        typer.Option(
            help="Rule, as in elo?k=10 (see `swarm list rules`).", autocompletion=completion.of("rule")
        ),
    ] = OWN,
    prior: Annotated[
        float, typer.Option(help="Wins, and as many losses, added to every item.", min=0.0, metavar="W")
    ] = 1.0,
    position_bias: Annotated[
        bool, typer.Option("--position-bias", help="Estimate the effect of standing first (column first).")
    ] = False,
    level: Annotated[float, typer.Option(help="Confidence level of the intervals.", metavar="P")] = 0.95,
    bootstrap: Annotated[
        int, typer.Option(help="Draws for bootstrap intervals; 0: by the Hessian.", min=0, metavar="DRAWS")
    ] = 0,
    by: Annotated[str, typer.Option(help="What the bootstrap draws: vote or rater.")] = "vote",
    ties: Annotated[
        str, typer.Option(help="davidson: a model of ties; half: half a win for each, as before.")
    ] = "davidson",
    errors: Annotated[
        str,
        typer.Option(
            help="hessian (a weight counts votes), weighted, sandwich, rater; auto: weighted if weights "
            "differ from 1."
        ),
    ] = "auto",
    half_width: Annotated[
        float | None,
        typer.Option(help="Say how many votes intervals of this half-width need.", metavar="W"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap, and of rules that draw.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Rank items by votes between pairs of them: strengths, intervals, and what the votes leave open.

    Examples:
        swarm consensus rank votes.csv
        swarm consensus rank votes.csv --rule elo?k=10 --json
    """
    from swarm_env.consensus.votes_file import read_votes

    file = read_votes(votes)
    if rule == OWN:
        options = {"prior": prior, "position_bias": position_bias, "ties": ties}
        found = _by_strength(file, options, errors, level, bootstrap, by, seed, half_width)
    else:
        found = _by_rule(file, rule, seed)
    if as_json:
        result_json(found)
    else:
        _show(found)


def _by_strength(
    file: "VoteFile",
    options: dict[str, Any],
    errors: str,
    level: float,
    draws: int,
    by: str,
    seed: int,
    half_width: float | None,
) -> dict[str, Any]:
    """The output of `--json`, by Bradley-Terry."""
    from swarm_env.consensus.bradley_terry import bootstrap, fit, votes_needed

    position_bias = options["position_bias"]
    if position_bias and file.slot is None:
        raise ConfigError("A position bias can only be estimated with a column `first`: who stood first.")
    if by not in ("vote", "rater") or (by == "rater" and file.rater is None):
        raise ConfigError(f"--by must be vote or, for a file with a column `rater`, rater; not {by!r}.")
    votes = (file.winner, file.loser, file.weight, len(file.items))
    options |= {"tie": file.tie, "slot": file.slot, "rater": file.rater}
    found = fit(*votes, **options | {"errors": errors})
    interval, error = found.interval(level), found.standard_error
    if draws:
        again = bootstrap(*votes, **options, draws=draws, seed=seed, by="rater" if by == "rater" else "vote")
        interval, error = again.interval(level), again.standard_error
    elo = found.elo()
    items = [
        {
            "item": file.items[i],
            "log_strength": float(found.log_strength[i]),
            "standard_error": float(error[i]),
            "low": float(interval.low[i]),
            "high": float(interval.high[i]),
            "elo": float(elo[i]),
            "island": int(found.island[i]),
        }
        for i in found.order
    ]
    bias = None
    if position_bias:
        bias = {"log_odds": float(found.position_bias[0]), "standard_error": float(found.bias_error[0])}
    return {
        "rule": OWN,
        "votes": len(file.winner),
        "items": _ranked(items, "log_strength"),
        "islands": found.num_islands,
        "level": level,
        "intervals": f"bootstrap by {by}" if draws else found.errors,
        "centre": "sum of tanh(strength / 2) is 0" if options["prior"] else "mean strength is 0",
        "prior": options["prior"],
        "ties": None if found.log_nu is None else {"model": "davidson", "log_nu": found.log_nu},
        **_fitness(found),
        "votes_needed": None
        if half_width is None
        else votes_needed(found.log_strength, half_width, level=level, log_nu=found.log_nu),
        "half_width": half_width,
        "position_bias": bias,
        "converged": found.converged,
    }


def _fitness(found: "Fit") -> dict[str, Any]:
    """Goodness of fit and cycles, for `--json`."""
    from swarm_env.consensus.bradley_terry import cycles, goodness

    fits = goodness(found)
    known = fits.freedom > 0
    shown: dict[str, Any] = {
        "goodness": {
            "statistic": fits.statistic,
            "freedom": fits.freedom,
            "dispersion": fits.dispersion if known else None,
            "p": fits.p if known else None,
        }
    }
    if len(found.log_strength) > MOST_FOR_CYCLES:
        return shown | {"cycles": None}
    counted = cycles(found.votes)
    rate = counted.rate if counted.triples else None
    return shown | {"cycles": {**counted._asdict(), "rate": rate}}


def _by_rule(file: "VoteFile", name: str, seed: int) -> dict[str, Any]:
    """The output of `--json`, by any other ranking."""
    import numpy as np
    from swarm_env.consensus.ballots import UNKNOWN, Ballots, real
    from swarm_env.consensus.bradley_terry.estimates import ranking

    from swarm_env.rules import make_rule

    chosen = make_rule(name)
    if not hasattr(chosen, "scores"):
        raise ConfigError(f"The rule {name!r} gives no scores to items: take another (see swarm list rules).")
    first = None
    if file.slot is not None:
        known = np.where(file.slot == 0, file.winner, file.loser)
        first = np.where(file.slot < 0, UNKNOWN, known)
    ballots = Ballots.of(
        len(file.items), file.winner, file.loser,
        weight=file.weight, tie=file.tie, rater=file.rater, first=first,
    )  # fmt: skip
    given = chosen.scores(ballots, seed)
    try:
        scores = real("scores", given, len(file.items))
    except (ValueError, TypeError) as error:
        raise ContractError(
            f"The rule {name!r} returned {given!r:.80} for {len(file.items)} items: {error} See "
            "docs/adding-a-rule.md."
        ) from None
    items = [{"item": file.items[i], "score": float(scores[i])} for i in ranking(scores)]
    return {"rule": name, "votes": len(file.winner), "items": _ranked(items, "score")}


def _ranked(items: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The items with their ranks; ties share the best of their ranks."""
    from swarm_env.consensus.ballots import TIED

    near = TIED * max([1.0, *(abs(item[key]) for item in items)])
    rank, ranked = 0, []
    for place, item in enumerate(items):
        if not place or items[place - 1][key] - item[key] > near:
            rank = place + 1
        ranked.append({"rank": rank, **item})
    return ranked


def _show(found: dict[str, Any]) -> None:
    """Print the table and the notes below it."""
    from swarm_env.leaderboard.aligned_table import aligned

    items = found["items"]
    if not items:
        result("No votes, nothing to rank.")
        return
    own = found["rule"] == OWN
    if own:
        head = ["rank", "item", "strength", "low", "high", "elo"]
        rows = [_cells(item, ("log_strength", "low", "high"), f"{item['elo']:.0f}") for item in items]
    else:
        head, rows = ["rank", "item", "score"], [_cells(item, ("score",)) for item in items]
    if own and found["islands"] > 1:
        head.append("island")
        rows = [[*row, str(item["island"])] for row, item in zip(rows, items, strict=True)]
    result(aligned(head, rows, width=width()))
    if own:
        _show_notes(found)


def _cells(item: dict[str, Any], keys: tuple[str, ...], *more: str) -> list[str]:
    return [str(item["rank"]), item["item"], *(f"{item[key]:.3f}" for key in keys), *more]


def _show_fitness(found: dict[str, Any]) -> None:
    """Print how well one strength per item describes the votes."""
    fits, rings = found["goodness"], found["cycles"]
    if fits["p"] is not None:
        note(
            f"Fit: Pearson {fits['statistic']:.1f}, {fits['freedom']} expected (p = {fits['p']:.2g})."
            + (" One strength per item does not describe these votes." if fits["p"] < DOUBT else "")
        )
    if rings and rings["triples"]:
        number = rings["circular"] + rings["contradicted"]
        note(f"Cycles: {number} of {rings['triples']} triples of items ({rings['rate']:.1%}).")
    if found["ties"]:
        share = 1.0 / (1.0 + 2.0 * math.exp(-found["ties"]["log_nu"]))
        note(f"Ties (Davidson's model): equal items tie in {share:.0%}.")


def _show_notes(found: dict[str, Any]) -> None:
    """Print the notes below the table."""
    note(
        f"{found['votes']} votes. strength: log of the Bradley-Terry strength; low, high: "
        f"{found['level']:.0%} interval ({found['intervals']}). 0 is the centre: {found['centre']}."
    )
    _show_fitness(found)
    if found["votes_needed"]:
        needed, wide = found["votes_needed"], found["half_width"]
        note(f"Intervals of +-{wide:g} need about {needed} votes of weight 1 on pairs drawn evenly.")
    if found["position_bias"]:
        bias = found["position_bias"]
        note(f"Standing first adds {bias['log_odds']:.3f} (standard error {bias['standard_error']:.3f}).")
    if found["islands"] > 1:
        note(
            f"The votes fall into {found['islands']} islands that were never compared with each other: how "
            "items of different islands compare is the prior's guess, not the votes'."
        )
