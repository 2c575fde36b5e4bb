"""A game whose moments can be shown in any order: a recorded one, or the one that is being played.

    film = Playback("runs/pursuit-1")
    film.frame(film.last // 2)      # any round at once
    film.marks()                    # what to mark on a timeline

`Playback` plays a recording again from moments that it keeps, so any round is near; `LivePlayback` keeps the
frames that it is given. A viewer that can show one can show the other (`AnyPlayback`).
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from swarm_env.envs.decision_codec import in_words
from swarm_env.envs.frames import frame_of_world, setting_of
from swarm_env.errors import SwarmEnvError
from swarm_env.frame import Frame, Setting
from swarm_env.playback.live_playback import MEMORY, LivePlayback, check_round
from swarm_env.playback.recorded_calls import RecordedCalls, calls_of
from swarm_env.playback.round_index import Turns
from swarm_env.playback.seek import Seeker, Shelf
from swarm_env.playback.timeline_events import FALLBACK, MOST_MARKS, Mark, marks_between
from swarm_env.runs.files import Run
from swarm_env.runs.recording import Recording, open_recording
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame

__all__ = ["MEMORY", "AnyPlayback", "Playback", "LivePlayback"]


class AnyPlayback(Protocol):
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


class Playback:
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
        try:
            self._seeker = Seeker(self.recording, self._turns, self._shelf)
        except BaseException:
            self._turns.close()
            raise
        self.setting = setting_of(self._seeker.world)
        self.last = self._turns.count
        self.minds: RecordedCalls | None = calls_of(self.recording, self._shelf)
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
        """The frame after `number` rounds, equal to the one that `swarm_env.runs.recording.frames` gives.

        Args:
            number: From 0 to `last`.

        Raises:
            ConfigError: There is no such round.
            RunError: The record is broken before it, or (ReplayMismatch) goes differently there.
        """
        check_round(number, self.first, self.last)
        with self._lock:
            seeker = self._seeker
            seeker.go_to(number)
            texts = seeker.check()
            decisions = seeker.decisions().items()
            said = tuple((name, in_words(d.message)) for name, d in decisions if d.message is not None)
            frame = frame_of_world(seeker.world, self.setting, 0, said, texts, self._caption)
        if self.minds is None:
            return frame
        return replace(frame, status=self.minds.status(number), model_calls=self.minds)

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
