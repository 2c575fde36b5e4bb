"""What a bench would play and what that may take, without playing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from swarm_env.bench.folder import BenchFolder, State
from swarm_env.bench.plan import BenchPlan, PlannedRun
from swarm_env.leaderboard.text_tables import aligned
from swarm_env.playing.dry_run import DryRun, dry_run

STATES: dict[State, str] = {"new": "to play", "begun": "to resume", "finished": "is finished"}


@dataclass(frozen=True, slots=True)
class DryRunOfRun:
    """A run and what it may take.

    Attributes:
        run: The run.
        state: How far it has come already.
        estimate: For the whole run; what was played of it already is not taken off.
    """

    run: PlannedRun
    state: State
    estimate: DryRun

    @property
    def tokens(self) -> int | None:
        """Tokens of prompts and answers that are still to be paid at most; None when no model is asked."""
        if not self.estimate.calls:
            return None
        taken = self.estimate.prompt_tokens + self.estimate.completion_tokens
        return 0 if self.state == "finished" else taken

    @property
    def cost(self) -> float | None:
        """Their price [US dollars]; None: unknown, or no model is asked."""
        if not self.estimate.calls:
            return None
        return 0.0 if self.state == "finished" else self.estimate.cost


@dataclass(frozen=True, slots=True)
class BenchDryRun:
    """All runs of a bench.

    Attributes:
        runs: In the order in which they would be begun.
    """

    runs: tuple[DryRunOfRun, ...]

    @property
    def tokens(self) -> int:
        """Tokens of all runs that are not finished."""
        return sum(one.tokens or 0 for one in self.runs)

    @property
    def cost(self) -> float | None:
        """Price of all runs that are not finished [US dollars]; None when a price is unknown."""
        costs = [one.cost for one in self.runs if one.tokens is not None]
        return None if None in costs else sum(cost or 0.0 for cost in costs)

    def as_text(self) -> str:
        """A line per run, and the sums."""
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
        asked = [one for one in self.runs if one.tokens is not None]
        price = "an unknown price" if self.cost is None else f"${self.cost:.4f}"
        takes = f"about {self.tokens} tokens, {price}" if asked else "no model is asked"
        table = aligned(["run", "what", "tokens", "$"], rows, words=2)
        return f"{table}\n\n{left} of {len(self.runs)} runs to play: {takes}."

    def as_json(self) -> dict[str, Any]:
        """The same for scripts."""
        return {
            "tokens": self.tokens,
            "cost": self.cost,
            "runs": [
                {
                    "name": one.run.name,
                    "scenario": one.run.config.scenario,
                    "setting": one.run.setting,
                    "team": str(one.run.team),
                    "seed": one.run.seed,
                    "state": one.state,
                    "tokens": one.tokens,
                    "cost": one.cost,
                }
                for one in self.runs
            ],
        }


def dry_run_bench(plan: BenchPlan, folder: BenchFolder) -> BenchDryRun:
    """Find out what the runs of a bench would ask language models.

    One run of each team in each world gets a dry run (`swarm_env.playing.dry_run`); those from other seeds
    are taken to be like it.

    Args:
        plan: The bench.
        folder: Its folder, whether it is there or not.

    Returns:
        The runs, and what each may take.

    Raises:
        SwarmEnvError: A run could not be played.
    """
    estimates: dict[tuple[str, str], DryRun] = {}
    return BenchDryRun(tuple(_each(plan.runs, folder, estimates)))


def _each(
    runs: Iterable[PlannedRun], folder: BenchFolder, estimates: dict[tuple[str, str], DryRun]
) -> Iterable[DryRunOfRun]:
    for run in runs:
        key = (run.config.model_dump_json(), str(run.team))
        if key not in estimates:
            estimates[key] = dry_run(run.config, run.team, run.seed)
        yield DryRunOfRun(run, folder.state_of(run), estimates[key])
