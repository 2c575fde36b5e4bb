"""The group measures of a game during play, from its frames."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swarm_env.frame import Frame
from swarm_env.measures.declare import GameStatistics
from swarm_env.measures.game import GONE, SILENT, Game
from swarm_env.measures.table import LIVE, MEASURES

MOST_ROUNDS = 2**16  # of each measure are kept, the newest; our choice


class LiveMeasures:
    """Measures of a game so far; `last` is the last round added, None before the first frame.

    They differ from `measure` in two points: an illegal move counts as STAY, and rounds without frames are
    left out.
    """

    def __init__(self) -> None:
        self.last: int | None = None
        self._frame: Frame | None = None
        self._visited: NDArray[np.bool_] = np.zeros((0, 0), np.bool_)
        self._rounds: list[int] = []
        self._values: dict[str, list[float]] = {name: [] for name in LIVE}

    def add(self, frames: Sequence[Frame]) -> None:
        """Add frames of consecutive rounds."""
        if not frames:
            return
        if self._frame is not None and frames[0].round == self._frame.round + 1:
            frames = [self._frame, *frames]
        else:
            self._visit(frames[0])
        self._frame, self.last = frames[-1], frames[-1].round
        if len(frames) < 2:
            return
        stats = GameStatistics(game_of_frames(frames))
        self._rounds += [frame.round for frame in frames[1:]]
        for name, values in self._values.items():
            if name == "cells_visited":  # depends on earlier frames
                values += [float(self._visit(frame)) for frame in frames[1:]]
            else:
                values += MEASURES[name].compute(stats).tolist()
        if len(self._rounds) > MOST_ROUNDS:
            del self._rounds[: MOST_ROUNDS // 2]
            for values in self._values.values():
                del values[: MOST_ROUNDS // 2]

    def values(self, name: str) -> NDArray[np.float64]:
        """(K, 2) rounds played, and the value of a measure in `LIVE` in the last of them (or NaN)."""
        return np.array([self._rounds, self._values[name]], np.float64).T

    def _visit(self, frame: Frame) -> int:
        """Mark the agents' cells as visited; returns the number of visited cells."""
        if self._visited.shape != frame.cells.shape:
            self._visited = np.zeros(frame.cells.shape, np.bool_)
        self._visited[tuple(frame.places[frame.present].T)] = True
        return int(self._visited.sum())


def game_of_frames(frames: Sequence[Frame]) -> Game:
    """R rounds of a game as arrays, from R + 1 frames of consecutive rounds; lost messages count as heard."""
    setting, after = frames[0].setting, frames[1:]
    height, width = frames[0].cells.shape
    numbers: dict[str, int] = {}
    said = np.full((len(after), len(frames[0].places)), SILENT, np.int64)
    for turn, frame in enumerate(after):
        for name, text in frame.messages:
            if text.strip():
                said[turn, int(name.rpartition("_")[2])] = numbers.setdefault(text, len(numbers))
    moves = np.stack([frame.moves for frame in after]).astype(np.int64)
    return Game(
        height=height,
        width=width,
        names=setting.actions,
        channel=setting.message if setting.message == "text" else "none",
        hearing=setting.hearing,
        sight=setting.view_size // 2,
        positions=np.stack([frame.places for frame in frames]),
        actions=np.where(moves < 0, GONE, moves),
        said=said,
        messages=tuple(numbers) if setting.message == "text" else (),
        scores=np.array([frame.score for frame in frames], np.float64),
    )
