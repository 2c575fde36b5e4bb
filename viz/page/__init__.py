"""The page renderer: writes a self-contained HTML file that plays a game in a browser."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swarm_env.viz.page.packing import PagePacker
from swarm_env.viz.page.template import render_page

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame
from swarm_env.runtime.disk_files import write_text


class Page:
    """Collects frames and writes them as one HTML file when closed."""

    def __init__(self, path: Path | str | None = None) -> None:
        """Start a page, to be written to `path`; None: only `text` returns it."""
        self._path = None if path is None else Path(path)
        self._packer = PagePacker()

    def open(self) -> None:
        """Drop all frames."""
        self._packer = PagePacker()

    def show(self, frame: Frame) -> None:
        """Add the frame of the next round.

        Raises:
            ConfigError: The map or the game is too large for a page, or the frame is of another round.
        """
        self._packer.add(frame)

    def plot(self, name: str, says: str, values: Mapping[int, float]) -> None:
        """Add a series that is plotted below the score; values that are not finite are left out."""
        self._packer.add_series(name, says, values)

    def text(self) -> str:
        """The HTML of all frames so far.

        Raises:
            ConfigError: No frame was given.
        """
        return render_page(self.data())

    def data(self) -> dict[str, Any]:
        """What the page shows, as JSON values (see `packing`). Raises `ConfigError` if no frame was given."""
        return self._packer.data()

    def close(self) -> None:
        """Write the file, if there is a path and at least one frame.

        Raises:
            ConfigError: The file cannot be written.
        """
        if self._path is None or self._packer.is_empty:
            return
        try:
            write_text(self._path, self.text())
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be written ({error.strerror or error}).") from None


RENDERER = Page
