"""Files made of a run or a recording: videos and pictures (`--record`), pages for browsers (`--html`)."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from swarm_env.cli.options import DEFAULT_FPS
from swarm_env.cli.output import note, progress
from swarm_env.errors import ConfigError
from swarm_env.frame import Frame, Renderer

if TYPE_CHECKING:
    from swarm_env.playback.playback import Playback
    from swarm_env.runs.recording import Recording

T = TypeVar("T")


def open_video(file: Path | None, fps: float) -> Renderer | None:
    """A renderer that writes a video with `fps` rounds per second (0: the default); None without a file.

    The name of the file ends in .mp4, .gif or .png. Raises `ConfigError` if it cannot be written,
    `MissingExtraError` if a library for this format is not installed.
    """
    if file is None:
        return None
    from swarm_env.registry import load

    video: Renderer = load("renderer", "video")(file, fps or DEFAULT_FPS)
    return video


def with_video(play: Callable[..., T], video: Renderer) -> Callable[..., T]:
    """A function that plays and shows each frame to a video before the observer of `play` gets it.

    The video is closed at the end, also after an error or Ctrl-C.
    """

    def played(*, observer: Callable[[Frame], object] | None = None, **more: Any) -> T:
        def observe(frame: Frame) -> object:
            video.show(frame)
            return None if observer is None else observer(frame)

        video.open()
        try:
            return play(observer=observe, **more)
        finally:
            video.close()

    return played


def write_video(recording: "Path | Recording", file: Path, fps: float, first: int, last: int | None) -> None:
    """Write rounds `first` to `last` (None: to the end) of a recording as a video, see `open_video`.

    Raises `ConfigError` if there is no such round or the file cannot be written, `RunError` if the recording
    cannot be read, is broken or goes differently than recorded.
    """
    from swarm_env.playback.playback import Playback

    video = open_video(file, fps)
    assert video is not None
    with closing(Playback(recording)) as playback:
        last = _last_round(playback, first, last)
        video.open()
        try:
            with progress(range(first, last + 1), "Writing the video") as rounds:
                for number in rounds:
                    video.show(playback.frame(number))
        finally:
            video.close()
    report_video(file)


def report_video(file: Path | None, quiet: bool = False) -> None:
    """Print where the video is, if there is one."""
    if file is not None and file.exists() and not quiet:
        note(f"Written: {file}")


def write_page(recording: "Path | Recording", path: Path, first: int, last: int | None) -> None:
    """Write rounds `first` to `last` (None: to the end) of a recording as a page for browsers.

    An existing file is replaced. Raises `ConfigError` if there is no such round, the file cannot be written,
    or the game is too large for a page, `RunError` as `write_video`.
    """
    from swarm_env.api import fill_page
    from swarm_env.playback.playback import Playback
    from swarm_env.registry import load

    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}.")
    with closing(Playback(recording)) as playback:
        last = _last_round(playback, first, last)
        page: Any = load("renderer", "page")(path)
        with progress(range(first, last + 1), "Writing the page") as rounds:
            fill_page(page, playback, rounds)
        page.close()
    note(f"{path}: rounds {first} to {last}, {path.stat().st_size / 1000:.0f} kB. Open it in any browser.")


def _last_round(playback: "Playback", first: int, last: int | None) -> int:
    stop = playback.last if last is None else min(last, playback.last)
    if first > stop:
        raise ConfigError(f"{playback.recording.source} has no round {first}.")
    return stop
