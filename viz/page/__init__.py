"""A page for browsers: one file without a network that plays a game, with timeline, agents and messages."""

from collections.abc import Mapping
from pathlib import Path

from swarm_env.viz.page.packing import Packing
from swarm_env.viz.page.template import page

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame


class Page:
    """Gathers frames, and writes them as one page when it is closed."""

    def __init__(self, path: Path | str | None = None) -> None:
        """Begin a page.

        Args:
            path: Where it is written; None: nowhere, `text` gives it.
        """
        self._path = None if path is None else Path(path)
        self._packing = Packing()

    def open(self) -> None:
        """Forget what was shown before."""
        self._packing = Packing()

    def show(self, frame: Frame) -> None:
        """Add a frame.

        Args:
            frame: Of the round after the last one.

        Raises:
            ConfigError: The map or the game is too large for a page, or the frame does not follow.
        """
        self._packing.add(frame)

    def plot(self, name: str, says: str, values: Mapping[int, float]) -> None:
        """Add something that is plotted below the score.

        Args:
            name: What it is called.
            says: What it says, in a line.
            values: By round; rounds without a finite value have none.
        """
        self._packing.add_series(name, says, values)

    def text(self) -> str:
        """The page as it is so far.

        Raises:
            ConfigError: No frame was given.
        """
        return page(self._packing.data())

    def close(self) -> None:
        """Write the page, if it goes to a file and there is something on it.

        Raises:
            ConfigError: The file cannot be written.
        """
        if self._path is None or self._packing.is_empty:
            return
        try:
            self._path.write_text(self.text(), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be written ({error.strerror or error}).") from None


RENDERER = Page
