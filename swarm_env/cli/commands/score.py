"""Print the leaderboard of recorded runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import typer

from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import flag, option_records
from swarm_env.cli.options import Recordings, TrustOptions
from swarm_env.cli.output import note, result, result_json, width
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.leaderboard.leaderboard import Leaderboard

NOT_CLEAN = 1


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """What is compared, and which runs count."""

    reference: str | None = flag(
        "Team that the others are compared with, seed by seed. Default: scripted, else the first by name.",
        "--reference",
        metavar="TEAM",
    )
    max_fallback: float = flag(
        "Maximum fraction of decisions that the endpoint fails in a valid run. Default 0.05.",
        "--max-fallback",
        default=0.05,
        min=0.0,
        max=1.0,
        metavar="SHARE",
    )
    strict: bool = flag("Exit with 1 if a run is invalid, unfinished, unreadable.", "--strict", default=False)
    published: str | None = flag(
        "Also show the published scores of a benchmark (swarmbench) where world and task are the same. "
        "Default: none.",
        "--published",
        metavar="BENCHMARK",
    )


@dataclass(frozen=True, slots=True)
class FormOptions:
    """The form of the leaderboard, and files written besides."""

    PANEL: ClassVar = "Output"
    markdown: bool = flag("Markdown instead of aligned text.", "--markdown", default=False)
    as_csv: bool = flag("CSV instead of text: a line per row.", "--csv", default=False)
    as_json: bool = flag("One line of JSON instead of text.", "--json", default=False)
    parquet: Path | None = flag(
        "Also write the rows of --csv to this Parquet file.", "--parquet", metavar="FILE"
    )
    plots: Path | None = flag(
        "Also plot scores, group measures and their correlation into this folder. Replays all runs.",
        "--plots",
        metavar="FOLDER",
    )
    quiet: bool = flag("Print no progress.", "--quiet", "-q", default=False)

    def check(self) -> None:
        """Raise ConfigError if the options contradict each other or a folder is missing."""
        if self.markdown + self.as_csv + self.as_json > 1:
            raise ConfigError("--markdown, --csv and --json cannot go together: each is for standard output.")
        if self.parquet is not None and not self.parquet.absolute().parent.is_dir():
            folder = self.parquet.absolute().parent
            raise ConfigError(f"--parquet {self.parquet}: there is no folder {folder}.")


@option_records
def score(*, folders: Recordings, ranking: RankingOptions, form: FormOptions, trust: TrustOptions) -> None:
    """Rank the teams of recorded runs: mean score with interval, differences, tokens and cost.

    Examples:
        swarm score runs
        swarm score runs results --csv
        swarm score runs --plots plots

    Prints one table per world (scenario, agents, size, view, rounds). Runs are replayed for --plots only;
    `swarm verify` checks whether the recordings are true.

    Exit status: 0; 1 with --strict if a run does not count; 2 if there is nothing to score.
    """
    form.check()
    from swarm_env.leaderboard.leaderboard import score_folders

    board = score_folders(folders, ranking.max_fallback, ranking.reference, ranking.published or "")
    _write(board, form, trust.trust_code)
    if ranking.strict and not board.is_clean:
        note("Not all runs count: see the invalid, unfinished and unreadable ones.")
        raise typer.Exit(NOT_CLEAN)


def _write(board: "Leaderboard", form: FormOptions, trust_code: bool) -> None:
    from swarm_env.leaderboard import export, text_tables

    if form.parquet is not None:
        export.to_parquet(board, form.parquet)
    if form.plots is not None:
        _plot(board, form.plots, form.quiet, trust_code)
    if form.as_json:
        result_json(export.to_json(board))
    elif form.as_csv:
        result(export.to_csv(board).rstrip("\n"), wrap=False)
    else:
        markdown = form.markdown
        text = text_tables.to_markdown(board) if markdown else text_tables.to_text(board, width())
        result(text.rstrip("\n"), wrap=not markdown)


def _plot(board: "Leaderboard", folder: Path, quiet: bool, trust_code: bool) -> None:
    from swarm_env.leaderboard.score_plots import draw_plots

    notify_if_compiling(quiet)
    for file in draw_plots(board, folder, trust_code):
        if not quiet:
            note(f"Drawn: {file}")


COMMAND = score
