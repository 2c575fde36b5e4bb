"""Whatever was recorded, played again: our runs and SwarmBench's native logs through the same code.

A run whose scenario is a file of Python (`path/file.py:Name`) is played by running that file.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from swarm_env.agent import Decision
from swarm_env.config import WorldConfig
from swarm_env.envs.decision_codec import Message, from_log, in_words
from swarm_env.envs.make import make_config
from swarm_env.envs.parallel import ParallelSwarmEnv
from swarm_env.errors import ConfigError, ContractError, RegistryError, ReplayMismatch, RunError
from swarm_env.frame import Frame
from swarm_env.runs.files import Run, is_run_folder, read_run
from swarm_env.runs.swarmbench_files import is_log_folder
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame, find_games, read_game

MAX_DEPTH = 4  # folders below the one that is searched for recordings


class Turn(NamedTuple):
    """What was decided in one round: a move and a message per body, None for none; the digest afterwards."""

    actions: tuple[int | None, ...]
    messages: tuple[Message, ...] | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Something that can be played again.

    Attributes:
        source: What it was read from, for messages.
        config: The world it was played in.
        seed: Seed of the world.
        options: Reset options: the picture it started from, if any.
        team: Who played, in the words of the record.
        turns: Gives the rounds from the first on, each time it is called.
        digest: Of the world at the start, where recorded.
        decided_from: As in `RunInfo`; empty where nobody can be asked again.
        game: The native log, if it is one.
        run: The run of ours, if it is one.
    """

    source: str
    config: WorldConfig
    seed: int
    options: Mapping[str, Any]
    team: str
    turns: Callable[[], Iterator[Turn]]
    digest: str | None = None
    decided_from: tuple[int, ...] = ()
    game: RecordedGame | None = None
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a game that is played again.

    Attributes:
        env: The world, live: it goes on when the next moment is asked for.
        decisions: What was decided in the round that led here, by name of the body; empty at the start.
    """

    env: ParallelSwarmEnv
    decisions: Mapping[str, Decision] = field(default_factory=dict)


def find_recordings(path: Path | str) -> list[Path | GameFiles]:
    """All that is recorded at or below a folder.

    Args:
        path: A run folder, a native log folder, or a folder of those (up to 4 levels down, links not
            followed).

    Returns:
        Run folders and native games, sorted by name.

    Raises:
        RunError: There is no such folder, or nothing is recorded there.
    """
    path = Path(path)
    if not path.is_dir():
        raise RunError(
            f"{path} is not a folder. Give the folder of a run, a SwarmBench log folder, or a folder of them."
        )
    try:
        found = list(_search(path, MAX_DEPTH))
    except OSError as error:
        raise RunError(f"{error.filename or path}: cannot be read ({error.strerror or error}).") from None
    if not found:
        raise RunError(f"{path} holds no run (run.json) and no SwarmBench log (meta_log.json).")
    return found


def open_recording(source: Path | str | GameFiles | Run | RecordedGame) -> Recording:
    """Get something recorded ready to be played again.

    Args:
        source: A run folder, a native log folder with one game in it, one game of such a folder, or either
            already read.

    Returns:
        The recording.

    Raises:
        RunError: There is nothing to play there, or it cannot be read.
    """
    if isinstance(source, GameFiles):
        source = read_game(source)
    elif isinstance(source, str | Path):
        source = _open_folder(Path(source))
    return _of_run(source) if isinstance(source, Run) else _of_game(source)


def play_again(recording: Recording) -> Iterator[Moment]:
    """Play a recording from its start to its end.

    Args:
        recording: What to play.

    Yields:
        The start, then the moment after each round. The `env` of all moments is the same, live object.

    Raises:
        ReplayMismatch: It goes differently than recorded.
        RunError: The recording is broken.
    """
    env = start(recording.config, recording.seed, recording.options, recording.digest)
    yield Moment(env)
    for number, turn in enumerate(recording.turns()):
        if env.done:
            raise ReplayMismatch(number, "another round", "the game is over")
        try:
            decisions = from_log(env.channel, turn.actions, turn.messages, env.possible_agents, env.agents)
        except RunError as error:
            raise RunError(f"{recording.source}: round {number}: {error}.") from None
        env.step_decisions(decisions)
        if turn.digest is not None and (digest := env.digest()) != turn.digest:
            raise ReplayMismatch(number, turn.digest, digest)
        yield Moment(env, decisions)


def frames(source: Path | str | GameFiles | Run | RecordedGame | Recording) -> Iterator[Frame]:
    """What a viewer shows of something recorded, moment by moment.

    Args:
        source: As for `open_recording`, or a recording.

    Yields:
        The start, then one frame per round.

    Raises:
        RunError: It cannot be read, is broken, or (ReplayMismatch) goes differently than recorded.
    """
    recording = source if isinstance(source, Recording) else open_recording(source)
    caption = f"{recording.team}, seed {recording.seed}"
    for moment in play_again(recording):
        yield frame_of(moment.env, moment.decisions, caption)


def start(
    config: WorldConfig, seed: int, options: Mapping[str, Any], digest: str | None = None
) -> ParallelSwarmEnv:
    """A world at the start of an episode.

    Args:
        config: The world.
        seed: Its seed.
        options: Reset options.
        digest: What the start must have, if known.

    Raises:
        ConfigError: The world or the options are impossible.
        ReplayMismatch: The start has another digest.
    """
    try:
        env = ParallelSwarmEnv(config, obs="codes")
        env.reset(seed=seed, options=dict(options))
    except MemoryError:
        raise ConfigError(
            f"A world of {config.height} x {config.width} cells with {config.num_agents} agents and views of "
            f"{config.view_size} x {config.view_size} needs more memory than there is."
        ) from None
    if digest is not None and env.digest() != digest:
        raise ReplayMismatch(0, digest, env.digest())
    return env


def frame_of(env: ParallelSwarmEnv, decisions: Mapping[str, Decision], caption: str = "") -> Frame:
    """What is shown of a world right now.

    Args:
        env: The world.
        decisions: What was decided in the round that led here, by name of the body.
        caption: A line of the caller's own.
    """
    said = ((name, decision.message) for name, decision in decisions.items() if decision.message is not None)
    return env.frame(tuple((name, in_words(message)) for name, message in said), caption)


def _search(folder: Path, depth: int) -> Iterable[Path | GameFiles]:
    if is_run_folder(folder):
        yield folder
    elif is_log_folder(folder):
        try:
            yield from find_games(folder)
        except RunError:  # whoever opens it learns why
            yield folder
    elif depth > 0:
        for inner in sorted(folder.iterdir()):
            if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
                yield from _search(inner, depth - 1)


def _open_folder(folder: Path) -> Run | RecordedGame:
    if is_run_folder(folder):
        return read_run(folder)
    if not is_log_folder(folder):
        raise RunError(
            f"{folder} is neither the folder of a run (run.json) nor a SwarmBench log (meta_log.json)."
        )
    games = find_games(folder)
    if len(games) > 1:
        stamps = ", ".join(game.stamp for game in games)
        raise RunError(
            f"{folder} holds {len(games)} games ({stamps}); import it to get a run folder for each."
        )
    return read_game(games[0])


def _of_run(run: Run) -> Recording:
    settings = dict(run.info.config)
    return Recording(
        source=str(run.folder),
        config=_config(f"{run.folder}: run.json, config", str(settings.pop("scenario", "")), settings),
        seed=run.info.seed,
        options=run.info.options,
        team=run.info.team,
        turns=lambda: (Turn(record.actions, record.messages, record.digest) for record in run.rounds()),
        digest=run.info.digest,
        decided_from=run.info.decided_from,
        run=run,
    )


def _of_game(game: RecordedGame) -> Recording:
    names = ("num_agents", "height", "width", "view_size", "max_rounds")
    settings = {name: getattr(game, name) for name in names} | {"message": "text"}
    return Recording(
        source=str(game.files),
        config=_config(f"{game.files}: meta_log", game.scenario, settings),
        seed=abs(game.seed),
        options=game.options(),
        team="swarmbench:" + re.sub(r"[,*\s]+", "_", game.model),
        turns=lambda: _turns_of(game),
        game=game,
    )


def _config(place: str, scenario: str, settings: Mapping[str, Any]) -> WorldConfig:
    """The world that a file describes; whatever is wrong with it is told with its place."""
    try:
        return make_config(scenario, settings)
    except (ConfigError, RegistryError, ContractError) as error:
        raise RunError(f"{place}: {error}") from None


def _turns_of(game: RecordedGame) -> Iterator[Turn]:
    """The rounds of a native log; what is logged of agents that had left is left out."""
    corner = np.array([game.height, game.width])
    inside = np.all((game.positions >= 0) & (game.positions < corner), axis=2)  # (R + 1, N)
    for number in range(game.rounds):
        pairs = zip(game.actions[number].tolist(), inside[number].tolist(), strict=True)
        moves = tuple(move if there else None for move, there in pairs)
        yield Turn(moves, game.messages[number])
