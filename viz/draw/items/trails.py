"""Traces: the last positions of agents, and how often each cell was visited."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swarm_env.frame import Frame

LENGTH = 24  # positions of a trail
MOST_TRAILS = 2000  # agents with a trail, the first ones of larger swarms: our choice


class Traces:
    """Gathered frame by frame, in bounded memory.

    Attributes:
        visits: (height, width) uint32, number of frames in which an agent stood in each cell.
    """

    def __init__(self) -> None:
        self.visits: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._trails: deque[NDArray[np.int32]] = deque(maxlen=LENGTH)
        self._round: int | None = None

    @property
    def trails(self) -> Sequence[NDArray[np.int32]]:
        """Positions by round, oldest first: (M, 2) int32 row, column [cells]; (-1, -1) of absent agents."""
        return tuple(self._trails)

    def clear(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    def add(self, frame: Frame) -> None:
        """Add the frame of the next round. The same round again adds nothing; any other starts again."""
        if frame.round == self._round and frame.cells.shape == self.visits.shape:
            return
        if frame.cells.shape != self.visits.shape or frame.round - 1 != self._round:
            self.clear()
            self.visits = np.zeros(frame.cells.shape, np.uint32)
        self._round = frame.round
        rows, columns = frame.places[frame.present].T
        np.add.at(self.visits, (rows, columns), 1)  # in continuous space agents share cells
        known = frame.places[:MOST_TRAILS]
        self._trails.append(np.where(frame.present[:MOST_TRAILS, None], known, np.int32(-1)))
