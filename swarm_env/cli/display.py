"""Where a run or a recording is shown: in a window, in the terminal, or nowhere."""

import inspect
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from swarm_env.cli.options import VIEWS, DisplayOptions
from swarm_env.cli.output import note
from swarm_env.errors import ConfigError, ContractError, RunError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from swarm_env.frame import Renderer
    from swarm_env.playback.playback import AnyPlayback

T = TypeVar("T")
METHODS = ("open", "show", "close")  # of a renderer


class WindowView(Protocol):
    """The renderer `window` beyond the `Renderer` protocol.

    Attributes:
        frames_shown: Frames shown.
    """

    frames_shown: int

    def live(self, play: Callable[..., T]) -> T:
        """Show a run while `play` plays it."""

    def replay(self, playbacks: "Sequence[AnyPlayback]", first: int = 0, last: int | None = None) -> None:
        """Show playbacks in step until the window is closed."""


def view_of(requested: str | None, quiet: bool = False, as_json: bool = False) -> "str | Renderer":
    """Where to show a run: one of `VIEWS`, or another renderer; `requested` is the value of `--render`.

    Without it, `quiet` shows nothing, and with `as_json` no window opens, since a script reads the result.
    Raises `ConfigError` if `requested` is no such text, and the errors of `make_renderer`.
    """
    if requested is not None:
        return requested if requested in VIEWS else make_renderer(requested)
    if quiet:
        return "none"
    return "window" if has_display() and not as_json else "terminal"


def make_renderer(name: str) -> "Renderer":
    """Make a renderer by its name or as path/file.py:Name.

    Raises `ConfigError` if there is none, or it is for other flags, and `ContractError` if it is no renderer.
    """
    from swarm_env.frame import Renderer
    from swarm_env.registry import is_built_in, load

    try:
        made = load("renderer", name)
    except UnknownNameError as error:
        raise ConfigError(
            f"--render {name!r} is none of {', '.join(VIEWS)}, and no renderer of your own. {error}"
        ) from None
    if is_built_in("renderer", name):
        raise ConfigError(f"--render {name!r} is not one of: {', '.join(VIEWS)}, path/file.py:Name.")
    try:
        inspect.signature(made).bind()
    except TypeError as error:
        raise ContractError(f"renderer {name!r} must be a class made without arguments: {error}.") from None
    except ValueError:  # no signature is known
        pass
    renderer = made()
    if not isinstance(renderer, Renderer):
        lacks = [method for method in METHODS if not callable(getattr(renderer, method, None))]
        raise ContractError(
            f"renderer {name!r} has no method {' and no '.join(lacks)}; see docs/adding-a-renderer.md."
        )
    return renderer


def web_view(display: DisplayOptions) -> "Renderer | None":
    """The renderer of --web, which prints its link when it is opened; None without the flag.

    Raises `ConfigError` for flags that contradict it.
    """
    if not display.web:
        if display.port:
            raise ConfigError("--port is for --web, which shows the game in browsers.")
        return None
    if display.render is not None:
        raise ConfigError("--web shows the game in browsers: leave out --render.")
    from swarm_env.registry import load

    renderer: Renderer = load("renderer", "live")(
        display.port, announce=lambda link: note(f"Watch it in any browser on this machine: {link}")
    )
    return renderer


def has_display() -> bool:
    """Whether a window may be opened without `--render window`."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def play_in(window: WindowView, play: Callable[..., T], quiet: bool) -> T:
    """Play in an open window, which shows notices of agents; unless `quiet` they are printed too."""

    def shown(notify: Callable[[str], object], **more: Any) -> T:
        def notify_both(line: str) -> None:
            notify(line)
            if not quiet:
                note(line)

        return play(notify=notify_both, **more)

    return window.live(shown)


def open_window(fps: float) -> WindowView | None:
    """Open the window; if that fails, print why and return None. `fps` 0 means no limit."""
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
