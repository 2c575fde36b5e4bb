"""`swarm import`: SwarmBench's native logs become runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import note, progress, result, result_json
from swarm_env.errors import ConfigError, RunError

if TYPE_CHECKING:
    from swarm_env.runs.swarmbench_logs import GameFiles

DIFFERS = 1


def import_(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="SwarmBench log folders, or folders of them.", metavar="FOLDER...", show_default=False
        ),
    ],
    out: flags.Out = None,
    force: flags.Force = False,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Turn games recorded by SwarmBench into runs that can be watched, verified and forked.

    One game becomes the folder --out, several become folders in it. Without --out they go to runs/. A game
    that goes differently when it is played again is not imported (exit status 1).
    """
    from swarm_env.cli.live_view import notify_if_compiling

    if not quiet:
        notify_if_compiling()
    from swarm_env.runs.import_swarmbench import import_game

    made, failed = [], 0
    with progress(list(_places(_games(folders), out)), "Importing", quiet) as going:
        for game, folder in going:
            try:
                made.append((game, import_game(game, folder, force)))
            except RunError as error:
                note(f"Error: {error}")
                failed += 1
                continue
            if not quiet and not as_json:
                result(f"{game} -> {folder}")
    if as_json:
        result_json({"runs": [{"source": str(game), "folder": str(folder)} for game, folder in made]})
    if failed:
        raise typer.Exit(DIFFERS)


def _games(folders: Sequence[Path]) -> list["GameFiles"]:
    from swarm_env.runs.recording import find_recordings

    games = []
    for folder in folders:
        found = [source for source in find_recordings(folder) if not isinstance(source, Path)]
        if not found:
            raise ConfigError(f"{folder} holds runs, but no SwarmBench log (meta_log.json) to import.")
        games += found
    return games


def _places(games: Sequence["GameFiles"], out: Path | None) -> Iterator[tuple["GameFiles", Path]]:
    """Each game and the folder it becomes."""
    names = [game.folder.resolve().name for game in games]
    for game, name in zip(games, names, strict=True):
        single = name if names.count(name) == 1 else f"{name}-{game.stamp}"
        if out is None:
            yield game, Path("runs") / single
        else:
            yield game, out if len(games) == 1 else out / single
