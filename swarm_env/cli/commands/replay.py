"""`swarm replay`: watch a recording again."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from swarm_env.cli import options as flags
from swarm_env.cli import video_option
from swarm_env.cli.display import open_window, view_of
from swarm_env.cli.output import can_draw, result
from swarm_env.errors import ConfigError
from swarm_env.frame import Frame


def replay(
    folder: Annotated[
        Path, typer.Argument(help="A run, or a SwarmBench log folder.", metavar="FOLDER", show_default=False)
    ],
    other: Annotated[
        Path | None,
        typer.Argument(help="Another one, shown beside it in step.", metavar="[FOLDER]", show_default=False),
    ] = None,
    render: flags.Render = None,
    fps: flags.Fps = flags.DEFAULT_FPS,
    record: flags.Record = None,
    first: Annotated[
        int, typer.Option("--round", help="First moment shown: rounds played by then.", min=0)
    ] = 0,
    last: Annotated[
        int | None, typer.Option("--until", help="Last moment shown.", min=0, show_default=False)
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            help="Show nothing: write a page that plays in any browser, without a network.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Watch a recording again. It is played again from its moves, and each round is compared with the record.

    A window opens where there is a display, with a timeline to go anywhere; two recordings are shown there
    side by side. Otherwise it is shown in the terminal, or, where standard output is none, every moment is
    written as plain text. With --record it is filmed instead, with --html it becomes a page for browsers.
    """
    from swarm_env.cli.live_view import Show, notify_if_compiling

    notify_if_compiling()
    if html is not None or record is not None:
        _write(folder, html, record, (first, last), fps, alone=other is None and render is None)
        return
    view = view_of(render)
    if view == "none":
        raise ConfigError("--render none: a replay is there to be watched. Use window or terminal.")
    folders = [folder] if other is None else [folder, other]
    if view == "window" and _in_window(folders, fps, first, last):
        return
    if other is not None:
        raise ConfigError("Two recordings can only be watched side by side in a window. Name one of them.")
    shown, final = 0, ""
    with Show(fps=fps, on_stdout=True) as show:
        for frame in _between(folder, first, last):
            show(frame)
            shown, final = shown + 1, frame.headline
    if not shown:
        raise ConfigError(f"{folder} has no round {first}.")
    if can_draw(on_stdout=True):
        result(final)


def _write(
    folder: Path,
    html: Path | None,
    record: Path | None,
    part: tuple[int, int | None],
    fps: float,
    alone: bool,
) -> None:
    """Write a page or a film of a recording, or of a part of it, instead of showing it."""
    if not alone or (html is not None and record is not None):
        does = "--record films" if html is None else "--html writes a page of"
        also = "--render" if html is None else "--render, --record"
        raise ConfigError(f"{does} one recording and shows nothing: leave out {also} and the other folder.")
    if html is not None:
        from swarm_env.cli.html_option import write_page

        write_page(folder, html, *part)
    else:
        _film(folder, record, fps, *part)


def _film(folder: Path, file: Path | None, fps: float, first: int, last: int | None) -> None:
    from swarm_env.playback.playback import Playback

    film = video_option.begin(file, fps)
    assert film is not None
    with Playback(folder) as past:
        if first > past.last:
            raise ConfigError(f"{folder} has no round {first}.")
        video_option.film_again(past, film, first, past.last if last is None else min(last, past.last))
    video_option.tell(file)


def _in_window(folders: list[Path], fps: float, first: int, last: int | None) -> bool:
    """Show recordings in a window; False if none can be opened."""
    from swarm_env.playback.playback import Playback

    with ExitStack() as opened:
        films = [opened.enter_context(Playback(folder)) for folder in folders]
        if not any(first <= film.last for film in films):
            raise ConfigError(f"{folders[0]} has no round {first}.")
        window = open_window(fps)
        if window is None:
            return False
        for film in films:
            film.gather_aside()
        window.replay(films, first, last)
    return True


def _between(folder: Path, first: int, last: int | None) -> Iterator[Frame]:
    from swarm_env.runs.recording import frames

    for frame in frames(folder):
        if last is not None and frame.round > last:
            return
        if frame.round >= first:
            yield frame
