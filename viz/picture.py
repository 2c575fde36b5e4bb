"""The image renderer: each frame as an RGB array, for `render_mode="rgb_array"`."""

import io

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.frame_image import draw_image
from swarm_env.viz.draw.frame_pair import FramePair
from swarm_env.viz.draw.style.theme import DARK, Theme

from swarm_env.frame import Frame


class ImageRenderer:
    """Draws each frame as an array; pushed agents are recognised by comparison with the previous frame."""

    def __init__(self, theme: Theme = DARK) -> None:
        self.array: NDArray[np.uint8] | None = None  # (height, width, 3) RGB of the last frame
        self._theme, self._pair = theme, FramePair()

    def open(self) -> None:
        """Do nothing."""

    def show(self, frame: Frame) -> None:
        """Draw a frame into a new `array`."""
        self._pair.update(frame)
        self.array = draw_image(frame, theme=self._theme, before=self._pair.before)

    def _repr_png_(self) -> bytes | None:
        """The last frame as a PNG file, which notebooks display."""
        if self.array is None:
            return None
        file, (height, width, _) = io.BytesIO(), self.array.shape
        pygame.image.save(pygame.image.frombytes(self.array.tobytes(), (width, height), "RGB"), file, "a.png")
        return file.getvalue()

    def close(self) -> None:
        """Forget the previous frame."""
        self._pair = FramePair()


RENDERER = ImageRenderer
