"""Random access to the rounds of a recording, by the offsets of their lines in the file."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import RunError, os_errors
from swarm_env.runs.files import ROUNDS_FILE, RecordedRound, parse_round
from swarm_env.runs.recording import Recording
from swarm_env.runtime.disk_files import open_regular

CHUNK = 2**20  # bytes read at once in search of ends of lines


class RoundIndex:
    """The `count` complete rounds of a recording, each read on access. Not thread-safe.

    Of a run that is still being written, it has the rounds that were complete when it was opened.
    """

    def __init__(self, recording: Recording) -> None:
        """Index the rounds of a run, or of a native log (whose rounds are in memory).

        Raises `RunError` if the file cannot be read.
        """
        self._path: Path | None = None
        self._known: tuple[RecordedRound, ...] = ()
        self._file: BinaryIO | None = None
        if recording.run is None:
            self._known = tuple(recording.rounds())
            self.count = len(self._known)
            return
        self._path = recording.run.folder / ROUNDS_FILE
        with os_errors(RunError, self._path):
            self._file = open_regular(self._path)
            self._ends = _ends_of_lines(self._file)
        self.count = len(self._ends)
        self._next = -1  # the round at the file's position
        if self.count and self._read(self.count - 1, is_last=True) is None:
            self.count -= 1

    def __getitem__(self, number: int) -> RecordedRound:
        """Read a round. Raises `RunError` if its line is invalid, or that of another round."""
        if self._path is None:
            return self._known[number]
        recorded = self._read(number, is_last=False)
        assert recorded is not None  # only a last line may be torn
        return recorded

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _read(self, number: int, is_last: bool) -> RecordedRound | None:
        """Read a line; None for a torn last line."""
        assert self._file is not None and self._path is not None
        with os_errors(RunError, self._path):
            if number != self._next:
                self._file.seek(int(self._ends[number - 1]) if number else 0)
            line = self._file.readline()
        self._next = number + 1
        return parse_round(self._path, line, number, is_last=is_last)


def _ends_of_lines(file: BinaryIO) -> NDArray[np.int64]:
    """Offset of the end of each complete line [bytes]."""
    found, start = [np.zeros(0, np.int64)], 0
    while chunk := file.read(CHUNK):
        found.append(np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord("\n")) + start + 1)
        start += len(chunk)
    return np.concatenate(found)
