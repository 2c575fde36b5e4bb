"""mp4 files (H.264), written by the ffmpeg that imageio-ffmpeg brings."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

from swarm_env.viz.video.file_format import Picture

from swarm_env.errors import MissingExtraError, RunError

QUALITY = 18  # constant rate factor of x264, at which losses cannot be seen


def ffmpeg() -> str:
    """Where the program is.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import imageio_ffmpeg
    except ImportError:
        raise MissingExtraError("An mp4 file", "imageio-ffmpeg", "video") from None
    return str(imageio_ffmpeg.get_ffmpeg_exe())


class Mp4:
    """Pipes pictures into ffmpeg. The file can be played while it grows, and if it never ends."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        """Begin the file; what it held is gone.

        Args:
            path: The file.
            size: (width, height) of the pictures, both even [pixels].
            fps: Pictures per second.
        """
        self._path = path
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (`close` closes it)
        pictures = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {fps:g} -i -"
        colours = "-vf scale=out_color_matrix=bt709 -colorspace bt709 -color_primaries bt709 -color_trc bt709"
        film = f"-an -c:v libx264 -crf {QUALITY} -pix_fmt yuv420p -bf 0 -g {max(1, round(fps))}"
        fragments = (
            "-movflags +frag_keyframe+empty_moov+default_base_moof"  # a file needs no ending to be played
        )
        options = f"-y -loglevel error {pictures} {colours} {film} {fragments}"
        self._ffmpeg = subprocess.Popen(
            [ffmpeg(), *options.split(), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._complaints,
            start_new_session=True,  # Ctrl-C is meant for us; we let it complete the file
        )

    def add(self, picture: Picture) -> None:
        """Add a picture.

        Args:
            picture: (height, width, 3) uint8.

        Raises:
            RunError: ffmpeg has given up.
        """
        assert self._ffmpeg.stdin is not None
        try:
            self._ffmpeg.stdin.write(picture.data.cast("B"))
        except BrokenPipeError:
            raise RunError(self._failure()) from None

    def close(self) -> None:
        """Complete the file.

        Raises:
            RunError: ffmpeg could not write it.
        """
        assert self._ffmpeg.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._ffmpeg.stdin.close()
        failed = self._ffmpeg.wait() != 0
        reason = self._failure() if failed else ""
        self._complaints.close()
        if failed:
            raise RunError(reason)

    def _failure(self) -> str:
        self._ffmpeg.wait()
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f"{self._path} could not be written: {said[-1] if said else 'ffmpeg stopped'}."
