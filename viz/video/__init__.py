"""The video renderer: writes an mp4 or a GIF file, or the last frame as a PNG file."""

from pathlib import Path

from swarm_env.viz.draw.frame_image import LARGEST_CELL, default_size, draw_image
from swarm_env.viz.draw.frame_pair import FramePair
from swarm_env.viz.draw.style.theme import DARK, Theme
from swarm_env.viz.video.gif import GifWriter, pillow
from swarm_env.viz.video.mp4 import Mp4Writer, ffmpeg_path
from swarm_env.viz.video.palette import gif_palette
from swarm_env.viz.video.png import Image, PngWriter

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame

MP4_FPS, GIF_FPS = 24.0, 16.0  # least images per second; agents move smoothly from cell to cell
GIF_CELL = 40  # largest cell of a GIF, to keep files small [pixels]
LAST_FRAME_SECONDS = 1.0  # for which the last frame is shown
Writer = Mp4Writer | GifWriter | PngWriter
ENDINGS = (".mp4", ".gif", ".png")


class Video:
    """Draws frames into a file. The same frames give the same bytes.

    A file that is closed after an error or Ctrl-C holds the frames until then; mp4 and GIF files do even if
    the process is killed.
    """

    def __init__(
        self, path: Path | str, fps: float = 8.0, theme: Theme = DARK, size: tuple[int, int] | None = None
    ) -> None:
        """Check the arguments; nothing is written before the first frame.

        Args:
            path: The file, its name ending in .mp4, .gif or .png. It is overwritten.
            fps: Rounds per second.
            theme: Colours.
            size: (width, height) of the images, both even [pixels]; None: `default_size` of the first frame.

        Raises:
            ConfigError: Another ending, no such folder, or `fps` is not positive.
            MissingExtraError: The library that writes such files is not installed.
        """
        self._path, self._fps, self._theme = Path(path), fps, theme
        self._ending = self._path.suffix.lower()
        if self._ending not in ENDINGS:
            raise ConfigError(f"{path}: a video file must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
        if not self._path.parent.is_dir() or self._path.is_dir():
            raise ConfigError(f"{path}: must be a file in a folder that exists.")
        if fps <= 0:
            raise ConfigError(f"fps={fps:g}: must be above 0 rounds per second.")
        if self._ending == ".mp4":
            ffmpeg_path()
        elif self._ending == ".gif":
            pillow()
        smooth = {".mp4": MP4_FPS, ".gif": GIF_FPS}.get(self._ending, fps)
        self._steps = max(1, round(smooth / fps))  # images per round
        self._size = size
        self._pair = FramePair()
        self._writer: Writer | None = None

    def open(self) -> None:
        """Do nothing: the file is created with the first frame."""

    def show(self, frame: Frame) -> None:
        """Append the move to a frame, then the frame.

        Raises:
            RunError: The file cannot be written.
        """
        if self._writer is None:
            self._writer = self._new_writer(frame)
        self._pair.update(frame)
        if self._ending != ".png":  # which holds only the last frame
            for step in range(1, self._steps + 1):
                self._writer.add(self._image(frame, step / self._steps))

    def close(self) -> None:
        """Prolong the last frame and complete the file.

        Raises:
            RunError: The file cannot be written.
        """
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        try:
            assert self._pair.now is not None
            last = self._image(self._pair.now, 1.0)
            times = 1 if self._ending == ".png" else round(LAST_FRAME_SECONDS * self._fps * self._steps)
            for _ in range(times):
                writer.add(last)
        finally:
            writer.close()

    def _image(self, frame: Frame, progress: float) -> Image:
        before = self._pair.before
        return draw_image(frame, self._size, theme=self._theme, before=before, progress=progress)

    def _new_writer(self, frame: Frame) -> Writer:
        """Create the file, in the size of the first frame."""
        self._size = self._size or default_size(
            frame, largest_cell=GIF_CELL if self._ending == ".gif" else LARGEST_CELL
        )
        fps = self._fps * self._steps
        if self._ending == ".mp4":
            return Mp4Writer(self._path, self._size, fps)
        if self._ending == ".gif":
            return GifWriter(self._path, self._size, fps, gif_palette(frame.setting, self._theme))
        return PngWriter(self._path)


RENDERER = Video
