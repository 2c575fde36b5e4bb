"""Live view of a run: drawn in place in a terminal, plain text elsewhere."""

import time
from typing import Any, Self

from swarm_env.cli.output import can_draw, note
from swarm_env.frame import Frame, Renderer, visible

REPORTS = 10  # lines about a run of full length if nothing can be drawn
PATIENCE = 10.0  # seconds after which a line is printed in any case


class LiveView:
    """Shows each frame that it is called with. A context manager.

    In a terminal, frames are drawn in place if `live`, at most `fps` per second (0: no limit). Otherwise
    standard error gets a line now and then, and standard output (`on_stdout`) every frame as plain text.
    `quiet` shows nothing. Another `renderer` shows every frame, also where output is no terminal.

    Attributes:
        frames_shown: Frames it was called with.
    """

    def __init__(
        self,
        fps: float,
        on_stdout: bool = False,
        live: bool = True,
        quiet: bool = False,
        renderer: Renderer | None = None,
    ) -> None:
        self._pause = 1 / fps if fps > 0 else 0.0
        self._next = 0.0
        self._reported = time.monotonic()
        self.frames_shown = 0
        self._quiet = quiet
        self._drawing = renderer is not None or (live and not quiet and can_draw(on_stdout))
        self._console: Any = None
        self._renderer = renderer
        if renderer is None and (self._drawing or on_stdout):
            from rich.console import Console

            from swarm_env.registry import load

            # Not rich's own guess, which FORCE_COLOR overrules: a file must get no control codes.
            self._console = Console(stderr=not on_stdout, force_terminal=can_draw(on_stdout))
            self._renderer = load("renderer", "terminal")(self._console)

    def __enter__(self) -> Self:
        if self._renderer:
            self._renderer.open()
        return self

    def __exit__(self, *_: object) -> None:
        if self._renderer:
            self._renderer.close()

    def __call__(self, frame: Frame) -> None:
        """Show a frame; waits as long as `fps` demands."""
        self.frames_shown += 1
        if self._renderer:
            if self._drawing:
                self._wait()
            self._renderer.show(frame)
        elif not self._quiet:
            now = time.monotonic()
            if frame.round % max(1, frame.max_rounds // REPORTS) == 0 or now - self._reported >= PATIENCE:
                self._reported = now
                note("  ".join(text for text in (frame.headline, frame.status) if text))

    def notice(self, text: str) -> None:
        """Print a line of an agent."""
        if self._quiet:
            return
        if self._console is not None and self._drawing:
            self._console.print(visible(text), markup=False, highlight=False)  # above what is drawn in place
        else:
            note(text)

    def _wait(self) -> None:
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._pause


def notify_if_compiling(quiet: bool = False) -> None:
    """Print a notice when the JIT cache is cold and kernels must be compiled; once in a process."""
    from swarm_env.engine.compiled.announce import on_first_compile
    from swarm_env.engine.compiler import CACHE_FOLDER

    def announce() -> None:
        note(
            "Compiling the simulation for this machine, because it is new here or has changed: about 15 "
            "seconds for the first scenario, some seconds for each other one. The machine code is kept in "
            f"{CACHE_FOLDER.parent}, so that the next start takes no such time."
        )

    if not quiet:
        on_first_compile(announce)
