"""Convert SwarmBench logs to runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import option_records
from swarm_env.cli.options import FolderOptions, OutputOptions
from swarm_env.cli.output import note, progress, result, result_json
from swarm_env.errors import ConfigError, RunError

if TYPE_CHECKING:
    from swarm_env.runs.swarmbench_logs import GameFiles

DIFFERS = 1


@option_records
def import_(
    *,
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="SwarmBench log folders, or folders of them.", metavar="FOLDER...", show_default=False
        ),
    ],
    folder: FolderOptions,
    output: OutputOptions,
) -> None:
    """Convert games recorded by SwarmBench to runs, which can be watched, verified and forked.

    Examples:
        swarm import logs/pursuit-gpt --out imported

    One game becomes the folder --out, several become folders in it. Without --out they go to runs/. A game
    whose replay differs from its log is not imported (exit status 1).
    """
    notify_if_compiling(output.quiet)
    from swarm_env.runs.import_swarmbench import import_game

    imported, failed = [], 0
    with progress(list(_targets(_games(folders), folder.out)), "Importing", output.quiet) as targets:
        for game, target in targets:
            try:
                imported.append((game, import_game(game, target, folder.force)))
            except RunError as error:
                note(f"Error: {error}")
                failed += 1
                continue
            if not output.quiet and not output.as_json:
                result(f"{game} -> {target}")
    if output.as_json:
        result_json({"runs": [{"source": str(game), "folder": str(target)} for game, target in imported]})
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


def _targets(games: Sequence["GameFiles"], out: Path | None) -> Iterator[tuple["GameFiles", Path]]:
    """Each game with the folder of its run."""
    names = [game.folder.resolve().name for game in games]
    for game, name in zip(games, names, strict=True):
        single = name if names.count(name) == 1 else f"{name}-{game.stamp}"
        if out is None:
            yield game, Path("runs") / single
        else:
            yield game, out if len(games) == 1 else out / single


COMMAND = import_
