"""Group measures of the shown games for the plots, computed in small steps."""

import threading
import time

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import SwarmEnvError
from swarm_env.measures import MEASURES, Measures, measure
from swarm_env.measures.live import LiveMeasures
from swarm_env.measures.table import LIVE
from swarm_env.playback.playback import AnyPlayback, Playback

BATCH = 16  # rounds measured together
BUDGET = 0.004  # of the time between two redraws [s]
MOST_AGENTS = 20_000  # larger live swarms are not measured: our choice


class LiveSeries:
    """Measures of a live game, computed from its frames."""

    def __init__(self, playback: AnyPlayback) -> None:
        self._playback, self._measures = playback, LiveMeasures()
        self._small = len(playback.frame(playback.last).places) <= MOST_AGENTS
        self.names = LIVE if self._small else ()
        self.values = self._measures.values

    @property
    def known(self) -> int:
        """Last measured round; -1 if there is none."""
        return -1 if self._measures.last is None else self._measures.last

    def work(self) -> None:
        """Measure rounds for `BUDGET` seconds."""
        end = time.perf_counter() + BUDGET
        while self._small and time.perf_counter() < end:
            done, first, last = self._measures.last, self._playback.first, self._playback.last
            start = first if done is None else max(done + 1, first)
            if start > last:
                return
            try:
                frames = [self._playback.frame(at) for at in range(start, min(start + BATCH, last + 1))]
            except SwarmEnvError:  # dropped in the meantime
                return
            self._measures.add(frames)


class RecordedSeries:
    """Measures of a recording, computed in a thread."""

    def __init__(self, playback: Playback) -> None:
        self.names = tuple(MEASURES)
        self._playback = playback
        self._found: Measures | None = None
        threading.Thread(target=self._measure, name="measures", daemon=True).start()

    @property
    def known(self) -> int:
        """Last measured round; -1 if there is none."""
        return -1 if self._found is None else self._found.rounds

    def work(self) -> None:
        """Do nothing: the thread measures."""

    def values(self, name: str) -> NDArray[np.float64]:
        """(K, 2) round and value; empty until they are known."""
        found = self._found
        if found is None:
            return np.zeros((0, 2))
        return np.stack([np.arange(1.0, found.rounds + 1), found.values[name]], axis=1)

    def _measure(self) -> None:
        try:
            self._found = measure(self._playback.recording)
        except SwarmEnvError:  # reported by the playback when the broken round is shown
            return


MeasureSeries = LiveSeries | RecordedSeries  # measures of a game over the rounds, by name


def series_of(playback: AnyPlayback) -> MeasureSeries:
    """The measures of a playback."""
    return RecordedSeries(playback) if isinstance(playback, Playback) else LiveSeries(playback)
