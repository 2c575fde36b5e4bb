"""`swarm score`: the leaderboard of what is recorded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import note, result, result_json
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.leaderboard.leaderboard import Leaderboard

NOT_CLEAN = 1


def score(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="Runs, SwarmBench log folders, or folders of them.", metavar="FOLDER...", show_default=False
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Option(
            help="Team that the others are compared with, seed by seed. "
            "Default: scripted where it played, else the best.",
            metavar="TEAM",
            show_default=False,
        ),
    ] = None,
    max_fallback: Annotated[
        float,
        typer.Option(
            help="A run with a larger share of decisions that were not the agents' own is invalid.",
            min=0.0,
            max=1.0,
            metavar="SHARE",
        ),
    ] = 0.05,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a run is invalid, unfinished or unreadable.")
    ] = False,
    published: Annotated[
        bool, typer.Option(help="Show SwarmBench's published scores beside runs of its tasks.")
    ] = True,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown instead of aligned text.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of text: one line per row.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")] = False,
    parquet: Annotated[
        Path | None,
        typer.Option(
            help="Also write the lines of --csv to this Parquet file.", metavar="FILE", show_default=False
        ),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            help="Also draw scores and group measures over rounds, and how they go together, to this folder. "
            "Plays all runs again.",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
    quiet: flags.Quiet = False,
) -> None:
    """Rank the teams of recorded runs: mean score, its interval, differences, and what they cost.

    One table per world (scenario, agents, size, view, rounds). Nothing is played again, but for --plots;
    `swarm verify` tells whether the records are true.

    Exit status: 0; 1 with --strict if a run does not count; 2 if there is nothing to score.
    """
    if markdown + as_csv + as_json > 1:
        raise ConfigError("--markdown, --csv and --json cannot go together: each takes standard output.")
    if parquet is not None and not parquet.absolute().parent.is_dir():
        raise ConfigError(f"--parquet {parquet}: there is no folder {parquet.absolute().parent}.")
    from swarm_env.leaderboard import export, text_tables
    from swarm_env.leaderboard.leaderboard import score_folders

    board = score_folders(folders, max_fallback, reference, published)
    if parquet is not None:
        export.to_parquet(board, parquet)
    if plots is not None:
        _draw(board, plots, quiet)
    if as_json:
        result_json(export.to_json(board))
    elif as_csv:
        result(export.to_csv(board).rstrip("\n"))
    else:
        result((text_tables.to_markdown(board) if markdown else text_tables.to_text(board)).rstrip("\n"))
    if strict and not board.is_clean:
        note("Not all runs count: see the invalid, unfinished and unreadable ones.")
        raise typer.Exit(NOT_CLEAN)


def _draw(board: "Leaderboard", folder: Path, quiet: bool) -> None:
    """Draw all plots of a leaderboard."""
    from swarm_env.cli.live_view import notify_if_compiling
    from swarm_env.leaderboard.score_plots import draw_plots

    if not quiet:
        notify_if_compiling()
    for file in draw_plots(board, folder):
        if not quiet:
            note(f"Drawn: {file}")
