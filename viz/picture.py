"""Pictures: a moment as an array of colours, as `render_mode="rgb_array"` gives it."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.draw.frame_image import picture
from swarm_env.viz.draw.frame_pair import Pair
from swarm_env.viz.draw.style.theme import DARK, Theme

from swarm_env.frame import Frame


class Picture:
    """Draws each frame that it is shown, with how it came about since the one before.

    Attributes:
        array: (height, width, 3) uint8: the last frame drawn, red, green, blue; None before the first.
    """

    def __init__(self, theme: Theme = DARK) -> None:
        """Choose the colours.

        Args:
            theme: In these.
        """
        self.array: NDArray[np.uint8] | None = None
        self._theme, self._pair = theme, Pair()

    def open(self) -> None:
        """Nothing to do."""

    def show(self, frame: Frame) -> None:
        """Draw a frame into a new `array`.

        Args:
            frame: What to draw.
        """
        self._pair.take(frame)
        self.array = picture(frame, theme=self._theme, before=self._pair.before)

    def close(self) -> None:
        """Forget the frame before."""
        self._pair = Pair()


RENDERER = Picture
