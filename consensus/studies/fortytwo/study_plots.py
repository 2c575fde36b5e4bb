"""The study's plots, one per panel."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from swarm_env.consensus.studies.fortytwo.protocol_study import Measured
from swarm_env.consensus.studies.fortytwo.study_plan import CLAIMS
from swarm_env.consensus.studies.fortytwo.study_text import NAMES
from swarm_env.consensus.studies.plotting import COLOURS, new_figure, save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PLACES = {"fortytwo": 0, "majority": 1, "best_single": 2, "single": 3, "bradley_terry": 5}
RULE_COLOURS = {rule: COLOURS[place] for rule, place in _PLACES.items()}
DASHES = ("-", "--", ":")
MARKERS = ("o", "s", "^")


def draw_study(measured: Sequence[Measured], folder: Path) -> list[Path]:
    """Draw all panels, one PNG file each; returns the files.

    Raises `MissingExtraError` without matplotlib, `ConfigError` if the folder cannot be written.
    """
    figures = ((one.panel.name, _drawn(one)) for one in measured)
    return list(save_figures(folder, figures, metadata={"Software": None}))


def _drawn(one: Measured) -> "Figure":
    figure = new_figure(6.4, 4.0)
    _draw(figure.add_subplot(), one)
    return figure


def _draw(axes: "Axes", one: Measured) -> None:
    panel = one.panel
    curves = list(dict.fromkeys(point.curve for point in panel.points))
    named = any(isinstance(point.x, str) for point in panel.points)
    for number, curve in enumerate(curves):
        chosen = [(p, c) for p, c in zip(panel.points, one.cells, strict=True) if p.curve == curve]
        for rule in panel.rules:
            if number and rule != "fortytwo" and panel.name not in ("nodes",):
                continue  # the protocol's variants change nothing for the others
            label = NAMES[rule] + (
                f", {curve}" if curve and (rule == "fortytwo" or panel.name == "nodes") else ""
            )
            places = np.arange(len(chosen)) if named else np.array([float(point.x) for point, _ in chosen])
            shift = 0.08 * (panel.rules.index(rule) - 1.5) if named else 0.0
            cells = [found[rule] for _, found in chosen]
            mean = np.array([cell.mean for cell in cells])
            error = np.array([mean - [cell.low for cell in cells], [cell.high for cell in cells] - mean])
            line = "none" if named or len(cells) == 1 else DASHES[number % len(DASHES)]
            axes.errorbar(
                places + shift, mean, yerr=error, label=label, color=RULE_COLOURS[rule], linestyle=line,
                marker=MARKERS[number % len(MARKERS)], markersize=4, capsize=2, linewidth=1.3,
            )  # fmt: skip
    if named:
        axes.set_xticks(range(len(panel.points)), [str(point.x) for point in panel.points], rotation=20)
    if panel.name in ("nodes", "pairs"):
        axes.set_xscale("log")
        ticks = sorted({float(point.x) for point in panel.points})
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize="small")
        axes.minorticks_off()
    axes.set(xlabel=panel.axis, title=CLAIMS[panel.claim])
    axes.set(ylabel="accuracy after burn-in, 95% interval", ylim=(0, 1))
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set_fontsize("small")
    axes.legend(frameon=False, fontsize="small")
