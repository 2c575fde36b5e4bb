"""`--record FILE`: what is played, or played again, becomes a film or a picture."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from swarm_env.cli.options import DEFAULT_FPS
from swarm_env.cli.output import note, progress
from swarm_env.frame import Frame, Renderer

if TYPE_CHECKING:
    from swarm_env.playback.playback import Playback

T = TypeVar("T")


def begin(file: Path | None, fps: float) -> Renderer | None:
    """Get ready to write a film; None if none is wanted.

    Args:
        file: The file, its name ending in .mp4, .gif or .png.
        fps: Rounds per second; 0, as fast as it goes, means the default.

    Raises:
        ConfigError: Such a film cannot be written there; nothing was.
        MissingExtraError: What writes it is not installed.
    """
    if file is None:
        return None
    from swarm_env.registry import load

    film: Renderer = load("renderer", "video")(file, fps or DEFAULT_FPS)
    return film


def filmed(play: Callable[..., T], film: Renderer) -> Callable[..., T]:
    """What plays and films at the same time.

    Args:
        play: Plays, calling its argument `observer` with each frame.
        film: Is shown each frame first; closed when it is over, also by an error or Ctrl-C.
    """

    def played(*, observer: Callable[[Frame], object] | None = None, **others: Any) -> T:
        def see(frame: Frame) -> object:
            film.show(frame)
            return None if observer is None else observer(frame)

        film.open()
        try:
            return play(observer=see, **others)
        finally:
            film.close()

    return played


def film_again(past: "Playback", film: Renderer, first: int, last: int) -> None:
    """Playback what is recorded.

    Args:
        past: The recording.
        film: Is shown its frames.
        first: Round of the first.
        last: Round of the last.
    """
    film.open()
    try:
        with progress(range(first, last + 1), "Filming") as rounds:
            for number in rounds:
                film.show(past.frame(number))
    finally:
        film.close()


def tell(file: Path | None, quiet: bool = False) -> None:
    """Say where the film is, if there is one."""
    if file is not None and file.exists() and not quiet:
        note(f"Playback: {file}")
