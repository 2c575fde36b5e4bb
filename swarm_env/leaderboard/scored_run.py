"""One recorded run as the leaderboard counts it: world, team, score and model usage."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from swarm_env.config import WorldConfig, explain
from swarm_env.errors import RunError, SwarmEnvError
from swarm_env.leaderboard.team_names import plain_text, team_label
from swarm_env.leaderboard.world_setting import WorldSetting, channel_of, setting_of
from swarm_env.runs.files import CALLS_FILE, Run, Usage, is_run_folder, read_run
from swarm_env.runs.recording import Recording, open_recording, replay
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame, read_game

MAX_SCORE = 1e12  # a larger score in a recording is an error
OURS, NATIVE = "swarm-env", "swarmbench"
_NATIVE_TEAM = "swarmbench:"  # beginning of the team's name in imported games


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """One recorded run.

    Attributes:
        source: Path of the recording.
        recorded_by: `OURS` or `NATIVE`; equal seeds of the two are different starts.
        setting: The world.
        team: Identity of the team, see `team_names`.
        channel: Kind of messages: "none", "text", "tokens 8 x 1", …
        seed: Seed of the run.
        score: The scenario's score at the end.
        rounds: Rounds played.
        usage: Model usage; None: no model calls, or unknown.
        excluded: Why it cannot be compared with other runs; "" if it can.
        models: Names of the language models, sorted.
        recording: The recording, to replay it; None: there is none.
        played_at: Date and seconds of model calls, which tell repeated runs from copies; "" if the run was
            imported, or replayed from another one.
    """

    source: str
    recorded_by: str
    setting: WorldSetting
    team: str
    channel: str
    seed: int
    score: float
    rounds: int
    usage: Usage | None = None
    excluded: str = ""
    models: tuple[str, ...] = ()
    recording: Path | GameFiles | None = None
    played_at: str = ""

    @property
    def fallback_rate(self) -> float:
        """Fraction of decisions that were replaced by STAY; 0 if unknown."""
        return self.usage.fallback_rate if self.usage else 0.0

    @property
    def endpoint_failure_rate(self) -> float:
        """Fraction of decisions that were replaced because the endpoint failed; 0 if unknown."""
        return self.usage.endpoint_failure_rate if self.usage else 0.0


def read_scored_run(source: Path | GameFiles) -> ScoredRun:
    """Read a run folder, which is not replayed, or a SwarmBench game. Raises `RunError` if that fails."""
    ours = isinstance(source, Path) and is_run_folder(source)
    run = _of_run(read_run(source)) if isinstance(source, Path) and ours else _of_game(source)
    return replace(run, recording=source)


def game_identity(run: ScoredRun) -> str:
    """A digest of all moves: equal for copies and replays of one game, and for its import.

    32 hexadecimal digits; the path of the source if its moves cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        for actions in _moves(run.recording):
            digest.update(json.dumps(actions).encode())
    except RunError:
        return run.source
    return digest.hexdigest()


def is_copy(one: ScoredRun, other: ScoredRun) -> bool:
    """Whether two runs with the same moves are recordings of one game."""
    return not (one.played_at and other.played_at) or one.played_at == other.played_at


def _moves(source: Path | GameFiles | None) -> Iterator[tuple[int | None, ...]]:
    """The moves of a recording, round by round. Runs no code of the scenario."""
    if isinstance(source, Path) and is_run_folder(source):
        yield from (record.actions for record in read_run(source).rounds())
    elif source is None:
        raise RunError("there is no recording")
    else:
        yield from (turn.actions for turn in open_recording(source).rounds())


def _of_run(run: Run) -> ScoredRun:
    from swarm_env.envs.make import with_current_names

    info = run.info
    try:
        config = WorldConfig.model_validate(with_current_names(info.config))
    except ValidationError as error:
        raise RunError(f"{run.folder}: run.json, config: {explain(error)}") from None
    native = info.team.startswith(_NATIVE_TEAM)
    scored = ScoredRun(
        source=str(run.folder),
        recorded_by=NATIVE if native else OURS,
        setting=setting_of(config, None if native else info.options, info.functions.get("layout", "")),
        team=team_label(info.team),
        channel=channel_of(config),
        seed=info.seed,
        score=run.result.score if run.result else 0.0,
        rounds=run.result.rounds if run.result else 0,
        usage=run.result.usage if run.result else None,
        models=tuple(map(plain_text, _models_of(run.folder))),
        played_at=_played_at(run),
    )
    if abs(scored.score) > MAX_SCORE:
        raise RunError(f"{run.folder}: result.json: score {scored.score:g} is out of range.")
    return replace(scored, excluded=_why_excluded(run))


def _played_at(run: Run) -> str:
    usage = run.result.usage if run.result else None
    derived = run.info.origin is not None or run.info.team.startswith(_NATIVE_TEAM)
    return "" if derived else f"{run.info.created} {usage.seconds if usage else 0}"


def _models_of(folder: Path) -> tuple[str, ...]:
    """Names of the models in a run's ledger; empty if there is no ledger or it cannot be read."""
    if not (folder / CALLS_FILE).is_file():
        return ()
    from swarm_env.chat.ledger.summary import open_ledger

    try:
        with open_ledger(folder / CALLS_FILE) as connection:
            rows = connection.execute("SELECT DISTINCT model FROM calls ORDER BY model").fetchall()
    except RunError:
        return ()
    return tuple(str(model) for (model,) in rows)


def _why_excluded(run: Run) -> str:
    if run.result is None:
        return "unfinished: it is playing, or its process was killed (swarm run --resume)"
    if run.result.status != "finished":
        return f"unfinished: stopped after {run.result.rounds} rounds (swarm run --resume)"
    if any(run.info.decided_from):
        return "a fork: another run played its first rounds"
    return ""


def _of_game(source: Path | GameFiles) -> ScoredRun:
    game = read_game(source) if isinstance(source, GameFiles) else None
    recording = open_recording(game or source)
    game = recording.game
    if game is None:
        raise RunError(f"{source}: holds no SwarmBench game.")
    return ScoredRun(
        source=recording.source,
        recorded_by=NATIVE,
        setting=setting_of(recording.config),
        team=team_label(recording.team),
        channel=channel_of(recording.config),
        seed=recording.seed,
        score=float(game.scores[-1]),
        rounds=game.rounds,
        excluded="" if _is_over(game, recording) else f"unfinished: its log ends after {game.rounds} rounds",
    )


def _is_over(game: RecordedGame, recording: Recording) -> bool:
    """Whether a SwarmBench game is over; if it ended early, it is replayed to find out."""
    if game.rounds >= game.max_rounds:
        return True
    try:
        return [simulation.done for simulation in replay(recording)][-1]
    except SwarmEnvError:
        return False
