"""Replay recordings and compare them round by round."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from swarm_env.envs.perception import views_of
from swarm_env.errors import ReplayMismatch, SwarmEnvError
from swarm_env.runs.files import Run, is_run_folder
from swarm_env.runs.recording import Recording, find_recordings, open_recording, replay
from swarm_env.runs.simulation import Simulation
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame

END = "end of the game"
SCORE_TOLERANCE = 1e-9  # sums of shares are recorded as floats
STILL, MOVED = "WFN", "BP"  # symbols of native logs


class Difference(NamedTuple):
    """The first difference between a recording and its replay.

    Attributes:
        round: Rounds played by then: 0 is the start, 5 the state after the fifth round (number 4).
        what: The quantity that differs, with its place.
        expected: Its recorded value.
        got: Its value in the replay.
    """

    round: int
    what: str
    expected: str
    got: str

    def __str__(self) -> str:
        after = f" (after the moves of round {self.round - 1})" if self.round else ""
        return f"round {self.round}{after}: {self.what}: recorded {self.expected}, replayed {self.got}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of verifying one recording.

    Attributes:
        source: The run's folder, or the log folder and the stamp.
        kind: "run", or "swarmbench" for a native log.
        scenario: Name of the scenario; "" if the recording cannot be read.
        rounds: Rounds that agree.
        difference: The first difference, if any.
        error: Why the recording cannot be read or replayed, if so.
        note: A remark on a recording that agrees.
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


def verify(path: Path | str, trust_code: bool = False) -> list[Verdict]:
    """Verify all recordings at or below a folder; returns one verdict for each, also for broken ones.

    `trust_code` allows all Python files that they name. Raises `RunError` if there is no such folder, or it
    holds no recording.
    """
    return [verify_one(source, trust_code) for source in find_recordings(path)]


def verify_one(source: Path | GameFiles | Run | RecordedGame, trust_code: bool = False) -> Verdict:
    """Verify one recording: an element of `find_recordings`, or one already read.

    `trust_code` says whether Python files that it names may be run, whichever they are.
    """
    ours = isinstance(source, Run) or (isinstance(source, Path) and is_run_folder(source))
    kind = "run" if ours else "swarmbench"
    try:
        recording = open_recording(source, trust_code)
    except SwarmEnvError as error:
        return Verdict(_name(source), kind, error=str(error))
    return _compare(recording, kind)


def _name(source: Path | GameFiles | Run | RecordedGame) -> str:
    if isinstance(source, Run):
        return str(source.folder)
    return str(source.files if isinstance(source, RecordedGame) else source)


def _compare(recording: Recording, kind: str) -> Verdict:
    scenario, rounds = recording.config.scenario, 0
    simulation: Simulation | None = None
    try:
        for simulation in replay(recording):
            difference = next(_differences(recording.game, simulation), None) if recording.game else None
            if difference:
                odd = _odd_start(recording.game) if recording.game and difference.round == 1 else None
                return Verdict(recording.source, kind, scenario, rounds, odd or difference)
            rounds = simulation.round
        assert simulation is not None  # `replay` yields the start
        difference = _at_end(recording, simulation)
    except ReplayMismatch as error:
        if simulation is None:
            difference = Difference(0, "digest of the start", str(error.expected), str(error.got))
        elif simulation.done and simulation.round == error.round:
            difference = Difference(error.round, END, str(error.expected), str(error.got))
        else:
            difference = Difference(error.round + 1, "digest", str(error.expected), str(error.got))
    except SwarmEnvError as error:
        place = "" if simulation else "round 0 (the start): "
        reason = str(error).removeprefix(f"{recording.source}: ")
        return Verdict(recording.source, kind, scenario, rounds, error=place + reason)
    unfinished = recording.run is not None and recording.run.result is None
    note = "it has no result: its process was killed or still plays" if unfinished else ""
    return Verdict(recording.source, kind, scenario, rounds, difference, note=note)


def _at_end(recording: Recording, simulation: Simulation) -> Difference | None:
    """Compare the recorded result with the world after the last recorded round."""
    result, now = recording.run.result if recording.run else None, simulation.round
    if recording.game is None and result is None:
        return None
    if result is not None and result.rounds != now:
        return Difference(now, "number of rounds (result.json)", str(result.rounds), str(now))
    if not simulation.done and (result is None or result.status == "finished"):
        return Difference(now, END, "the game is over", "it goes on")
    if result is None:
        return None
    if not math.isclose(result.score, simulation.score, rel_tol=SCORE_TOLERANCE, abs_tol=SCORE_TOLERANCE):
        return Difference(now, "score (result.json)", str(result.score), str(simulation.score))
    expected, got = (result.scenario, result.seed), (simulation.setting.scenario, recording.seed)
    if expected != got:
        return Difference(now, "scenario and seed (result.json)", str(expected), str(got))
    return None


def _differences(game: RecordedGame, simulation: Simulation) -> Iterator[Difference]:
    """Differences between a native log and the world at the same round."""
    now, world = simulation.round, simulation.world
    if first := _first(game.grids[now], world.grid()):
        yield Difference(now, f"grid, {first[0]}", *first[1:])
    positions = zip(game.positions[now].tolist(), simulation.positions, strict=True)
    for a, (expected, got) in enumerate(positions):
        if expected != got:
            yield Difference(now, f"position of agent_{a}", str(tuple(expected)), str(tuple(got)))
    score = float(game.scores[now])
    if not math.isclose(score, simulation.score, rel_tol=SCORE_TOLERANCE, abs_tol=SCORE_TOLERANCE):
        yield Difference(now, "score", f"{score:g}", f"{simulation.score:g}")
    if now:
        yield from _in_messages(game, now)
    if now == game.rounds:
        return
    if simulation.done:
        yield Difference(now, END, "it goes on", "the game is over")
    for a, view in enumerate(views_of(world, range(game.num_agents))):
        if first := _first(game.views[now][a], view):
            yield Difference(now, f"view of agent_{a}, {first[0]}", *first[1:])


def _odd_start(game: RecordedGame) -> Difference | None:
    """Find an error in the logged map of the start, if the replay differs after the first round.

    Walls, nest and food do not move and objects keep their size: if the next two maps agree on them against
    the first, the first one is wrong.
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
    """Messages that only one of the two logs has."""
    in_game_log = sorted(game.reported[now])
    in_agent_log = sorted((a, text) for a, text in enumerate(game.messages[now - 1]) if text)
    if in_game_log != in_agent_log:
        pairs = zip([*in_game_log, None], [*in_agent_log, None], strict=False)
        one, other = next((a, b) for a, b in pairs if a != b)
        yield Difference(now, "messages (game log against agent log)", repr(one), repr(other))


def _first(expected: Sequence[Sequence[Any]], got: Sequence[Sequence[Any]]) -> tuple[str, str, str] | None:
    """First cell in which two tables of the same size differ, if any: place, expected, got."""
    for row, (one, other) in enumerate(zip(expected, got, strict=True)):
        if tuple(one) == tuple(other):
            continue
        for col, (a, b) in enumerate(zip(one, other, strict=True)):
            if a != b:
                return f"row {row}, column {col}", repr(a), repr(b)
    return None
