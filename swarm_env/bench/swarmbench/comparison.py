"""The paper's tables with what was played: measured rows, and the published ones beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from swarm_env.bench.folder import BenchFolder
from swarm_env.bench.plan import PlannedRun
from swarm_env.bench.swarmbench.experiments import Experiment
from swarm_env.bench.swarmbench.published_tables import CORRELATIONS, MEAN, PublishedRow
from swarm_env.bench.swarmbench.reproduction import PlayedRow, same_model
from swarm_env.errors import RunError
from swarm_env.leaderboard.aligned_table import aligned
from swarm_env.leaderboard.published_scores import FLOCKING_FACTOR, TASKS, has_other_prompt
from swarm_env.leaderboard.rows import seed_means
from swarm_env.leaderboard.scored_run import ScoredRun, read_scored_run
from swarm_env.leaderboard.statistics import Summary, summarise
from swarm_env.leaderboard.world_setting import score_bounds
from swarm_env.measures import Measures, correlations, measure
from swarm_env.runs.files import is_run_folder


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a table: mean and standard deviation of scores, or a correlation; None: not known.

    `low` and `high` are the ends of its 95% interval, `n` the seeds (of a correlation the runs) behind it.
    """

    value: float
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None

    def __str__(self) -> str:
        return f"{self.value:.2f}" + ("" if self.sd is None else f" ± {self.sd:.2f}")

    @property
    def interval(self) -> str:
        """The interval as text, "" without one."""
        return "" if self.low is None or self.high is None else f"[{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: `name` is a team, a model or a measure."""

    name: str
    variant: str
    is_published: bool
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """One table of the paper, beside what was played; `columns` are those of the tasks that were."""

    experiment: Experiment
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...]

    def as_text(self) -> str:
        """Aligned columns, then the notes."""
        has_variants = any(row.variant for row in self.rows)
        titles = ["team", *(["played"] if has_variants else []), "", *self.columns]
        if self.experiment.measured:
            titles[0] = "measure"
        lines = []
        for row in self.rows:
            heads = [row.name, *([row.variant] if has_variants else [])]
            cells = [row.cells.get(one) for one in self.columns]
            source = "published" if row.is_published else "measured"
            lines.append([*heads, source, *("" if one is None else str(one) for one in cells)])
            intervals = [one.interval if one else "" for one in cells]
            if any(intervals):
                lines.append(["", *([""] if has_variants else []), "95% interval", *intervals])
        table = aligned(titles, lines, text_columns=2 + has_variants)
        return "\n".join([self.experiment.title, "", table, "", *self.notes])

    def as_json(self) -> dict[str, Any]:
        """Everything, for scripts."""
        return {
            "name": self.experiment.name,
            "title": self.experiment.title,
            "rows": [
                {
                    "name": row.name,
                    "variant": row.variant or None,
                    "source": "published" if row.is_published else "measured",
                    "cells": {
                        column: asdict(row.cells[column]) for column in self.columns if column in row.cells
                    },
                }
                for row in self.rows
            ],
            "notes": list(self.notes),
        }


def compare_tables(folder: BenchFolder, played: Sequence[PlayedRow]) -> list[ComparedTable]:
    """All tables of a bench that was played, finished or not; runs that do not count are left out."""
    found = []
    for experiment in dict.fromkeys(row.experiment.name for row in played):
        rows = [row for row in played if row.experiment.name == experiment]
        found.append(_compare(rows[0].experiment, folder, rows))
    return found


def _compare(experiment: Experiment, folder: BenchFolder, played: Sequence[PlayedRow]) -> ComparedTable:
    runs = {run.name: _counted(folder, run) for row in played for run in row.runs}
    tasks = {run.config.scenario for row in played for run in row.runs}
    columns = tuple(
        one for one in experiment.columns if one in tasks or (one == MEAN and len(tasks) == len(TASKS))
    )
    planned, missing = len(runs), sum(one is None for one in runs.values())
    if experiment.measured:
        rows = _correlated(folder, [run for row in played for run in row.runs if runs[run.name]])
    else:
        rows = list(_scored(experiment, played, runs))
    rows = [row for row in rows if not row.is_published or not row.cells.keys().isdisjoint(columns)]
    notes = _notes(experiment, played, planned, missing)
    return ComparedTable(experiment, columns, tuple(rows), tuple(notes))


def _counted(folder: BenchFolder, run: PlannedRun) -> ScoredRun | None:
    """A run that is finished and valid, else None."""
    path = folder.folder_of(run)
    if not is_run_folder(path):
        return None
    try:
        found = read_scored_run(path)
    except RunError:
        return None
    return None if found.excluded or found.endpoint_failure_rate > folder.plan.max_fallback else found


def _scored(
    experiment: Experiment, played: Sequence[PlayedRow], runs: Mapping[str, ScoredRun | None]
) -> Iterator[TableRow]:
    """Rows of scores: each team, with the published rows of the same model below, then all other models."""
    published = list(experiment.published)
    for team in dict.fromkeys(row.team for row in played):
        for row in (row for row in played if row.team == team):
            scored = [found for run in row.runs if (found := runs[run.name])]
            yield TableRow(team, row.variant.name, False, _cells(scored, MEAN in experiment.columns))
        for one in [one for one in published if same_model(one.model) == same_model(team)]:
            published.remove(one)
            yield _published_row(one, experiment)
    for one in published:
        yield _published_row(one, experiment)


def _published_row(row: PublishedRow, experiment: Experiment) -> TableRow:
    cells = {column: Cell(*row.scores[column]) for column in experiment.columns if column in row.scores}
    return TableRow(row.model, row.variant, True, cells)


def _cells(runs: Sequence[ScoredRun], with_mean: bool) -> dict[str, Cell]:
    """Mean score of each task; with `MEAN` over all five, if all were played."""
    cells = {}
    for task in TASKS:
        own = [one for one in runs if one.setting.scenario == task]
        if own:
            bounds = score_bounds(own[0].setting, own[0].setting.max_rounds)
            cells[task] = _cell(summarise(seed_means(own), bounds))
    if with_mean and len(cells) == len(TASKS):
        values = [one.value / (FLOCKING_FACTOR if task == "flocking" else 1.0) for task, one in cells.items()]
        cells[MEAN] = Cell(sum(values) / len(values))
    return cells


def _cell(score: Summary) -> Cell:
    return Cell(score.mean, score.sd, score.low, score.high, score.n)


def _correlated(folder: BenchFolder, runs: Sequence[PlannedRun]) -> list[TableRow]:
    """Rows of correlations: each measure, measured and published."""
    measured: list[Measures] = [measure(folder.folder_of(run)) for run in runs]
    found = {(one.measure, one.scenario): one for one in correlations(measured)}
    rows = []
    for name, values in CORRELATIONS.items():
        own = {
            task: Cell(one.pearson.value, None, _known(one.pearson.low), _known(one.pearson.high), one.n)
            for task in TASKS
            if (one := found.get((name, task))) and one.pearson.value == one.pearson.value
        }
        rows.append(TableRow(name, "", False, own))
        rows.append(TableRow(name, "", True, {task: Cell(value) for task, value in values.items()}))
    return rows


def _known(value: float) -> float | None:
    return value if value == value else None


def _notes(experiment: Experiment, played: Sequence[PlayedRow], planned: int, missing: int) -> Iterator[str]:
    """What a reader must know: the worlds, the seeds, and what differs from the paper."""
    worlds = dict.fromkeys(
        f"{run.config.num_agents} agents on {run.config.height} x {run.config.width} cells, view "
        f"{run.config.view_size}, {run.config.max_rounds} rounds"
        for row in played
        for run in row.runs
    )
    seeds = {run.seed for row in played for run in row.runs}
    repeats = max(run.repeat for row in played for run in row.runs) + 1
    times = f", each played {repeats} times" if repeats > 1 else ""
    yield f"Measured: {'; '.join(worlds)}; {len(seeds)} seed{'s' * (len(seeds) > 1)}{times}."
    unknown = "; the paper names neither map nor number of agents: its example plays 10, its figures show 12"
    is_named = any("agents" in row.variant for row in experiment.published)
    yield f"Published: arXiv 2505.04364, {experiment.runs}{'' if is_named else unknown}."
    tasks = {run.config.scenario for row in played for run in row.runs}
    if "flocking" in tasks and not experiment.measured and experiment.name != "scale":
        yield (
            "Flocking: published figures are doubled, since the paper prints half of what the released\n"
            "system records. Some are more than 10 agents can reach on 10 x 10 cells (13.8 on average),\n"
            "but 12 agents can."
        )
    kinds = {entry.agent.partition(":")[0] for row in played for entry in row.runs[0].team.entries}
    if not kinds.isdisjoint(("scripted", "random")):
        yield "Scripted and random teams are rules of this project, not of the paper, and do not talk."
    if "llm" in kinds:
        yield "Models are asked by the preset swarmbench; the same name may stand for another model today."
        others = [row.team for row in played if has_other_prompt(str(row.runs[0].team))]
        if others:
            yield f"Asked with another prompt, so not comparable: {', '.join(dict.fromkeys(others))}."
    if experiment.note:
        yield experiment.note
    if missing:
        yield f"{missing} of {planned} runs are not finished or do not count, and are left out."
