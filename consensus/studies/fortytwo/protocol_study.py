"""Runs the study: every point with several seeds, on all processors, and the statistics of the runs.

A run is a swarm and questions of its own, drawn by its seed; all points of all panels share the seeds. The
interval of an accuracy is Student's, over the runs: it covers both how swarms and how questions differ.
"""

import math
import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from swarm_env.consensus.fortytwo.settings import BURN_IN
from swarm_env.consensus.fortytwo.simulated.simulation import RULES, simulate
from swarm_env.consensus.studies.fortytwo.study_plan import CLAIMS, Panel, Point

from swarm_env.cluster.tasks import Spread

SINGLE = "single"  # beside the rules: an honest node alone, on average
_STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}  # 97.5%, by runs


@dataclass(frozen=True, slots=True)
class Cell:
    """The result of one rule at one point.

    Attributes:
        mean: Mean accuracy after burn-in over the runs.
        low: Lower end of its 95% interval, at least 0.
        high: Upper end, at most 1.
        runs: The runs' accuracies.
    """

    mean: float
    low: float
    high: float
    runs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A panel with the results of its points.

    Attributes:
        panel: The panel.
        cells: One per point: rule to result.
        excluded: One per point: honest nodes and attackers that were excluded, on average per run.
    """

    panel: Panel
    cells: list[dict[str, Cell]]
    excluded: list[tuple[float, float]]


def run_study(
    panels: Sequence[Panel],
    seed: int,
    jobs: int | None = None,
    report: Callable[[int, int], None] | None = None,
    spread: Spread | None = None,
) -> list[Measured]:
    """Simulate all points; one result per panel.

    Args:
        panels: The panels.
        seed: The first of the runs' seeds.
        jobs: Processes; None: one per processor.
        report: Called with the number of finished runs, and of all.
        spread: Calls a function for each of many tasks, for example on the machines of a cluster; None:
            processes of this machine do. The number of processes and machines changes nothing in the results.
    """
    tasks = [
        (point, panel.questions, seed + run)
        for panel in panels
        for point in panel.points
        for run in range(panel.runs)
    ]
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    found: list[tuple[dict[str, float], int, int]] = []

    def gather(results: Iterable[tuple[dict[str, float], int, int]]) -> None:
        for done in results:
            found.append(done)
            if report is not None:
                report(len(found), len(tasks))

    if spread is not None or workers == 1:
        gather((spread or map)(_one, tasks))
    else:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            gather(pool.map(_one, tasks, chunksize=4))
    return _gathered(panels, found)


def _one(task: tuple[Point, int, int]) -> tuple[dict[str, float], int, int]:
    """One run: accuracy after burn-in by rule, honest nodes and attackers that were excluded."""
    point, questions, seed = task
    ran = simulate(point.swarm, point.protocol, point.attack, questions=questions, seed=seed)
    wrongly = sum(not ran.attacker[node] for _, node in ran.excluded)
    late = {rule: float(right[BURN_IN:].mean()) for rule, right in ran.right.items()}
    late[SINGLE] = float(ran.alone[BURN_IN:].mean())
    return late, wrongly, len(ran.excluded) - wrongly


def _gathered(panels: Sequence[Panel], found: Sequence[tuple[dict[str, float], int, int]]) -> list[Measured]:
    measured, place = [], 0
    for panel in panels:
        cells, excluded = [], []
        for _ in panel.points:
            runs = found[place : place + panel.runs]
            place += panel.runs
            cells.append({rule: interval([run[0][rule] for run in runs]) for rule in (*RULES, SINGLE)})
            excluded.append(
                (float(np.mean([run[1] for run in runs])), float(np.mean([run[2] for run in runs])))
            )
        measured.append(Measured(panel, cells, excluded))
    return measured


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
