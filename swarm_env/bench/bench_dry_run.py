"""Dry run of a bench: its runs, and the estimated tokens and cost."""

from dataclasses import dataclass
from typing import Any

from swarm_env.bench.folder import BenchFolder, State
from swarm_env.bench.plan import BenchPlan, PlannedRun
from swarm_env.leaderboard.aligned_table import aligned
from swarm_env.playing.dry_run import DryRun, dry_run

STATES: dict[State, str] = {"new": "to play", "begun": "to resume", "finished": "is finished"}


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """One run, its progress, and the estimate of the whole run with rounds that were already played."""

    run: PlannedRun
    state: State
    estimate: DryRun

    @property
    def tokens(self) -> int | None:
        """Maximum of tokens still to be paid, prompts and answers; None without model calls."""
        if not self.estimate.calls:
            return None
        tokens = self.estimate.prompt_tokens + self.estimate.completion_tokens
        return 0 if self.state == "finished" else tokens

    @property
    def cost(self) -> float | None:
        """Their price [US dollars]; None if unknown, or without model calls."""
        if not self.estimate.calls:
            return None
        return 0.0 if self.state == "finished" else self.estimate.cost


@dataclass(frozen=True, slots=True)
class BenchDryRun:
    """Estimates of all runs of a bench, in their order."""

    runs: tuple[RunEstimate, ...]

    @property
    def tokens(self) -> int:
        """Tokens of all runs that are not finished."""
        return sum(one.tokens or 0 for one in self.runs)

    @property
    def cost(self) -> float | None:
        """Price of all runs that are not finished [US dollars]; None if a price is unknown."""
        costs = [one.cost for one in self.runs if one.tokens is not None]
        return None if None in costs else sum(cost or 0.0 for cost in costs)

    def as_text(self) -> str:
        """A line per run, and the totals."""
        rows = [
            [
                one.run.title,
                STATES[one.state],
                "" if one.tokens is None else str(one.tokens),
                "" if one.cost is None else f"{one.cost:.4f}",
            ]
            for one in self.runs
        ]
        left = sum(one.state != "finished" for one in self.runs)
        price = "an unknown price" if self.cost is None else f"${self.cost:.4f}"
        calls_models = any(one.tokens is not None for one in self.runs)
        total = f"about {self.tokens} tokens, {price}" if calls_models else "no model calls"
        table = aligned(["run", "state", "tokens", "$"], rows, text_columns=2)
        return f"{table}\n\n{left} of {len(self.runs)} runs to play: {total}."

    def as_json(self) -> dict[str, Any]:
        """The same for scripts."""
        runs = [
            {**one.run.as_dict(), "state": one.state, "tokens": one.tokens, "cost": one.cost}
            for one in self.runs
        ]
        return {"tokens": self.tokens, "cost": self.cost, "runs": runs}


def dry_run_bench(plan: BenchPlan, folder: BenchFolder) -> BenchDryRun:
    """Estimate tokens and cost of a bench by one dry run per team and world, which all its seeds share.

    The folder need not exist. Raises `SwarmEnvError` if a run cannot be played.
    """
    estimates: dict[tuple[str, str], DryRun] = {}
    runs = []
    for run in plan.runs:
        key = (run.config.model_dump_json(), str(run.team))
        if key not in estimates:
            estimates[key] = dry_run(run.config, run.team, run.seed)
        runs.append(RunEstimate(run, folder.state_of(run), estimates[key]))
    return BenchDryRun(tuple(runs))
