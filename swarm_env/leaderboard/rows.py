"""The table of one world: a row with statistics per team. Seeds, not runs, are the independent units."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from swarm_env.leaderboard.comparisons import Comparison, adjust, compare, paired_differences
from swarm_env.leaderboard.scored_run import ScoredRun
from swarm_env.leaderboard.statistics import Summary, summarise
from swarm_env.leaderboard.team_names import short_names
from swarm_env.leaderboard.world_setting import WorldSetting, score_bounds
from swarm_env.runs.files import Usage

DEFAULT_REFERENCE = "scripted"


@dataclass(frozen=True, slots=True)
class Row:
    """Statistics of one team in one world.

    Attributes:
        rank: 1 for the highest mean; equal means share a rank; None for invalid runs.
        team: Identity of the team.
        label: What is shown of it.
        channel: Kind of messages.
        recorded_by: "swarm-env" or "swarmbench".
        models: Names of the language models; the team's text need not contain them.
        score: Statistics of the score, one number per seed. Decisions that failed count as what they became.
        answered: The same over the runs with a fallback rate of at most `max_fallback`; None without any.
        difference: Differences to the reference, seed by seed; None for the reference and for invalid rows,
            and if they share no seed.
        fallback_rate: Fraction of decisions that were replaced; None: unknown, or no model calls.
        endpoint_failure_rate: Fraction replaced because the endpoint failed; the model failed the others.
        usage: Mean model usage of a run.
        seconds_per_decision: From request to answer [s]; None: unknown.
        runs: The runs.
        answered_runs: How many of them `answered` counts.
    """

    rank: int | None
    team: str
    label: str
    channel: str
    recorded_by: str
    models: tuple[str, ...]
    score: Summary
    answered: Summary | None
    difference: Comparison | None
    fallback_rate: float | None
    endpoint_failure_rate: float | None
    usage: "MeanUsage"
    seconds_per_decision: float | None
    runs: tuple[ScoredRun, ...]
    answered_runs: int

    @property
    def name(self) -> str:
        """Its label, with the models that this does not contain."""
        unnamed = [model for model in self.models if model not in self.label]
        return f"{self.label} ({', '.join(unnamed)})" if unnamed else self.label

    @property
    def is_valid(self) -> bool:
        """Whether its runs count."""
        return self.rank is not None


class MeanUsage(NamedTuple):
    """Means of the fields of `Usage` over the runs of a row; None if unknown for a run."""

    decisions: float | None
    calls: float | None
    prompt_tokens: float | None
    completion_tokens: float | None
    cached_tokens: float | None
    reasoning_tokens: float | None
    cost: float | None
    stated_cost: float | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one world.

    Attributes:
        setting: The world.
        reference: The team that the others are compared with; None if it did not play here.
        rows: Valid rows, best first.
        invalid: Invalid rows, best first.
    """

    setting: WorldSetting
    reference: str | None
    rows: tuple[Row, ...]
    invalid: tuple[Row, ...]

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """The valid rows, then the invalid ones."""
        return self.rows + self.invalid

    @property
    def reference_label(self) -> str | None:
        """What is shown of the reference."""
        return next((row.label for row in self.rows if row.team == self.reference), None)


def make_table(
    setting: WorldSetting,
    groups: Sequence[tuple[bool, list[ScoredRun]]],
    reference: str | None,
    max_fallback: float,
) -> Table:
    """Rank the teams of one world.

    Args:
        setting: The world.
        groups: For each row whether it is invalid, and its runs, at least one.
        reference: The team that the others are compared with; None: `DEFAULT_REFERENCE` if it played, else
            the first by name. It must not be chosen by its score.
        max_fallback: Maximum fallback rate of the runs that `Row.answered` counts.
    """
    bounds = score_bounds(setting, setting.max_rounds)
    summaries = [summarise(seed_means(runs), bounds) for _, runs in groups]
    labels = short_names(runs[0].team for _, runs in groups)
    order = sorted(range(len(groups)), key=lambda i: (-summaries[i].mean, groups[i][1][0].team))
    valid = [i for i in order if not groups[i][0]]
    chosen = _reference([groups[i][1] for i in valid], reference)
    differences = _differences({i: groups[i][1] for i in valid}, chosen)
    rows: list[Row] = []
    invalid: list[Row] = []
    for i in order:
        is_invalid, runs = groups[i]
        rank = None if is_invalid else 1 + sum(summaries[j].mean > summaries[i].mean for j in valid)
        answered = [one for one in runs if one.fallback_rate <= max_fallback]
        row = Row(
            rank=rank,
            team=runs[0].team,
            label=labels[runs[0].team],
            channel=runs[0].channel,
            recorded_by=runs[0].recorded_by,
            models=runs[0].models,
            score=summaries[i],
            answered=summarise(seed_means(answered), bounds) if answered else None,
            answered_runs=len(answered),
            difference=differences.get(i),
            runs=tuple(runs),
            **_usage([one.usage for one in runs]),
        )
        (invalid if is_invalid else rows).append(row)
    return Table(setting, chosen[0][0].team if chosen else None, tuple(rows), tuple(invalid))


def seed_means(runs: Sequence[ScoredRun]) -> list[float]:
    """Mean score of each seed: runs from one seed are not independent."""
    return [sum(scores) / len(scores) for scores in _by_seed(runs).values()]


def _reference(rows: Sequence[list[ScoredRun]], reference: str | None) -> list[list[ScoredRun]]:
    """The valid rows of the reference: one per channel."""
    teams = [runs[0].team for runs in rows]
    if reference is None and teams:
        reference = DEFAULT_REFERENCE if DEFAULT_REFERENCE in teams else min(teams)
    return [runs for runs in rows if runs[0].team == reference]


def _differences(
    rows: Mapping[int, list[ScoredRun]], chosen: Sequence[list[ScoredRun]]
) -> dict[int, Comparison]:
    """Comparisons with the reference by number of the row, corrected for their number."""
    found: dict[int, Comparison] = {}
    for i, runs in rows.items():
        base = _twin_of(runs, chosen)
        differences = paired_differences(_by_seed(runs), _by_seed(base)) if base else []
        if differences:
            found[i] = compare(differences)
    return dict(zip(found, adjust(list(found.values())), strict=True))


def _twin_of(runs: list[ScoredRun], chosen: Sequence[list[ScoredRun]]) -> list[ScoredRun] | None:
    """The reference's row to compare with: that of the same channel, else the first; None for itself."""
    if not chosen or any(runs is row for row in chosen):
        return None
    same = [row for row in chosen if row[0].channel == runs[0].channel]
    return (same or list(chosen))[0]


def _usage(usages: Sequence[Usage | None]) -> dict[str, Any]:
    """The fields of a row that describe its model calls."""
    decisions, seconds = _total(usages, "decisions"), _total(usages, "seconds")
    replaced = sum(sum(usage.fallbacks.values()) for usage in usages if usage)
    unreached = sum(usage.endpoint_failures for usage in usages if usage)
    totals = (_total(usages, name) for name in MeanUsage._fields)
    return {
        "fallback_rate": replaced / decisions if decisions else None,
        "endpoint_failure_rate": unreached / decisions if decisions else None,
        "usage": MeanUsage(*(None if total is None else total / len(usages) for total in totals)),
        "seconds_per_decision": seconds / decisions if decisions and seconds is not None else None,
    }


def _by_seed(runs: Sequence[ScoredRun]) -> dict[tuple[str, int], list[float]]:
    """Scores by what determines the start: the recorder and the seed."""
    scores: dict[tuple[str, int], list[float]] = defaultdict(list)
    for one in sorted(runs, key=lambda one: one.seed):
        scores[one.recorded_by, one.seed].append(one.score)
    return scores


def _total(usages: Sequence[Usage | None], name: str) -> float | None:
    """The sum of a field; None if unknown for a run."""
    values: list[float | None] = [getattr(usage, name, None) for usage in usages]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
