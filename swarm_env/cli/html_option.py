"""`swarm replay --html`: a recording as one page for browsers."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarm_env.cli.output import note, progress
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.playback.playback import Playback


def write_page(folder: Path, path: Path, first: int, last: int | None) -> None:
    """Write the page of a recording, or of a stretch of it. A file that is there is replaced.

    Args:
        folder: Of the recording.
        path: The file to write.
        first: First round shown.
        last: Last round shown; None: to the end.

    Raises:
        ConfigError: There is no such round, the file cannot be written, or the game is too large for a page.
        RunError: The recording cannot be read, is broken or goes differently than recorded.
    """
    from swarm_env.playback.playback import Playback
    from swarm_env.registry import load

    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}.")
    with closing(Playback(folder)) as film:
        stop = film.last if last is None else min(last, film.last)
        if first > stop:
            raise ConfigError(f"{folder} has no round {first}.")
        page: Any = load("renderer", "page")(path)
        page.open()
        with progress(range(first, stop + 1), "Writing the page") as numbers:
            for number in numbers:
                page.show(film.frame(number))
        _plot(page, film, first, stop)
        page.close()
    note(f"{path}: rounds {first} to {stop}, {path.stat().st_size / 1000:.0f} kB. Open it in any browser.")


def _plot(page: Any, film: "Playback", first: int, last: int) -> None:
    """Add the group measures of each round, at the frame that it led to."""
    from swarm_env.measures import MEASURES, measure

    for name, series in measure(film.recording).values.items():
        values = {number + 1: float(value) for number, value in enumerate(series)}
        shown = {number: value for number, value in values.items() if first <= number <= last}
        page.plot(name, MEASURES[name].says, shown)
