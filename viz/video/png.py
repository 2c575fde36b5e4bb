"""PNG files: the last picture."""

from pathlib import Path

import pygame
from swarm_env.viz.video.file_format import Picture


class Still:
    """Keeps the last picture and writes it in the end."""

    def __init__(self, path: Path) -> None:
        """Say where.

        Args:
            path: The file.
        """
        self._path = path
        self._last: Picture | None = None

    def add(self, picture: Picture) -> None:
        """Take a picture for the last one.

        Args:
            picture: (height, width, 3) uint8.
        """
        self._last = picture

    def close(self) -> None:
        """Write the file."""
        if self._last is not None:
            height, width = self._last.shape[:2]
            pygame.image.save(
                pygame.image.frombytes(self._last.tobytes(), (width, height), "RGB"), str(self._path)
            )
