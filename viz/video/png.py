"""PNG files of a single image."""

from pathlib import Path

import numpy as np
import pygame
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (height, width, 3) RGB


class PngWriter:
    """Writes the last image when closed."""

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
