"""The rows of one table: what is known about each team in one world."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from swarm_env.leaderboard.episode import Played, Setting, Spent
from swarm_env.leaderboard.statistics import Summary, paired_differences, summarise

DEFAULT_REFERENCE = "scripted"


@dataclass(frozen=True, slots=True)
class Row:
    """What is known about one team in one world.

    Attributes:
        rank: 1 for the highest mean; equal means share a rank; None for invalid episodes.
        team: Who played.
        channel: How they talked.
        recorded_by: "swarm-env" or "swarmbench".
        models: The language models that were asked; `team` may leave them to the environment.
        score: Mean, spread and interval of the score.
        difference: The same of the differences to the reference, seed by seed; None for the reference, and
            where no seed was played by both.
        fallback_rate: Share of all decisions that had to be replaced; None: unknown, or no model was asked.
        spent: What an episode took on average, None where it is not known of all.
        seconds_per_decision: From question to answer [s]; None: unknown.
        played: The episodes.
    """

    rank: int | None
    team: str
    channel: str
    recorded_by: str
    models: tuple[str, ...]
    score: Summary
    difference: Summary | None
    fallback_rate: float | None
    spent: "MeanSpent"
    seconds_per_decision: float | None
    played: tuple[Played, ...]

    @property
    def name(self) -> str:
        """Who played, with the models that the team's text does not name."""
        unnamed = [model for model in self.models if model not in self.team]
        return f"{self.team} ({', '.join(unnamed)})" if unnamed else self.team

    @property
    def is_valid(self) -> bool:
        """Whether its episodes count."""
        return self.rank is not None


class MeanSpent(NamedTuple):
    """Averages over the episodes of a row; None where an episode does not know.

    Attributes:
        decisions: Decisions asked of language models.
        calls: Requests sent.
        prompt_tokens: Tokens of the prompts.
        completion_tokens: Tokens of the answers.
        cached_tokens: Those of the prompts that the endpoint had at hand.
        reasoning_tokens: Those of the answers that nobody sees.
        cost: Price [US dollars].
        seconds: Time from question to answer, summed over the decisions [s].
    """

    decisions: float | None
    calls: float | None
    prompt_tokens: float | None
    completion_tokens: float | None
    cached_tokens: float | None
    reasoning_tokens: float | None
    cost: float | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one world.

    Attributes:
        setting: The world.
        reference: The team that differences are taken to; None when it did not play here.
        rows: Valid ones, the best first.
        invalid: The others, in the same order.
    """

    setting: Setting
    reference: str | None
    rows: tuple[Row, ...]
    invalid: tuple[Row, ...]

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """The valid rows, then the others."""
        return self.rows + self.invalid


def make_table(setting: Setting, groups: Sequence[tuple[bool, list[Played]]], reference: str | None) -> Table:
    """Rank the teams of one world.

    Args:
        setting: The world.
        groups: For each row whether it is invalid, and its episodes, at least one.
        reference: The team that the others are compared with; None: `DEFAULT_REFERENCE` where it played, else
            the best.

    Returns:
        The table.
    """
    summaries = [summarise([one.score for one in episodes]) for _, episodes in groups]
    order = sorted(range(len(groups)), key=lambda i: (-summaries[i].mean, groups[i][1][0].team))
    valid = [i for i in order if not groups[i][0]]
    chosen = _reference([groups[i][1] for i in valid], reference)
    rows: list[Row] = []
    invalid: list[Row] = []
    for i in order:
        apart, episodes = groups[i]
        better = sum(summaries[j].mean > summaries[i].mean for j in valid)
        base = _twin_of(episodes, chosen)
        row = _row(None if apart else better + 1, episodes, summaries[i], base)
        (invalid if apart else rows).append(row)
    return Table(setting, chosen[0][0].team if chosen else None, tuple(rows), tuple(invalid))


def _reference(rows: Sequence[list[Played]], reference: str | None) -> list[list[Played]]:
    """The valid rows of the team that others are compared with: one per channel."""
    teams = [episodes[0].team for episodes in rows]
    if reference is None and teams:
        reference = DEFAULT_REFERENCE if DEFAULT_REFERENCE in teams else teams[0]
    return [episodes for episodes in rows if episodes[0].team == reference]


def _twin_of(episodes: list[Played], chosen: Sequence[list[Played]]) -> list[Played] | None:
    """The reference's row that a row is compared with: the one of the same channel, or else the first."""
    if not chosen or any(episodes is row for row in chosen):
        return None
    same = [row for row in chosen if row[0].channel == episodes[0].channel]
    return (same or list(chosen))[0]


def _row(rank: int | None, episodes: Sequence[Played], score: Summary, base: Sequence[Played] | None) -> Row:
    differences = paired_differences(_by_seed(episodes), _by_seed(base)) if base else []
    spent = [one.spent for one in episodes]
    decisions = _total(spent, "decisions")
    seconds = _total(spent, "seconds")
    replaced = sum(sum(one.fallbacks.values()) for one in spent)
    means = (_total(spent, name) for name in MeanSpent._fields)
    return Row(
        rank=rank,
        team=episodes[0].team,
        channel=episodes[0].channel,
        recorded_by=episodes[0].recorded_by,
        models=episodes[0].models,
        score=score,
        difference=summarise(differences) if differences else None,
        fallback_rate=replaced / decisions if decisions else None,
        spent=MeanSpent(*(None if total is None else total / len(spent) for total in means)),
        seconds_per_decision=seconds / decisions if decisions and seconds is not None else None,
        played=tuple(episodes),
    )


def _by_seed(episodes: Sequence[Played]) -> dict[tuple[str, int], list[float]]:
    """Scores by what two teams must have in common to have met the same start."""
    scores: dict[tuple[str, int], list[float]] = defaultdict(list)
    for one in sorted(episodes, key=lambda one: one.seed):
        scores[one.recorded_by, one.seed].append(one.score)
    return scores


def _total(spent: Sequence[Spent], name: str) -> float | None:
    """A sum over episodes, or None if one of them does not know."""
    values = [getattr(one, name) for one in spent]
    return None if None in values else sum(values)
