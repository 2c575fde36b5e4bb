"""What a file of pictures is."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3) red, green, blue


class Writer(Protocol):
    """A file that pictures are added to."""

    def add(self, picture: Picture) -> None:
        """Add a picture.

        Args:
            picture: (height, width, 3) uint8, all of one size.
        """

    def close(self) -> None:
        """Complete the file. Called once, also after an error."""
