"""What is played for each table of the paper, and which published rows stand beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from swarm_env.bench.swarmbench import published_tables
from swarm_env.bench.swarmbench.published_tables import MEAN, PublishedRow
from swarm_env.leaderboard.published_scores import AGENTS, TASKS

BASE = "published"  # setting of the preset, which several tables share
NOISE = {"message_noise": 0.2, "message_delay": [0, 4]}


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of a table, for each team.

    Attributes:
        name: Its name in the table; "" if the table has one variant.
        setting: Name of the setting in the folder; equal settings of several tables are played once.
        world: Settings of the world that differ from the preset.
        options: Options of language models that differ from those of the team.
    """

    name: str
    setting: str = BASE
    world: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One table of the paper.

    Attributes:
        name: Its name on the command line.
        title: What it shows, with the section of the paper.
        variants: What is played.
        published: Its published rows.
        runs: Runs behind a published figure.
        note: What a reader must know of this table.
        columns: Columns of scores.
        measured: Whether it shows correlations of measures, not scores.
    """

    name: str
    title: str
    variants: tuple[Variant, ...]
    published: tuple[PublishedRow, ...]
    runs: str = "5 runs"
    note: str = ""
    columns: tuple[str, ...] = TASKS
    measured: bool = False

    @property
    def needs_models(self) -> bool:
        """Whether it varies an option of language models."""
        return any(one.options for one in self.variants)


def settings_of(variant: Variant, num_agents: int = AGENTS[0]) -> dict[str, dict[str, Any]]:
    """The world of a variant: name of the setting, and what differs from the preset."""
    if num_agents == AGENTS[0] or "num_agents" in variant.world:
        return {variant.setting: dict(variant.world)}
    return {f"{variant.setting}-{num_agents}": {"num_agents": num_agents, **variant.world}}


def _scale() -> Experiment:
    sizes = [(side, number) for side in (15, 20) for number in (20, 30)]
    variants = tuple(
        Variant(
            f"{side} x {side}, {number} agents",
            f"{side}x{side}-{number}",
            {"height": side, "width": side, "num_agents": number},
        )
        for side, number in sizes
    )
    rows = published_tables.scale([one.name for one in variants])
    note = "Published figures of flocking are as printed: doubled, they would be more than can be reached."
    return Experiment("scale", "S.4: larger maps, more agents", variants, tuple(rows), "3 runs", note)


def _commander() -> Experiment:
    variants = (
        Variant("decentralised"),
        Variant("commander", "commander", {"message_topology": "commander"}),
    )
    note = "A commander matters to teams that talk only."
    rows = published_tables.commander("decentralised", "commander")
    return Experiment("commander", "S.5: agent 0 sees all and commands", variants, tuple(rows), note=note)


def _noise() -> Experiment:
    note = (
        "Published: means over the five tasks with half of the score of flocking, shown if all are played. "
        "Noise and delay matter to teams that talk only."
    )
    return Experiment(
        "noise",
        "S.6: messages garbled with a chance of 20%, delayed by 0 to 4 rounds",
        (Variant("original"), Variant("noise", "noise", NOISE)),
        tuple(published_tables.noise("original", "noise")),
        note=note,
        columns=(*TASKS, MEAN),
    )


def _sampling(option: str, title: str, values: tuple[str, ...]) -> Experiment:
    variants = tuple(Variant(f"{option} {value}", options={option: value}) for value in values)
    rows = published_tables.sampling(option, [one.name for one in variants])
    return Experiment(option, title, variants, tuple(rows), "at least 2 runs")


def _plain(name: str, title: str, **more: Any) -> Experiment:
    """A table of the base setting alone."""
    return Experiment(name, title, (Variant(""),), **more)


_ALL = (
    _plain("scores", "S.1: scores of models", published=tuple(published_tables.scores(""))),
    _plain(
        "rules",
        "S.2, S.3: rule-based agents and people",
        published=tuple(published_tables.rules("")),
        runs="20 runs",
        note="The paper does not give its rules: those of another name are not the same.",
    ),
    _scale(),
    _commander(),
    _noise(),
    _plain(
        "measures",
        "S.7, S.8: correlation (Pearson's r) of a measure's mean over a run with the final score",
        published=(),
        measured=True,
        note="Runs of all teams are pooled, as those of thirteen models in the paper. Messages are compared "
        "by\nTF-IDF here, by sentence embeddings in the paper. Empty: the scores or the measure do not vary.",
    ),
    _sampling("temperature", "S.10: temperature", ("0", "0.5", "1", "1.5")),
    _sampling("top_p", "S.11: top_p", ("0.3", "0.7", "0.95", "1")),
)
EXPERIMENTS: Mapping[str, Experiment] = {one.name: one for one in _ALL}
