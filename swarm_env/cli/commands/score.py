"""Print the leaderboard of recorded runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import option, option_records
from swarm_env.cli.options import Quiet, Recordings
from swarm_env.cli.output import note, result, result_json
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.leaderboard.leaderboard import Leaderboard

NOT_CLEAN = 1
_FORM = "Output"


@dataclass(frozen=True, slots=True)
class FormOptions:
    """The form of the leaderboard, and files written besides."""

    markdown: Annotated[bool, option("--markdown", text="Markdown instead of aligned text.", panel=_FORM)] = (
        False
    )
    as_csv: Annotated[bool, option("--csv", text="CSV instead of text: a line per row.", panel=_FORM)] = False
    as_json: Annotated[bool, option("--json", text="One line of JSON instead of text.", panel=_FORM)] = False
    parquet: Annotated[
        Path | None,
        option(
            "--parquet",
            text="Also write the rows of --csv to this Parquet file.",
            panel=_FORM,
            metavar="FILE",
        ),
    ] = None
    plots: Annotated[
        Path | None,
        option(
            "--plots",
            text="Also plot scores, group measures and their correlation into this folder. Replays all runs.",
            panel=_FORM,
            metavar="FOLDER",
        ),
    ] = None
    quiet: Quiet = False

    def check(self) -> None:
        """Raise ConfigError if the options contradict each other or a folder is missing."""
        if self.markdown + self.as_csv + self.as_json > 1:
            raise ConfigError("--markdown, --csv and --json cannot go together: each is for standard output.")
        if self.parquet is not None and not self.parquet.absolute().parent.is_dir():
            folder = self.parquet.absolute().parent
            raise ConfigError(f"--parquet {self.parquet}: there is no folder {folder}.")


@option_records
def score(
    *,
    folders: Recordings,
    reference: Annotated[
        str | None,
        option(
            "--reference",
            text="Team that the others are compared with, seed by seed. Default: scripted if it played, else "
            "the best.",
            metavar="TEAM",
        ),
    ] = None,
    max_fallback: Annotated[
        float,
        typer.Option(
            help="Maximum fraction of decisions replaced by STAY in a valid run.",
            min=0.0,
            max=1.0,
            metavar="SHARE",
        ),
    ] = 0.05,
    strict: Annotated[
        bool, option("--strict", text="Exit with 1 if a run is invalid, unfinished or unreadable.")
    ] = False,
    published: Annotated[
        bool, typer.Option(help="Show SwarmBench's published scores next to runs of its tasks.")
    ] = True,
    form: FormOptions,
) -> None:
    """Rank the teams of recorded runs: mean score with interval, differences, tokens and cost.

    Prints one table per world (scenario, agents, size, view, rounds). Runs are replayed for --plots only;
    `swarm verify` checks whether the recordings are true.

    Exit status: 0; 1 with --strict if a run does not count; 2 if there is nothing to score.
    """
    form.check()
    from swarm_env.leaderboard.leaderboard import score_folders

    board = score_folders(folders, max_fallback, reference, published)
    _write(board, form)
    if strict and not board.is_clean:
        note("Not all runs count: see the invalid, unfinished and unreadable ones.")
        raise typer.Exit(NOT_CLEAN)


def _write(board: "Leaderboard", form: FormOptions) -> None:
    from swarm_env.leaderboard import export, text_tables

    if form.parquet is not None:
        export.to_parquet(board, form.parquet)
    if form.plots is not None:
        _plot(board, form.plots, form.quiet)
    if form.as_json:
        result_json(export.to_json(board))
    elif form.as_csv:
        result(export.to_csv(board).rstrip("\n"))
    else:
        result((text_tables.to_markdown(board) if form.markdown else text_tables.to_text(board)).rstrip("\n"))


def _plot(board: "Leaderboard", folder: Path, quiet: bool) -> None:
    from swarm_env.leaderboard.score_plots import draw_plots

    notify_if_compiling(quiet)
    for file in draw_plots(board, folder):
        if not quiet:
            note(f"Drawn: {file}")


COMMAND = score
