"""Frames of a recorded or live run, in any order.

    playback = Playback("runs/pursuit-1")
    playback.frame(playback.last // 2)      # any round at once
    playback.marks()                        # events for a timeline

`Playback` replays a recording from kept snapshots; `LivePlayback` keeps the frames of a live run. Both
implement `AnyPlayback`.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import SwarmEnvError
from swarm_env.frame import Frame, Setting
from swarm_env.playback.live_playback import MEMORY, LivePlayback, check_round
from swarm_env.playback.recorded_calls import RecordedCalls, calls_of
from swarm_env.playback.round_index import RoundIndex
from swarm_env.playback.seek import Seeker, SnapshotStore
from swarm_env.playback.timeline_events import FALLBACK, MOST_MARKS, Mark, marks_between
from swarm_env.runs.influence_file import read_influence
from swarm_env.runs.recording import Recording, Source, open_recording

__all__ = ["MEMORY", "AnyPlayback", "Playback", "LivePlayback"]


class AnyPlayback(Protocol):
    """A run whose frames can be shown in any order."""

    @property
    def setting(self) -> Setting:
        """What all frames share."""

    @property
    def first(self) -> int:
        """The first round that can be shown."""

    @property
    def last(self) -> int:
        """The last round that can be shown (so far)."""

    def frame(self, number: int) -> Frame:
        """The frame after `number` rounds, from `first` to `last`."""

    def marks(self) -> tuple[Mark, ...]:
        """Known events and failures, in order."""

    def scores(self) -> NDArray[np.float64]:
        """(K, 2) rounds in order and the score after each, as far as known."""


class Playback:
    """Frames of a recording. Thread-safe; a context manager.

    The digest of every returned frame is compared with the recorded one. Marks and scores are gathered by
    replaying the recording once, in a thread (`gather_aside`) or at once (`gather`).

    Attributes:
        recording: The recording.
        setting: What all frames share.
        first: 0.
        last: Number of recorded rounds.
        model_calls: Its model calls; None if no model was asked.
    """

    first = 0

    def __init__(self, source: Source | Recording, memory: int = MEMORY) -> None:
        """Open a recording, or what `open_recording` takes.

        `memory` limits the snapshots [bytes]; less makes jumps in large worlds slower. Raises `RunError` if
        it cannot be read or (ReplayMismatch) the digest of its start differs, `ConfigError` if the world is
        impossible.
        """
        self.recording = source if isinstance(source, Recording) else open_recording(source)
        self._snapshots = SnapshotStore(memory)
        self._rounds = RoundIndex(self.recording)
        try:
            self._seeker = Seeker(self.recording, self._rounds, self._snapshots)
        except BaseException:
            self._rounds.close()
            raise
        self.setting = self._seeker.simulation.setting
        self.last = self._rounds.count
        self.model_calls: RecordedCalls | None = calls_of(self.recording, self._snapshots)
        run = self.recording.run
        self._influence = {} if run is None else read_influence(run.folder)
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def frame(self, number: int) -> Frame:
        """The frame after `number` rounds, from 0 to `last`.

        Raises `ConfigError` if there is no such round, `RunError` if the recording is broken before it or
        (ReplayMismatch) its digest differs.
        """
        check_round(number, self.first, self.last)
        with self._lock:
            self._seeker.go_to(number)
            self._seeker.check()
            frame = self._seeker.simulation.frame(self._caption)
        if number - 1 in self._influence:
            frame = replace(frame, influence=self._influence[number - 1])
        if self.model_calls is None:
            return frame
        return replace(frame, status=self.model_calls.status(number), model_calls=self.model_calls)

    def marks(self) -> tuple[Mark, ...]:
        """Events and failed decisions in order of rounds, as far as gathered."""
        return tuple(self._marks)

    def scores(self) -> NDArray[np.float64]:
        """(K, 2) round and score from round 0 without a gap, as far as gathered."""
        known = np.array(self._scores, np.float64)
        return np.stack([np.arange(len(known)), known], axis=1)

    def gather(self) -> None:
        """Gather all marks and scores; returns at once if that has been done.

        Raises `RunError` if the recording is broken; earlier rounds can still be shown.
        """
        with self._gathering:
            for _ in self._gathered:
                pass

    def gather_aside(self) -> None:
        """Gather in a thread, which `close` ends; errors are raised by `frame` only."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="playback", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread and close the files."""
        self._closing = True
        if self._thread is not None:
            self._thread.join()
        if self.model_calls is not None:
            self.model_calls.close()
        self._rounds.close()

    def _work(self) -> None:
        with self._gathering:
            try:
                for _ in self._gathered:
                    if self._closing:
                        return
            except SwarmEnvError:
                return

    def _gather(self) -> Iterator[None]:
        """Replay round by round in a second simulation, collecting marks and scores."""
        rounds = RoundIndex(self.recording)
        try:
            seeker = Seeker(self.recording, rounds, self._snapshots)
            failed = {} if self.model_calls is None else self.model_calls.failures()
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
            rounds.close()
