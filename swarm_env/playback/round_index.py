"""The rounds of a recording in any order: where each of them lies in its file is known before it is read."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import RunError
from swarm_env.runs.files import ROUNDS_FILE, parse_round
from swarm_env.runs.recording import Recording, Turn

CHUNK = 2**20  # bytes read at once in search of ends of lines


class Turns:
    """The complete rounds of a recording, each read when it is asked for. One thread at a time.

    A run that is still being written has those that were complete when it was opened.
    """

    def __init__(self, recording: Recording) -> None:
        """Find the rounds.

        Args:
            recording: Of ours, or of a native log (which is in memory as a whole).

        Raises:
            RunError: The file cannot be read.
        """
        self._path: Path | None = None
        self._known: tuple[Turn, ...] = ()
        self._file: BinaryIO | None = None
        if recording.run is None:
            self._known = tuple(recording.turns())
            self.count = len(self._known)
            return
        self._path = recording.run.folder / ROUNDS_FILE
        try:
            self._file = self._path.open("rb")
            self._ends = _ends_of_lines(self._file)
        except OSError as error:
            raise RunError(f"{self._path}: cannot be read ({error.strerror or error}).") from None
        self.count = len(self._ends)
        self._next = -1  # the round at which the file stands
        if self.count and self._read(self.count - 1, is_last=True) is None:
            self.count -= 1

    def __getitem__(self, number: int) -> Turn:
        """What was decided in a round.

        Args:
            number: From 0 to `count` - 1.

        Raises:
            RunError: Its line is broken, or is that of another round.
        """
        if self._path is None:
            return self._known[number]
        turn = self._read(number, is_last=False)
        assert turn is not None  # only a last line may be torn
        return turn

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _read(self, number: int, is_last: bool) -> Turn | None:
        """The round of a line; None for a last line that is torn."""
        assert self._file is not None and self._path is not None
        try:
            if number != self._next:
                self._file.seek(int(self._ends[number - 1]) if number else 0)
            line = self._file.readline()
        except OSError as error:
            raise RunError(f"{self._path}: cannot be read ({error.strerror or error}).") from None
        self._next = number + 1
        record = parse_round(self._path, line, number, is_last=is_last)
        return None if record is None else Turn(record.actions, record.messages, record.digest)


def _ends_of_lines(file: BinaryIO) -> NDArray[np.int64]:
    """Where each complete line of a file ends [bytes]."""
    found, start = [np.zeros(0, np.int64)], 0
    while chunk := file.read(CHUNK):
        found.append(np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord("\n")) + start + 1)
        start += len(chunk)
    return np.concatenate(found)
