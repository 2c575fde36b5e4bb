"""Who plays how well: episodes sorted into tables of one world each, with what can be said about each team.

A row holds the episodes of one team, talking in one way, in one world; different worlds are never mixed.
Episodes whose share of replaced decisions exceeds `max_fallback` are invalid: they have rows of their own,
without a rank. Unfinished games, and branches of games that others began, are left out and named, and so are
copies: of several recordings of one team and seed with the same moves throughout, one counts.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from swarm_env.errors import ConfigError, RunError, did_you_mean
from swarm_env.leaderboard import published_scores
from swarm_env.leaderboard.episode import Played, Setting, game_identity, read_played
from swarm_env.leaderboard.rows import Table, make_table
from swarm_env.runs.files import MAX_FALLBACK
from swarm_env.runs.recording import find_recordings
from swarm_env.runs.swarmbench_logs import GameFiles

_Key = tuple[bool, str, str, str, tuple[str, ...]]


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
    groups = _grouped([one for one in played if not one.trouble], max_fallback)
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
        tables.append(make_table(setting, rows, reference))
    beside = with_published and any(table.setting.scenario in published_scores.TASKS for table in tables)
    return Leaderboard(tuple(tables), tuple(left_out), max_fallback, beside)


def _grouped(played: Sequence[Played], max_fallback: float) -> dict[Setting, dict[_Key, list[Played]]]:
    """Episodes by world, and in it by row: are they invalid, who played, how they talked and so on."""
    groups: dict[Setting, dict[_Key, list[Played]]] = {}
    for one in played:
        invalid = (one.spent.fallback_rate or 0.0) > max_fallback
        row = (invalid, one.team, one.channel, one.recorded_by, one.models)
        groups.setdefault(one.setting, {}).setdefault(row, []).append(one)
    return groups


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
