"""Plots of the study."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swarm_env.consensus.intervals import Interval
from swarm_env.consensus.studies.codef.threshold_study import Check, Line
from swarm_env.consensus.studies.plotting import COLOURS, new_figure, plain_axes, save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHARES = ("sensitive_blocked", "benign_succeeded", "balanced")


def draw(lines: Sequence[Line], checks: Sequence[Check], folder: Path) -> Iterator[Path]:
    """Draw all plots of the study into a folder; yields each file once it is written.

    Raises `MissingExtraError` without matplotlib, `ConfigError` if the folder cannot be written.
    """
    series = {one.series: [line for line in lines if line.series == one.series] for one in lines}
    figures = {
        "codef-errors": _errors(series.get("errors", [])),
        "codef-threshold": _threshold(series.get("threshold", [])),
        "codef-defenders": _defenders(series.get("defenders", [])),
        "codef-adversaries": _adversaries(series.get("adversaries", [])),
        "codef-algebra": _algebra(checks),
    }
    yield from save_figures(folder, figures.items())


def _errors(lines: Sequence[Line]) -> "Figure":
    """Balance over the error rate, and what CoDef gains."""
    figure = new_figure(10, 3.8)
    left, right = figure.subplots(1, 2)
    for number, label in enumerate(dict.fromkeys(line.label for line in lines)):
        own = [line for line in lines if line.label == label]
        rates = [float(line.x) for line in own]
        colour = COLOURS[number]
        for name, dash in (("codef", "-"), ("self_voting", ":")):
            balance = [100 * line.scores[name].balanced.value for line in own]
            left.plot(rates, balance, dash, color=colour, label=f"{name}, {label}")
        gains = [line.gain for line in own if line.gain is not None]
        _curve(right, rates, gains, colour, label)
    right.axhline(0, color="black", linewidth=0.8)
    left.set(xlabel="voters' error rate", ylabel="balanced [%]")
    right.set(xlabel="voters' error rate", ylabel="codef minus self_voting [points]")
    left.legend(frameon=False, fontsize=7)
    right.legend(frameon=False, fontsize=7)
    return figure


def _threshold(lines: Sequence[Line]) -> "Figure":
    """What is blocked and what succeeds, over the threshold."""
    labels = dict.fromkeys(line.label for line in lines)
    curves = {label: ([line for line in lines if line.label == label], "codef") for label in labels}
    return _shares("votes that block", curves)


def _defenders(lines: Sequence[Line]) -> "Figure":
    """The same over the number of defenders."""
    names = ("codef", "self_voting", "codef_majority")
    return _shares("defenders", {name: ([x for x in lines if name in x.scores], name) for name in names})


def _shares(x_label: str, curves: "Mapping[str, tuple[Sequence[Line], str]]") -> "Figure":
    """One panel for each of `SHARES`; a curve, by its label, is of some lines and one defence."""
    figure = new_figure(10, 3.6)
    panels = figure.subplots(1, 3, sharey=True)
    for axes, share in zip(panels, SHARES, strict=True):
        for number, (label, (lines, defence)) in enumerate(curves.items()):
            values = [getattr(line.scores[defence], share) for line in lines]
            _curve(axes, [float(line.x) for line in lines], values, COLOURS[number], label)
        axes.set(xlabel=x_label, title=share.replace("_", " "))
    panels[0].set_ylabel("[%]")
    panels[0].legend(frameon=False, fontsize=7)
    return figure


def _adversaries(lines: Sequence[Line]) -> "Figure":
    """What is blocked, for each asker and defence."""
    figure = new_figure(10, 3.6)
    axes = figure.subplots()
    names = list(lines[0].scores) if lines else []
    width = 0.8 / max(1, len(names))
    for number, name in enumerate(names):
        found = [line.scores[name].sensitive_blocked for line in lines]
        places = [place + (number - (len(names) - 1) / 2) * width for place in range(len(lines))]
        values = [100 * one.value for one in found]
        axes.bar(places, values, width, color=COLOURS[number], label=name)
        axes.errorbar(places, values, _errorbars(found), fmt="none", ecolor="#555555", elinewidth=0.8)
    axes.set_xticks(range(len(lines)), [str(line.x) for line in lines])
    axes.set(xlabel="asker", ylabel="sensitive blocked [%]")
    figure.legend(frameon=False, fontsize=8, loc="outside right center")
    plain_axes(axes)
    return figure


def _algebra(checks: Sequence[Check]) -> "Figure":
    """Measured shares on the curves of independent votes."""
    figure = new_figure(7, 3.8)
    axes = figure.subplots()
    series = list(dict.fromkeys((one.case, _rule(one)) for one in checks if one.voters > 1))
    for number, (case, rule) in enumerate(series):
        own = [one for one in checks if one.case == case and _rule(one) == rule and one.voters > 1]
        sizes = [one.voters for one in own]
        axes.plot(sizes, [100 * one.expected for one in own], color=COLOURS[number], label=f"{case}, {rule}")
        values = [100 * one.measured.value for one in own]
        errors = _errorbars([one.measured for one in own])
        axes.errorbar(sizes, values, errors, fmt="o", color=COLOURS[number], markersize=4)
    axes.set(xlabel="voters", ylabel="blocked [%]")
    figure.legend(frameon=False, fontsize=8, loc="outside right center")
    plain_axes(axes)
    return figure


def _rule(check: Check) -> str:
    return {1: "veto", 2: "2 votes"}.get(check.threshold, "majority")


def _errorbars(found: Sequence[Interval]) -> list[list[float]]:
    """Lengths below and above the values [%]."""
    return [[100 * (one.value - one.low) for one in found], [100 * (one.high - one.value) for one in found]]


def _curve(
    axes: "Axes", places: Sequence[float], values: Sequence[Interval], colour: str, label: str
) -> None:
    """A curve with its intervals as a band."""
    axes.plot(places, [100 * one.value for one in values], "o-", color=colour, markersize=3, label=label)
    low, high = [100 * one.low for one in values], [100 * one.high for one in values]
    axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
    plain_axes(axes)
