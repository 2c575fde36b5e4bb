"""`swarm replay`: watch a recording again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import can_draw, result
from swarm_env.errors import ConfigError
from swarm_env.frame import Frame


def replay(
    folder: Annotated[
        Path, typer.Argument(help="A run, or a SwarmBench log folder.", metavar="FOLDER", show_default=False)
    ],
    fps: flags.Fps = flags.DEFAULT_FPS,
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

    Where standard output is no terminal every moment is written as plain text.
    """
    from swarm_env.cli.show import Show, tell_if_compiling

    tell_if_compiling()
    if html is not None:
        from swarm_env.cli.paging import write_page

        write_page(folder, html, first, last)
        return
    shown, final = 0, ""
    with Show(fps=fps, on_stdout=True) as show:
        for frame in _between(folder, first, last):
            show(frame)
            shown, final = shown + 1, frame.headline
    if not shown:
        raise ConfigError(f"{folder} has no round {first}.")
    if can_draw(on_stdout=True):
        result(final)


def _between(folder: Path, first: int, last: int | None) -> Iterator[Frame]:
    from swarm_env.replay import frames

    for frame in frames(folder):
        if last is not None and frame.round > last:
            return
        if frame.round >= first:
            yield frame
