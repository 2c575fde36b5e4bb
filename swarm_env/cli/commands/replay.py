"""Watch a recorded run again."""

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli import exports
from swarm_env.cli.display import open_window, view_of, web_view
from swarm_env.cli.live_view import LiveView, notify_if_compiling
from swarm_env.cli.option_records import option, option_records
from swarm_env.cli.options import DisplayOptions, TrustOptions
from swarm_env.cli.output import can_draw, note, result
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.frame import Renderer
    from swarm_env.runs.recording import Recording

POLL = 0.5  # [s] between checks for Ctrl-C, on systems whose waits cannot be interrupted


@option_records
def replay(
    *,
    folder: Annotated[
        Path, typer.Argument(help="A run, or a SwarmBench log folder.", metavar="FOLDER", show_default=False)
    ],
    other: Annotated[
        Path | None,
        typer.Argument(help="Another one, shown side by side.", metavar="[FOLDER]", show_default=False),
    ] = None,
    display: DisplayOptions,
    first: Annotated[int, typer.Option("--round", help="First round shown.", min=0)] = 0,
    last: Annotated[int | None, option("Last round shown.", "--until", min=0)] = None,
    html: Annotated[
        Path | None,
        option(
            "Write a page that plays in any browser, without network, instead of showing the run.",
            "--html",
            metavar="FILE",
        ),
    ] = None,
    trust: TrustOptions,
) -> None:
    """Watch a recorded run again. The run is simulated again and each round is compared with the recording.

    Examples:
        swarm replay runs/pursuit-20270101-120000-7
        swarm replay RUN OTHER-RUN --render window
        swarm replay RUN --html game.html
        swarm replay RUN --record game.mp4 --round 10 --until 40

    If there is a display, a window with a timeline opens; it shows two recordings side by side. Otherwise the
    run is shown in the terminal. If standard output is not a terminal, every round is printed as plain text.
    --record writes a video instead, --html a page for browsers; --web shows it in browsers until Ctrl-C.
    """
    notify_if_compiling()
    if html is not None or display.record is not None:
        exports.open_video(display.record, display.fps)  # refuses an impossible file first
        recording = _open(folder, trust.trust_code)
        _write(recording, html, display, first, last, alone=other is None and display.render is None)
        return
    browsers = web_view(display)
    if browsers is not None:
        if other is not None:
            raise ConfigError("--web shows one recording. `swarm view` shows two side by side.")
        _in_browsers(_open(folder, trust.trust_code), browsers, display.fps, first, last)
        return
    view = view_of(display.render)
    if view == "none":
        raise ConfigError("--render none: a replay must be shown. Use window or terminal.")
    recordings = [_open(one, trust.trust_code) for one in (folder, other) if one is not None]
    if view == "window" and _in_window(recordings, display.fps, first, last):
        return
    if other is not None:
        raise ConfigError("Two recordings can only be watched side by side in a window. Name one of them.")
    _in_text(recordings[0], display.fps, first, last, None if isinstance(view, str) else view)


def _open(folder: Path, trust_code: bool) -> "Recording":
    from swarm_env.runs.recording import open_recording

    return open_recording(folder, trust_code)


def _in_text(
    recording: "Recording", fps: float, first: int, last: int | None, renderer: "Renderer | None"
) -> None:
    """Show it frame by frame, in the terminal or by another renderer."""
    from swarm_env.runs.recording import frames

    shown = None
    with LiveView(fps=fps, on_stdout=True, renderer=renderer) as live:
        for frame in frames(recording):
            if last is not None and frame.round > last:
                break
            if frame.round >= first:
                live(frame)
                shown = frame
    if shown is None:
        raise ConfigError(f"{recording.source} has no round {first}.")
    if can_draw(on_stdout=True):
        result(shown.headline)


def _in_browsers(
    recording: "Recording", browsers: "Renderer", fps: float, first: int, last: int | None
) -> None:
    """Show it in browsers, until Ctrl-C."""
    from swarm_env.playback.playback import Playback

    with Playback(recording) as playback:
        last = playback.last if last is None else min(last, playback.last)
        if first > last:
            raise ConfigError(f"{recording.source} has no round {first}.")
        with LiveView(fps=fps, renderer=browsers) as live:
            for number in range(first, last + 1):
                live(playback.frame(number))
            note("All rounds were shown; the page keeps them. Ctrl-C ends it.")
            while True:
                threading.Event().wait(POLL)


def _write(
    recording: "Recording",
    html: Path | None,
    display: DisplayOptions,
    first: int,
    last: int | None,
    alone: bool,
) -> None:
    """Write rounds of a recording as a page or a video."""
    if not alone or (html is not None and display.record is not None):
        flag, more = ("--record", "--render") if html is None else ("--html", "--render, --record")
        raise ConfigError(f"{flag} writes a file of one recording: leave out {more} and the other folder.")
    if html is not None:
        exports.write_page(recording, html, first, last)
    elif display.record is not None:
        exports.write_video(recording, display.record, display.fps, first, last)


def _in_window(recordings: "list[Recording]", fps: float, first: int, last: int | None) -> bool:
    """Show recordings in a window; False if it cannot be opened."""
    from swarm_env.playback.playback import Playback

    with ExitStack() as opened:
        playbacks = [opened.enter_context(Playback(recording)) for recording in recordings]
        if not any(first <= playback.last for playback in playbacks):
            raise ConfigError(f"{recordings[0].source} has no round {first}.")
        window = open_window(fps)
        if window is None:
            return False
        for playback in playbacks:
            playback.gather_aside()
        window.replay(playbacks, first, last)
    return True


COMMAND = replay
