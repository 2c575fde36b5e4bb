"""Runs the crossed study, goes on where it was stopped, and puts its tables together."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from swarm_env.consensus.adversaries import load
from swarm_env.consensus.fortytwo.settings import BURN_IN
from swarm_env.consensus.fortytwo.simulated.simulation import simulate
from swarm_env.consensus.studies import results_of
from swarm_env.consensus.studies.crossed.panels import OWN, PAIRS, PROTOCOLS, SWARMS, Case

from swarm_env.cluster.tasks import Spread

Record = dict[str, Any]


def run_case(case: Case) -> Record:
    """Accuracies, exclusions and lost stake of one run.

    Accuracy is by rule, after burn-in; exclusions are of honest nodes and of attackers; the stake is that of
    honest nodes.
    """
    protocol = replace(PROTOCOLS[case.protocol], pairs=PAIRS[case.pairs])
    adversary = load(case.adversary) if case.adversary else None
    ran = simulate(
        SWARMS[case.swarm], protocol, case.attack, questions=case.questions, seed=case.seed,
        adversary=adversary, baselines=False, sealed=False, beside=case.rules,
        beside_from=BURN_IN,
    )  # fmt: skip
    late = {rule: ran.right[rule][BURN_IN:] for rule in (OWN, *case.rules)}
    wrongly = sum(not ran.attacker[node] for _, node in ran.excluded)
    return {
        "case": case.key,
        "accuracy": {rule: float(right.mean()) for rule, right in late.items()},
        "excluded_honest": wrongly,
        "excluded_attackers": len(ran.excluded) - wrongly,
        "stake_lost_by_honest": ran.slashed[0] / protocol.stake,
    }


def run_crossed(
    cases: Sequence[Case],
    file: Path | None,
    jobs: int = 1,
    report: Callable[[int, int], None] | None = None,
    spread: Spread | None = None,
) -> list[Record]:
    """The records of all cases, in order; those that the file holds are not run again.

    Every finished case is appended to `file` as a line of JSON, so that a study that was stopped goes on. A
    last line that was cut is dropped. The number of processes changes nothing in the records.
    """
    done = {record["case"]: record for record in _kept(file)}
    left = [case for case in cases if case.key not in done or not _holds(done[case.key], case)]
    for number, record in enumerate(
        results_of(run_case, left, min(jobs, max(len(left), 1)), spread), start=1
    ):
        done[record["case"]] = record
        if file is not None:
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(record) + "\n")
        if report is not None:
            report(len(cases) - len(left) + number, len(cases))
    return [done[case.key] for case in cases]


def _holds(record: Record, case: Case) -> bool:
    return {OWN, *case.rules} <= set(record["accuracy"])


def _kept(file: Path | None) -> Iterable[Record]:
    if file is None or not file.exists():
        return
    kept = [line for line in file.read_text(encoding="utf-8").split("\n")[:-1] if line]
    file.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    yield from (json.loads(line) for line in kept)


class Row(NamedTuple):
    """One rule with one protocol, over all attacks of one kind of swarm and number of pairs."""

    protocol: str
    rule: str
    unharmed: float  # accuracy without attack
    mean: float  # over attacks
    worst: float  # the lowest mean accuracy of an attack, over its runs
    worst_error: float  # standard error of that mean
    worst_attack: str
    excluded_honest: float  # mean number over attacks
    stake_lost: float  # by honest nodes, mean over attacks, in stakes


def table(cases: Sequence[Case], records: Sequence[Record], swarm: str = "", pairs: str = "") -> list[Row]:
    """Rows for all protocols and rules, best worst case first; `swarm` and `pairs` choose a part."""
    found = []
    chosen = [
        (case, record)
        for case, record in zip(cases, records, strict=True)
        if swarm in ("", case.swarm) and pairs in ("", case.pairs)
    ]
    for protocol in dict.fromkeys(case.protocol for case, _ in chosen):
        here = [(case, record) for case, record in chosen if case.protocol == protocol]
        groups: dict[tuple[str, ...], list[Record]] = {}
        for case, record in here:
            groups.setdefault((case.adversary, f"{case.share:g}", case.swarm, case.pairs), []).append(record)
        attacked = [record for case, record in here if case.adversary]
        for rule in here[0][1]["accuracy"]:
            means = {
                key: [record["accuracy"][rule] for record in group] for key, group in groups.items() if key[0]
            }
            worst = min(means, key=lambda key: float(np.mean(means[key])))
            runs = np.array(means[worst])
            error = float(runs.std(ddof=1) / np.sqrt(len(runs))) if len(runs) > 1 else 0.0
            calm = [record["accuracy"][rule] for case, record in here if not case.adversary]
            where = "" if swarm else f", {worst[2]}, {worst[3]}"
            found.append(
                Row(
                    protocol,
                    rule,
                    float(np.mean(calm)) if calm else float("nan"),
                    float(np.mean([np.mean(accuracies) for accuracies in means.values()])),
                    float(runs.mean()),
                    error,
                    f"{worst[0]} by {float(worst[1]):.0%}{where}",
                    float(np.mean([record["excluded_honest"] for record in attacked])),
                    float(np.mean([record["stake_lost_by_honest"] for record in attacked])),
                )
            )
    return sorted(found, key=lambda row: -row.worst)


def as_markdown(rows: Sequence[Row]) -> list[str]:
    """The rows as a table."""
    head = (
        "protocol",
        "rule",
        "no attack",
        "mean",
        "worst",
        "worst attack",
        "honest excluded",
        "stakes lost",
    )
    lines = [
        "| " + " | ".join(name.replace("_", " ") for name in head) + " |",
        "|---|---|---:|---:|---:|---|---:|---:|",
    ]
    for row in rows:
        worst = f"{100 * row.worst:.1f} ± {100 * row.worst_error:.1f}"
        lines.append(
            f"| {row.protocol} | {row.rule} | {100 * row.unharmed:.1f} | {100 * row.mean:.1f} | {worst} "
            f"| {row.worst_attack} | {row.excluded_honest:.2f} | {row.stake_lost:.2f} |"
        )
    return lines
