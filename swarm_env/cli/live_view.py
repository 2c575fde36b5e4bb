"""What is seen of a run while it goes on: a live view in a terminal, plain text elsewhere."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from swarm_env.cli.output import can_draw, note
from swarm_env.frame import Frame, Renderer

if TYPE_CHECKING:
    from rich.console import Console

REPORTS = 10  # lines about a run of full length, where nothing can be drawn
PATIENCE = 10.0  # seconds after which there is a line in any case


class Show:
    """Shows each frame that it is called with. A context manager.

    Where the stream is a terminal, frames are drawn in place. Elsewhere a line is written now and then, or,
    on standard output, every frame.

    Args:
        fps: Frames drawn per second at most; 0: no limit.
        on_stdout: Show on standard output instead of standard error.
        live: Whether anything may be drawn in place.
        quiet: Show nothing.

    Attributes:
        frames_shown: Frames it was called with.
    """

    def __init__(self, fps: float, on_stdout: bool = False, live: bool = True, quiet: bool = False) -> None:
        self._pause = 1 / fps if fps > 0 else 0.0
        self._next = 0.0
        self._told = time.monotonic()
        self.frames_shown = 0
        self._quiet = quiet
        self._drawing = live and not quiet and can_draw(on_stdout)
        self._console = _console(on_stdout) if self._drawing or on_stdout else None
        self._renderer: Renderer | None = _terminal(self._console) if self._console else None

    def __enter__(self) -> Self:
        if self._renderer:
            self._renderer.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._renderer:
            self._renderer.close()

    def __call__(self, frame: Frame) -> None:
        """Show a frame, not sooner than its turn.

        Args:
            frame: What to show.
        """
        self.frames_shown += 1
        if self._renderer:
            if self._drawing:
                self._wait()
            self._renderer.show(frame)
        elif not self._quiet:
            now = time.monotonic()
            if frame.round % max(1, frame.max_rounds // REPORTS) == 0 or now - self._told >= PATIENCE:
                self._told = now
                note("  ".join(text for text in (frame.headline, frame.status) if text))

    def notice(self, text: str) -> None:
        """Show a line that an agent has to say to people.

        Args:
            text: The line.
        """
        if self._quiet:
            return
        if self._console is not None and self._drawing:
            self._console.print(text, markup=False, highlight=False)  # above what is drawn in place
        else:
            note(text)

    def _wait(self) -> None:
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._pause


def _console(on_stdout: bool) -> "Console":
    from rich.console import Console

    drawing = can_draw(
        on_stdout
    )  # not rich's own guess, which FORCE_COLOR overrules: a file must get no control codes
    return Console(stderr=not on_stdout, force_terminal=drawing)


def _terminal(console: "Console") -> Renderer:
    """The renderer that draws in the terminal, not yet opened."""
    from swarm_env.registry import load

    renderer: Renderer = load("renderer", "terminal")(console)
    return renderer


def notify_if_compiling() -> None:
    """Say what is waited for when something must be compiled that this machine has not compiled yet."""
    from swarm_env.engine.compiler import on_first_compile

    on_first_compile(
        lambda: note("Compiling for this machine. This happens once and takes up to 20 seconds.")
    )
