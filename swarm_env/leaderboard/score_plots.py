"""Plots of a leaderboard: scores and group measures over rounds, and their correlation.

For each table, `SCENARIO-DIGEST-…png` (the digest is that of the setting, which the title shows):

    -score           the mean score over seeds after each round, with its 95% interval as a band
    -measures        the mean of each group measure, round by round, over the runs in which it is defined
    -correlations    correlation of each measure's mean with the final score within teams, over seeds

They show valid, finished runs only. After an early end the last score continues; measures end.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError, MissingExtraError, os_errors
from swarm_env.leaderboard.intervals import LEVEL, Bounds
from swarm_env.leaderboard.leaderboard import Leaderboard
from swarm_env.leaderboard.rows import Row, Table
from swarm_env.leaderboard.statistics import summarise
from swarm_env.leaderboard.world_setting import score_bounds
from swarm_env.measures import MEASURES, Correlation, Measures, correlations_within, measure
from swarm_env.runs.recording import open_recording
from swarm_env.runtime.disk_files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curves = NDArray[np.float64]
Seeds = Sequence[Sequence[Measures]]  # of one team: the runs of each seed

# Colours of Okabe and Ito, safe for colour-blind readers, those dark enough on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", ":", "-.")
COLUMNS = 3  # panels in a row
MAX_NAME = 48  # characters of a team's name in a legend


def draw_plots(board: Leaderboard, folder: Path, trust_code: bool = False) -> Iterator[Path]:
    """Draw all plots of a leaderboard, for which every run is replayed; yields each file once it is written.

    The folder is created if missing; files of the same name are replaced. `trust_code` allows all Python
    files that runs name. Raises `MissingExtraError` if matplotlib is not installed, `ConfigError` if the
    folder cannot be written, `RunError` if a run cannot be replayed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise MissingExtraError("drawing plots", "matplotlib", "data") from None
    with os_errors(ConfigError, f"--plots {folder}", "written"):
        folder.mkdir(parents=True, exist_ok=True)
        for table in board.tables:
            if table.rows:
                yield from _draw_table(table, folder, trust_code)


def _draw_table(table: Table, folder: Path, trust_code: bool) -> Iterator[Path]:
    """The plots of one world."""
    measured = [(row, _by_seed(row, trust_code)) for row in table.rows]
    digest = hashlib.blake2b(repr(table.setting).encode(), digest_size=3).hexdigest()
    name = re.sub(r"\W+", "_", Path(table.setting.scenario).stem)
    pictures: dict[str, Figure] = {"score": _scores(table, measured), "measures": _measures(table, measured)}
    found = correlations_within([seeds for _, seeds in measured])
    known = [one for one in found if math.isfinite(one.pearson.value)]
    if known:
        pictures["correlations"] = _correlations(table, known)
    for what, figure in pictures.items():
        file = folder / f"{name}-{digest}-{what}.png"
        with replacing(file) as draft:
            figure.savefig(draft, format="png", dpi=150)
        yield file


def _by_seed(row: Row, trust_code: bool = False) -> Seeds:
    """What was measured in the runs of each seed, replayed."""
    seeds: dict[int, list[Measures]] = {}
    for one in row.runs:
        if one.recording is not None:
            seeds.setdefault(one.seed, []).append(measure(open_recording(one.recording, trust_code)))
    return list(seeds.values())


def _scores(table: Table, measured: Sequence[tuple[Row, Seeds]]) -> "Figure":
    """Mean scores over rounds."""
    figure = _figure(table, 7.0, 4.5)
    axes = figure.add_subplot()
    length = table.setting.max_rounds
    rounds = np.arange(1, length + 1)
    bounds = [score_bounds(table.setting, int(after)) for after in rounds]
    for number, (row, seeds) in enumerate(measured):
        curves = np.array([np.mean([_padded(run.score, length) for run in runs], axis=0) for runs in seeds])
        # Later lines are thinner: one that lies on another does not hide it.
        style = _style(number, 1.6 + 2.4 * (len(measured) - 1 - number) / max(1, len(measured) - 1))
        style["drawstyle"] = "steps-post"
        axes.plot(rounds, curves.mean(axis=0), label=f"{_name(row)} (n = {len(seeds)})", **style)
        low, high = _band(curves, bounds)
        axes.fill_between(rounds, low, high, color=style["color"], alpha=0.15, linewidth=0, step="post")
    axes.set(xlabel="round", ylabel=f"score, mean over seeds and its {LEVEL:.0%} interval", xlim=(1, None))
    axes.legend(frameon=False, fontsize="small")
    _plain_axes(axes)
    return figure


def _measures(table: Table, measured: Sequence[tuple[Row, Seeds]]) -> "Figure":
    """One panel per measure that is defined in any run."""
    names = [
        name
        for name in MEASURES
        if any(np.isfinite(run.values[name]).any() for _, seeds in measured for runs in seeds for run in runs)
    ]
    lines = math.ceil(max(1, len(names)) / COLUMNS)
    figure = _figure(table, 3.2 * COLUMNS, 1.9 * lines + 1.0)
    for place, name in enumerate(names):
        axes = figure.add_subplot(lines, COLUMNS, place + 1)
        for number, (_, seeds) in enumerate(measured):
            length = table.setting.max_rounds
            means = [_mean_where_known([run.values[name] for run in runs], length) for runs in seeds]
            curve = _mean_where_known(means, length)
            axes.plot(np.arange(1, len(curve) + 1), curve, **_style(number, 1.1))
        unit = MEASURES[name].unit
        axes.set_title(name.replace("_", " ") + (f" [{unit}]" if unit else ""), fontsize="small")
        axes.set_xlim(1, table.setting.max_rounds)
        axes.tick_params(labelsize="x-small")
        _widen_constant(axes)
        _plain_axes(axes)
    keys = [_name(row) for row, _ in measured]
    handles = figure.axes[0].get_lines() if figure.axes else []
    figure.legend(handles, keys, loc="outside lower center", ncols=COLUMNS, frameon=False, fontsize="small")
    return figure


def _correlations(table: Table, found: Sequence[Correlation]) -> "Figure":
    """Each measure's correlation with the final score, with its interval."""
    figure = _figure(table, 7.0, 0.32 * len(found) + 1.6)
    axes = figure.add_subplot()
    places = np.arange(len(found))[::-1]
    for shift, kind, colour, mark in (
        (0.15, "pearson", COLOURS[0], "o"),
        (-0.15, "spearman", COLOURS[1], "s"),
    ):
        values, low, high = np.array([getattr(one, kind) for one in found], np.float64).T
        axes.hlines(places + shift, low, high, color=colour, linewidth=1.2, alpha=0.6)
        axes.plot(values, places + shift, mark, color=colour, markersize=5, label=kind.capitalize())
    axes.set_yticks(
        places, [f"{one.measure.replace('_', ' ')} (n = {one.n})" for one in found], fontsize="small"
    )
    axes.axvline(0, color="0.6", linewidth=0.8)
    axes.set(
        xlim=(-1.05, 1.05), xlabel=f"correlation with the final score within teams, {LEVEL:.0%} interval"
    )
    axes.legend(frameon=False, fontsize="small", loc="best")
    _plain_axes(axes, rounds=False)
    return figure


def _figure(table: Table, width: float, height: float) -> "Figure":
    """An empty figure [inches] with the world as title."""
    from matplotlib.figure import Figure  # without pyplot: no display, no global state

    figure = Figure(figsize=(width, height), layout="constrained")
    title = f"{Path(table.setting.scenario).stem}: {table.setting}"
    figure.suptitle(title.replace("$", r"\$"), fontsize="medium")
    return figure


def _style(number: int, width: float = 1.8) -> dict[str, Any]:
    """Line style of a row; the dashes change after all colours are used."""
    dashes = DASHES[number // len(COLOURS) % len(DASHES)]
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": dashes, "linewidth": width}


def _widen_constant(axes: "Axes") -> None:
    """Give a measure that is constant an axis of one unit or a fifth of its value, whichever is more."""
    values = np.concatenate([np.asarray(line.get_ydata(), np.float64) for line in axes.get_lines()])
    known = values[np.isfinite(values)]
    if len(known) and np.ptp(known) <= 1e-9 * max(1.0, abs(known[0])):
        half = max(0.5, abs(float(known[0])) / 10)
        axes.set_ylim(known[0] - half, known[0] + half)


def _plain_axes(axes: "Axes", rounds: bool = True) -> None:
    """No frame, a faint grid, and integer ticks for rounds."""
    from matplotlib.ticker import MaxNLocator

    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y" if rounds else "x", color="0.92")
    if rounds:
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.set_axisbelow(True)


def _name(row: Row) -> str:
    """Name of a row in a legend. Matplotlib reads "$" as a formula and hides a leading "_"."""
    name = row.name if len(row.name) <= MAX_NAME else row.name[: MAX_NAME - 1] + "…"
    return name.replace("$", r"\$").lstrip("_") or "?"


def _padded(score: Curves, rounds: int) -> Curves:
    """(rounds,) the score after every round; the last one continues after an early end."""
    if not len(score):
        return np.zeros(rounds)
    return np.pad(score[:rounds], (0, max(0, rounds - len(score))), mode="edge")


def _band(curves: Curves, bounds: Sequence[Bounds | None]) -> tuple[Curves, Curves]:
    """Lower and upper end of the interval of the mean in each round; NaN where there is none.

    Args:
        curves: (n, R) score of each seed after each round.
        bounds: For each round.
    """
    known: dict[tuple[bytes, Bounds | None], tuple[float, ...]] = {}
    ends = []
    for column, limits in zip(np.ascontiguousarray(curves.T), bounds, strict=True):
        key = column.tobytes(), limits  # most rounds change nothing
        if key not in known:
            found = summarise(column.tolist(), limits)
            known[key] = tuple(math.nan if end is None else end for end in (found.low, found.high))
        ends.append(known[key])
    low, high = np.array(ends).T
    return low, high


def _mean_where_known(series: Sequence[Curves], rounds: int) -> Curves:
    """The mean of series of different lengths; NaN if no series has a value."""
    table = np.full((len(series), rounds), np.nan)
    for line, values in zip(table, series, strict=True):
        line[: min(rounds, len(values))] = values[:rounds]
    counts = np.isfinite(table).sum(axis=0)
    return np.where(counts > 0, np.nansum(table, axis=0) / np.maximum(counts, 1), np.nan)
