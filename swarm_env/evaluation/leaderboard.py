"""Who plays how well: episodes sorted into tables of one world each, with what can be said about each team.

A row holds the episodes of one team, talking in one way, in one world; different worlds are never mixed.
Episodes whose share of replaced decisions exceeds `max_fallback` are invalid: they have rows of their own,
without a rank. Unfinished games, and branches of games that others began, are left out and named, and so are
copies: of several recordings of one team and seed with the same moves throughout, one counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from swarm_env.errors import ConfigError, RunError, did_you_mean
from swarm_env.evaluation import published
from swarm_env.evaluation.played import Played, Setting, Spent, game_identity, read_played
from swarm_env.evaluation.statistics import Summary, paired_differences, summarise
from swarm_env.replay import find_recordings
from swarm_env.run_files import MAX_FALLBACK
from swarm_env.swarmbench_logs import GameFiles

DEFAULT_REFERENCE = "scripted"


class LeftOut(NamedTuple):
    """A recording that is in no row.

    Attributes:
        source: Where it lies.
        why: In words.
        is_fault: Whether it should have counted: it is unfinished or unreadable.
    """

    source: str
    why: str
    is_fault: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What is known about one team in one world.

    Attributes:
        rank: 1 for the highest mean; equal means share a rank; None for invalid episodes.
        team: Who played.
        channel: How they talked.
        recorded_by: "swarm-env" or "swarmbench".
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
    score: Summary
    difference: Summary | None
    fallback_rate: float | None
    spent: "MeanSpent"
    seconds_per_decision: float | None
    played: tuple[Played, ...]

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


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """All tables.

    Attributes:
        tables: One per world, sorted by scenario and setting.
        left_out: What is in none of them.
        max_fallback: The largest share of replaced decisions of a valid episode.
        with_published: Whether the published scores are to stand beside the measured ones.
    """

    tables: tuple[Table, ...]
    left_out: tuple[LeftOut, ...]
    max_fallback: float
    with_published: bool

    @property
    def is_clean(self) -> bool:
        """Whether every recording counts: none is invalid, unfinished or unreadable."""
        faulty = any(left.is_fault for left in self.left_out)
        return not faulty and not any(table.invalid for table in self.tables)


def score_folders(
    folders: Iterable[Path | str],
    max_fallback: float = MAX_FALLBACK,
    reference: str | None = None,
    with_published: bool = True,
) -> Leaderboard:
    """The leaderboard of all that is recorded below some folders.

    Args:
        folders: Runs, SwarmBench log folders, or folders of those.
        max_fallback: The largest share of replaced decisions of a valid episode, 0 to 1.
        reference: The team that the others are compared with; None: `scripted` where it played, else the
            best.
        with_published: Whether the published scores may stand beside measured ones of the same tasks.

    Returns:
        The leaderboard.

    Raises:
        RunError: A folder does not exist, or nothing is recorded there.
        ConfigError: `max_fallback` is no share, or the reference did not play anywhere.
    """
    if not 0 <= max_fallback <= 1:
        raise ConfigError(f"max_fallback={max_fallback!r} must be a share from 0 to 1, as 0.05 for 5%.")
    found = [source for folder in folders for source in find_recordings(Path(folder))]
    return score_runs(found, max_fallback, reference, with_published)


def score_runs(
    sources: Iterable[Path | GameFiles],
    max_fallback: float = MAX_FALLBACK,
    reference: str | None = None,
    with_published: bool = True,
) -> Leaderboard:
    """The leaderboard of some recordings.

    Args:
        sources: Run folders and native games; one that is named twice counts once.
        max_fallback: As for `score_folders`.
        reference: As for `score_folders`.
        with_published: As for `score_folders`.

    Returns:
        The leaderboard.

    Raises:
        ConfigError: The reference did not play anywhere.
    """
    played, left_out = [], []
    for source in {_resolved(source): source for source in sources}.values():
        try:
            played.append(read_played(source))
        except RunError as error:
            left_out.append(LeftOut(str(source), f"unreadable: {error}", True))
    board = make_leaderboard(played, max_fallback, reference, with_published)
    return Leaderboard(board.tables, (*left_out, *board.left_out), max_fallback, board.with_published)


def make_leaderboard(
    played: Sequence[Played],
    max_fallback: float = MAX_FALLBACK,
    reference: str | None = None,
    with_published: bool = True,
) -> Leaderboard:
    """The leaderboard of some episodes.

    Args:
        played: The episodes.
        max_fallback: As for `score_folders`.
        reference: As for `score_folders`.
        with_published: As for `score_folders`.

    Returns:
        The leaderboard.

    Raises:
        ConfigError: The reference did not play anywhere.
    """
    left_out = [
        LeftOut(one.source, one.trouble, one.trouble.startswith("unfinished"))
        for one in played
        if one.trouble
    ]
    groups: dict[Setting, dict[tuple[bool, str, str, str], list[Played]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in played:
        if not one.trouble:
            valid = (one.spent.fallback_rate or 0.0) <= max_fallback
            groups[one.setting][not valid, one.team, one.channel, one.recorded_by].append(one)
    teams = {key[1] for group in groups.values() for key in group}
    if reference is not None and reference not in teams:
        raise ConfigError(
            f"No episode of the reference {reference!r} is here.{did_you_mean(reference, teams)} "
            f"There are: {', '.join(sorted(teams)) or 'none'}."
        )
    tables = []
    for setting in sorted(groups):
        rows = []
        for (invalid, *_), episodes in sorted(groups[setting].items()):
            kept, copies = _without_copies(episodes)
            left_out += copies
            rows.append((invalid, kept))
        tables.append(_table(setting, rows, reference))
    beside = with_published and any(table.setting.scenario in published.TASKS for table in tables)
    return Leaderboard(tuple(tables), tuple(left_out), max_fallback, beside)


def _resolved(source: Path | GameFiles) -> str:
    if isinstance(source, Path):
        return str(source.resolve())
    return f"{source.folder.resolve()} {source.stamp}"


def _without_copies(episodes: Sequence[Played]) -> tuple[list[Played], list[LeftOut]]:
    """Episodes of one row, each game once."""
    kept: list[Played] = []
    copies: list[LeftOut] = []
    alike = Counter((one.seed, one.rounds, one.score) for one in episodes)
    first: dict[tuple[int, str], Played] = {}
    for one in episodes:
        several = alike[one.seed, one.rounds, one.score] > 1  # otherwise its moves need not be looked at
        twin = first.setdefault((one.seed, game_identity(one)), one) if several else one
        if twin is one:
            kept.append(one)
        else:
            copies.append(LeftOut(one.source, f"a copy: the same game as {twin.source}", False))
    return kept, copies


def _table(setting: Setting, groups: Sequence[tuple[bool, list[Played]]], reference: str | None) -> Table:
    """Rows of one world from the episodes of each."""
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
        score=score,
        difference=summarise(differences) if differences else None,
        fallback_rate=replaced / decisions if decisions else None,
        spent=MeanSpent(*(None if total is None else total / len(spent) for total in means)),
        seconds_per_decision=seconds / decisions if decisions and seconds is not None else None,
        played=tuple(episodes),
    )


def _by_seed(episodes: Sequence[Played]) -> dict[object, list[float]]:
    """Scores by what two teams must have in common to have met the same start."""
    scores: dict[object, list[float]] = defaultdict(list)
    for one in sorted(episodes, key=lambda one: one.seed):
        scores[one.recorded_by, one.seed].append(one.score)
    return scores


def _total(spent: Sequence[Spent], name: str) -> float | None:
    """A sum over episodes, or None if one of them does not know."""
    values = [getattr(one, name) for one in spent]
    return None if None in values else sum(values)
