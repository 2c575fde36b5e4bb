"""GIF files, written image by image: each holds only the changed part, in one palette for all."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.video.png import Image

from swarm_env.errors import needing

COLOURS = 255  # of the palette; one more index means "unchanged"
UNKNOWN = 255
SHORTEST = 2  # duration of an image that browsers do not lengthen [1/100 s]


def pillow() -> Any:
    """Pillow's `Image`.

    Raises:
        MissingExtraError: It is not installed.
    """
    with needing("A GIF", "Pillow", "video"):
        from PIL import Image
    return Image


class GifWriter:
    """Writes images as they come and keeps only the last in memory."""

    def __init__(
        self, path: Path, size: tuple[int, int], fps: float, colours: Sequence[tuple[int, int, int]]
    ) -> None:
        """Create or overwrite the file, of images of (width, height) pixels.

        Other colours than the palette's, at most 255, are replaced by the nearest of them.
        """
        self._pillow = pillow()
        self._duration = max(SHORTEST, round(100 / fps))
        self._colours = np.array(colours[:COLOURS], np.int64)  # (K, 3)
        # Palette index of each 24-bit colour, computed when the colour is first seen.
        self._nearest = np.full(1 << 24, UNKNOWN, np.uint8)
        self._shown: NDArray[np.uint8] | None = None
        self._waiting: bytes | None = None  # an image, encoded, whose duration is not known
        self._shown_for = 0
        self._file = path.open("wb")
        head = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 0, 0)
        palette = self._colours.astype(np.uint8).tobytes().ljust(768, b"\0")
        self._file.write(head + palette + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")  # loops forever

    def add(self, image: Image) -> None:
        """Append an image. One that equals the last prolongs it."""
        indices = self._indices(image)
        if self._shown is None or (indices != self._shown).any():
            self._flush()
            self._waiting = self._encoded(indices)
            self._shown = indices
        self._shown_for += self._duration

    def close(self) -> None:
        """Complete the file."""
        self._flush()
        self._file.write(b";")
        self._file.close()

    def _indices(self, image: Image) -> NDArray[np.uint8]:
        """(height, width) palette index of the nearest colour of each pixel."""
        red, green = image[..., 0].astype(np.int32), image[..., 1].astype(np.int32)
        packed = (red << 16) | (green << 8) | image[..., 2]
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
        """The changed part of an image as a GIF image block."""
        before = self._shown
        top, left, bottom, right = 0, 0, *indices.shape
        if before is not None:
            rows, columns = (np.flatnonzero((indices != before).any(axis=axis)) for axis in (1, 0))
            top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            indices = np.where(indices == before, np.uint8(COLOURS), indices)
        from PIL.GifImagePlugin import getdata

        part = self._pillow.fromarray(np.ascontiguousarray(indices[top:bottom, left:right]))
        return b"".join(getdata(part, (int(left), int(top))))

    def _flush(self) -> None:
        """Write the waiting image with its duration."""
        if self._waiting is not None:
            control = b"!\xf9\x04" + struct.pack("<BHBB", 0b101, min(self._shown_for, 65535), COLOURS, 0)
            self._file.write(control + self._waiting)
            self._file.flush()
        self._waiting, self._shown_for = None, 0
