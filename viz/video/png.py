"""PNG files of a single image, and what all writers of image files have in common."""

from pathlib import Path
from typing import Protocol

import numpy as np
import pygame
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (height, width, 3) RGB


class Writer(Protocol):
    """A file of images."""

    def add(self, image: Image) -> None:
        """Append an image. All have the same size."""

    def close(self) -> None:
        """Complete the file. Called once, also after an error."""


class PngWriter:
    """Writes the last image when closed (`Writer`)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: Image | None = None

    def add(self, image: Image) -> None:
        """Replace the image."""
        self._last = image

    def close(self) -> None:
        """Write the file."""
        if self._last is not None:
            height, width = self._last.shape[:2]
            surface = pygame.image.frombytes(self._last.tobytes(), (width, height), "RGB")
            pygame.image.save(surface, str(self._path))
