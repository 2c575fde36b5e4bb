"""Open and replay recordings: run folders and SwarmBench's native logs, through the same code.

A recording whose scenario is a Python file (`path/file.py:Name`) is replayed by running that file, if it is
trusted (`swarm_env.trusted_code`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from swarm_env import trusted_code
from swarm_env.config import WorldConfig
from swarm_env.errors import ConfigError, ContractError, RegistryError, RunError
from swarm_env.frame import Frame
from swarm_env.runs.files import RecordedRound, Run, is_run_folder, read_run
from swarm_env.runs.swarmbench_files import is_log_folder
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame, find_games, read_game
from swarm_env.runtime.disk_files import what_is
from swarm_env.runtime.given import given_path

if TYPE_CHECKING:
    from swarm_env.envs.channel.message_kinds import Message
    from swarm_env.runs.simulation import Simulation

# The engine and the scenarios are imported when something is replayed: tables of scores need neither.
MAX_DEPTH = 4  # folders below the one that is searched for recordings


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that can be replayed.

    Attributes:
        source: What it was read from, for messages.
        options: Reset options, such as the layout it started from.
        rounds: Reads the rounds from the first on, at each call.
        digest: Recorded digest of the start, if any.
        decided_from: See `RunInfo`; empty in a native log.
        game: The native log, if it is one.
        run: The run, if it is one.
        trust_code: Whether Python files that its team names may be run, whichever they are.
    """

    source: str
    config: WorldConfig
    seed: int
    options: Mapping[str, Any]
    team: str
    rounds: Callable[[], Iterator[RecordedRound]]
    digest: str | None = None
    decided_from: tuple[int, ...] = ()
    game: RecordedGame | None = None
    run: Run | None = None
    trust_code: bool = False

    @property
    def functions(self) -> dict[str, str]:
        """Names of the functions that gave settings, by setting."""
        return self.run.info.functions if self.run else {}

    def start(self) -> "Simulation":
        """The world at the start.

        Raises `ConfigError` if the world or the options are impossible, `ReplayMismatch` if its digest
        differs from the recorded one.
        """
        from swarm_env.runs.simulation import Simulation

        return Simulation(self.config, self.seed, self.options, self.digest, self.source)


Source = Path | str | GameFiles | Run | RecordedGame


def find_recordings(path: Path | str) -> list[Path | GameFiles]:
    """Find all recordings at or below a folder, sorted by name: run folders and native games.

    It is searched up to 4 levels down; links are not followed. Raises `RunError` if there is no such folder,
    or it holds no recording.
    """
    given_path(path)
    path = Path(path)
    if not path.is_dir():
        what = "" if what_is(path) == "nothing" else f" but {what_is(path)}"
        raise RunError(
            f"{path} is not a folder{what}. Give the folder of a run, a SwarmBench log folder, or a folder "
            "of them."
        )
    try:
        found = list(_search(path, MAX_DEPTH))
    except OSError as error:
        raise RunError(f"{error.filename or path}: cannot be read ({error.strerror or error}).") from None
    if not found:
        raise RunError(f"{path} holds no run (run.json) and no SwarmBench log (meta_log.json).")
    return found


def open_recording(source: Source, trust_code: bool = False) -> Recording:
    """Open a recording: a run folder, a native log folder with one game, one game, or either already read.

    `trust_code` allows all Python files that it names. Raises `RunError` if there is no recording, it cannot
    be read, or it names a file that is not trusted.
    """
    if isinstance(source, GameFiles):
        source = read_game(source)
    elif not isinstance(source, Run | RecordedGame):
        given_path(source, "run")
        source = _open_folder(Path(source))
    return _of_run(source, trust_code) if isinstance(source, Run) else _of_game(source)


def replay(recording: Recording) -> Iterator["Simulation"]:
    """Replay a recording: yields the simulation at the start and after each round, always the same object.

    Raises `ReplayMismatch` if a digest differs from the recorded one, `RunError` if the recording is broken.
    """
    simulation = recording.start()
    yield simulation
    for recorded in recording.rounds():
        simulation.replay(recorded)
        yield simulation


def frames(source: Source | Recording) -> Iterator[Frame]:
    """Frames of a recording, or of what `open_recording` takes: of the start, then one per round.

    Raises `RunError` if it cannot be read, is broken, or (ReplayMismatch) a digest differs.
    """
    recording = source if isinstance(source, Recording) else open_recording(source)
    caption = f"{recording.team}, seed {recording.seed}"
    for simulation in replay(recording):
        yield simulation.frame(caption)


def _search(folder: Path, depth: int) -> Iterable[Path | GameFiles]:
    if is_run_folder(folder):
        yield folder
    elif is_log_folder(folder):
        try:
            yield from find_games(folder)
        except RunError:  # opening it raises the same error again
            yield folder
    elif depth > 0:
        for inner in sorted(folder.iterdir()):
            if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
                yield from _search(inner, depth - 1)


def _open_folder(folder: Path) -> Run | RecordedGame:
    if is_run_folder(folder):
        return read_run(folder)
    if not is_log_folder(folder):
        what = what_is(folder)
        reason = "" if what in ("a folder", "nothing") else f": it is {what}"
        raise RunError(
            f"{folder} is neither the folder of a run (run.json) nor a SwarmBench log (meta_log.json)"
            f"{reason}."
        )
    games = find_games(folder)
    if len(games) > 1:
        stamps = ", ".join(game.stamp for game in games)
        raise RunError(
            f"{folder} holds {len(games)} games ({stamps}); import it to get a run folder for each."
        )
    return read_game(games[0])


def _of_run(run: Run, trust_code: bool) -> Recording:
    from swarm_env.envs.make import with_observation_version

    # A file that does not name the order of pushes is of the fixed one, whatever new worlds have.
    settings = {"push_order": "fixed", **with_observation_version(run.info.config)}
    place, scenario = f"{run.folder}: run.json, config", str(settings.pop("scenario", ""))
    return Recording(
        source=str(run.folder),
        config=_config(place, scenario, settings, trust_code),
        seed=run.info.seed,
        options=run.info.options,
        team=run.info.team,
        rounds=run.rounds,
        digest=run.info.digest,
        decided_from=run.info.decided_from,
        run=run,
        trust_code=trust_code,
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
        rounds=lambda: _rounds_of(game),
        game=game,
    )


def _config(place: str, scenario: str, settings: Mapping[str, Any], trust_code: bool = False) -> WorldConfig:
    """The recorded settings; errors name their place."""
    from swarm_env.envs.make import make_config

    try:
        trusted_code.check((scenario, *settings.values()), "it", trust_code)
        return make_config(scenario, settings)
    except (ConfigError, RegistryError, ContractError) as error:
        raise RunError(f"{place}: {error}") from None


def _rounds_of(game: RecordedGame) -> Iterator[RecordedRound]:
    """The rounds of a native log, without the logged moves of departed agents."""
    corner = np.array([game.height, game.width])
    inside = np.all((game.positions >= 0) & (game.positions < corner), axis=2)  # (R + 1, N)
    for number in range(game.rounds):
        pairs = zip(game.actions[number].tolist(), inside[number].tolist(), strict=True)
        moves = tuple(move if there else None for move, there in pairs)
        yield RecordedRound.model_construct(round=number, actions=moves, messages=game.messages[number])


def messages_of(run: Path | str) -> "list[dict[str, Message]]":
    """What was sent in each round of a recorded run, by agent. Raises `RunError` if it is no run."""
    recorded = read_run(given_path(run, "messages_from")).rounds()
    return [
        {f"agent_{i}": message for i, message in enumerate(one.messages or ()) if message is not None}
        for one in recorded
    ]
