"""mp4 files (H.264), written by the ffmpeg of imageio-ffmpeg."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

from swarm_env.viz.video.png import Image

from swarm_env.errors import RunError, needing

QUALITY = 18  # constant rate factor of x264, visually lossless


def ffmpeg_path() -> str:
    """Path of the ffmpeg program.

    Raises:
        MissingExtraError: It is not installed.
    """
    with needing("An mp4 file", "imageio-ffmpeg", "video"):
        import imageio_ffmpeg
    return str(imageio_ffmpeg.get_ffmpeg_exe())


class Mp4Writer:
    """Pipes images into ffmpeg. The file can be played at any time, also if it is never closed."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        """Create or overwrite the file, of images of (width, height) pixels, both even."""
        self._path = path
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (`close` closes it)
        images = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {fps:g} -i -"
        colours = "-vf scale=out_color_matrix=bt709 -colorspace bt709 -color_primaries bt709 -color_trc bt709"
        codec = f"-an -c:v libx264 -crf {QUALITY} -pix_fmt yuv420p -bf 0 -g {max(1, round(fps))}"
        fragments = "-movflags +frag_keyframe+empty_moov+default_base_moof"  # playable without its end
        options = f"-y -loglevel error {images} {colours} {codec} {fragments}"
        self._ffmpeg = subprocess.Popen(
            [ffmpeg_path(), *options.split(), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C must not reach it: it completes the file
        )

    def add(self, image: Image) -> None:
        """Append an image.

        Raises:
            RunError: ffmpeg has failed.
        """
        assert self._ffmpeg.stdin is not None
        try:
            self._ffmpeg.stdin.write(image.data.cast("B"))
        except BrokenPipeError:
            raise RunError(self._failure()) from None

    def close(self) -> None:
        """Complete the file.

        Raises:
            RunError: ffmpeg has failed.
        """
        assert self._ffmpeg.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._ffmpeg.stdin.close()
        reason = self._failure() if self._ffmpeg.wait() else ""
        self._errors.close()
        if reason:
            raise RunError(reason)

    def _failure(self) -> str:
        self._ffmpeg.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"{self._path} could not be written: {lines[-1] if lines else 'ffmpeg stopped'}."
