"""The current and the previous frame."""

from swarm_env.frame import Frame


class FramePair:
    """Remembers the previous frame."""

    def __init__(self) -> None:
        self.now: Frame | None = None  # the current frame
        self.before: Frame | None = None  # the frame of another round shown before it; None if there is none

    def update(self, frame: Frame) -> None:
        """Set the current frame. The same round again does not change `before`."""
        if self.now is not None and self.now.round != frame.round:
            self.before = self.now
        self.now = frame
