"""Runs the study: every point with several seeds, on all processors, and the statistics of the runs.

A run is a swarm and questions of its own, drawn by its seed; all points of all panels share the seeds. The
interval of an accuracy is Student's, over the runs: it covers both how swarms and how questions differ.
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from swarm_env.consensus.fortytwo.settings import BURN_IN
from swarm_env.consensus.fortytwo.simulated.simulation import RULES, simulate
from swarm_env.consensus.studies import results_of
from swarm_env.consensus.studies.fortytwo.study_plan import CLAIMS, Panel, Point

from swarm_env.cluster.tasks import Spread

SINGLE = "single"  # beside the rules: an honest node alone, on average
_STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}  # 97.5%, by runs


@dataclass(frozen=True, slots=True)
class Cell:
    """The result of one rule at one point."""

    mean: float  # mean accuracy after burn-in over the runs
    low: float  # lower end of its 95% interval, at least 0
    high: float  # upper end, at most 1
    runs: tuple[float, ...]  # the runs' accuracies


@dataclass(frozen=True, slots=True)
class Measured:
    """A panel with the results of its points."""

    panel: Panel
    cells: list[dict[str, Cell]]  # one per point: rule to result
    excluded: list[tuple[float, float]]  # per point: mean number of excluded honest nodes and attackers


def run_study(
    panels: Sequence[Panel],
    seed: int,
    jobs: int | None = None,
    report: Callable[[int, int], None] | None = None,
    spread: Spread | None = None,
) -> list[Measured]:
    """Simulate all points, with seeds from `seed` on; one result per panel.

    `report` is called with the number of finished runs, and of all. `spread` calls a function for each of
    many tasks, for example on the machines of a cluster; None: `jobs` processes of this machine do (None: one
    per processor). The number of processes and machines changes nothing in the results.
    """
    tasks = [
        (point, panel.questions, seed + run)
        for panel in panels
        for point in panel.points
        for run in range(panel.runs)
    ]
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    found: list[tuple[dict[str, float], int, int]] = []
    for done in results_of(_one, tasks, workers, spread, chunk=4):
        found.append(done)
        if report is not None:
            report(len(found), len(tasks))
    runs = iter(found)
    return [_measured(panel, [list(islice(runs, panel.runs)) for _ in panel.points]) for panel in panels]


def _one(task: tuple[Point, int, int]) -> tuple[dict[str, float], int, int]:
    """One run: accuracy after burn-in by rule, honest nodes and attackers that were excluded."""
    point, questions, seed = task
    ran = simulate(point.swarm, point.protocol, point.attack, questions=questions, seed=seed)
    wrongly = sum(not ran.attacker[node] for _, node in ran.excluded)
    late = {rule: float(right[BURN_IN:].mean()) for rule, right in ran.right.items()}
    late[SINGLE] = float(ran.alone[BURN_IN:].mean())
    return late, wrongly, len(ran.excluded) - wrongly


def _measured(panel: Panel, points: Sequence[Sequence[tuple[dict[str, float], int, int]]]) -> Measured:
    """A panel with the statistics of the runs of each point."""
    cells = [{rule: interval([run[0][rule] for run in runs]) for rule in (*RULES, SINGLE)} for runs in points]
    excluded = [
        (float(np.mean([run[1] for run in runs])), float(np.mean([run[2] for run in runs])))
        for runs in points
    ]
    return Measured(panel, cells, excluded)


def interval(runs: Sequence[float], least: float = 0.0, most: float = 1.0) -> Cell:
    """Mean of runs with Student's 95% interval, within [least, most]."""
    mean, n = float(np.mean(runs)), len(runs)
    half = _STUDENT.get(n, 1.96) * float(np.std(runs, ddof=1)) / math.sqrt(n) if n > 1 else 1.0
    return Cell(mean, max(least, mean - half), min(most, mean + half), tuple(runs))


def difference(one: Cell, other: Cell) -> Cell:
    """One minus the other, run by run."""
    return interval([a - b for a, b in zip(one.runs, other.runs, strict=True)], -1.0, 1.0)


def as_json(measured: Sequence[Measured], seed: int) -> dict[str, Any]:
    """All figures, for JSON."""
    return {
        "seed": seed,
        "burn_in": BURN_IN,
        "panels": {one.panel.name: _panel_json(one) for one in measured},
    }


def _panel_json(one: Measured) -> dict[str, Any]:
    panel, points = one.panel, []
    for point, cells, (wrongly, rightly) in zip(panel.points, one.cells, one.excluded, strict=True):
        rules = {rule: {"mean": c.mean, "low": c.low, "high": c.high} for rule, c in cells.items()}
        excluded = {"honest": wrongly, "attackers": rightly}
        points.append({"x": point.x, "curve": point.curve, "excluded": excluded, **rules})
    return {
        "claim": CLAIMS[panel.claim],
        "axis": panel.axis,
        "questions": panel.questions,
        "runs": panel.runs,
        "points": points,
    }
