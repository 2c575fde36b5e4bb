"""Ranks the teams of recorded runs: one table per world, one row per team.

A row holds the runs of one team with one kind of messages in one world; worlds are never mixed. A decision
that the model failed to give counts in the score as the STAY that it became. Runs in which the endpoint
failed more than `max_fallback` of the decisions are invalid and have rows of their own, without a rank.
Unfinished runs and forks are left out and listed. So are copies of a recording.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from swarm_env.errors import ConfigError, RunError, did_you_mean
from swarm_env.leaderboard import published_scores
from swarm_env.leaderboard.rows import Table, make_table
from swarm_env.leaderboard.scored_run import ScoredRun, game_identity, is_copy, read_scored_run
from swarm_env.leaderboard.team_names import short_names
from swarm_env.leaderboard.world_setting import WorldSetting
from swarm_env.runs.files import MAX_FALLBACK
from swarm_env.runs.recording import find_recordings
from swarm_env.runs.swarmbench_logs import GameFiles

_Key = tuple[bool, str, str, str, tuple[str, ...]]


class LeftOut(NamedTuple):
    """A recording that is in no row, and why; a fault is one that is unfinished or unreadable."""

    source: str
    why: str
    is_fault: bool


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """All tables.

    Attributes:
        tables: One per world, sorted by scenario and setting.
        left_out: Recordings in no table.
        max_fallback: Maximum fraction of decisions that the endpoint fails in a valid run.
        published: Benchmark whose published scores are shown beside those of equal worlds; "" for none.
    """

    tables: tuple[Table, ...]
    left_out: tuple[LeftOut, ...]
    max_fallback: float
    published: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether every recording counts: none is invalid, unfinished or unreadable."""
        faulty = any(left.is_fault for left in self.left_out)
        return not faulty and not any(table.invalid for table in self.tables)


def score_folders(
    folders: Iterable[Path | str],
    max_fallback: float = MAX_FALLBACK,
    reference: str | None = None,
    published: str = "",
) -> Leaderboard:
    """The leaderboard of all recordings in some folders.

    Args:
        folders: Runs, SwarmBench log folders, or folders of those.
        max_fallback: Maximum fraction of decisions that the endpoint fails in a valid run, 0 to 1.
        reference: The team that the others are compared with; None: `scripted` if it played, else the first
            by name.
        published: Benchmark whose published scores are shown beside those of equal worlds ("swarmbench").

    Raises:
        RunError: A folder does not exist or holds no recordings.
        ConfigError: `max_fallback` is out of range, the reference did not play, or the benchmark is unknown.
    """
    if published not in ("", published_scores.BENCHMARK):
        raise ConfigError(
            f"published={published!r:.40}: must be {published_scores.BENCHMARK!r}, the only benchmark whose "
            "scores are known here."
        )
    if not 0 <= max_fallback <= 1:
        raise ConfigError(f"max_fallback={max_fallback!r} must be a fraction from 0 to 1, as 0.05 for 5%.")
    found = [source for folder in folders for source in find_recordings(Path(folder))]
    return score_runs(found, max_fallback, reference, published)


def score_runs(
    sources: Iterable[Path | GameFiles],
    max_fallback: float = MAX_FALLBACK,
    reference: str | None = None,
    published: str = "",
) -> Leaderboard:
    """The leaderboard of run folders and SwarmBench games; repeated ones count once. See `score_folders`.

    Raises `ConfigError` if the reference did not play.
    """
    runs, left_out = [], []
    for source in {_resolved(source): source for source in sources}.values():
        try:
            runs.append(read_scored_run(source))
        except RunError as error:
            left_out.append(LeftOut(str(source), f"unreadable: {error}", True))
    board = make_leaderboard(runs, max_fallback, reference, published)
    return Leaderboard(board.tables, (*left_out, *board.left_out), max_fallback, published)


def make_leaderboard(
    runs: Sequence[ScoredRun],
    max_fallback: float = MAX_FALLBACK,
    reference: str | None = None,
    published: str = "",
) -> Leaderboard:
    """The leaderboard of some runs, see `score_folders`; `ConfigError` if the reference did not play."""
    left_out = [
        LeftOut(one.source, one.excluded, one.excluded.startswith("unfinished"))
        for one in runs
        if one.excluded
    ]
    groups = _grouped([one for one in runs if not one.excluded], max_fallback)
    teams = {key[1] for group in groups.values() for key in group}
    if reference is not None and reference not in teams:
        short = {name: team for team, name in short_names(teams).items()}
        reference = short.get(reference, reference)
    if reference is not None and reference not in teams:
        raise ConfigError(
            f"There is no run of the reference {reference!r}.{did_you_mean(reference, teams)} "
            f"Teams: {', '.join(sorted(teams)) or 'none'}."
        )
    tables = []
    for setting in sorted(groups):
        rows = []
        for (invalid, *_), group in sorted(groups[setting].items()):
            kept, copies = _without_copies(group)
            left_out += copies
            rows.append((invalid, kept))
        tables.append(make_table(setting, rows, reference, max_fallback))
    return Leaderboard(tuple(tables), tuple(left_out), max_fallback, published)


def _grouped(
    runs: Sequence[ScoredRun], max_fallback: float
) -> dict[WorldSetting, dict[_Key, list[ScoredRun]]]:
    """Runs by world and row."""
    groups: dict[WorldSetting, dict[_Key, list[ScoredRun]]] = {}
    for one in runs:
        invalid = one.endpoint_failure_rate > max_fallback
        row = (invalid, one.team, one.channel, one.recorded_by, one.models)
        groups.setdefault(one.setting, {}).setdefault(row, []).append(one)
    return groups


def _resolved(source: Path | GameFiles) -> str:
    if isinstance(source, Path):
        return str(source.resolve())
    return f"{source.folder.resolve()} {source.stamp}"


def _without_copies(runs: Sequence[ScoredRun]) -> tuple[list[ScoredRun], list[LeftOut]]:
    """The runs of a row without copies. A team may play a seed several times, and may do the same again."""
    kept: list[ScoredRun] = []
    copies: list[LeftOut] = []
    alike = Counter((one.seed, one.rounds, one.score) for one in runs)
    games: dict[tuple[int, str], list[ScoredRun]] = {}
    for one in runs:
        several = alike[one.seed, one.rounds, one.score] > 1  # otherwise its moves need not be read
        same = games.setdefault((one.seed, game_identity(one)), []) if several else []
        twin = next((run for run in same if is_copy(run, one)), None)
        if twin is None:
            kept.append(one)
            same.append(one)
        else:
            copies.append(LeftOut(one.source, f"a copy: the same game as {twin.source}", False))
    return kept, copies
