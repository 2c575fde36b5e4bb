"""Recorded games simulated again and compared with their record, round by round."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from swarm_env.envs.parallel import ParallelSwarmEnv
from swarm_env.errors import ReplayMismatch, SwarmEnvError
from swarm_env.runs.files import Run, is_run_folder
from swarm_env.runs.recording import Moment, Recording, find_recordings, open_recording, play_again
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame

END = "end of the game"
SCORE_TOLERANCE = 1e-9  # sums of shares are recorded as floats
STILL, MOVED = "WFN", "BP"  # symbols of native logs


class Difference(NamedTuple):
    """Where a record and the game played again part.

    Attributes:
        round: Rounds played when it shows: 0 is the start, 5 the state after the fifth round (number 4).
        what: What differs, with its place.
        expected: What the record says.
        got: What playing it again gave.
    """

    round: int
    what: str
    expected: str
    got: str

    def __str__(self) -> str:
        after = f" (after the moves of round {self.round - 1})" if self.round else ""
        return f"round {self.round}{after}: {self.what}: recorded {self.expected}, played again {self.got}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about one recording.

    Attributes:
        source: The run's folder, or the log folder and the stamp.
        kind: "run" for ours, "swarmbench" for a native log.
        scenario: Name of the scenario; "" when the record cannot be read.
        rounds: Rounds that were compared and agree.
        difference: The first thing that differs, if any.
        error: Why the record cannot be read or played, if so.
        note: Something worth knowing about a record that agrees.
    """

    source: str
    kind: str
    scenario: str = ""
    rounds: int = 0
    difference: Difference | None = None
    error: str | None = None
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether every round agrees."""
        return self.difference is None and self.error is None

    def __str__(self) -> str:
        if self.error is not None:
            return f"{self.source}: cannot be verified: {self.error}"
        if self.difference is not None:
            return f"{self.source}: {self.scenario} differs in {self.difference}"
        note = f" ({self.note})" if self.note else ""
        return f"{self.source}: {self.scenario}, all {self.rounds} rounds agree{note}"


def verify(path: Path | str) -> list[Verdict]:
    """Simulate again all that is recorded at or below a folder.

    Args:
        path: A run folder, a SwarmBench log folder, or a folder of those.

    Returns:
        One verdict per recording; broken records get one too.

    Raises:
        RunError: There is no such folder, or nothing is recorded there.
    """
    return [verify_one(source) for source in find_recordings(path)]


def verify_one(source: Path | GameFiles | Run | RecordedGame) -> Verdict:
    """Simulate one recording again.

    Args:
        source: One of the list that `find_recordings` gives, or a recording already read.

    Returns:
        What was found.
    """
    ours = isinstance(source, Run) or (isinstance(source, Path) and is_run_folder(source))
    kind = "run" if ours else "swarmbench"
    try:
        recording = open_recording(source)
    except SwarmEnvError as error:
        return Verdict(_name(source), kind, error=str(error))
    return _compare(recording, kind)


def _name(source: Path | GameFiles | Run | RecordedGame) -> str:
    if isinstance(source, Run):
        return str(source.folder)
    return str(source.files if isinstance(source, RecordedGame) else source)


def _compare(recording: Recording, kind: str) -> Verdict:
    scenario, rounds = recording.config.scenario, 0
    moment: Moment | None = None
    try:
        for moment in play_again(recording):
            difference = _in_game(recording.game, moment.env) if recording.game else None
            if difference:
                odd = _odd_start(recording.game) if recording.game and difference.round == 1 else None
                return Verdict(recording.source, kind, scenario, rounds, odd or difference)
            rounds = moment.env.round
        assert moment is not None  # the start is always given
        difference = _at_end(recording, moment.env)
    except ReplayMismatch as error:
        if moment is None:
            difference = Difference(0, "digest of the start", str(error.expected), str(error.got))
        elif moment.env.done and moment.env.round == error.round:
            difference = Difference(error.round, END, str(error.expected), str(error.got))
        else:
            difference = Difference(error.round + 1, "digest", str(error.expected), str(error.got))
    except SwarmEnvError as error:
        place = "" if moment else "round 0 (the start): "
        reason = str(error).removeprefix(f"{recording.source}: ")
        return Verdict(recording.source, kind, scenario, rounds, error=place + reason)
    unfinished = recording.run is not None and recording.run.result is None
    note = "it has no result: its process was killed or still plays" if unfinished else ""
    return Verdict(recording.source, kind, scenario, rounds, difference, note=note)


def _at_end(recording: Recording, env: ParallelSwarmEnv) -> Difference | None:
    """What the record says about the whole, against the world after the last recorded round."""
    if recording.game:
        return None if env.done else Difference(env.round, END, "the game is over", "it goes on")
    result = recording.run.result if recording.run else None
    if result is None:
        return None
    if result.rounds != env.round:
        return Difference(env.round, "number of rounds (result.json)", str(result.rounds), str(env.round))
    if result.status == "finished" and not env.done:
        return Difference(env.round, END, "the game is over", "it goes on")
    if not math.isclose(result.score, env.score, rel_tol=SCORE_TOLERANCE, abs_tol=SCORE_TOLERANCE):
        return Difference(env.round, "score (result.json)", str(result.score), str(env.score))
    said = (result.scenario, result.seed)
    if said != (env.scenario.name, recording.seed):
        return Difference(
            env.round, "scenario and seed (result.json)", str(said), str((env.scenario.name, recording.seed))
        )
    return None


def _in_game(game: RecordedGame, env: ParallelSwarmEnv) -> Difference | None:
    """First difference between a native log and the world at the same round."""
    return next(_differences(game, env), None)


def _differences(game: RecordedGame, env: ParallelSwarmEnv) -> Iterator[Difference]:
    now = env.round
    place = _first(game.grids[now], env.grid())
    if place:
        yield Difference(
            now, f"grid, row {place.where[0]}, column {place.where[1]}", place.expected, place.got
        )
    for who, (expected, got) in enumerate(
        zip(game.positions[now].tolist(), env.native_positions(), strict=True)
    ):
        if tuple(expected) != tuple(got):
            yield Difference(now, f"position of agent_{who}", str(tuple(expected)), str(tuple(got)))
    score = float(game.scores[now])
    if not math.isclose(score, env.score, rel_tol=SCORE_TOLERANCE, abs_tol=SCORE_TOLERANCE):
        yield Difference(now, "score", f"{score:g}", f"{env.score:g}")
    if now:
        yield from _in_messages(game, now)
    if now == game.rounds:
        return
    if env.done:
        yield Difference(now, END, "it goes on", "the game is over")
    for who, view in enumerate(env.native_views()):
        place = _first(game.views[now][who], view)
        if place:
            what = f"view of agent_{who}, row {place.where[0]}, column {place.where[1]}"
            yield Difference(now, what, place.expected, place.got)


def _odd_start(game: RecordedGame) -> Difference | None:
    """What is odd about the map of the start when the world built from it differs after the first round.

    Walls, nest and food stand still and bodies keep their size: where the next two maps agree on them
    against the first, it is the first that is not as it was.
    """
    if game.rounds < 2:
        return None
    first, second, third = game.grids[:3]
    for row, (a, b, c) in enumerate(zip(first, second, third, strict=True)):
        for col, (x, y, z) in enumerate(zip(a, b, c, strict=True)):
            if y == z != x and (x in STILL or y in STILL):
                return Difference(0, f"grid, row {row}, column {col}", repr(x), f"{y!r} in the next rounds")
    for symbol in MOVED:
        counts = [sum(line.count(symbol) for line in grid) for grid in (first, second, third)]
        if counts[1] == counts[2] != counts[0]:
            return Difference(
                0, f"grid, cells of {symbol!r}", str(counts[0]), f"{counts[1]} in the next rounds"
            )
    return None


def _in_messages(game: RecordedGame, now: int) -> Iterator[Difference]:
    """Messages that one of the two logs knows and the other does not."""
    in_game_log = sorted(game.heralded[now])
    in_agent_log = sorted((who, text) for who, text in enumerate(game.messages[now - 1]) if text)
    if in_game_log != in_agent_log:
        pairs = zip([*in_game_log, None], [*in_agent_log, None], strict=False)
        one, other = next((a, b) for a, b in pairs if a != b)
        yield Difference(now, "messages (game log against agent log)", repr(one), repr(other))


class _Place(NamedTuple):
    where: tuple[int, int]
    expected: str
    got: str


def _first(expected: Sequence[Sequence[Any]], got: Sequence[Sequence[Any]]) -> _Place | None:
    """First cell in which two tables of one size differ."""
    for row, (one, other) in enumerate(zip(expected, got, strict=True)):
        if tuple(one) == tuple(other):
            continue
        for col, (a, b) in enumerate(zip(one, other, strict=True)):
            if a != b:
                return _Place((row, col), repr(a), repr(b))
    return None
