"""GIF files, written picture by picture: each holds only what has changed, in one palette for all."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.video.file_format import Picture

from swarm_env.errors import MissingExtraError

COLOURS = 255  # of the palette; one more stands for "as before"
UNKNOWN = 255
SHORTEST = 2  # hundredths of a second; browsers slow down what is shorter


def pillow() -> Any:
    """Pillow's `Image`.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("A GIF", "Pillow", "video") from None
    return Image


class Gif:
    """Writes pictures as they come; nothing but the last one is kept in memory."""

    def __init__(
        self, path: Path, size: tuple[int, int], fps: float, colours: Sequence[tuple[int, int, int]]
    ) -> None:
        """Begin the file; what it held is gone.

        Args:
            path: The file.
            size: (width, height) of the pictures [pixels].
            fps: Pictures per second.
            colours: Those that the pictures are drawn in, 255 at most; all others become the nearest of them.
        """
        self._image = pillow()
        self._time = max(SHORTEST, round(100 / fps))
        self._colours = np.array(colours[:COLOURS], np.int64)  # (K, 3)
        # Number in the palette of each colour, packed into 24 bits; found when it is first met.
        self._nearest = np.full(1 << 24, UNKNOWN, np.uint8)
        self._shown: NDArray[np.uint8] | None = None
        self._waiting: bytes | None = None  # a picture without the time that it is shown
        self._shown_for = 0
        self._file = path.open("wb")
        head = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 0, 0)
        self._file.write(
            head
            + self._colours.astype(np.uint8).tobytes().ljust(768, b"\0")
            + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
        )  # repeated for ever

    def add(self, picture: Picture) -> None:
        """Add a picture. One that equals the last lengthens its time.

        Args:
            picture: (height, width, 3) uint8.
        """
        indices = self._indices(picture)
        if self._shown is None or (indices != self._shown).any():
            self._flush()
            self._waiting = self._encoded(indices)
            self._shown = indices
        self._shown_for += self._time

    def close(self) -> None:
        """Complete the file."""
        self._flush()
        self._file.write(b";")
        self._file.close()

    def _indices(self, picture: Picture) -> NDArray[np.uint8]:
        """The nearest colour of the palette to each pixel's, as its number."""
        packed = (
            (picture[..., 0].astype(np.int32) << 16)
            | (picture[..., 1].astype(np.int32) << 8)
            | picture[..., 2]
        )
        indices: NDArray[np.uint8] = self._nearest[packed]
        unknown = np.unique(packed[indices == UNKNOWN])
        for some in np.array_split(unknown, len(unknown) // 256 + 1):
            parts = np.stack((some >> 16, some >> 8 & 255, some & 255), axis=1)
            away = ((parts[:, None] - self._colours) ** 2).sum(axis=2)
            self._nearest[some] = away.argmin(axis=1)
        if len(unknown):
            indices = self._nearest[packed]
        return indices

    def _encoded(self, indices: NDArray[np.uint8]) -> bytes:
        """The part of a picture that differs from what is shown, after its control block."""
        before = self._shown
        top, left, bottom, right = 0, 0, *indices.shape
        if before is not None:
            rows, columns = (np.flatnonzero((indices != before).any(axis=axis)) for axis in (1, 0))
            top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            indices = np.where(indices == before, np.uint8(COLOURS), indices)
        from PIL.GifImagePlugin import getdata

        part = self._image.fromarray(np.ascontiguousarray(indices[top:bottom, left:right]))
        return b"".join(getdata(part, (int(left), int(top))))

    def _flush(self) -> None:
        """Write the picture that waited for its time."""
        if self._waiting is not None:
            control = b"!\xf9\x04" + struct.pack("<BHBB", 0b101, min(self._shown_for, 65535), COLOURS, 0)
            self._file.write(control + self._waiting)
            self._file.flush()
        self._waiting, self._shown_for = None, 0
