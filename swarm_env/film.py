"""A game whose moments can be shown in any order: a recorded one, or the one that is being played.

    film = Film("runs/pursuit-1")
    film.frame(film.last // 2)      # any round at once
    film.marks()                    # what to mark on a timeline

`Film` plays a recording again from moments that it keeps, so any round is near; `LiveFilm` keeps the frames
that it is given. A viewer that can show one can show the other (`AnyFilm`).
"""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from swarm_env.decisions import in_words
from swarm_env.errors import ConfigError, SwarmEnvError
from swarm_env.events import FALLBACK, Mark, Situation, marks_between
from swarm_env.frame import Frame, Minds, Setting
from swarm_env.minds import RecordedMinds, minds_of
from swarm_env.replay import Recording, open_recording
from swarm_env.run_files import Run
from swarm_env.seeking import Seeker, Shelf
from swarm_env.showing import frame_of_world, setting_of
from swarm_env.swarmbench_logs import GameFiles, RecordedGame
from swarm_env.turns import Turns

MEMORY = 256 * 2**20  # bytes that a film keeps moments in, unless told otherwise
MOST_MARKS = 100_000  # of one film; what happens later has none: our choice
MOST_ASKED = 1000  # agents of a live game whose decisions are looked through for failures: our choice


class AnyFilm(Protocol):
    """A game whose moments can be shown in any order."""

    @property
    def setting(self) -> Setting:
        """What all frames of the game share."""

    @property
    def first(self) -> int:
        """The first round that can be shown."""

    @property
    def last(self) -> int:
        """The last round that can be shown (so far)."""

    def frame(self, number: int) -> Frame:
        """The frame after `number` rounds, from `first` to `last`."""

    def marks(self) -> tuple[Mark, ...]:
        """What has happened, as far as it is known, in order."""

    def scores(self) -> NDArray[np.float64]:
        """(K, 2) rounds in order and the score after each, as far as they are known."""


class Film:
    """A recording, any moment of which can be shown. Safe to call from several threads. A context manager.

    Every frame that it gives is compared with the record, by its digest. Marks, scores and kept moments are
    gathered by playing the recording once: in a thread of its own (`gather_aside`), or at once (`gather`).

    Attributes:
        recording: What is shown.
        setting: What all frames share.
        first: 0.
        last: Rounds that are recorded.
        minds: Lets look into the language models that played; None where none did.
    """

    first = 0

    def __init__(
        self, source: Path | str | GameFiles | Run | RecordedGame | Recording, memory: int = MEMORY
    ) -> None:
        """Open a recording.

        Args:
            source: As for `open_recording`, or a recording.
            memory: Bytes that may be used to keep moments; with less, jumps in large worlds take longer.

        Raises:
            RunError: It cannot be read, or its start differs from the record (ReplayMismatch).
            ConfigError: The world is impossible.
        """
        self.recording = source if isinstance(source, Recording) else open_recording(source)
        self._shelf = Shelf(memory)
        self._turns = Turns(self.recording)
        self._seeker = Seeker(self.recording, self._turns, self._shelf)
        self.setting = setting_of(self._seeker.world)
        self.last = self._turns.count
        self.minds: RecordedMinds | None = minds_of(self.recording, self._shelf)
        self._caption = f"{self.recording.team}, seed {self.recording.seed}"
        self._lock = threading.Lock()  # of the seeker
        self._gathering = threading.Lock()
        self._marks: list[Mark] = []
        self._scores: list[float] = []
        self._gathered = self._gather()
        self._thread: threading.Thread | None = None
        self._closing = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def frame(self, number: int) -> Frame:
        """The frame after `number` rounds, equal to the one that `swarm_env.replay.frames` gives.

        Args:
            number: From 0 to `last`.

        Raises:
            ConfigError: There is no such round.
            RunError: The record is broken before it, or (ReplayMismatch) goes differently there.
        """
        _check(number, self.first, self.last)
        with self._lock:
            seeker = self._seeker
            seeker.go_to(number)
            texts = seeker.check()
            decisions = seeker.decisions().items()
            said = tuple((name, in_words(d.message)) for name, d in decisions if d.message is not None)
            frame = frame_of_world(seeker.world, self.setting, 0, said, texts, self._caption)
        if self.minds is None:
            return frame
        return replace(frame, status=self.minds.status(number), minds=self.minds)

    def marks(self) -> tuple[Mark, ...]:
        """What has happened, as far as it is gathered, in order of rounds; failed decisions too."""
        return tuple(self._marks)

    def scores(self) -> NDArray[np.float64]:
        """(K, 2) round and score, as far as they are gathered: from round 0 without a gap."""
        known = np.array(self._scores, np.float64)
        return np.stack([np.arange(len(known)), known], axis=1)

    def gather(self) -> None:
        """Play the recording to its end, if that has not been done: then all marks and scores are known.

        Raises:
            RunError: The record is broken. What lies before can be shown.
        """
        with self._gathering:
            for _ in self._gathered:
                pass

    def gather_aside(self) -> None:
        """Do so in a thread, which `close` ends. That the record is broken is told by `frame` alone."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="film", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread and close the files."""
        self._closing = True
        if self._thread is not None:
            self._thread.join()
        if self.minds is not None:
            self.minds.close()
        self._turns.close()

    def _work(self) -> None:
        with self._gathering:
            try:
                for _ in self._gathered:
                    if self._closing:
                        return
            except SwarmEnvError:
                return

    def _gather(self) -> Iterator[None]:
        """Play round by round in a world of its own, noting marks and scores."""
        turns = Turns(self.recording)
        try:
            seeker = Seeker(self.recording, turns, self._shelf)
            failed = {} if self.minds is None else self.minds.failures()
            before = seeker.situation()
            self._scores.append(before.score)
            for number in range(1, self.last + 1):
                seeker.go_to(number)
                now = seeker.situation()
                found = marks_between(self.setting.events, before, now, number)
                found += tuple(Mark(number, FALLBACK, agent) for agent in failed.get(number - 1, ()))
                if len(self._marks) < MOST_MARKS:
                    self._marks += found
                self._scores.append(now.score)
                before = now
                yield
        finally:
            turns.close()


class LiveFilm:
    """The last moments of the game that is being played. Safe to call from several threads.

    Attributes:
        setting: What all frames share.
    """

    def __init__(self, first: Frame, memory: int = MEMORY) -> None:
        """Begin with the start of a game.

        Args:
            first: Its first frame.
            memory: Bytes that frames may take; when there are more, the oldest go.
        """
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
        """The first round that is still kept."""
        with self._lock:
            return self._frames[0].round

    @property
    def last(self) -> int:
        """The last round."""
        with self._lock:
            return self._frames[-1].round

    def add(self, frame: Frame) -> None:
        """Add the frame of the next round.

        Args:
            frame: Its round is one more than that of the last frame.

        Raises:
            ConfigError: It is not.
        """
        with self._lock:
            if self._frames:
                last = self._frames[-1]
                _check(frame.round, last.round + 1, last.round + 1)
                self._marks += marks_between(
                    self.setting.events, Situation.of(last), Situation.of(frame), frame.round
                )
                self._marks += _failed(frame.minds, last)
            self._frames.append(frame)
            self._used += _bytes_of(frame)
            while self._used > self._memory and len(self._frames) > 2:
                self._used -= _bytes_of(self._frames.popleft())
            self._note_score(frame)

    def frame(self, number: int) -> Frame:
        """The frame after `number` rounds.

        Raises:
            ConfigError: It is not kept any more, or has not been played.
        """
        with self._lock:
            first = self._frames[0].round
            _check(number, first, self._frames[-1].round)
            return self._frames[number - first]

    def marks(self) -> tuple[Mark, ...]:
        """What has happened, in order; of rounds whose frames are gone, too."""
        with self._lock:
            return tuple(self._marks)

    def scores(self) -> NDArray[np.float64]:
        """(K, 2) round and score; in a long game of every second, fourth, … round."""
        with self._lock:
            return np.array(self._scores, np.float64).reshape(-1, 2)

    def _note_score(self, frame: Frame) -> None:
        if frame.round % self._spacing == 0:
            self._scores.append((frame.round, frame.score))
        if len(self._scores) > MOST_MARKS:
            self._spacing *= 2
            self._scores = [(at, score) for at, score in self._scores if at % self._spacing == 0]


def _failed(minds: Minds | None, before: Frame) -> list[Mark]:
    """Marks of the decisions that failed after a frame."""
    agents = np.flatnonzero(before.present).tolist()
    if minds is None or len(agents) > MOST_ASKED:
        return []
    thoughts = ((a, minds.thought(a, before.round)) for a in agents)
    return [Mark(before.round + 1, FALLBACK, a) for a, thought in thoughts if thought and thought.failed]


def _bytes_of(frame: Frame) -> int:
    """About what a frame takes in memory [bytes]."""
    arrays = (frame.cells, frame.places, frame.present, frame.marks, frame.moves, frame.senses)
    texts = sum(len(text) for _, text in frame.messages)
    texts += sum(len(text) for heard in frame.heard.values() for text in heard)
    return 2048 + sum(array.nbytes for array in arrays) + 2 * texts


def _check(number: int, first: int, last: int) -> None:
    """Refuse a round that there is not."""
    if not first <= number <= last:
        raise ConfigError(f"round {number}: there are rounds {first} to {last}.")
