"""The figures of the paper's tables besides S.1: arXiv 2505.04364, version 4.

Scores are in our scale: those of flocking are doubled, see `swarm_env.leaderboard.published_scores`; only
those of S.4 are taken as printed, since doubled they would be more than can be reached on those maps. Where
the paper states no standard deviation it is None.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from swarm_env.leaderboard.published_scores import TASKS, in_our_scale, scores_of

MEAN = "mean"  # column: mean over the five tasks with flocking as the paper prints it
GEMINI = "gemini-2.0-flash"

Score = tuple[float, float | None]  # mean, standard deviation


class PublishedRow(NamedTuple):
    """One row: a model, or the rule that the paper played, in one variant; scores by task (or `MEAN`)."""

    model: str
    variant: str
    scores: Mapping[str, Score]


def scores(variant: str) -> list[PublishedRow]:
    """Table S.1, in the order of pursuit."""
    by_task = {task: {one.model: (one.mean, one.sd) for one in scores_of(task)} for task in TASKS}
    return [
        PublishedRow(model, variant, {task: by_task[task][model] for task in TASKS})
        for model in by_task["pursuit"]
    ]


def rules(variant: str) -> list[PublishedRow]:
    """S.2 and S.3: three rule-based agents per task, and strategies that solve a task."""
    found = [
        _row(f"rule {number + 1}", variant, **{task: rows[number] for task, rows in _RULES.items()})
        for number in range(3)
    ]
    correct = {"flocking": (11.7, 2.33), "synchronization": (41.95, 2.20)}
    people: dict[str, Score] = {"foraging": (20.40, 2.82), "transport": (4.61, 0.98)}
    return [*found, _row("correct rules", variant, **correct), _row("people", variant, **people)]


def scale(variants: Sequence[str]) -> list[PublishedRow]:
    """S.4: one model on larger maps with more agents. Flocking as printed."""
    return [
        PublishedRow(GEMINI, variant, {task: row[number] for task, row in _SCALE.items()})
        for number, variant in enumerate(variants)
    ]


def commander(without: str, with_one: str) -> list[PublishedRow]:
    """S.5: one model without and with a commander."""
    return [
        _row(GEMINI, variant, **{task: pair[number] for task, pair in _COMMANDER.items()})
        for number, variant in enumerate((with_one, without))
    ][::-1]


def noise(without: str, with_noise: str) -> list[PublishedRow]:
    """S.6: means over the five tasks, without and with noise and delay of messages."""
    return [
        PublishedRow(model, variant, {MEAN: (pair[number], None)})
        for model, pair in _NOISE.items()
        for number, variant in enumerate((without, with_noise))
    ]


def sampling(option: str, variants: Sequence[str]) -> list[PublishedRow]:
    """S.10 and S.11: one model at four values of `temperature` or `top_p`."""
    return [
        _row(GEMINI, variant, **{task: (row[number], None) for task, row in _SAMPLING[option].items()})
        for number, variant in enumerate(variants)
    ]


def _row(model: str, variant: str, **scores: Score) -> PublishedRow:
    """A row with scores as the paper prints them."""
    ours: dict[str, Score] = {
        task: (in_our_scale(task, mean), None if sd is None else in_our_scale(task, sd))
        for task, (mean, sd) in scores.items()
    }
    return PublishedRow(model, variant, ours)


# Correlations with the final score over all runs (S.7, S.8), by measure of ours and task.
CORRELATIONS: Mapping[str, Mapping[str, float]] = {
    "direction_imbalance": {"pursuit": -0.668},
    "sight_components": {"synchronization": -0.185},
    "separation_force": {"foraging": -0.309},
    "homogeneity_growth": dict(zip(TASKS, (-0.447, -0.134, -0.102, 0.382, 0.056), strict=True)),
    "consistency_growth": dict(zip(TASKS, (-0.439, -0.159, -0.027, 0.458, -0.115), strict=True)),
}

_RULES: Mapping[str, tuple[Score, Score, Score]] = {
    "flocking": ((2.85, 0.45), (4.0, 0.0), (4.68, 0.23)),
    "foraging": ((0.42, 0.60), (0.0, 0.0), (0.95, 0.97)),
    "pursuit": ((3.05, 4.19), (9.15, 6.12), (8.37, 5.13)),
    "synchronization": ((0.0, 0.0), (0.0, 0.0), (0.35, 0.48)),
    "transport": ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
}
_SCALE: Mapping[str, tuple[Score, Score, Score, Score]] = {
    "flocking": ((53.33, 6.60), (23.33, 8.38), (62.67, 17.21), (37.33, 7.59)),
    "foraging": ((0.0, 0.0),) * 4,
    "pursuit": ((1.0, 0.0), (3.0, 0.82), (0.0, 0.0), (0.67, 0.47)),
    "synchronization": ((0.33, 0.47), (0.33, 0.47), (0.67, 0.47), (0.67, 0.47)),
    "transport": ((0.0, 0.0),) * 4,
}
_COMMANDER: Mapping[str, tuple[Score, Score]] = {  # with, without
    "flocking": ((9.90, 0.67), (9.40, 0.80)),
    "foraging": ((8.20, 0.98), (5.80, 4.35)),
    "pursuit": ((8.80, 0.75), (8.80, 1.60)),
    "synchronization": ((9.00, 3.35), (3.40, 2.94)),
    "transport": ((0.0, 0.0), (0.0, 0.0)),
}
_NOISE: Mapping[str, tuple[float, float]] = {
    "claude-3.7-sonnet": (5.14, 3.44), "deepseek-v3": (3.44, 2.48), "o4-mini": (5.32, 5.34),
    GEMINI: (5.48, 2.62), "llama-4-scout": (1.90, 2.00), "llama-3.1-70b": (1.98, 1.40),
    "gpt-4.1-mini": (1.68, 1.62), "gpt-4.1": (4.02, 3.94), "qwq-32b": (2.02, 1.58),
    "deepseek-r1": (2.00, 2.28), "gpt-4o": (2.36, 1.54), "claude-3.5-haiku": (1.44, 0.82),
    "o3-mini": (2.22, 1.24),
}  # fmt: skip
_SAMPLING: Mapping[str, Mapping[str, tuple[float, float, float, float]]] = {
    "temperature": {
        "flocking": (9.50, 9.50, 9.40, 7.25), "foraging": (7.00, 5.50, 5.80, 6.00),
        "pursuit": (1.50, 1.50, 8.80, 1.50), "synchronization": (1.00, 1.50, 3.40, 0.50),
        "transport": (0.0, 0.0, 0.0, 0.0),
    },
    "top_p": {
        "flocking": (7.00, 10.00, 10.00, 9.40), "foraging": (3.50, 7.50, 7.50, 5.80),
        "pursuit": (4.50, 1.00, 7.50, 8.80), "synchronization": (0.50, 1.00, 1.00, 3.40),
        "transport": (0.0, 0.0, 0.0, 0.0),
    },
}  # fmt: skip
