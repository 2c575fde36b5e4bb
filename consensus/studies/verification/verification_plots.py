"""Plots of the study: distances of honest work and frauds, and what verifiers accept."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.studies.plotting import COLOURS, new_figure, plain_axes, save_figures
from swarm_env.consensus.studies.verification.acceptance import PUBLISHED
from swarm_env.consensus.verification.agreement import majority_rate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = 3e-6  # shares below, nothing among them, are drawn here


def draw(details: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """Draw all plots of the details of `verification_study.run`; yields each file once it is written.

    Raises `MissingExtraError` without matplotlib, `ConfigError` if the folder cannot be written.
    """
    images = details["images"]
    figures = {
        "distances": _distances(images),
        "roc": _roc(images["curves"]),
        "activations": _activations(details["activations"]["kinds"]),
        "dependence": _dependence(images),
    }
    named = ((f"verify-{name}", figure) for name, figure in figures.items())
    yield from save_figures(folder, named, metadata={"Software": None})


def cumulated(shares: Sequence[float]) -> NDArray[np.float64]:
    """(distances,) share that is accepted up to each distance."""
    return np.minimum(np.cumsum(np.asarray(shares, np.float64)), 1.0)


def _distances(images: Mapping[str, Any]) -> "Figure":
    """Bits between a worker's picture and a verifier's: honest ones and each kind of fraud."""
    figure = new_figure(9, 4.0)
    axes = figure.subplots()
    found = images["distances"]
    kinds = {"honest": found["honest"], "other seed, same class": found["other_seed"]}
    kinds |= {kind: shares for kind, shares in found["frauds"].items() if kind != "other seed"}
    for number, (kind, shares) in enumerate(kinds.items()):
        bits = np.flatnonzero(shares)
        colour, style = COLOURS[number % len(COLOURS)], "o-" if number < 2 else ".:"
        axes.plot(bits, np.asarray(shares)[bits], style, color=colour, markersize=4, label=kind)
    threshold = float(images["threshold"])
    axes.axvline(threshold + 0.5, color="black", linewidth=0.8)
    axes.text(threshold + 1, 0.5, "rejected", fontsize=8)
    axes.set(xlabel=f"bits that differ ({images['hash']})", ylabel="share of pairs", yscale="log")
    figure.legend(frameon=False, fontsize=8, loc="outside right center")
    plain_axes(axes)
    return figure


def _roc(curves: Mapping[str, Mapping[str, Sequence[float]]]) -> "Figure":
    """Honest work rejected over other seeds accepted, for every threshold of every hash."""
    figure = new_figure(10, 4.2)
    for axes, end, title in zip(
        figure.subplots(1, 2, sharey=True), ("", "_middle"), ("one verifier", "two of three"), strict=True
    ):
        for number, (method, found) in enumerate(curves.items()):
            accepted = cumulated(found[f"other_seed{end}"])
            rejected = 1.0 - cumulated(found[f"honest{end}"])
            shown = np.flatnonzero(accepted < 0.5)
            x, y = np.maximum(accepted[shown], LEAST), np.maximum(rejected[shown], LEAST)
            axes.plot(x, y, "o-", color=COLOURS[number], markersize=3, label=f"{method} bits")
        axes.set(xlabel="other seed accepted", title=title, xscale="log", yscale="log")
        plain_axes(axes)
        if end:
            point = PUBLISHED["false_accept"], 1.0 - PUBLISHED["true_accept"]
            axes.plot(*point, "*", color="black", markersize=11, linestyle="none", label="published")
            axes.legend(frameon=False, fontsize=8, loc="upper right")
        else:
            axes.set_ylabel(f"honest rejected (nothing: at {LEAST:g})")
    return figure


def _activations(kinds: Mapping[str, Any]) -> "Figure":
    """Mean distance of every job's proofs, with the threshold."""
    figure = new_figure(10, 4.6)
    for axes, (name, kind) in zip(figure.subplots(1, len(kinds)), kinds.items(), strict=True):
        rows = [
            *[(f"honest {label}", COLOURS[0], far) for label, far in kind["distances"]["honest"].items()],
            *[(label, COLOURS[1], far) for label, far in kind["distances"]["frauds"].items()],
        ]
        for place, (_, colour, far) in enumerate(rows):
            axes.plot(np.maximum(far, 1e-3), [place] * len(far), "|", color=colour, markersize=9)
        axes.axvline(float(kind["threshold"]), color="black", linewidth=0.8)
        axes.set_yticks(range(len(rows)), [label for label, *_ in rows], fontsize=8)
        axes.invert_yaxis()
        axes.set(xlabel="mean distance of 32 chunks [steps]", title=name, xscale="log")
        plain_axes(axes)
    return figure


def _dependence(images: Mapping[str, Any]) -> "Figure":
    """What two of three verifiers on unlike machines do, over what one does, beside independent ones."""
    method, _, bits = str(images["hash"]).partition(", ")
    found = images["curves"][f"{method} {bits.removesuffix(' bits')}"]
    figure = new_figure(10, 4.0)
    errors = {
        "other seed accepted": (cumulated(found["other_seed"]), cumulated(found["other_seed_middle"])),
        "honest rejected": (1.0 - cumulated(found["honest"]), 1.0 - cumulated(found["honest_middle"])),
    }
    for axes, (title, (one, three)) in zip(figure.subplots(1, 2), errors.items(), strict=True):
        shown = (one > LEAST) & (three > LEAST) & (one < 0.9)
        one, three = one[shown], three[shown]
        alone = [majority_rate(float(rate)) for rate in one]
        axes.plot(one, three, "o-", color=COLOURS[0], markersize=4, label="unlike machines")
        axes.plot(one, one, "-", color=COLOURS[1], label="one machine: they are one verifier")
        axes.plot(one, alone, "--", color=COLOURS[2], label="if independent")
        axes.set(xlabel="by one verifier", ylabel="by two of three", title=title, xscale="log", yscale="log")
        axes.legend(frameon=False, fontsize=8)
        plain_axes(axes)
    return figure
