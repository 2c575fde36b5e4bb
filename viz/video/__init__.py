"""Films: every moment becomes part of an mp4 or a GIF file, or the last one a PNG file."""

from pathlib import Path

from swarm_env.viz.draw.frame_image import LARGEST_CELL, natural_size, picture
from swarm_env.viz.draw.frame_pair import Pair
from swarm_env.viz.draw.style.theme import DARK, Theme
from swarm_env.viz.video.file_format import Picture, Writer
from swarm_env.viz.video.gif import Gif, pillow
from swarm_env.viz.video.mp4 import Mp4, ffmpeg
from swarm_env.viz.video.palette import colours_of
from swarm_env.viz.video.png import Still

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame

SMOOTH = 24.0  # pictures per second that an mp4 has at least: bodies glide from cell to cell
SMOOTH_GIF = 16.0  # so many of a GIF, whose size grows with them
GIF_CELL = 40  # pixels of a cell at most, which keeps files small that are sent around
LAST = 1.0  # seconds that the last moment is shown
ENDINGS = (".mp4", ".gif", ".png")


class Video:
    """Draws each frame that it is shown into a file. The same frames give the same bytes.

    After an error or Ctrl-C the file shows what came before, if it is closed; mp4 and GIF files do even if
    the process is killed.
    """

    def __init__(
        self, path: Path | str, fps: float = 8.0, theme: Theme = DARK, size: tuple[int, int] | None = None
    ) -> None:
        """Say where; nothing is written before the first frame.

        Args:
            path: The file, its name ending in .mp4, .gif or .png. What it held is replaced.
            fps: Rounds per second of the film.
            theme: In these colours.
            size: (width, height) of the pictures, both even [pixels]; None: what shows the first frame well.

        Raises:
            ConfigError: The name ends otherwise, there is no such folder, or `fps` is not above 0.
            MissingExtraError: What writes such files is not installed.
        """
        self._path, self._fps, self._theme = Path(path), fps, theme
        self._ending = self._path.suffix.lower()
        if self._ending not in ENDINGS:
            raise ConfigError(
                f"{path}: the name of a film must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}."
            )
        if not self._path.parent.is_dir() or self._path.is_dir():
            raise ConfigError(f"{path}: must be a file in a folder that exists.")
        if fps <= 0:
            raise ConfigError(f"fps={fps:g}: a film needs more than 0 rounds per second.")
        if self._ending == ".mp4":
            ffmpeg()
        elif self._ending == ".gif":
            pillow()
        smooth = {".mp4": SMOOTH, ".gif": SMOOTH_GIF}.get(self._ending, fps)
        self._steps = max(1, round(smooth / fps))  # pictures per round
        self._size = size
        self._pair = Pair()
        self._writer: Writer | None = None

    def open(self) -> None:
        """Nothing to do: the file is begun with the first frame."""

    def show(self, frame: Frame) -> None:
        """Add the way to a moment, and the moment.

        Args:
            frame: The moment.

        Raises:
            RunError: The file cannot be written.
        """
        if self._writer is None:
            self._writer = self._begun(frame)
        self._pair.take(frame)
        if self._ending != ".png":  # of which only the last moment is seen
            for step in range(1, self._steps + 1):
                self._writer.add(self._picture(frame, step / self._steps))

    def close(self) -> None:
        """Show the last moment a little longer and complete the file.

        Raises:
            RunError: The file cannot be written.
        """
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        try:
            assert self._pair.now is not None
            last = self._picture(self._pair.now, 1.0)
            times = 1 if self._ending == ".png" else round(LAST * self._fps * self._steps)
            for _ in range(times):
                writer.add(last)
        finally:
            writer.close()

    def _picture(self, frame: Frame, progress: float) -> Picture:
        return picture(frame, self._size, self._theme, before=self._pair.before, progress=progress)

    def _begun(self, frame: Frame) -> Writer:
        """The file, of the size that shows the first frame well."""
        self._size = self._size or natural_size(
            frame, largest_cell=GIF_CELL if self._ending == ".gif" else LARGEST_CELL
        )
        fps = self._fps * self._steps
        if self._ending == ".mp4":
            return Mp4(self._path, self._size, fps)
        if self._ending == ".gif":
            return Gif(self._path, self._size, fps, colours_of(frame.setting, self._theme))
        return Still(self._path)


RENDERER = Video
