"""The group measures of a game that is still going on, from its frames."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swarm_env.frame import Frame
from swarm_env.measures.game import GONE, SILENT, Game
from swarm_env.measures.moving import moving
from swarm_env.measures.talking import talking
from swarm_env.measures.words import tfidf

MOST_ROUNDS = 2**16  # kept of each measure; of longer games the newest: our choice
# Those that a round or two tell by themselves: similarity weighs words by the whole game.
LIVE = (
    "directional_entropy", "stillness", "distance_moved", "cells_visited", "common_action_share",
    "polarisation", "lasting_neighbours", "pushes", "message_length", "message_length_spread",
    "question_share", "digit_share",
)  # fmt: skip


class LiveMeasures:
    """Measures that grow with a game.

    They are those of `measure`, but that a move the rules did not allow counts as the STAY that became of it,
    and that rounds whose frames were not given are left out.

    Attributes:
        last: The last round taken in; None before the first frame.
    """

    def __init__(self) -> None:
        self.last: int | None = None
        self._frame: Frame | None = None
        self._visited: NDArray[np.bool_] = np.zeros((0, 0), np.bool_)
        self._rounds: list[int] = []
        self._values: dict[str, list[float]] = {name: [] for name in LIVE}

    def add(self, frames: Sequence[Frame]) -> None:
        """Take in what follows.

        Args:
            frames: Of rounds in a row.
        """
        if not frames:
            return
        if self._frame is not None and frames[0].round == self._frame.round + 1:
            frames = [self._frame, *frames]
        else:
            self._visit(frames[0])
        self._frame, self.last = frames[-1], frames[-1].round
        if len(frames) < 2:
            return
        game = game_of_frames(frames)
        found = {**moving(game), **talking(game, tfidf)}
        found["cells_visited"] = np.array([self._visit(frame) for frame in frames[1:]], np.float64)
        self._rounds += [frame.round for frame in frames[1:]]
        for name, values in self._values.items():
            values += found[name].tolist()
        if len(self._rounds) > MOST_ROUNDS:
            del self._rounds[: MOST_ROUNDS // 2]
            for values in self._values.values():
                del values[: MOST_ROUNDS // 2]

    def values(self, name: str) -> NDArray[np.float64]:
        """One of the measures in `LIVE`.

        Args:
            name: Which one.

        Returns:
            (K, 2) rounds played, and the value of the round that led there (NaN where undefined).
        """
        return np.stack(
            [np.array(self._rounds, np.float64), np.array(self._values[name], np.float64)], axis=1
        )

    def _visit(self, frame: Frame) -> int:
        """Note where agents stand; the number of cells that have been visited."""
        if self._visited.shape != frame.cells.shape:
            self._visited = np.zeros(frame.cells.shape, np.bool_)
        self._visited[tuple(frame.places[frame.present].T)] = True
        return int(self._visited.sum())


def game_of_frames(frames: Sequence[Frame]) -> Game:
    """A stretch of a game as arrays.

    Args:
        frames: R + 1 frames of rounds in a row.

    Returns:
        R rounds. Who hears whom is not told apart where messages are lost.
    """
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
        positions=np.stack([frame.places for frame in frames]),
        actions=np.where(moves < 0, GONE, moves),
        said=said,
        messages=tuple(numbers) if setting.message == "text" else (),
        scores=np.array([frame.score for frame in frames], np.float64),
    )
