"""The last frames of a live run, for viewers that show any of them (see `playback`)."""

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame
from swarm_env.playback.timeline_events import MOST_MARKS, Mark, calls_made, marks_of_round

MEMORY = 256 * 2**20  # default memory of a playback [bytes]: our choice


class LivePlayback:
    """The last frames of a live run, which share `setting`. Thread-safe."""

    def __init__(self, first: Frame, memory: int = MEMORY) -> None:
        """Begin with a first frame. Beyond `memory` [bytes] the oldest frames are dropped."""
        self.setting = first.setting
        self._memory, self._used = memory, 0
        self._frames: deque[Frame] = deque()
        self._marks: deque[Mark] = deque(maxlen=MOST_MARKS)
        self._scores: list[tuple[int, float]] = []
        self._spacing = 1
        self._lock = threading.Lock()
        self.add(first)

    @property
    def first(self) -> int:
        """The first round whose frame is kept."""
        with self._lock:
            return self._frames[0].round

    @property
    def last(self) -> int:
        """The last round."""
        with self._lock:
            return self._frames[-1].round

    def add(self, frame: Frame) -> None:
        """Add the frame of the next round. Raises `ConfigError` if it does not follow the last frame."""
        with self._lock:
            if self._frames:
                last = self._frames[-1]
                check_round(frame.round, last.round + 1, last.round + 1)
                self._marks += marks_of_round(last, frame, calls_made(frame.model_calls, last))
            self._frames.append(frame)
            self._used += _bytes_of(frame)
            while self._used > self._memory and len(self._frames) > 2:
                self._used -= _bytes_of(self._frames.popleft())
            self._note_score(frame)

    def frame(self, number: int) -> Frame:
        """The frame after `number` rounds. Raises `ConfigError` if it is dropped, or not yet played."""
        with self._lock:
            first = self._frames[0].round
            check_round(number, first, self._frames[-1].round)
            return self._frames[number - first]

    def marks(self) -> tuple[Mark, ...]:
        """Events and failures in order, also of rounds whose frames were dropped."""
        with self._lock:
            return tuple(self._marks)

    def scores(self) -> NDArray[np.float64]:
        """(K, 2) round and score; in a long run only of every second, fourth, … round."""
        with self._lock:
            return np.array(self._scores, np.float64).reshape(-1, 2)

    def _note_score(self, frame: Frame) -> None:
        if frame.round % self._spacing == 0:
            self._scores.append((frame.round, frame.score))
        if len(self._scores) > MOST_MARKS:
            self._spacing *= 2
            self._scores = [(at, score) for at, score in self._scores if at % self._spacing == 0]


def _bytes_of(frame: Frame) -> int:
    """Approximate memory of a frame [bytes]."""
    arrays = (frame.cells, frame.places, frame.present, frame.marks, frame.moves, frame.senses)
    texts = 0
    if frame.messages or frame.heard:
        texts += sum(len(text) for _, text in frame.messages)
        texts += sum(len(text) for heard in frame.heard.values() for text in heard)
    return 2048 + sum(array.nbytes for array in arrays) + 2 * texts


def check_round(number: int, first: int, last: int) -> None:
    """Raise `ConfigError` unless first <= number <= last."""
    if not first <= number <= last:
        raise ConfigError(f"round {number}: there are rounds {first} to {last}.")
