"""Pictures of the study."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swarm_env.consensus.intervals import Interval
from swarm_env.consensus.studies.codef.threshold_study import Check, Line

from swarm_env.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with any colour vision can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def draw(lines: Sequence[Line], checks: Sequence[Check], folder: Path) -> Iterator[Path]:
    """Draw everything.

    Args:
        lines: Of the study.
        checks: Of the study.
        folder: Where to; made if need be.

    Yields:
        Each picture's file once it is written.

    Raises:
        MissingExtraError: matplotlib is not installed.
        ConfigError: The folder cannot be written.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise MissingExtraError("drawing plots", "matplotlib", "data") from None
    pictures = {
        "codef-errors": _errors([one for one in lines if one.series == "errors"]),
        "codef-threshold": _threshold([one for one in lines if one.series == "threshold"]),
        "codef-defenders": _defenders([one for one in lines if one.series == "defenders"]),
        "codef-adversaries": _adversaries([one for one in lines if one.series == "adversaries"]),
        "codef-algebra": _algebra(checks),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in pictures.items():
            file = folder / f"{name}.png"
            figure.savefig(file, dpi=110)
            yield file
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror or error}).") from None


def _errors(lines: Sequence[Line]) -> "Figure":
    """Balance over the error rate, and what CoDef gains."""
    figure = _figure(10, 3.8)
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
    figure = _figure(10, 3.6)
    panels = figure.subplots(1, 3, sharey=True)
    names = ("sensitive_blocked", "benign_succeeded", "balanced")
    for axes, name in zip(panels, names, strict=True):
        for number, label in enumerate(dict.fromkeys(line.label for line in lines)):
            own = [line for line in lines if line.label == label]
            values = [getattr(line.scores["codef"], name) for line in own]
            _curve(axes, [float(line.x) for line in own], values, COLOURS[number], label)
        axes.set(xlabel="votes that block", title=name.replace("_", " "))
    panels[0].set_ylabel("[%]")
    panels[0].legend(frameon=False, fontsize=7)
    return figure


def _defenders(lines: Sequence[Line]) -> "Figure":
    """The same over the number of defenders."""
    figure = _figure(10, 3.6)
    panels = figure.subplots(1, 3, sharey=True)
    for axes, name in zip(panels, ("sensitive_blocked", "benign_succeeded", "balanced"), strict=True):
        for number, defence in enumerate(("codef", "self_voting", "codef_majority")):
            own = [line for line in lines if defence in line.scores]
            values = [getattr(line.scores[defence], name) for line in own]
            _curve(axes, [float(line.x) for line in own], values, COLOURS[number], defence)
        axes.set(xlabel="defenders", title=name.replace("_", " "))
    panels[0].set_ylabel("[%]")
    panels[0].legend(frameon=False, fontsize=7)
    return figure


def _adversaries(lines: Sequence[Line]) -> "Figure":
    """What is blocked, for each asker and defence."""
    figure = _figure(10, 3.6)
    axes = figure.subplots()
    names = list(lines[0].scores) if lines else []
    width = 0.8 / max(1, len(names))
    for number, name in enumerate(names):
        found = [line.scores[name].sensitive_blocked for line in lines]
        places = [place + (number - (len(names) - 1) / 2) * width for place in range(len(lines))]
        values = [100 * one.value for one in found]
        errors = [
            [100 * (one.value - one.low) for one in found],
            [100 * (one.high - one.value) for one in found],
        ]
        axes.bar(places, values, width, color=COLOURS[number], label=name)
        axes.errorbar(places, values, errors, fmt="none", ecolor="#555555", elinewidth=0.8)
    axes.set_xticks(range(len(lines)), [str(line.x) for line in lines])
    axes.set(xlabel="asker", ylabel="sensitive blocked [%]")
    figure.legend(frameon=False, fontsize=8, loc="outside right center")
    _plain(axes)
    return figure


def _algebra(checks: Sequence[Check]) -> "Figure":
    """Measured shares on the curves of independent votes."""
    figure = _figure(7, 3.8)
    axes = figure.subplots()
    series = list(dict.fromkeys((one.case, _rule(one)) for one in checks if one.voters > 1))
    for number, (case, rule) in enumerate(series):
        own = [one for one in checks if one.case == case and _rule(one) == rule and one.voters > 1]
        sizes = [one.voters for one in own]
        axes.plot(sizes, [100 * one.expected for one in own], color=COLOURS[number], label=f"{case}, {rule}")
        values = [100 * one.measured.value for one in own]
        low = [100 * (one.measured.value - one.measured.low) for one in own]
        high = [100 * (one.measured.high - one.measured.value) for one in own]
        axes.errorbar(sizes, values, [low, high], fmt="o", color=COLOURS[number], markersize=4)
    axes.set(xlabel="voters", ylabel="blocked [%]")
    figure.legend(frameon=False, fontsize=8, loc="outside right center")
    _plain(axes)
    return figure


def _rule(check: Check) -> str:
    return {1: "veto", 2: "2 votes"}.get(check.threshold, "majority")


def _curve(
    axes: "Axes", places: Sequence[float], values: Sequence[Interval], colour: str, label: str
) -> None:
    """A curve with its intervals as a band."""
    axes.plot(places, [100 * one.value for one in values], "o-", color=colour, markersize=3, label=label)
    low, high = [100 * one.low for one in values], [100 * one.high for one in values]
    axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
    _plain(axes)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _plain(axes: "Axes") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
