"""Where a run or a recording is watched: in a window, in the terminal, or nowhere."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from swarm_env.cli.output import note
from swarm_env.errors import ConfigError, RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from swarm_env.playback.playback import AnyPlayback

T = TypeVar("T")
VIEWS = ("window", "terminal", "none")


class WindowView(Protocol):
    """What the renderer `window` can do beyond showing frames."""

    frames_shown: int

    def live(self, play: Callable[..., T]) -> T:
        """Show a game while it is played."""

    def replay(self, films: "Sequence[AnyPlayback]", first: int = 0, last: int | None = None) -> None:
        """Show films in step until the window is closed."""


def view_of(asked: str | None, quiet: bool = False, as_json: bool = False) -> str:
    """Where to watch.

    Args:
        asked: What the user named; None: a window where there is a display.
        quiet: Whether nothing is to be shown unless it is named.
        as_json: Whether a script reads the result; it gets no window unless it is named.

    Returns:
        One of `VIEWS`.

    Raises:
        ConfigError: Something else is named.
    """
    if asked is not None and asked not in VIEWS:
        raise ConfigError(f"--render {asked!r} is not one of: {', '.join(VIEWS)}.")
    if asked is not None:
        return asked
    if quiet:
        return "none"
    return "window" if has_display() and not as_json else "terminal"


def has_display() -> bool:
    """Whether a window may be opened without being asked for."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def play_in(window: WindowView, play: Callable[..., T], quiet: bool) -> T:
    """Play in a window, which shows what agents have to say; it is written too.

    Args:
        window: Which is open.
        play: Given what `WindowView.live` offers.
        quiet: Whether nothing is written.
    """

    def shown(notify: Callable[[str], object], **offers: Any) -> T:
        def tell(line: str) -> None:
            notify(line)
            if not quiet:
                note(line)

        return play(notify=tell, **offers)

    return window.live(shown)


def open_window(fps: float) -> WindowView | None:
    """Open the window; None, with a line that says why, where none can be opened.

    Args:
        fps: Rounds shown per second; 0: as fast as it goes.
    """
    from swarm_env.registry import load

    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # standard output is for results
    window: Any = load("renderer", "window")(fps)
    try:
        window.open()
    except RunError as error:
        note(f"{error} The terminal is used instead.")
        return None
    opened: WindowView = window
    return opened
