"""`swarm consensus fortytwo` with language models, and the questions it generates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from swarm_env.consensus.commands.failed_calls import check_failures
from swarm_env.consensus.commands.fortytwo_command import accuracy_row
from swarm_env.consensus.fortytwo.llm.judge_calibration import FEWEST
from swarm_env.consensus.fortytwo.llm.llm_nodes import LlmNode, read_team
from swarm_env.consensus.fortytwo.llm.llm_protocol import RULES, Answered, LlmSwarm
from swarm_env.consensus.fortytwo.llm.prompt_noise import VARIANTS, noisy
from swarm_env.consensus.fortytwo.llm.questions import Question, generate, read_questions
from swarm_env.consensus.fortytwo.settings import Protocol
from swarm_env.consensus.intervals import bootstrap_mean

from swarm_env.chat import LEDGER_FILE, Budget, Chat, Keys, Ledger, Limits, where
from swarm_env.chat.transport.keys import OPENAI_KEY
from swarm_env.cli.output import note, result, result_json
from swarm_env.errors import ConfigError

RESULTS_FILE = "results.jsonl"
ATTEMPTS = 2  # at a reply that can be read, as in the network's public client


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parsed command line; see the command's help."""

    file: Path | None
    team: str
    generate: int
    noise: bool
    gate: str
    schedule: str
    orders: str
    out: Path | None
    calls: str
    max_calls: int | None
    max_dollars: float | None
    allow_key: tuple[str, ...]
    seed: int
    max_failures: float
    known: int


def ask_models(wanted: Wanted, as_json: bool) -> None:
    """Ask models all questions, or print the generated questions.

    Raises `ConfigError` if an argument is missing or not allowed, `BudgetReached` when the budget is spent,
    `EndpointFailure` when an endpoint cannot answer or fails too many calls.
    """
    if (wanted.file is None) == (wanted.generate == 0):
        raise ConfigError(
            "Give a file of questions, or --generate N, or --simulate: see swarm consensus fortytwo --help."
        )
    questions = read_questions(wanted.file) if wanted.file else generate(wanted.generate, wanted.seed)
    if not wanted.team:
        if wanted.file:
            raise ConfigError(
                "--team must say which models are the nodes, as in 'llm:model@http://host/v1*5'."
            )
        for question in questions:
            result(json.dumps(question.as_json(), ensure_ascii=False))
        return
    nodes = read_team(wanted.team)
    if 0 != wanted.known < FEWEST:
        raise ConfigError(
            f"--known {wanted.known}: must be 0, or {FEWEST} or more: fewer cannot tell a judge from chance."
        )
    if wanted.noise:
        questions = [
            version
            for question in questions
            for version in (question, *(noisy(question, variant, wanted.seed) for variant in VARIANTS))
        ]
    answered, swarm, calls = _run(wanted, nodes, questions)
    figures = summary(answered, nodes, wanted.noise) | {"calls": calls}
    for node, calibration in zip(nodes, swarm.calibrations, strict=False):
        figures["nodes"][node.name]["calibration"] = calibration.as_json()
    if as_json:
        result_json(figures)
    else:
        _show(figures, len(questions), len(nodes))


def _run(
    wanted: Wanted, nodes: list[LlmNode], questions: list[Question]
) -> tuple[list[Answered], LlmSwarm, dict[str, Any]]:
    protocol = Protocol(schedule=wanted.schedule, orders=wanted.orders)  # type: ignore[arg-type]  # checked there
    limited = wanted.max_calls is not None or wanted.max_dollars is not None
    budget = Budget(calls=wanted.max_calls, dollars=wanted.max_dollars) if limited else None
    ledger = Ledger.memory()
    file: IO[str] | None = None
    if wanted.out is not None:
        try:
            wanted.out.mkdir(parents=True, exist_ok=True)
            file = (wanted.out / RESULTS_FILE).open("w", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"--out {wanted.out}: cannot be written ({error.strerror or error}).") from None
        ledger = Ledger.open(wanted.out / LEDGER_FILE)
    keys = Keys.parse(wanted.allow_key)  # and those of `--team`; OPENAI_API_KEY goes to no address in it
    for endpoint in {node.endpoint for node in nodes if node.endpoint.key_env != OPENAI_KEY}:
        keys = keys.allow(endpoint.key_env, where(endpoint.base_url))
    chat = Chat(
        ledger,
        budget=budget,
        calls=wanted.calls,
        limits=Limits(attempts=ATTEMPTS),
        keys=keys,
        on_failure="stop",
    )

    def report(answered: Answered) -> None:
        if file is not None:
            file.write(json.dumps(answered.as_json(), ensure_ascii=False) + "\n")
            file.flush()
        check_failures(chat, endpoints, wanted.max_failures)

    endpoints = ", ".join(sorted({node.endpoint.text() for node in nodes}))
    try:
        swarm = LlmSwarm(nodes, chat, protocol, wanted.gate, wanted.seed, wanted.known)
        found = swarm.run(questions, report)
        totals = chat.totals()
        return (
            found,
            swarm,
            {
                "answered": totals.answered,
                "failed": dict(totals.failed),
                "prompt_tokens": totals.prompt_tokens,
                "completion_tokens": totals.completion_tokens,
                "cost": totals.cost,
            },
        )
    finally:
        if file is not None:
            file.close()
        chat.close()


def summary(answered: Sequence[Answered], nodes: Sequence[LlmNode], noise: bool) -> dict[str, Any]:
    """The output of `--json`, without the calls; with `noise` each question's noisy variants follow it.

    Rules as for simulated swarms (empty if no answer is known), votes, reputations; with noise the points
    lost.
    """
    clean = answered[:: 1 + len(VARIANTS)] if noise else answered
    known = [one for one in clean if one.right is not None]
    rules: dict[str, Any] = {}
    if known:
        own = np.array([one.node_right for one in known])
        best = int(own.sum(axis=0).argmax())
        right = {rule: np.array([one.right[rule] for one in known if one.right]) for rule in RULES}
        right["best_single"] = own[:, best]
        rules = {rule: accuracy_row(values) for rule, values in right.items()}
    figures: dict[str, Any] = {
        "rules": rules,
        "votes": sum(len(one.votes) for one in answered),
        "nodes": {
            node.name: {"model": node.endpoint.model, "reputation": answered[-1].reputation[place]}
            for place, node in enumerate(nodes)
        },
        "ring": answered[-1].ring,
    }
    if noise and known:
        figures["points_lost_by_noise"] = _lost(answered)
    return figures


def _lost(answered: Sequence[Answered]) -> dict[str, dict[str, float]]:
    """Accuracy clean minus noisy in points, by rule and for the mean single node, with intervals."""
    versions = 1 + len(VARIANTS)
    groups = [answered[i : i + versions] for i in range(0, len(answered), versions)]
    groups = [group for group in groups if group[0].right is not None]

    def by_rule(one: Answered, rule: str) -> float:
        return float(np.mean(one.node_right)) if rule == "single" else float((one.right or {})[rule])

    lost = {}
    for rule in ("single", *RULES):
        gaps = [by_rule(g[0], rule) - float(np.mean([by_rule(one, rule) for one in g[1:]])) for g in groups]
        value, low, high, _ = bootstrap_mean(gaps)
        lost[rule] = {"points": 100 * value, "low": 100 * low, "high": 100 * high}
    return lost


def _as_judge(found: dict[str, Any] | None) -> str:
    """What is said of a judge beside its name."""
    if found is None:
        return ""
    figures = f"right {found['accuracy']:.2f}, same in both orders {found['consistency']:.2f}"
    return f"  {figures}" + ("" if found["counts"] else ", at chance: left out")


def _show(figures: dict[str, Any], questions: int, nodes: int) -> None:
    result(f"{questions} questions, {nodes} nodes, {figures['votes']} votes")
    judged = [
        rule for rule in figures["rules"] if figures["votes"] or rule not in ("bradley_terry", "fortytwo")
    ]
    for rule in judged:
        row = figures["rules"][rule]
        result(f"{rule:16}{row['accuracy']:>7.3f}  {row['low']:.3f} to {row['high']:.3f}")
    for name, node in figures["nodes"].items():
        result(f"{name:16}{node['reputation']:>7.3f}  {node['model']}{_as_judge(node.get('calibration'))}")
    if not figures["votes"]:
        note("No ranking follows from no votes: no judge is better than chance, or none replied.")
    for rule, row in figures.get("points_lost_by_noise", {}).items():
        result(f"lost by noise, {rule:16}{row['points']:>7.2f} points  {row['low']:.2f} to {row['high']:.2f}")
    if not figures["rules"]:
        note("No answers are known, so nothing was counted. --out keeps what was chosen.")
    if figures["calls"]["failed"]:
        failed = ", ".join(f"{reason} {number}" for reason, number in figures["calls"]["failed"].items())
        note(f"Calls without a usable reply: {failed}.")
