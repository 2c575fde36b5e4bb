"""A moment and the one before it."""

from swarm_env.frame import Frame


class Pair:
    """Remembers the frame before the one that is shown.

    Attributes:
        now: The frame shown last.
        before: The one before; the same when a moment is shown again.
    """

    def __init__(self) -> None:
        self.now: Frame | None = None
        self.before: Frame | None = None

    def take(self, frame: Frame) -> None:
        """Go on to a frame.

        Args:
            frame: The frame that is shown now.
        """
        if self.now is not None and self.now.round != frame.round:
            self.before = self.now
        self.now = frame
